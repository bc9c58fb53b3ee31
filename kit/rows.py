"""Rows of tables as plain values: quick to read and to compare, made into objects only where somebody needs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from sqlalchemy import Column, Table
from sqlmodel import SQLModel

Model = TypeVar("Model", bound=SQLModel)


def columns_of(model: type[SQLModel]) -> list[Column[Any]]:
    """Return the columns of a table model, in their order, to be asked for."""
    table: Table = model.__table__  # type: ignore[attr-defined] # SQLModel gives one to every table model
    return list(table.columns)


def made_of(model: type[Model], values: Iterator[Any]) -> Model:
    """Return the object of a row, whose values are taken from the front of `values`. It belongs to no session."""
    return model(**{column.key: value for column, value in zip(columns_of(model), values, strict=False)})
