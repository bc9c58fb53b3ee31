"""Searching in names as people type them: "eloise" finds "Éloïse", on either database, whatever its locale."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import Any

from sqlalchemy import ColumnElement, String, func, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

SQLITE_FUNCTION = "passport_folded"
"""The name under which `kit.database` makes `folded_text` known to each SQLite connection."""

_MARKED = "àáâãäåāăąçćčďđèéêëēėęěğìíîïīįłñńňòóôõöøōőřśşšťùúûüūůűųýÿźżž"
_PLAIN = "aaaaaaaaacccddeeeeeeeegiiiiiilnnnoooooooorssstuuuuuuuuyyzzz"
_FROM, _TO = _MARKED + _MARKED.upper(), _PLAIN + _PLAIN
_TABLE = str.maketrans(_FROM + ascii_uppercase, _TO + ascii_lowercase)
_MOST_WORDS = 6


def folded_text(text: str | None) -> str | None:
    """`text` in small letters without accents. Other alphabets keep their capitals: so does every database."""
    return None if text is None else text.translate(_TABLE)


class folded(FunctionElement[str]):  # noqa: N801 - reads like an SQL function
    """`folded_text` of a column, in SQL."""

    type = String()
    name = "folded"
    inherit_cache = True


@compiles(folded, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"{SQLITE_FUNCTION}({compiler.process(element.clauses, **options)})"


@compiles(folded, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    [column] = element.clauses
    translated = func.translate(column, literal(_FROM), literal(_TO)).collate("C")
    return str(compiler.process(func.lower(translated), **options))


def has_word(word: str, *columns: Any) -> ColumnElement[bool]:
    """The condition that one of `columns` contains `word`, letter case and accents apart."""
    pattern = "%" + _escaped(folded_text(word) or "") + "%"
    return or_(*(folded(column).like(pattern, escape="\\") for column in columns))


def words(query: str) -> list[str]:
    """The words of what somebody typed; the first six count."""
    return query.split()[:_MOST_WORDS]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
