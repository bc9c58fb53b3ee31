"""Accreditation as a credential: who recognised this training, when it was completed, and today.

An authority signs a `RecognizedEntityCredential` (W3C *Recognized Entities* 1.0, Working Draft) about an institution:
recognised to `issue`, and what it may issue is fixed by a JSON Schema, pinned by digest, in which
`credentialSubject.achievement.id` is a constant. So "this college may issue *this* microcredential" is checkable by
anyone, and the learner's credential needs no word about it.

**Finding it.** From the institution's DID (a `WhoisService` that serves a presentation), from copies stapled to what
the learner shows, or from a list the verifier keeps. Where it came from does not matter: each is verified fully.

**The schema.** It is determined by its own address and the programme (`programme_schema`), so a verifier works it out
and compares the digest: no request, and nobody to trust. A schema of another make is taken from `schemas` or
fetched, must have the pinned digest, and is applied. The recognition also names its `programme`; that is believed
only if the schema worked out from it has the pinned digest.

**As of when.** Two answers, always both. A recognition holds from `validFrom` to `validUntil`. A status list knows only
"withdrawn now", and withdrawing must not erase the years before. So an authority that ends a recognition does two
things: it sets the status bit of the original, and publishes `closed(original, at=…, reason=…)`: the same recognition
with `validUntil` at its end, the reason, and no status entry. Both are served by the `WhoisService`. A verifier that
sees the closed copy answers "recognised then, withdrawn on that day"; one that sees only the revoked original
answers "withdrawn today; whether it held then could not be checked". Suspension works the same way (`reason=
"suspended"`, status bit set while it lasts); a suspension that is lifted is followed by a new recognition.

The date of completion is the institution's word. An institution could backdate; its signature is on it.

Chains (an authority that is itself recognised) are not followed here: the signer must be one of the anchors.
`Recognition` and `AuthorityAnswer` say nothing that a longer chain would contradict.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Literal
from urllib.parse import urlsplit

import contexts
from keys import dids
from keys.dids import did_web
from keys.fetching import Fetcher, FetchError
from keys.multibase import encode_base64url
from vc import achievement, schemas, securing, strict_json, times
from vc import credential as credentials
from vc.canonical import jcs
from vc.credential import Credential, entries, multibase_digest
from vc.errors import ControllerNotReached, ParsingError, VcError
from vc.policy import Anchors, Authority, Policy
from vc.proofs.data_integrity import Resolver
from vc.status import bitstring

CREDENTIAL_TYPE = "RecognizedEntityCredential"
CONTEXTS = (contexts.CREDENTIALS_V2, contexts.RECOGNITION_V1)
WHOIS = "WhoisService"
EndReason = Literal["withdrawn", "suspended"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LARGEST_SCHEMA = 64 * 1024
_VP_TYPES = ("application/vp", "application/vp+ld+json", "application/ld+json", "application/json")


# --- build ----------------------------------------------------------------------------------------


def programme_schema(url: str, programme: str) -> bytes:
    """The JSON Schema, served at `url`, that admits credentials for `programme` only. Always the same bytes."""
    achieved = {"type": "object", "required": ["id"], "properties": {"id": {"const": programme}}}
    subject = {"type": "object", "required": ["achievement"], "properties": {"achievement": achieved}}
    return jcs.canonicalize(
        {
            "$schema": _DIALECT,
            "$id": url,
            "type": "object",
            "required": ["credentialSubject"],
            "properties": {"credentialSubject": subject},
        }
    )


def digest_multibase(data: bytes) -> str:
    """`digestMultibase`: SHA-256 as a multihash in base64url (`uEi…`)."""
    return "u" + encode_base64url(b"\x12\x20" + hashlib.sha256(data).digest())


def recognition_credential(
    *,
    credential_id: str,
    authority: str,
    authority_name: str,
    institution: str,
    institution_name: str,
    programme: str,
    schema_url: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    institution_legal_name: str | None = None,
    institution_url: str | None = None,
    programme_name: str | None = None,
    track: str | None = None,
    stream: str | None = None,
    territory: str | None = None,
    status: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The unsigned decision: `authority` (a DID) recognises `institution` (a DID) to issue `programme`.

    `programme` is the `credentialSubject.achievement.id` of the learners' credentials. `schema_url` is where the
    authority serves `programme_schema(schema_url, programme)`. `track`, `stream`, `territory` are conditions, shown and
    not evaluated. `status`: entries from `vc.status.bitstring.entry`, normally one for revocation.
    """
    action = {
        "type": "RecognizedAction",
        "action": "issue",
        "recognizedBy": authority,
        "programme": {"id": programme, "name": programme_name} if programme_name else programme,
        "outputValidation": {
            "id": schema_url,
            "type": "JsonSchema",
            "digestMultibase": digest_multibase(programme_schema(schema_url, programme)),
        },
        "track": track,
        "stream": stream,
        "territory": territory,
    }
    subject = {
        "id": institution,
        "type": "RecognizedEntity",
        "name": institution_name,
        "legalName": institution_legal_name,
        "url": institution_url,
        "recognizedTo": {name: value for name, value in action.items() if value is not None},
    }
    document = {
        "@context": list(CONTEXTS),
        "id": credential_id,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": {"id": authority, "name": authority_name},
        "validFrom": times.stamp(valid_from),
        "validUntil": times.stamp(valid_until) if valid_until else None,
        "credentialSubject": {name: value for name, value in subject.items() if value is not None},
        "credentialStatus": [dict(entry) for entry in status] or None,
    }
    return {name: value for name, value in document.items() if value is not None}


