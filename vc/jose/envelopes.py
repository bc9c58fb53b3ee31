"""Credentials and presentations inside signed tokens (VC-JOSE-COSE 1.0): `vc+jwt`, `vp+jwt`, `vc+sd-jwt`, `vp+sd-jwt`.

The payload *is* the document: the `vc` and `vp` claims of VCDM 1.1 are refused. The key is the one that the absolute
`kid` names in its controller's document, never one that the token brings along. Open Badges' own JWT profile differs
and has its own reader (`vc.jose.open_badges_jwt`): there is no lenient one for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keys import PublicKey, Signer
from vc.envelope import EnvelopeReader, Expectations, check_holds
from vc.errors import (
    CryptographicSecurityError,
    ForeignKey,
    InvalidVerificationMethodError,
    LimitExceeded,
    MalformedValueError,
    ParsingError,
    ProofVerificationError,
    UnacceptableSuite,
)
from vc.jose import claims as jwt_claims
from vc.jose import jws, sd_jwt
from vc.proofs.data_integrity import (
    PublishedKeyView,
    VerifiedProof,
    VerifiedProofs,
    check_key_in_force,
    controller_of,
    published_key,
)

NEVER_WITHHELD = frozenset(
    {"@context", "type", "credentialStatus", "credentialSchema", "relatedResource"}
    | {"issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate"}
)
"""Members of a document that are always shown whole: those of VC-JOSE-COSE 1.0, section 3.2.1, and all others that
decide whether it counts."""

_OF_DISCLOSURES = frozenset({"_sd", "_sd_alg"})

REQUIRED = frozenset({"@context", "type", "issuer"})
"""Those of them that no document can do without: from others they are read also as disclosures, as the suite of
VC-JOSE-COSE has them, since whoever leaves one out has no document."""


@dataclass(frozen=True)
class JoseEnvelope:
    """One media type. `party` names who secures it; `selective` tells the SD-JWT form."""

    typ: str
    content_type: str
    party: str
    selective: bool = False

    # --- make ---

    def sign(
        self,
        document: Mapping[str, Any],
        *,
        signer: Signer,
        kid: str,
        audience: str | None = None,
        nonce: str | None = None,
        made: datetime | None = None,
        disclosable: Sequence[sd_jwt.Path] = (),
    ) -> str:
        """Return `document` secured as a token of this type; `kid` is the absolute URL of the method.

        `audience` and `nonce` bind a presentation to its verifier. `made`: the time of signing, to the second, as the
        claim `iat`: a token without it is judged by what its key is today, also after the key was replaced (threat
        K-ROT-1). Raises `ValueError` for paths that lead nowhere
        or that may not be withheld, and for `disclosable` on a type that is not selective.
        """
        payload = {**document, "iss": jwt_claims.identifier(document.get(self.party))}
        stated = {"aud": audience, "nonce": nonce, "iat": None if made is None else int(made.timestamp())}
        payload.update({name: value for name, value in stated.items() if value is not None})
        if payload["iss"] is None:
            del payload["iss"]
        header = {"cty": self.content_type}
        if not self.selective:
            if disclosable:
                raise ValueError(f"{self.typ} withholds nothing")
            return jws.sign(payload, signer=signer, typ=self.typ, kid=kid, header=header)
        if any(path and path[0] in NEVER_WITHHELD for path in disclosable):
            raise ValueError("a member that decides validity may not be withheld")
        return sd_jwt.issue(payload, disclosable=disclosable, signer=signer, typ=self.typ, kid=kid, header=header)

    # --- read ---

    def reads(self, token: str) -> bool:
        """Whether the token is of this type."""
        try:
            self._header(token)
        except sd_jwt.TooManyDisclosures:
            return True  # of this type, which `content` will say more about
        except jws.InvalidJws:
            return False
        return True

    def content(self, token: str) -> dict[str, Any]:
        """Return the document inside, not verified.

        Raises `ParsingError` for what is no token, `ProofVerificationError` for one of another type, with headers that
        are refused (`alg` none) or disclosures that belong nowhere, `MalformedValueError` for what is inside.
        """
        try:
            return self._document(self._unverified_claims(token))
        except sd_jwt.TooManyDisclosures as error:
            raise LimitExceeded("disclosures", limit=sd_jwt.MAX_DISCLOSURES) from error
        except jws.NotAToken as error:
            raise ParsingError(f"not a {self.typ} token: {error}") from error
        except jws.InvalidJws as error:
            raise ProofVerificationError(f"not an acceptable {self.typ} token: {error}") from error

    def prove(self, token: str, expected: Expectations) -> VerifiedProofs:
        """Verify the token against what is expected; see `EnvelopeReader`."""
        header = self._header(token)
        method, published = key_named_by(header, expected)
        claims, document = self.opened(token, published.public_key)
        for said in (claims, header.header):  # claims may stand in the header too (RFC 7519, section 5.3)
            jwt_claims.check_repeats(said, document, party=self.party)
        jwt_claims.check_audience(claims, domain=expected.domain, challenge=expected.challenge)
        made = jwt_claims.check_times(claims, now=expected.now, skew=expected.skew, alg=header.alg, method=method)
        check_key_in_force(published, made or expected.now)
        proof = VerifiedProof(header.alg, method, published.controller, made, dict(header.header))
        return VerifiedProofs(document, (proof,))

    def opened(self, token: str, key: PublicKey) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the claims and the document of a token that `key` signed.

        Whose key it is, and whether claims and document agree with that, with each other and with the clock, is the
        caller's part (`prove` does it all). Raises `CryptographicSecurityError`, `ProofVerificationError`,
        `MalformedValueError`.
        """
        claims = self._verified_claims(token, key)
        return claims, self._document(claims)

    def _header(self, token: str) -> jws.UnverifiedJws:
        if self.selective:
            return sd_jwt.read(token, typ=self.typ).jwt
        return jws.read(token, typ=self.typ)

    def _unverified_claims(self, token: str) -> dict[str, Any]:
        if self.selective:
            read = sd_jwt.read(token, typ=self.typ)
            read.check_nothing_withheld(NEVER_WITHHELD, but_whole=REQUIRED)
            return read.unverified_claims()
        return jws.read(token, typ=self.typ).unverified_claims()

    def _verified_claims(self, token: str, key: PublicKey) -> dict[str, Any]:
        algs = frozenset(jws.ALGORITHMS.values())  # the key decides which; `key_named_by` saw that it is accepted
        try:
            if self.selective:
                read = sd_jwt.read(token, typ=self.typ)
                read.check_nothing_withheld(NEVER_WITHHELD, but_whole=REQUIRED)
                return read.verify(key, accepted_algs=algs, key_binding=sd_jwt.NO_KEY_BINDING)
            return jws.read(token, typ=self.typ).verify(key, accepted_algs=algs)
        except jws.WrongSignature as error:
            raise CryptographicSecurityError("the signature does not fit the content") from error
        except jws.InvalidJws as error:
            raise ProofVerificationError(str(error)) from error

    def _document(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        if "vc" in claims or "vp" in claims:
            raise MalformedValueError("the claims vc and vp belong to VCDM 1.1; here the payload is the document")
        if not self.selective and not _OF_DISCLOSURES.isdisjoint(claims):
            raise MalformedValueError("claims of selective disclosure in a token that withholds nothing")
        document = {name: value for name, value in claims.items() if name not in jwt_claims.REGISTERED}
        check_holds(document, party=self.party)
        return document


def key_named_by(header: jws.UnverifiedJws, expected: Expectations) -> tuple[str, PublishedKeyView]:
    """Return the method that the token's `kid` names, as its controller publishes it for the expected purpose.

    Raises as `data_integrity.verify` does for its steps 2, 5 and 6.
    """
    if header.alg not in expected.accepted_suites:
        raise UnacceptableSuite(header.alg, expected.accepted_suites)
    signer_id = controller_of(header.kid)
    if expected.controller is not None and signer_id != expected.controller:
        raise ForeignKey(f"the token was made with a key of {signer_id}, not of {expected.controller}")
    method = str(header.kid)
    published = published_key(method, signer_id, expected.purpose, expected.resolver)
    if jws.ALGORITHMS.get(published.public_key.type) != header.alg:
        raise InvalidVerificationMethodError(f"{header.alg} is not the algorithm of the key {method}")
    return method, published


VC_JWT = JoseEnvelope("vc+jwt", "vc", "issuer")
VP_JWT = JoseEnvelope("vp+jwt", "vp", "holder")
VC_SD_JWT = JoseEnvelope("vc+sd-jwt", "vc", "issuer", selective=True)
VP_SD_JWT = JoseEnvelope("vp+sd-jwt", "vp", "holder", selective=True)

READERS: Mapping[str, EnvelopeReader] = {
    f"application/{envelope.typ}": envelope for envelope in (VC_JWT, VP_JWT, VC_SD_JWT, VP_SD_JWT)
}
