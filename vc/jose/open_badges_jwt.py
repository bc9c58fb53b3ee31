"""Open Badges' own JWT profile (Open Badges 3.0, section 8.2): a reader of its own, strict in its own way.

It disagrees with VC-JOSE-COSE where it matters, so neither reader is lenient for the other's sake: `typ` is absent or
`JWT`; the header may bring a key (`jwk`); `iss`, `jti` and `nbf` are required and repeat the credential; the form for
VCDM 1.1 keeps the credential in a `vc` claim.

**Whose key.** `kid` names a key in the issuer's identifier document, or is an address under the issuer's own that
gives a JWK. A `jwk` in the header proves that the content is intact and nothing about who signed it: the same key must
be published by the issuer, else the issuer is not proven.

RS256 is read, because the profile makes it the floor; nothing here signs with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from keys import InvalidKey, KeyType, PublicKey, Signer, dids
from keys.dids import https_identifier
from keys.fetching import FetchError, FetchRefused
from vc import strict_json, times
from vc.credential import entries
from vc.envelope import Expectations
from vc.errors import (
    ControllerNotReached,
    CryptographicSecurityError,
    ForeignKey,
    InvalidRelationshipError,
    InvalidVerificationMethodError,
    MalformedValueError,
    ParsingError,
    ProofVerificationError,
    UnacceptableSuite,
)
from vc.jose import base64url, jws
from vc.jose import claims as jwt_claims
from vc.proofs.data_integrity import (
    VerifiedProof,
    VerifiedProofs,
    check_key_in_force,
    controller_of,
    published_key,
)

RS256 = "RS256"
_SIGNED_HERE = frozenset({KeyType.ED25519, KeyType.P256})
_ALGORITHMS = frozenset({RS256, *(jws.ALGORITHMS[kind] for kind in _SIGNED_HERE)})
_HEADER = frozenset({"alg", "kid", "jwk", "typ"})
_RSA_BYTES = range(256, 513)  # 2048 to 4096 bits
_RSA_EXPONENT = "AQAB"
_JWK_TYPES = ("application/jwk+json", "application/json")
_LARGEST_JWK = 16 * 1024


@dataclass(frozen=True)
class _Token:
    """A token whose header keeps the profile's rules."""

    text: str
    parts: jws.UnverifiedJws

    @classmethod
    def of(cls, text: str) -> _Token:
        """Raises `jws.InvalidJws`."""
        parts = jws.split(text)
        header = parts.header
        if not header.keys() <= _HEADER:
            raise jws.InvalidJws("the header holds more than alg, kid or jwk, and typ")
        if header.get("typ", "JWT") != "JWT":
            raise jws.InvalidJws("the token is of another type")
        if not isinstance(header.get("alg"), str) or parts.alg not in _ALGORITHMS:
            raise jws.InvalidJws("the algorithm is missing or not one of this profile")
        if ("kid" in header) == ("jwk" in header):
            raise jws.InvalidJws("the header names its key by either kid or jwk")
        if not isinstance(header.get("kid", ""), str) or not isinstance(header.get("jwk", {}), dict):
            raise jws.InvalidJws("kid is a text, jwk an object")
        return cls(text, parts)

    @property
    def alg(self) -> str:
        return self.parts.alg

    def check_signed_by(self, members: Mapping[str, Any]) -> None:
        """Raises `CryptographicSecurityError`, or `InvalidVerificationMethodError` for a JWK that is no sound key."""
        if self.alg == RS256:
            holds = _rs256_holds(self.text, members)
        else:
            key = _key_of(members)
            if jws.ALGORITHMS.get(key.type) != self.alg:
                raise InvalidVerificationMethodError(f"{self.alg} is not the algorithm of the key")
            holds = key.verify(self.parts.signature, self.parts.signing_input)
        if not holds:
            raise CryptographicSecurityError("the signature does not fit the content")