def closed(recognition: Mapping[str, Any], *, at: datetime, reason: EndReason) -> dict[str, Any]:
    """The unsigned copy of a recognition that says when it ended and why (see the module's text).

    Everything else stays, the `id` included; status entries and proof go. Sign it with the authority's key.
    """
    document = {name: value for name, value in recognition.items() if name not in ("proof", "credentialStatus")}
    subject = dict(document["credentialSubject"])
    subject["recognizedTo"] = {**subject["recognizedTo"], "endReason": reason}
    return {**document, "validUntil": times.stamp(at), "credentialSubject": subject}


def whois_service(did: str, url: str) -> dict[str, Any]:
    """The service entry that an institution puts into its DID document: its recognitions are served at `url`."""
    return {"id": f"{did}#whois", "type": WHOIS, "serviceEndpoint": url}


def whois_presentation(recognitions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is served there. Unsigned: each credential in it carries its own proof."""
    presentation: dict[str, Any] = {"@context": [contexts.CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
    if recognitions:
        presentation["verifiableCredential"] = [dict(recognition) for recognition in recognitions]
    return presentation


# --- answers --------------------------------------------------------------------------------------


class Standing(Enum):
    """Whether a recognition held on a day. In order of preference when there are several."""

    RECOGNISED = "recognised"
    NOT_CHECKED = "not_checked"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    WRONG_PROGRAMME = "wrong_programme"
    NEVER = "never"

    @property
    def lapsed(self) -> bool:
        """There is a recognition of this training, and that day was outside it."""
        return self in (Standing.SUSPENDED, Standing.WITHDRAWN, Standing.EXPIRED, Standing.NOT_YET)


@dataclass(frozen=True)
class AuthorityAnswer:
    """What one authority says about this training by this institution.

    `ended`: when its recognition ended, None while it holds or where that is not known. `recognition`: the verified
    document behind the better of the two answers, None for NEVER. `detail`: why something could not be checked.
    """

    authority: Authority
    then: Standing
    today: Standing
    ended: datetime | None = None
    recognition: Mapping[str, Any] | None = None
    detail: str = ""


@dataclass(frozen=True)
class RecognisedInstitution:
    """The issuer's name by the word of someone the verifier trusts. `authority` None: the verifier's own register."""

    did: str
    name: str
    authority: str | None


@dataclass(frozen=True)
class Recognition:
    """The whole answer. One `AuthorityAnswer` per anchor, in the order of their DIDs.

    `institution`: set if any anchor recognises, or ever recognised, the issuer for anything. `troubles`: what could
    not be obtained or read on the way, in English; an answer NEVER beside troubles means "as far as we could see".
    """

    as_of_completion: datetime
    today: datetime
    programme: str | None
    answers: tuple[AuthorityAnswer, ...]
    institution: RecognisedInstitution | None
    troubles: tuple[str, ...]


@dataclass(frozen=True)
class _Verified:
    """One recognition that an anchor really signed about this issuer, with what its status list says."""

    credential: Credential
    authority: Authority
    action: Mapping[str, Any]
    fits: bool
    status: Standing  # RECOGNISED, WITHDRAWN, SUSPENDED or NOT_CHECKED
    detail: str = ""

    @property
    def end_reason(self) -> Standing:
        reason = self.action.get("endReason")
        return {"withdrawn": Standing.WITHDRAWN, "suspended": Standing.SUSPENDED}.get(
            reason if isinstance(reason, str) else "", Standing.EXPIRED
        )


class _Unsuitable(Exception):
    """A credential that is no recognition of this issuer by an anchor. It is passed over in silence."""


# --- evaluate -------------------------------------------------------------------------------------


def evaluate(
    credential: Credential,
    *,
    recognitions: Iterable[Mapping[str, Any] | str | bytes],
    anchors: Anchors,
    as_of_completion: datetime,
    today: datetime,
    fetcher: Fetcher,
    resolver: Resolver,
    accepted_suites: frozenset[str],
    policy: Policy,
    schemas: Mapping[str, bytes],
) -> Recognition:
    """Who among `anchors` recognised the training that `credential` (verified by the caller) certifies.

    (1) collect: what the caller brings, then what the issuer's DID document points to
    (2) keep those that an anchor issued about this issuer; nothing is fetched for any other
    (3) verify each: the anchor's key, and whether the schema it pins admits this credential
    (4) of those that admit it, read the status lists
    (5) per anchor, the best answer for the day of completion and for today

    With no anchors there is nobody to ask, and nothing is fetched.
    """
    examiner = _Examiner(credential, anchors, today, fetcher, resolver, accepted_suites, policy, schemas)
    brought = list(recognitions)
    troubles: list[str] = []
    if anchors.authorities:
        brought.extend(discovered(credential.issuer, resolver, fetcher, policy, troubles))
    verified = list(examiner.verified(brought, troubles))
    return Recognition(
        as_of_completion=as_of_completion,
        today=today,
        programme=achievement.programme_of(credential.document),
        answers=tuple(_answer(a, verified, as_of_completion, today) for a in anchors),
        institution=_institution(credential.issuer, anchors, verified),
        troubles=tuple(troubles),
    )


def discovered(
    issuer: str, resolver: Resolver, fetcher: Fetcher, policy: Policy, troubles: list[str]
) -> Iterator[Mapping[str, Any]]:
    """(1) Identifier-based discovery: what is in the presentation served by the issuer's `WhoisService`, unverified.

    What could not be obtained or read is added to `troubles`, in English.
    """
    try:
        document = resolver(issuer)
    except dids.DidError as error:
        troubles.append(f"the identifier of the issuer: {error.reason}")
        return
    if not isinstance(document, dids.DidDocument):
        return
    offered = (url for service in document.services(WHOIS) for url in service.urls)
    for url in [url for url in offered if _is_under(url, issuer)][:2]:
        try:
            fetched = fetcher.fetch(url, accept=_VP_TYPES, max_bytes=policy.limits.fetched_bytes)
            served = strict_json.parse_object(fetched.body)
        except FetchError as error:
            troubles.append(f"the issuer's list of recognitions: {error.reason}")
            continue
        except ParsingError as error:
            troubles.append(f"the issuer's list of recognitions: {error.detail}")
            continue
        found = entries(served.get("verifiableCredential"))
        yield from (item for item in found if isinstance(item, dict))


def _is_under(url: str, issuer: str) -> bool:
    """Whether an address is on the issuer's own host: nobody's document sends us to anybody else's (V-SSRF-3)."""
    try:
        home = did_web.document_url(issuer) if issuer.startswith("did:web:") else issuer
        return urlsplit(url)[:2] == urlsplit(home)[:2]
    except (dids.InvalidDid, ValueError):
        return False


class _Examiner:
    """Steps (2) to (4) for one credential."""

    def __init__(
        self,
        credential: Credential,
        anchors: Anchors,
        today: datetime,
        fetcher: Fetcher,
        resolver: Resolver,
        accepted_suites: frozenset[str],
        policy: Policy,
        carried: Mapping[str, bytes],
    ) -> None:
        self.credential = credential
        self.anchors = anchors
        self.today = today
        self.fetcher = fetcher
        self.resolver = resolver
        self.accepted_suites = accepted_suites
        self.policy = policy
        self.carried = carried

    def verified(self, brought: Sequence[Mapping[str, Any] | str | bytes], troubles: list[str]) -> Iterator[_Verified]:
        seen: set[bytes] = set()
        examined = 0
        for source in brought:
            try:
                secured = securing.read(source)
                recognition, authority, action = self._about_this_issuer(secured)
                key = jcs.canonicalize(secured.document)
                if key in seen:
                    continue
                seen.add(key)
                examined += 1
                if examined > self.policy.limits.recognitions:
                    troubles.append(f"more than {self.policy.limits.recognitions} recognitions; the rest was not read")
                    return
                securing.prove(secured, self._expectations(recognition.issuer))
            except _Unsuitable:
                continue
            except ControllerNotReached as error:
                troubles.append(f"the keys of an authority: {error.detail}")
                continue
            except VcError:
                continue  # a forgery, or nothing we can read: it counts for nothing
            fits = self._admits(action, troubles)
            status, detail = self._status(recognition) if fits else (Standing.NOT_CHECKED, "")
            yield _Verified(recognition, authority, action, fits, status, detail)

    def _about_this_issuer(self, secured: securing.Secured) -> tuple[Credential, Authority, Mapping[str, Any]]:
        """(2) An anchor's recognition of this issuer to issue, by its text alone."""
        recognition = credentials.check(
            secured.document, inline_contexts="refuse", profile=self.policy.contexts, limits=self.policy.limits
        )
        authority = self.anchors.authority(recognition.issuer)
        if CREDENTIAL_TYPE not in recognition.types or authority is None:
            raise _Unsuitable
        for subject in recognition.subjects:
            if subject.get("id") != self.credential.issuer:
                continue
            for action in entries(subject.get("recognizedTo")):
                by = action.get("recognizedBy", authority.did) if isinstance(action, dict) else None
                if by == authority.did and action.get("action") == "issue":
                    return recognition, authority, action
        raise _Unsuitable

    def _expectations(self, authority: str) -> securing.Expectations:
        return securing.Expectations(
            accepted_suites=self.accepted_suites,
            purpose="assertionMethod",
            controller=authority,
            resolver=self.resolver,
            now=self.today,
            skew=self.policy.clock_skew,
            profile=self.policy.contexts,
            max_proofs=self.policy.limits.proofs,
        )

    def _status(self, recognition: Credential) -> tuple[Standing, str]:
        """(4) What the authority's status lists say today. Revoked beats suspended beats unknown."""
        found: dict[Standing, str] = {}
        for entry in recognition.status:
            try:
                answer = bitstring.check(
                    entry,
                    issuer=recognition.issuer,
                    fetcher=self.fetcher,
                    resolver=self.resolver,
                    accepted_suites=self.accepted_suites,
                    now=self.today,
                    skew=self.policy.clock_skew,
                    profile=self.policy.contexts,
                    limits=self.policy.limits,
                )
            except VcError as error:
                found[Standing.NOT_CHECKED] = error.detail
                continue
            if answer.value and answer.purpose == "revocation":
                found[Standing.WITHDRAWN] = ""
            elif answer.value and answer.purpose == "suspension":
                found[Standing.SUSPENDED] = ""
        for standing in (Standing.WITHDRAWN, Standing.SUSPENDED, Standing.NOT_CHECKED):
            if standing in found:
                return standing, found[standing]
        return Standing.RECOGNISED, ""

    def _admits(self, action: Mapping[str, Any], troubles: list[str]) -> bool:
        """(3) Whether the pinned schema admits the credential, secured form removed."""
        pinned = action.get("outputValidation")
        if not isinstance(pinned, dict) or not isinstance(pinned.get("digestMultibase"), str):
            return False  # an accreditation narrows: one that fixes nothing recognises nothing
        digest, url = multibase_digest(pinned["digestMultibase"]), pinned.get("id")
        if digest is None or not isinstance(url, str):
            return False
        programme = achievement.programme_of(self.credential.document)
        if programme is not None and _digests(programme_schema(url, programme), digest):
            return True
        stated = _stated_programme(action)
        if stated is not None and _digests(programme_schema(url, stated), digest):
            return False  # proven to be about another programme
        schema = self._schema(url, digest, troubles)
        if schema is None:
            return False
        held = schemas.check(self.credential.document, {"type": schemas.JSON_SCHEMA, "id": url}, bundle={url: schema})
        return held.outcome is schemas.Outcome.SUCCESS

    def _schema(self, url: str, digest: bytes, troubles: list[str]) -> bytes | None:
        supplied = self.carried.get(url)
        if supplied is not None and _digests(supplied, digest):
            return supplied
        try:
            fetched = self.fetcher.fetch(
                url, accept=("application/schema+json", "application/json"), max_bytes=_LARGEST_SCHEMA
            )
        except FetchError as error:
            troubles.append(f"what an authority recognises exactly: {error.reason}")
            return None
        if not _digests(fetched.body, digest):
            troubles.append("what an authority recognises exactly: the schema served is not the one it pinned")
            return None
        return fetched.body


def _digests(data: bytes, digest: bytes) -> bool:
    name = {32: "sha256", 48: "sha384", 64: "sha512"}[len(digest)]
    return hashlib.new(name, data).digest() == digest


def _stated_programme(action: Mapping[str, Any]) -> str | None:
    programme = action.get("programme")
    stated = programme.get("id") if isinstance(programme, dict) else programme
    return stated if isinstance(stated, str) else None


# --- (5) the answers ------------------------------------------------------------------------------


def _answer(
    authority: Authority,
    verified: Sequence[_Verified],
    then: datetime,
    today: datetime,
) -> AuthorityAnswer:
    mine = _editions([one for one in verified if one.authority == authority and one.fits])
    if not mine:
        elsewhere = any(one.authority == authority for one in verified)
        standing = Standing.WRONG_PROGRAMME if elsewhere else Standing.NEVER
        return AuthorityAnswer(authority, standing, standing)
    at_completion, best = min((_on(editions, then) for editions in mine), key=_preference)
    now, latest = min((_on_the_day(editions, today) for editions in mine), key=_preference)
    end = latest.credential.valid_until
    ended = end if now is not Standing.RECOGNISED and end is not None and end <= today else None
    detail = best.detail or ("it has ended, and when is not known" if at_completion is Standing.NOT_CHECKED else "")
    return AuthorityAnswer(authority, at_completion, now, ended, best.credential.document, detail)


def _editions(mine: Sequence[_Verified]) -> list[list[_Verified]]:
    """One list per recognition: the original and its closed copies, which share its `id`."""
    found: dict[str, list[_Verified]] = {}
    for number, one in enumerate(mine):
        found.setdefault(one.credential.id or f"{number}", []).append(one)
    return list(found.values())


def _preference(answer: tuple[Standing, _Verified]) -> tuple[int, float]:
    """What held comes first; of what had lapsed, the one that lapsed last."""
    standing, one = answer
    if standing in (Standing.SUSPENDED, Standing.WITHDRAWN, Standing.EXPIRED):
        return 2, -_end(one)
    return [Standing.RECOGNISED, Standing.NOT_CHECKED, standing, Standing.NOT_YET].index(standing), 0


def _on(editions: Sequence[_Verified], day: datetime) -> tuple[Standing, _Verified]:
    """Whether a recognition held on a day that may be long past.

    A status list knows only of today; so where it says no, a closed copy must say until when the recognition held.
    """
    over = [one for one in editions if _lapsed(one, day)]
    closed_before = [one for one in over if one.end_reason is not Standing.EXPIRED]
    if closed_before:
        last = max(closed_before, key=_end)
        return last.end_reason, last
    in_force = [one for one in editions if _by_dates(one, day) is Standing.RECOGNISED]
    for one in in_force:
        if one.status is Standing.RECOGNISED:
            return Standing.RECOGNISED, one
    if in_force:
        return Standing.NOT_CHECKED, in_force[0]
    last = max(over, key=_end) if over else editions[0]
    return _by_dates(last, day), last


def _on_the_day(editions: Sequence[_Verified], today: datetime) -> tuple[Standing, _Verified]:
    """The same for today, when what the status list says is the answer."""
    standing, one = _on(editions, today)
    return (one.status if standing is Standing.NOT_CHECKED else standing), one


def _lapsed(one: _Verified, day: datetime) -> bool:
    return one.credential.valid_until is not None and day > one.credential.valid_until


def _end(one: _Verified) -> float:
    return one.credential.valid_until.timestamp() if one.credential.valid_until is not None else math.inf


def _by_dates(one: _Verified, day: datetime) -> Standing:
    start, end = one.credential.valid_from, one.credential.valid_until
    if start is not None and day < start:
        return Standing.NOT_YET
    if end is not None and day > end:
        return one.end_reason
    return Standing.RECOGNISED


def _institution(issuer: str, anchors: Anchors, verified: Sequence[_Verified]) -> RecognisedInstitution | None:
    own = anchors.institution(issuer)
    if own is not None:
        return RecognisedInstitution(issuer, own.name("en"), None)
    if (anchor := anchors.authority(issuer)) is not None:
        return RecognisedInstitution(issuer, anchor.name("en"), issuer)
    for one in verified:
        for subject in one.credential.subjects:
            if subject.get("id") == issuer:
                name = achievement.in_language(subject.get("name"), "en") or issuer
                return RecognisedInstitution(issuer, name, one.authority.did)
    return None
