"""SD-JWT VC (`dc+sd-jwt`; draft-ietf-oauth-sd-jwt-vc-24 of 2026-11, as HAIP's -13 in all that is done here).

Not a W3C credential: a flat set of claims with a type (`vct`), for wallets that ask for this format. There is no
`@context`, and accreditations, which speak about W3C credentials, do not reach it; the report says so.

    text = issue(claims, vct=…, issuer="https://college.example", signer=…, kid="2026", …)
    shown = present(text, disclose=[("achievement",)], binding=HolderBinding(…))       # the holder
    report = verify(shown, key_binding=RequireKeyBinding(…), anchors=…, fetcher=…, now=…, …)

**The issuer's key** comes from one place, by the form of `iss`, never from whichever happens to work: an https `iss`
publishes JWT VC Issuer Metadata; a DID as `iss` (our extension: the draft defines no DID mechanism) has its key named
by an absolute `kid`. Certificate chains (`x5c`) are not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from keys import InvalidKey, PublicKey, Signer, dids
from keys.dids import https_identifier
from keys.fetching import Fetcher, FetchError, FetchRefused
from vc import findings as found
from vc import strict_json
from vc.achievement import in_language
from vc.credential import entries
from vc.errors import (
    ControllerNotReached,
    CryptographicSecurityError,
    InvalidControlledIdentifierDocumentError,
    InvalidVerificationMethodError,
    MalformedValueError,
    ParsingError,
    ProofVerificationError,
    StatusRetrievalError,
    StatusVerificationError,
    UnacceptableSuite,
    VcError,
)
from vc.fetching import BudgetedFetcher
from vc.findings import Finding, Report
from vc.jose import jws, sd_jwt
from vc.jose.claims import numeric_date
from vc.limits import DEFAULT, Limits
from vc.policy import Anchors
from vc.proofs.data_integrity import controller_of, published_key
from vc.status import token_list
from vc.status.token_list import StatusReference, TokenStatus

TYPE = "dc+sd-jwt"
MEDIA_TYPE = "application/dc+sd-jwt"
NEVER_WITHHELD = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
"""Claims that decide validity (section 2.2.2.2); `vc.jose.sd_jwt` refuses them as disclosures too."""

_WELL_KNOWN = "/.well-known/jwt-vc-issuer"
_METADATA_TYPES = ("application/json",)
_LARGEST_METADATA = 256 * 1024


# --- issue and present ----------------------------------------------------------------------------


def issue(
    claims: Mapping[str, Any],
    *,
    vct: str,
    issuer: str,
    signer: Signer,
    kid: str,
    holder: PublicKey | None,
    issued: datetime,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    status: StatusReference | None = None,
    disclosable: Iterable[sd_jwt.Path] = (),
    decoys: int = 0,
) -> str:
    """Return `claims` as an SD-JWT VC of type `vct`.

    `holder`: the key it is bound to, None for a bearer credential. `kid`: the key's id in the issuer's metadata, or for
    a DID its absolute address. Raises `ValueError` for claims that are this function's own business, and for paths that
    may not be withheld.
    """
    times = {"iat": issued, "nbf": valid_from, "exp": valid_until}
    own: dict[str, Any] = {"iss": issuer, "vct": vct}
    own |= {name: int(moment.timestamp()) for name, moment in times.items() if moment is not None}
    own |= {"cnf": {"jwk": holder.jwk}} if holder is not None else {}
    own |= {"status": status.claim()} if status is not None else {}
    clash = sorted((NEVER_WITHHELD | {"iat"}) & claims.keys() - {"vct#integrity"})
    if clash:
        raise ValueError(f"{clash[0]} is not for the claims to say")
    return sd_jwt.issue({**claims, **own}, disclosable=disclosable, signer=signer, typ=TYPE, kid=kid, decoys=decoys)


def present(text: str, *, disclose: Iterable[sd_jwt.Path], binding: sd_jwt.HolderBinding | None) -> str:
    """Return the presentation that shows only the claims at `disclose`. Raises as `sd_jwt.present`."""
    return sd_jwt.present(text, disclose=disclose, typ=TYPE, binding=binding)


def claims_of_badge(draft: Mapping[str, Any], *, language: str) -> dict[str, Any]:
    """An unsigned Open Badge as claims for `issue`: what it says, in one language, without its JSON-LD.

    Subject, dates and status are left out: here they are `holder`, `valid_from`, `valid_until` and `status`.
    """
    subject = entries(draft.get("credentialSubject"))[0]
    issuer = draft.get("issuer")
    claims = {
        "credential_id": draft.get("id"),
        "name": in_language(draft.get("name"), language),
        "description": in_language(draft.get("description"), language),
        "issuer_name": issuer.get("name") if isinstance(issuer, Mapping) else None,
        "achievement": _without_types(subject.get("achievement")),
        "started": subject.get("activityStartDate"),
        "completed": subject.get("activityEndDate") or draft.get("awardedDate"),
        "credits_earned": subject.get("creditsEarned"),
        "results": _without_types(subject.get("result")),
        "evidence": _without_types(draft.get("evidence")),
    }
    return {name: value for name, value in claims.items() if value is not None}


def _without_types(value: Any) -> Any:
    """`value` without the `type` members that only JSON-LD needs."""
    if isinstance(value, Mapping):
        return {name: _without_types(item) for name, item in value.items() if name != "type"}
    return [_without_types(item) for item in value] if isinstance(value, (list, tuple)) else value


# --- verify ---------------------------------------------------------------------------------------


def verify(
    text: object,
    *,
    key_binding: sd_jwt.RequireKeyBinding | sd_jwt.NoKeyBinding,
    anchors: Anchors,
    accepted_types: frozenset[str] | None,
    accepted_algs: frozenset[str],
    fetcher: Fetcher,
    now: datetime,
    limits: Limits = DEFAULT,
) -> Report:
    """Decide whether an SD-JWT VC can be relied on at `now`.

    (1) the text is a compact SD-JWT of this type, and every disclosure belongs
    (2) it states a type (`vct`), one of `accepted_types` if the caller names any, and nothing that decides validity is
        withheld
    (3) the issuer publishes the key that the token names
    (4) the signature fits the content
    (5) `now` lies inside `nbf` and `exp`
    (6) the issuer's Token Status List, itself verified first, does not mark it
    (7) the presenter proves the key it is bound to, where `key_binding` asks for that

    `anchors` only say which institutions are known by name. Raises nothing for what the text says.
    """
    run = _Run(
        anchors,
        accepted_types,
        accepted_algs,
        BudgetedFetcher(fetcher, limit=limits.fetches, max_bytes=limits.fetched_bytes),
        now,
    )
    return run.judge(text, key_binding)


@dataclass(frozen=True)
class _Run:
    """One verification: the caller's choices, one clock reading, one budget of fetches."""

    anchors: Anchors
    accepted_types: frozenset[str] | None
    accepted_algs: frozenset[str]
    fetcher: Fetcher
    now: datetime

    def judge(self, text: object, key_binding: sd_jwt.RequireKeyBinding | sd_jwt.NoKeyBinding) -> Report:
        try:
            token = sd_jwt.read(text, typ=TYPE)  # (1)
            stated = token.unverified_claims()
            vct = self.type_of(stated)  # (2)
        except jws.InvalidJws as error:
            return Report((found.CannotBeRead(str(error)),))
        except MalformedValueError as error:
            return Report((found.Malformed(error.detail, error.path),))
        issuer = str(stated.get("iss"))
        try:
            method, key = self.issuer_key(issuer, token.jwt)  # (3)
            claims = self.proven(token, key)  # (4)
        except VcError as error:
            return Report((*_unproven(error, issuer), found.NotAW3cCredential(vct)))
        return Report(
            (
                found.ProofVerified(token.jwt.alg, method),
                *self.about_issuer(issuer),
                found.NotAW3cCredential(vct),
                *self.status(claims, issuer),  # (6)
                *self.validity(claims),  # (5)
                self.holder(token, key, key_binding),  # (7)
            ),
            credential=claims,
        )

    def type_of(self, claims: Mapping[str, Any]) -> str:
        vct = claims.get("vct")
        if not isinstance(vct, str) or not vct:
            raise MalformedValueError("states no type", path="/vct")
        if self.accepted_types is not None and vct not in self.accepted_types:
            raise MalformedValueError(f"{vct[:200]} is not among the accepted types", path="/vct")
        if not isinstance(claims.get("iss"), str):
            raise MalformedValueError("names no issuer", path="/iss")
        return vct

    def proven(self, token: sd_jwt.UnverifiedSdJwt, key: PublicKey) -> dict[str, Any]:
        """(4) The disclosed claims; the key binding is looked at later."""
        unbound = replace(token, kb_jwt=None)
        try:
            return unbound.verify(key, accepted_algs=self.accepted_algs, key_binding=sd_jwt.NO_KEY_BINDING)
        except jws.WrongSignature as error:
            raise CryptographicSecurityError("the signature does not fit the content") from error
        except jws.InvalidJws as error:
            raise ProofVerificationError(str(error)) from error

    def about_issuer(self, issuer: str) -> Iterator[Finding]:
        yield found.IssuerKeyProven(issuer)
        known = self.anchors.institution(issuer)
        if known is not None:
            yield found.IssuerRecognised(issuer, known.name("en"), None)
        else:
            yield found.IssuerNotRecognised(issuer)

    def validity(self, claims: Mapping[str, Any]) -> Iterator[Finding]:
        """(5) A date that is none counts as malformed."""
        start, end, made = (numeric_date(claims.get(name)) for name in ("nbf", "exp", "iat"))
        for name, moment in (("nbf", start), ("exp", end), ("iat", made)):
            if name in claims and moment is None:
                yield found.Malformed(f"{name} is not a date", f"/{name}")
                return
        skew = token_list.CLOCK_TOLERANCE
        if made is not None and made > self.now + skew:
            yield found.ProofOutOfTime("it says it was made in the future")
        elif start is not None and start > self.now + skew:
            yield found.NotYetValid(start)
        elif end is not None and end <= self.now - skew:
            yield found.Expired(end)
        elif start is None and end is None:
            yield found.NoDates()
        else:
            yield found.InForce(start, end)

    def status(self, claims: Mapping[str, Any], issuer: str) -> Iterator[Finding]:
        """(6) A list that the same issuer signed, by the same rules for its key."""
        if "status" not in claims:
            yield found.NoStatusList()
            return
        try:
            reference = StatusReference.from_claim(claims["status"])
            value = self.status_value(reference, issuer)
        except VcError as error:
            yield found.StatusNotObtained(error.problem, error.detail)
            return
        match value:
            case TokenStatus.VALID:
                yield found.NotRevoked("status", reference.uri)
            case TokenStatus.SUSPENDED:
                yield found.Suspended(reference.uri, reference.index)
            case _:
                yield found.Revoked(reference.uri, reference.index)

    def status_value(self, reference: StatusReference, issuer: str) -> int:
        try:
            https_identifier.check(reference.uri)
            fetched = self.fetcher.fetch(reference.uri, accept=(token_list.MEDIA_TYPE,), max_bytes=token_list.MAX_BYTES)
            text = fetched.body.decode("ascii").strip()
            _, key = self.issuer_key(issuer, jws.read(text, typ=token_list.TOKEN_TYPE))
        except FetchError as error:
            raise StatusRetrievalError(f"the list at {reference.uri} was not obtained: {error.reason}") from error
        except dids.InvalidDid as error:
            raise StatusVerificationError(error.reason) from error
        except (UnicodeDecodeError, jws.InvalidJws) as error:
            raise StatusRetrievalError("what is served at the list's address is no status list") from error
        return token_list.check(reference, text, key=key, accepted_algs=self.accepted_algs, now=self.now)

    def holder(
        self,
        token: sd_jwt.UnverifiedSdJwt,
        key: PublicKey,
        key_binding: sd_jwt.RequireKeyBinding | sd_jwt.NoKeyBinding,
    ) -> Finding:
        """(7) Whether it is needed is the caller's word, never what the text brings along."""
        if isinstance(key_binding, sd_jwt.NoKeyBinding) and token.kb_jwt is None:
            return found.HolderNotAsked()
        try:
            claims = token.verify(key, accepted_algs=self.accepted_algs, key_binding=key_binding)
        except jws.InvalidJws as error:
            return found.HolderProofRefused(ProofVerificationError.problem, str(error))
        return found.HolderProven(PublicKey.from_jwk(claims["cnf"]["jwk"]).thumbprint)

    # --- (3) the issuer's key ---

    def issuer_key(self, issuer: str, token: jws.UnverifiedJws) -> tuple[str, PublicKey]:
        """The address and the key that `token` names, from where its issuer publishes keys.

        Raises `UnacceptableSuite`, `ControllerNotReached` (could not be checked), `InvalidVerificationMethodError`,
        `InvalidControlledIdentifierDocumentError`.
        """
        if token.alg not in self.accepted_algs:
            raise UnacceptableSuite(token.alg, self.accepted_algs)
        if "x5c" in token.header:
            raise ControllerNotReached("certificate chains are not read here")
        if issuer.startswith("did:"):
            return self.key_of_did(issuer, token.kid)
        return self.key_in_metadata(issuer, token.kid)

    def key_of_did(self, issuer: str, kid: str | None) -> tuple[str, PublicKey]:
        if controller_of(kid) != issuer:
            raise InvalidVerificationMethodError("the token was not made with a key of its issuer")
        published = published_key(str(kid), issuer, "assertionMethod", self.resolve)
        if published.revoked is not None or (published.expires is not None and published.expires <= self.now):
            raise InvalidVerificationMethodError("the key has ended")
        return str(kid), published.public_key

    def resolve(self, did: str) -> dids.DidDocument:
        return dids.resolve(did, fetcher=self.fetcher, now=self.now)

    def key_in_metadata(self, issuer: str, kid: str | None) -> tuple[str, PublicKey]:
        """JWT VC Issuer Metadata (section 3.5): `jwks` or `jwks_uri`, not both."""
        metadata = self.json_at(metadata_url(issuer))
        if metadata.get("issuer") != issuer:
            raise InvalidControlledIdentifierDocumentError("the issuer's metadata is another issuer's")
        if ("jwks" in metadata) == ("jwks_uri" in metadata):
            raise InvalidControlledIdentifierDocumentError("the issuer's metadata has one of jwks and jwks_uri")
        jwks = metadata["jwks"] if "jwks" in metadata else self.json_at(_address(metadata["jwks_uri"]))
        keys = jwks.get("keys") if isinstance(jwks, dict) else None
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise InvalidControlledIdentifierDocumentError("the issuer's metadata holds no keys")
        matching = [key for key in keys if kid is None or key.get("kid") == kid]
        if len(matching) != 1:
            raise InvalidVerificationMethodError("the token does not name one of its issuer's keys")
        try:
            return f"{issuer}#{kid or ''}", PublicKey.from_jwk(matching[0])
        except InvalidKey as error:
            raise InvalidVerificationMethodError(error.reason) from error

    def json_at(self, url: str) -> dict[str, Any]:
        try:
            fetched = self.fetcher.fetch(url, accept=_METADATA_TYPES, max_bytes=_LARGEST_METADATA)
            return strict_json.parse_object(fetched.body)
        except FetchRefused as error:
            raise InvalidControlledIdentifierDocumentError(error.reason) from error
        except FetchError as error:
            raise ControllerNotReached(error.reason) from error
        except ParsingError as error:
            raise InvalidControlledIdentifierDocumentError(f"the issuer's metadata: {error.detail}") from error


