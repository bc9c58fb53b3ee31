"""What holds for every decision of an authority, and how it is refused: the checks before anything is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from issuer.accreditation.models import Accreditation
from kit.i18n import N_
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable


class NotAnAuthority(Forbidden):
    """Only an organisation of kind authority accredits."""

    title = N_("Only an authority can accredit")


class UnknownAccreditation(NotFound):
    """The authority has made no such decision."""


class NumberTaken(Conflict):
    """The authority used this file number before."""

    slug, title = "number-taken", N_("This file number is already used")


class WrongState(Conflict):
    """The accreditation's present state does not allow this act."""

    advice = N_("Reload the page to see the present state.")


class Incomplete(Unprocessable):
    """A decision lacks something; `at` names the field."""


@dataclass(frozen=True)
class Decision:
    """What an authority decides: which programme of which institution, under which conditions, for how long."""

    institution_did: str
    institution_name: str
    achievement_id: str
    programme_title_fr: str
    programme_title_en: str
    number: str
    track: str
    stream: str
    territory: str
    valid_from: datetime
    valid_until: datetime | None
    track_fr: str = ""
    """What the scheme calls the track, where one has tracks of its own."""
    track_en: str = ""


def check(decision: Decision) -> None:
    """Raise `Incomplete`, naming the field, for a decision that cannot be signed."""
    required = ("institution_did", "institution_name", "achievement_id", "programme_title_fr", "number")
    for name in required:
        if not getattr(decision, name):
            raise Incomplete("this is needed", at=name)
    if not decision.institution_did.startswith("did:"):
        raise Incomplete("an identifier that begins with did: is needed", at="institution_did")
    if decision.valid_until is not None and decision.valid_until <= decision.valid_from:
        raise Incomplete("the end lies before the beginning", at="valid_until")


def needed_reason(text: str) -> str:
    """Return the reason for an act, trimmed. Raises `Incomplete`."""
    text = text.strip()
    if not text or len(text) > 500:
        raise Incomplete("a reason is needed, in one or two sentences", at="reason")
    return text


def effect_of(accreditation: Accreditation, at: datetime, *, not_before: datetime) -> datetime:
    """Return `at` if an act may change `accreditation` from then on. Raises `Incomplete`."""
    if at < not_before:
        raise Incomplete("the date lies before the decision that it changes", at="at")
    if accreditation.valid_until is not None and at > accreditation.valid_until:
        raise Incomplete("the accreditation ends before that date anyway", at="at")
    return at
