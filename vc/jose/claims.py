"""What the JWT claims beside a credential must say: they may only repeat the document, or narrow its time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from vc.credential import entries
from vc.errors import InvalidChallengeError, InvalidDomainError, MalformedValueError, ProofNotInForce

REGISTERED = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "cnf"})
"""The claims that belong to the token (RFC 7519 section 4.1), not to the document inside it."""

_LAST_SECOND = 253_402_300_799  # of the year 9999, after which there are no dates here


def identifier(value: Any) -> Any:
    """Return the id of a member that is a URL or an object with `id` (issuer, holder, subject)."""
    return value.get("id") if isinstance(value, Mapping) else value


def check_repeats(claims: Mapping[str, Any], document: Mapping[str, Any], *, party: str) -> None:
    """`iss`, `jti` and `sub`, where present, repeat the document (VC-JOSE-COSE 1.0, section 3.1.3).

    `party`: the member that names who secured it, "issuer" or "holder". Raises `MalformedValueError`.
    """
    expected = {"iss": identifier(document.get(party)), "jti": document.get("id")}
    subjects = entries(document.get("credentialSubject"))
    if len(subjects) == 1:
        expected["sub"] = identifier(subjects[0])
    for claim, value in expected.items():
        if claim in claims and claims[claim] != value:
            raise MalformedValueError(f"the claim {claim} contradicts the document")


def check_times(claims: Mapping[str, Any], *, now: datetime, skew: timedelta, alg: str, method: str) -> datetime | None:
    """Hold `exp`, `nbf` and `iat` against `now`; return when the token was made, where it says so.

    `alg` and `method` tell whose signature it is, for the report.
    Raises `ProofNotInForce`, and `MalformedValueError` for a claim that is no date.
    """
    expires, begins, made = (numeric_date(claims.get(name)) for name in ("exp", "nbf", "iat"))
    for name, moment in (("exp", expires), ("nbf", begins), ("iat", made)):
        if name in claims and moment is None:
            raise MalformedValueError(f"the claim {name} is not a date")
    if expires is not None and expires <= now - skew:
        raise ProofNotInForce("the token has ended", suite=alg, verification_method=method)
    if begins is not None and begins > now + skew:
        raise ProofNotInForce("the token is not in force yet", suite=alg, verification_method=method)
    if made is not None and made > now + skew:
        raise ProofNotInForce("the token says it was made in the future", suite=alg, verification_method=method)
    return made


def check_audience(claims: Mapping[str, Any], *, domain: str | None, challenge: str | None) -> None:
    """A presentation answers this verifier (`aud`) and this nonce, where the caller gives them."""
    if domain is not None and entries(claims.get("aud")) != [domain]:
        raise InvalidDomainError("the token was not made for this verifier")
    if challenge is not None and claims.get("nonce") != challenge:
        raise InvalidChallengeError("the token does not answer this challenge")


def numeric_date(value: Any) -> datetime | None:
    """The NumericDate `value` (RFC 7519 section 2), or None where it is none that a calendar has."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(value, UTC)
