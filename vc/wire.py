"""Reading single members of protocol messages (OpenID4VCI, OpenID4VP), each checked for its type once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


class UnreadableMessage(ValueError):
    """What the other side sent, published or answered is not a message of this protocol."""


def members(value: object, name: str) -> Mapping[str, Any]:
    """Return `value` as a JSON object; raise `UnreadableMessage`, naming it, when it is something else."""
    if not isinstance(value, Mapping):
        raise UnreadableMessage(f"`{name}` is not an object")
    return value


def required_text(document: Mapping[str, Any], name: str) -> str:
    """Return the non-empty text member `name`; raise `UnreadableMessage` when it is anything else."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise UnreadableMessage(f"`{name}` is missing or not text")
    return value


def optional_text(document: Mapping[str, Any], name: str) -> str | None:
    """Return the text member `name`, or None when it is absent or null."""
    return None if document.get(name) is None else required_text(document, name)


def texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the list of texts `name`, empty when absent; raise `UnreadableMessage` for other shapes."""
    value = document.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise UnreadableMessage(f"`{name}` is not a list of texts")
    return tuple(value)


def seconds(document: Mapping[str, Any], name: str) -> int | None:
    """Return the whole, non-negative number of seconds `name`, or None when absent.

    A number of another kind raises `UnreadableMessage`; digits in a text are taken, as old servers send them.
    """
    value = document.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UnreadableMessage(f"`{name}` is not a number of seconds")
    return value


def single_parameters(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return form or query parameters by name; none may come twice (RFC 6749 section 3.1).

    Parameters without a value count as absent, as the same section demands. Raises `UnreadableMessage`.
    """
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if not isinstance(value, str):
            raise UnreadableMessage(f"`{name}` is not text")
        if name in parameters:
            raise UnreadableMessage(f"`{name}` comes twice")
        parameters[name] = value
    return {name: value for name, value in parameters.items() if value}
