"""Is a document that was brought a recognition of ours? Verified fully, before anything of it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import select

from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from keys.fetching import Fetcher
from kit.i18n import N_
from kit.problems import Unavailable, Unprocessable
from vc import held_recognition, strict_json
from vc.credential import entries
from vc.errors import ParsingError
from vc.held_recognition import HeldRecognition, RecognitionRefused, Refusal
from vc.policy import PUBLIC
from vc.proofs import SUITES
from vc.recognition import Standing

MOST_AT_ONCE = 50
"""Recognitions that are taken out of one collection."""

SENTENCES = {
    Refusal.UNREADABLE: N_("This is not a signed accreditation that can be read here."),
    Refusal.OTHER_KIND: N_("This is a credential of another kind, not an accreditation."),
    Refusal.SOMEONE_ELSES: N_("This accreditation is about another institution."),
    Refusal.OTHER_TRAINING: N_("This accreditation is for none of your trainings."),
    Refusal.FORGED: N_("The authority that this document names did not sign it, or it was changed since."),
    Refusal.NOT_REACHED: N_("The authority did not answer, so nothing could be checked. Try again in a few minutes."),
}


class NotAccepted(Unprocessable):
    """What was brought is no recognition of ours; `refusal` says why."""

    slug, title = "recognition-refused", N_("This accreditation cannot be taken in")

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(SENTENCES[refusal], reason=refusal.value, found=detail[:300])
        self.refusal = refusal


class AuthorityNotReached(Unavailable):
    """The authority's keys or status lists could not be had: nothing is decided."""

    advice = SENTENCES[Refusal.NOT_REACHED]


@dataclass(frozen=True)
class Brought:
    """A document that was verified, and what it said."""

    body: bytes
    held: HeldRecognition


def verify(office: Office, organisation: Organisation, document: bytes, *, fetcher: Fetcher | None = None) -> Brought:
    """Verify one document, whoever brought it. Raises `RecognitionRefused`."""
    with office.database.reading() as session:
        query = select(Programme.achievement_id).where(Programme.organisation_id == organisation.id)
        programmes = session.exec(query).all()
    held = held_recognition.verify(
        document,
        institution=organisation.did,
        programmes=programmes,
        accepted_suites=frozenset(SUITES),
        policy=PUBLIC,
        fetcher=fetcher or office.fetcher,
        now=office.clock(),
    )
    return Brought(document, held)


def documents_in(source: bytes) -> list[bytes]:
    """The documents in what was brought: itself, or those that a presentation holds.

    A single document keeps its bytes; of a collection, each member is written anew.
    """
    try:
        document = strict_json.parse_object(source)
    except ParsingError:
        return [source]  # to be refused by its own name
    if "verifiableCredential" not in document:
        return [source]
    found = [one for one in entries(document["verifiableCredential"]) if isinstance(one, dict)]
    return [_written(one) for one in found[: PUBLIC.limits.recognitions]]


def _written(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def verified(office: Office, organisation: Organisation, source: bytes, *, several: bool = True) -> list[Brought]:
    """What holds of `source`. Raises `NotAccepted` by the first refusal when nothing does."""
    brought, refused = [], []
    for document in documents_in(source)[:MOST_AT_ONCE] if several else [source]:
        try:
            one = verify(office, organisation, document)
        except RecognitionRefused as error:
            refused.append(error)
            continue
        if one.held.status is Standing.NOT_CHECKED:
            refused.append(RecognitionRefused(Refusal.NOT_REACHED, one.held.status_detail))
        else:
            brought.append(one)
    if brought:
        return brought
    first = refused[0] if refused else RecognitionRefused(Refusal.SOMEONE_ELSES, "there is nothing in it")
    if first.refusal is Refusal.NOT_REACHED:
        raise AuthorityNotReached(first.detail[:300], headers={"Retry-After": "300"})
    raise NotAccepted(first.refusal, first.detail)
