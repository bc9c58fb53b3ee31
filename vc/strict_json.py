"""Strict JSON for the engine: `contexts.strict_json`, refusing with the data model's PARSING_ERROR."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from contexts import strict_json
from contexts.strict_json import DEFAULT, Limits
from vc.errors import ParsingError

__all__ = ["DEFAULT", "Limits", "parse", "parse_object", "settled"]


def parse(data: bytes | str, *, limits: Limits = DEFAULT, whole_numbers: bool = False) -> Any:
    """The value that `data` spells out. Raises `ParsingError` for whatever two parsers could read differently."""
    try:
        return strict_json.parse(data, limits=limits, whole_numbers=whole_numbers)
    except strict_json.JsonRefused as refused:
        raise ParsingError(refused.reason) from None


def parse_object(data: bytes | str, *, limits: Limits = DEFAULT, whole_numbers: bool = False) -> dict[str, Any]:
    """As `parse`, for texts that must be a JSON object."""
    value = parse(data, limits=limits, whole_numbers=whole_numbers)
    if not isinstance(value, dict):
        raise ParsingError("not a JSON object")
    return value


def settled(document: Mapping[str, Any] | bytes | str, *, limits: Limits = DEFAULT) -> dict[str, Any]:
    """`document` as an object of our own: parsed strictly, shared with nobody, numbers as canonical forms print them.

    A document that is handed over already parsed passes through the same gate, so nothing that the parser would
    refuse (NaN, lone surrogates, depth) reaches the engine by that door. Whole floats become integers (`1.0`
    and `-0.0` are printed `1` and `0` by both canonical forms), so what is shown is what was signed.
    """
    text = document if isinstance(document, (bytes, str)) else _spelled_out(document)
    return parse_object(text, limits=limits, whole_numbers=True)


def _spelled_out(document: Mapping[str, Any]) -> str:
    try:
        return json.dumps(document, ensure_ascii=False)
    except RecursionError:
        raise ParsingError("nested too deeply") from None