@dataclass(frozen=True)
class OpenBadgesJwt:
    """The profile, as an `EnvelopeReader` and a signer."""

    def sign(self, document: Mapping[str, Any], *, signer: Signer, kid: str | None = None) -> str:
        """Return `document` as a compact JWS: ES256 or EdDSA. `kid` is the key's address; without one the header
        brings the key itself, which must then be published under the issuer's identifier.

        Raises `ValueError` for another kind of key, for a version 1.1 document, and for dates with fractions of a
        second, which `nbf` and `exp` cannot repeat.
        """
        if signer.public_key.type not in _SIGNED_HERE:
            raise ValueError("this profile is signed with an Ed25519 or a P-256 key")
        if "validFrom" not in document:
            raise ValueError("an Open Badge has a validFrom")
        moments = {"nbf": document["validFrom"], "exp": document.get("validUntil")}
        claims = {name: _whole_seconds(moment) for name, moment in moments.items() if moment is not None}
        claims |= {"iss": jwt_claims.identifier(document["issuer"]), "jti": document["id"]}
        subject = _subject_id(document)
        payload = {**document, **claims, **({"sub": subject} if subject is not None else {})}
        return jws.sign(payload, signer=signer, typ="JWT", kid=kid, jwk=kid is None)

    def reads(self, token: str) -> bool:
        """Whether the token keeps this profile's rules for headers."""
        try:
            _Token.of(token)
        except jws.InvalidJws:
            return False
        return True

    def content(self, token: str) -> dict[str, Any]:
        """Return the credential inside, not verified. Raises `ParsingError` or `MalformedValueError`."""
        try:
            return _document(_Token.of(token).parts.unverified_claims())
        except jws.InvalidJws as error:
            raise ParsingError(f"not an Open Badges token: {error}") from error

    def prove(self, token: str, expected: Expectations) -> VerifiedProofs:
        """Verify the token against what is expected; see `EnvelopeReader`. It binds no challenge or domain."""
        try:
            read = _Token.of(token)
            claims = read.parts.unverified_claims()
        except jws.InvalidJws as error:
            raise ProofVerificationError(str(error)) from error
        if read.alg not in expected.accepted_suites:
            raise UnacceptableSuite(read.alg, expected.accepted_suites)
        if expected.purpose != "assertionMethod" or expected.challenge is not None or expected.domain is not None:
            raise InvalidRelationshipError("a token of this profile is a credential and answers no request")
        document = _document(claims)
        _check_repeats(claims, document)
        method, controller = _proven_key(read, document, expected)
        own = {"iat": claims["iat"]} if "iat" in claims else {}  # nbf and exp are the credential's, and repeat it
        made = jwt_claims.check_times(own, now=expected.now, skew=expected.skew, alg=read.alg, method=method)
        return VerifiedProofs(document, (VerifiedProof(read.alg, method, controller, made, dict(read.parts.header)),))


OPEN_BADGES_JWT = OpenBadgesJwt()


# --- the content ----------------------------------------------------------------------------------


def _document(claims: Mapping[str, Any]) -> dict[str, Any]:
    if "vp" in claims:
        raise MalformedValueError("a presentation where a credential is due")
    if "vc" not in claims:
        return {name: value for name, value in claims.items() if name not in jwt_claims.REGISTERED}
    if not claims.keys() <= {"vc", *jwt_claims.REGISTERED}:
        raise MalformedValueError("the claim vc has claims beside it that belong to no token")
    if not isinstance(claims["vc"], dict):
        raise MalformedValueError("the claim vc is not an object")
    return claims["vc"]


