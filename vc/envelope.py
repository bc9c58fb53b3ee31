"""What every kind of envelope (a signed token around a document) offers, and what is expected of its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from contexts import Profile
from keys.fetching import Fetcher, NoNetwork
from vc.credential import entries
from vc.errors import MalformedValueError
from vc.proofs.data_integrity import Resolver, VerifiedProofs


@dataclass(frozen=True)
class Expectations:
    """What a proof must have been made for, and whose it must be (see `data_integrity.verify`)."""

    accepted_suites: frozenset[str]
    purpose: str
    controller: str | None
    resolver: Resolver
    now: datetime
    skew: timedelta
    profile: Profile
    max_proofs: int
    challenge: str | None = None
    domain: str | None = None
    fetcher: Fetcher = field(default_factory=NoNetwork)
    """For the one profile whose keys stand at addresses of their own (`vc.jose.open_badges_jwt`)."""


SECURED_BY: Mapping[str, str] = {"issuer": "VerifiableCredential", "holder": "VerifiablePresentation"}
"""What a token holds, by the member of it that names who signed."""


def check_holds(document: Mapping[str, Any], *, party: str) -> None:
    """Raises `MalformedValueError` where a credential stands in a token for presentations, or the other way round.

    A token that was made for one is not to be taken for the other, whatever its payload says (threat V-TYP-1).
    """
    if SECURED_BY[party] not in entries(document.get("type")):
        raise MalformedValueError(f"a token of this type holds a {SECURED_BY[party]}", path="/type")


class EnvelopeReader(Protocol):
    """One kind of envelope."""

    def reads(self, token: str) -> bool:
        """Whether a bare token, without media type, is of this kind. Must be cheap and strict."""
        ...

    def content(self, token: str) -> dict[str, Any]:
        """The document inside, not verified, for checks of shape that come before the signature.

        Raises `ParsingError`, `MalformedValueError`, or `ProofVerificationError` for a token that is refused as such.
        """
        ...

    def prove(self, token: str, expected: Expectations) -> VerifiedProofs:
        """Verify the token; raises the errors of `vc.errors` by what failed, as `data_integrity.verify` does.

        `expected.accepted_suites` names JOSE algorithms beside cryptosuites.
        """
        ...
