"""A recognition in the hands of the institution that it is about: is it genuine, ours, and for which training?

The verifier's question (`vc.recognition.evaluate`) is whether an authority *it trusts* recognised a training. The
institution's is another: whoever the authority may be, did it really sign this, about us, for a training of ours? Only
then may it stand among what the institution publishes. Whom employers trust is theirs to decide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from keys import dids
from keys.fetching import Fetcher
from vc import achievement, securing
from vc import credential as credentials
from vc.credential import Credential, entries, multibase_digest
from vc.effort import Effort
from vc.errors import ControllerNotReached, VcError
from vc.fetching import BudgetedFetcher
from vc.policy import Policy
from vc.proofs.data_integrity import Resolver
from vc.recognition import CREDENTIAL_TYPE, Standing, programme_schema
from vc.recognition.building import is_digest_of
from vc.recognition.standing import listed
from vc.status import bitstring

RECOGNITION_LIST = "RecognitionListService"
"""The type of the service under which an authority's DID document says where it lists what it signed."""

SIGNED_LIST = "SignedRecognitionListService"
"""The type of the service under which it serves all of that as one signed list, for verifiers to hold."""

MOST_MEMBERS = 2_000
"""Members under all proofs of a recognition that is read, counted as `vc.effort` does; ours have about forty."""


class Refusal(StrEnum):
    """Why a document is no recognition of ours."""

    UNREADABLE = "unreadable"
    """Not a credential, or none that is read here."""
    OTHER_KIND = "other_kind"
    """A credential of another kind."""
    SOMEONE_ELSES = "someone_elses"
    """A recognition, about somebody else or to do something else."""
    OTHER_TRAINING = "other_training"
    """About us, for no training of ours."""
    FORGED = "forged"
    """The authority that it names did not sign it like this."""
    NOT_REACHED = "not_reached"
    """The authority's keys could not be had: nothing is decided, another time they may be."""


class RecognitionRefused(Exception):
    """A document that does not count. `detail` is an English sentence."""

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(f"{refusal}: {detail}")
        self.refusal = refusal
        self.detail = detail


@dataclass(frozen=True)
class HeldRecognition:
    """A genuine recognition of the institution for one of its trainings; having one *is* the proof.

    `names` are the authority's, by its own word, by language. `end_reason` is set on a copy that the authority closed.
    `status` is what its status lists say: RECOGNISED, SUSPENDED, WITHDRAWN, or NOT_CHECKED with the reason in
    `status_detail`.
    """

    id: str
    authority: str
    names: Mapping[str, str]
    programme: str
    valid_from: datetime
    valid_until: datetime | None
    end_reason: str
    status: Standing
    status_detail: str

    @property
    def closed(self) -> bool:
        """Whether this is the copy that says when, and why, it ended."""
        return self.end_reason != ""


def verify(
    source: Mapping[str, Any] | str | bytes,
    *,
    institution: str,
    programmes: Collection[str],
    accepted_suites: frozenset[str],
    policy: Policy,
    fetcher: Fetcher,
    now: datetime,
) -> HeldRecognition:
    """Check a document that is said to recognise `institution` (a DID) for one of `programmes` (achievement ids).

    (1) it is JSON with an embedded proof, and a credential of good shape
    (2) it recognises `institution` to issue, by the word of its own issuer
    (3) the schema that it pins is the one for exactly one of `programmes`
    (4) its issuer's key made the proof
    (5) what the issuer's status lists say today; that they cannot be had refuses nothing, and is told

    Nothing is fetched for a document that fails (1) to (3). Raises `RecognitionRefused`.
    """
    credential = _readable(source, policy)
    action, programme = _ours(credential, institution, frozenset(programmes))
    if not credential.id or credential.valid_from is None:
        raise RecognitionRefused(Refusal.UNREADABLE, "it has no identifier, or does not say from when it holds")
    budgeted = BudgetedFetcher(fetcher, limit=policy.limits.fetches, max_bytes=policy.limits.fetched_bytes)
    resolver = cache(lambda did: dids.resolve(did, fetcher=budgeted, now=now))
    _genuine(credential, accepted_suites, policy, resolver, now)
    status, detail = _status(credential, accepted_suites, policy, budgeted, resolver, now)
    reason = action.get("endReason")
    return HeldRecognition(
        id=credential.id,
        authority=credential.issuer,
        names=_names(credential),
        programme=programme,
        valid_from=credential.valid_from,
        valid_until=credential.valid_until,
        end_reason=reason if isinstance(reason, str) else "",
        status=status,
        status_detail=detail,
    )


def _readable(source: Mapping[str, Any] | str | bytes, policy: Policy) -> Credential:
    """(1)"""
    try:
        secured = securing.read(source)
        if secured.token is not None:
            raise RecognitionRefused(Refusal.UNREADABLE, "a token; the form with an embedded proof is needed")
        Effort(MOST_MEMBERS).spend(secured.document)
        return credentials.check(
            secured.document, inline_contexts="refuse", profile=policy.contexts, limits=policy.limits
        )
    except VcError as error:
        raise RecognitionRefused(Refusal.UNREADABLE, error.detail) from error