def _check_repeats(claims: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """The claims repeat the credential; `sub`, which 1EdTech's own samples leave out, where it is given."""
    start, end = ("issuanceDate", "expirationDate") if "vc" in claims else ("validFrom", "validUntil")
    wanted = {
        "iss": jwt_claims.identifier(document.get("issuer")),
        "jti": document.get("id"),
        "nbf": _seconds(document.get(start), start),
    }
    if "exp" in claims or end in document:
        wanted["exp"] = _seconds(document.get(end), end)
    if "sub" in claims:
        wanted["sub"] = _subject_id(document)
    for claim, value in wanted.items():
        if value is None or claims.get(claim) != value or isinstance(claims[claim], bool):
            raise MalformedValueError(f"the claim {claim} does not repeat the credential")


def _subject_id(document: Mapping[str, Any]) -> Any:
    subjects = entries(document.get("credentialSubject"))
    return jwt_claims.identifier(subjects[0]) if len(subjects) == 1 else None


def _seconds(value: Any, name: str) -> int | None:
    return None if value is None else int(times.parse(value, path=f"/{name}").timestamp())


def _whole_seconds(value: Any) -> int:
    moment: datetime = times.parse(value, path="")
    if moment.microsecond:
        raise ValueError("the dates of an Open Badge in a token are whole seconds")
    return int(moment.timestamp())


# --- the key --------------------------------------------------------------------------------------


def _proven_key(token: _Token, document: Mapping[str, Any], expected: Expectations) -> tuple[str, str]:
    """The address of the key that signed, and who controls it. Raises as `data_integrity.verify`, steps 5 to 7."""
    issuer = expected.controller or str(jwt_claims.identifier(document.get("issuer")))
    members = token.parts.header.get("jwk")
    if members is not None:
        token.check_signed_by(members)
        bound = expected.controller is not None
        return (_published_as(members, issuer, expected) if bound else f"{issuer} (key in the header)"), issuer
    kid = str(token.parts.kid)
    if "#" not in kid:
        token.check_signed_by(_key_at(kid, issuer, expected))
        return kid, issuer
    controller = controller_of(kid)
    if expected.controller is not None and controller != issuer:
        raise ForeignKey(f"the token was made with a key of {controller}, not of {issuer}")
    token.check_signed_by(_jwk_in_document(token, kid, controller, expected))
    return kid, controller


def _jwk_in_document(token: _Token, kid: str, controller: str, expected: Expectations) -> Mapping[str, Any]:
    if token.alg != RS256:
        key = published_key(kid, controller, expected.purpose, expected.resolver)
        check_key_in_force(key, _made(token))
        return key.public_key.jwk
    published = _jwks_of(controller, expected)
    if kid not in published:
        raise InvalidVerificationMethodError("the issuer publishes no such RSA key for issuing")
    return published[kid]


def _made(token: _Token) -> datetime:
    """When it was signed: `iat`, or else when the credential took effect, which every token of this profile says."""
    claims = token.parts.unverified_claims()
    moments = (jwt_claims.numeric_date(claims.get(name)) for name in ("iat", "nbf"))
    made = next((moment for moment in moments if moment is not None), None)
    if made is None:
        raise MalformedValueError("the claim nbf is not a date")
    return made


def _published_as(members: Mapping[str, Any], issuer: str, expected: Expectations) -> str:
    """The address under which the issuer publishes the key that the token brought along."""
    try:
        document = _identifier_document(issuer, expected)
    except ControllerNotReached as error:
        raise ControllerNotReached(
            f"the token brings its own key, and whose it is could not be found out: {error.detail}"
        ) from error
    wanted = _identity(members)
    for method in document.verification_methods(purpose=expected.purpose):
        if method.expires is None and method.revoked is None and _identity(method.public_key.jwk) == wanted:
            return method.id
    for url, published in document.published_jwks(purpose=expected.purpose).items():
        if _identity(published) == wanted:
            return url
    raise InvalidVerificationMethodError("the token brings its own key, which its issuer does not publish")


def _jwks_of(controller: str, expected: Expectations) -> Mapping[str, Mapping[str, Any]]:
    return _identifier_document(controller, expected).published_jwks(purpose=expected.purpose)


def _identifier_document(controller: str, expected: Expectations) -> dids.DidDocument:
    try:
        found = expected.resolver(controller)
    except (dids.DidNotResolved, dids.UnsupportedDidMethod, dids.InvalidDid) as error:
        raise ControllerNotReached(error.reason) from error
    except dids.DidError as error:
        raise InvalidVerificationMethodError(error.reason) from error
    if not isinstance(found, dids.DidDocument):
        raise TypeError("this profile needs whole identifier documents, not a view of one")
    return found


def _key_at(address: str, issuer: str, expected: Expectations) -> Mapping[str, Any]:
    """The JWK at an address that lies under the issuer's own, so that the issuer answers for it."""
    if expected.controller is not None and not address.startswith(issuer.rstrip("/") + "/"):
        raise InvalidVerificationMethodError("the key's address does not lie under the issuer's")
    try:
        https_identifier.check(address)
        fetched = expected.fetcher.fetch(address, accept=_JWK_TYPES, max_bytes=_LARGEST_JWK)
    except dids.InvalidDid as error:
        raise InvalidVerificationMethodError(error.reason) from error
    except FetchRefused as error:
        raise InvalidVerificationMethodError(error.reason) from error
    except FetchError as error:
        raise ControllerNotReached(error.reason) from error
    try:
        members = strict_json.parse(fetched.body)
    except ParsingError as error:
        raise InvalidVerificationMethodError(f"no key stands at {address}: {error.detail}") from error
    if not isinstance(members, dict):
        raise InvalidVerificationMethodError(f"no key stands at {address}")
    return members


def _identity(members: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two JWKs the same key."""
    return tuple(members.get(name) for name in ("kty", "crv", "n", "e", "x", "y"))


def _key_of(members: Mapping[str, Any]) -> PublicKey:
    try:
        return PublicKey.from_jwk(dict(members))
    except InvalidKey as error:
        raise InvalidVerificationMethodError(f"the key is not acceptable: {error.reason}") from error


def _rs256_holds(token: str, members: Mapping[str, Any]) -> bool:
    """Whether an RSA key of sound size signed `token`. One algorithm is allowed, and it is not the header's word."""
    private = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & members.keys()
    modulus = members.get("n")
    if members.get("kty") != "RSA" or private or members.get("e") != _RSA_EXPONENT or not isinstance(modulus, str):
        raise InvalidVerificationMethodError("not a public RSA key with the exponent 65537")
    if members.get("alg", RS256) != RS256 or members.get("use", "sig") != "sig":
        raise InvalidVerificationMethodError("the RSA key is meant for something else")
    try:
        size = len(base64url.decode(modulus))
        if size not in _RSA_BYTES:
            raise InvalidVerificationMethodError("an RSA key of 2048 to 4096 bits is due")
        signed = JWS()
        signed.allowed_algs = [RS256]
        signed.deserialize(token)
        signed.verify(JWK(kty="RSA", n=modulus, e=_RSA_EXPONENT), alg=RS256)
    except base64url.NotBase64Url as error:
        raise InvalidVerificationMethodError(f"the RSA key is malformed: {error}") from error
    except (JWException, ValueError):  # ValueError: cryptography, for a modulus that is none
        return False
    return True


__all__ = ["OPEN_BADGES_JWT", "RS256", "OpenBadgesJwt"]