def metadata_url(issuer: str) -> str:
    """Where an https issuer publishes its metadata: the well-known part stands between host and path.

    Raises `InvalidVerificationMethodError` for an issuer that is no plain https address.
    """
    parts = urlsplit(_address(issuer))
    return f"https://{parts.netloc}{_WELL_KNOWN}{parts.path.rstrip('/')}"


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidVerificationMethodError("an address of the issuer's keys is no text")
    try:
        https_identifier.check(value)
    except dids.InvalidDid as error:
        raise InvalidVerificationMethodError(error.reason) from error
    return value


def _unproven(error: VcError, issuer: str) -> tuple[Finding, ...]:
    match error:
        case ControllerNotReached():
            return (found.IssuerNotReached(issuer, error.detail),)
        case UnacceptableSuite():
            return (found.SuiteNotAccepted(error.suite),)
        case CryptographicSecurityError():
            return (found.ContentAltered(), found.ProofRefused(ProofVerificationError.problem, error.detail))
        case InvalidVerificationMethodError() | InvalidControlledIdentifierDocumentError():
            return (found.IssuerKeyForeign(issuer, error.problem, error.detail),)
        case _:
            return (found.ProofRefused(error.problem, error.detail),)


__all__ = [
    "MEDIA_TYPE",
    "NEVER_WITHHELD",
    "TYPE",
    "claims_of_badge",
    "issue",
    "metadata_url",
    "present",
    "verify",
]
