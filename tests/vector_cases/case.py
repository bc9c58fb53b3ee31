"""What a shared test vector is asked: whether it gives its stated result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jsonschema

from keys import InvalidKey
from keys.multibase import InvalidEncoding
from vc.errors import VcError
from vc.jose import jws

Run = Callable[[], bool]


@dataclass(frozen=True)
class Case:
    """One vector. `run` says whether it gave its stated result; a refusal it did not expect is a no."""

    topic: str
    name: str
    run: Run

    def passes(self) -> bool:
        try:
            return self.run()
        except _DOES_NOT_HOLD:
            return False


_DOES_NOT_HOLD = (
    AssertionError,
    VcError,
    jws.InvalidJws,
    ValueError,
    LookupError,
    TypeError,
    jsonschema.ValidationError,
)


def done(check: Callable[..., Any], *arguments: Any) -> Run:
    """A check that raises where it does not hold, as a case."""

    def run() -> bool:
        check(*arguments)
        return True

    return run


def refused(action: Callable[[], Any]) -> bool:
    try:
        action()
    except (VcError, jws.InvalidJws, InvalidKey, InvalidEncoding, LookupError):
        return True
    return False