def _ours(credential: Credential, institution: str, programmes: frozenset[str]) -> tuple[Mapping[str, Any], str]:
    """(2) (3) The action that is about us, and the training it is pinned to."""
    if CREDENTIAL_TYPE not in credential.types:
        raise RecognitionRefused(Refusal.OTHER_KIND, f"its types are {', '.join(credential.types)}"[:300])
    actions = list(_actions_about(credential, institution))
    if not actions:
        raise RecognitionRefused(Refusal.SOMEONE_ELSES, f"it does not recognise {institution} to issue")
    for action in actions:
        for programme in sorted(programmes):
            if _pins(action, programme):
                return action, programme
    raise RecognitionRefused(Refusal.OTHER_TRAINING, "the schema that it pins is that of none of the trainings")


def _actions_about(credential: Credential, institution: str) -> Iterator[Mapping[str, Any]]:
    for subject in credential.subjects:
        if subject.get("id") != institution:
            continue
        for action in entries(subject.get("recognizedTo")):
            if (
                isinstance(action, dict)
                and action.get("action") == "issue"
                and action.get("recognizedBy", credential.issuer) == credential.issuer
            ):
                yield action


def _pins(action: Mapping[str, Any], programme: str) -> bool:
    """Whether the action's schema is the one that admits credentials for `programme` only."""
    pinned = action.get("outputValidation")
    if not isinstance(pinned, dict) or not isinstance(pinned.get("id"), str):
        return False
    text = pinned.get("digestMultibase")
    digest = multibase_digest(text) if isinstance(text, str) else None
    if digest is None:
        return False
    return is_digest_of(digest, programme_schema(pinned["id"], programme))


def _genuine(
    credential: Credential, accepted_suites: frozenset[str], policy: Policy, resolver: Resolver, now: datetime
) -> None:
    """(4)"""
    expected = securing.Expectations(
        accepted_suites=accepted_suites,
        purpose="assertionMethod",
        controller=credential.issuer,
        resolver=resolver,
        now=now,
        skew=policy.clock_skew,
        profile=policy.contexts,
        max_proofs=policy.limits.proofs,
    )
    try:
        securing.prove(securing.Secured(dict(credential.document)), expected)
    except ControllerNotReached as error:
        raise RecognitionRefused(Refusal.NOT_REACHED, error.detail) from error
    except VcError as error:
        raise RecognitionRefused(Refusal.FORGED, error.detail) from error


def _status(
    credential: Credential,
    accepted_suites: frozenset[str],
    policy: Policy,
    fetcher: Fetcher,
    resolver: Resolver,
    now: datetime,
) -> tuple[Standing, str]:
    """(5)"""

    def ask(entry: Mapping[str, Any], issuer: str) -> bitstring.StatusAnswer:
        return bitstring.check(
            entry,
            issuer=issuer,
            fetcher=fetcher,
            resolver=resolver,
            accepted_suites=accepted_suites,
            now=now,
            skew=policy.clock_skew,
            profile=policy.contexts,
            limits=policy.limits,
        )

    return listed(credential, ask)


def _names(credential: Credential) -> Mapping[str, str]:
    """What the authority calls itself, in French and English; its identifier where it says nothing."""
    issuer = credential.document.get("issuer")
    stated = issuer.get("name") if isinstance(issuer, dict) else None
    return {language: achievement.in_language(stated, language) or credential.issuer for language in ("fr", "en")}


# --- the authority's own list ---------------------------------------------------------------------


def list_service(did: str, url: str) -> dict[str, Any]:
    """The service entry that an authority puts into its DID document: what it signed is listed at `url`.

    With `?about=` and an institution's DID, a presentation of every edition about that institution is served there.
    """
    return {"id": f"{did}#recognitions", "type": RECOGNITION_LIST, "serviceEndpoint": url}


def list_addresses(authority: str, *, about: str, resolver: Resolver) -> list[str]:
    """Where an authority lists what it signed about an institution; empty when it does not say.

    Only addresses on the authority's own host count: nobody's document sends us to anybody else's (V-SSRF-3).
    Raises `keys.dids.DidError`.
    """
    offered = _own_addresses(authority, RECOGNITION_LIST, resolver)
    return [f"{url}{'&' if '?' in url else '?'}about={quote(about, safe='')}" for url in offered[:1]]


def signed_list_service(did: str, url: str) -> dict[str, Any]:
    """The service entry that an authority puts into its DID document: its signed list is served at `url`."""
    return {"id": f"{did}#signed-list", "type": SIGNED_LIST, "serviceEndpoint": url}


def signed_list_addresses(authority: str, *, resolver: Resolver) -> list[str]:
    """Where an authority serves its signed list; empty when it does not say. Rules and errors as `list_addresses`."""
    return _own_addresses(authority, SIGNED_LIST, resolver)[:1]


def _own_addresses(authority: str, kind: str, resolver: Resolver) -> list[str]:
    document = resolver(authority)
    if not isinstance(document, dids.DidDocument) or not authority.startswith(("did:web:", "did:webvh:")):
        return []
    home = urlsplit(dids.document_url(authority))[:2]
    offered = [url for service in document.services(kind) for url in service.urls]
    return [url for url in offered if urlsplit(url)[:2] == home]
