"""Tokens that carry the document in a `vc` or `vp` claim, as VCDM 1.1 had it, around documents of VCDM 2.0.

VC-JOSE-COSE 1.0 forbids both claims (section 3.1.2), and its own suite tests that refusal. The data model's suite,
older, sends such tokens as `application/jwt`. This reader is for that suite: only a policy with
`insecure_read_vc_and_vp_claims` reaches it, and a bare token never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vc.envelope import EnvelopeReader, Expectations, check_holds
from vc.errors import CryptographicSecurityError, MalformedValueError, ParsingError, ProofVerificationError
from vc.jose import claims as jwt_claims
from vc.jose import jws
from vc.jose.envelopes import key_named_by
from vc.proofs.data_integrity import VerifiedProof, VerifiedProofs, check_key_in_force

PARTIES = {"vc": "issuer", "vp": "holder"}
"""The claim that carries the document, and the member of it that names who signed."""


@dataclass(frozen=True)
class ClaimedDocument:
    """Reads a `JWT` with exactly one of the two claims."""

    def reads(self, token: str) -> bool:  # noqa: ARG002 - asked of bare tokens
        """Never: a bare token is not read this way."""
        return False

    def content(self, token: str) -> dict[str, Any]:
        """Return the document inside, not verified. Raises as `JoseEnvelope.content`."""
        try:
            return _document(_read(token).unverified_claims())[1]
        except jws.NotAToken as error:
            raise ParsingError(f"not a JWT: {error}") from error
        except jws.InvalidJws as error:
            raise ProofVerificationError(f"not an acceptable JWT: {error}") from error

    def prove(self, token: str, expected: Expectations) -> VerifiedProofs:
        """Verify the token against what is expected; see `EnvelopeReader`."""
        header = _read(token)
        method, published = key_named_by(header, expected)
        try:
            claims = header.verify(published.public_key, accepted_algs=expected.accepted_suites)
        except jws.WrongSignature as error:
            raise CryptographicSecurityError("the signature does not fit the content") from error
        except jws.InvalidJws as error:
            raise ProofVerificationError(str(error)) from error
        party, document = _document(claims)
        jwt_claims.check_repeats(claims, document, party=party)
        jwt_claims.check_audience(claims, domain=expected.domain, challenge=expected.challenge)
        made = jwt_claims.check_times(claims, now=expected.now, skew=expected.skew, alg=header.alg, method=method)
        check_key_in_force(published, made or expected.now)
        proof = VerifiedProof(header.alg, method, published.controller, made, dict(header.header))
        return VerifiedProofs(document, (proof,))


def _read(token: str) -> jws.UnverifiedJws:
    return jws.read(token, typ="jwt", untyped=True)


def _document(claims: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Who is to have signed, and the document."""
    carried = [(party, claims[name]) for name, party in PARTIES.items() if name in claims]
    if len(carried) != 1 or not isinstance(carried[0][1], dict):
        raise MalformedValueError("a JWT carries one document, in the claim vc or vp")
    party, document = carried[0]
    check_holds(document, party=party)
    return party, document


READERS: Mapping[str, EnvelopeReader] = {"application/jwt": ClaimedDocument()}
