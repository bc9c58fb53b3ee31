"""JSON Canonicalization Scheme (RFC 8785): the `rfc8785` library, with our errors."""

from __future__ import annotations

from typing import Any

import rfc8785

from vc.errors import ProofTransformationError


def canonicalize(value: Any) -> bytes:
    """`value` in canonical form: members sorted by UTF-16 code units, numbers as ECMAScript prints them.

    Raises `ProofTransformationError` for what has no canonical form (NaN, integers that other readers round,
    lone surrogates).
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise ProofTransformationError(f"no canonical JSON form: {error}") from None
    except RecursionError:
        raise ProofTransformationError("nested too deeply") from None
