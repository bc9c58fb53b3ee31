"""The decision upon an application: every rule first, then one unit that decides and plans, then the signature.

`rehearse` applies the rules and changes nothing, for the page that writes the effect out; `decide` carries it out.
Two at once are told apart by the lock on the application's row, and the envelope is kept by that on the scheme's.
"""

from __future__ import annotations

import json
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from issuer.accreditation import editions
from issuer.accreditation import service as accreditation
from issuer.accreditation.rules import Decision, NumberTaken
from issuer.applications import answers
from issuer.applications.looking import held, of_authority
from issuer.applications.models import Application, ApplicationState
from issuer.applications.rules import (
    LONGEST_ANSWER,
    UNDECIDED,
    InvalidText,
    WrongState,
    counted,
    may_judge,
    must_be,
    needed_text,
    record_act,
    resume,
    scheme_of,
    short_text,
)
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.schemes import service as schemes
from issuer.schemes.definition import Definition, Grant
from issuer.schemes.models import Scheme
from issuer.staff.models import StaffMember
from kit.i18n import N_
from kit.problems import Conflict

_LONGEST_NUMBER = 60


class OpinionsMissing(Conflict):
    """The scheme asks for more opinions before a decision."""

    slug, title = "opinions-missing", N_("More opinions are needed before a decision")
    advice = N_("Ask the other members of the committee for theirs.")


class AlreadyDecided(Conflict):
    """Somebody decided first, and otherwise."""

    slug, title = "already-decided", N_("This application was decided already")
    advice = N_("Reload the page to see the decision. Yours was not recorded.")


class EnvelopeTooSmall(Conflict):
    """What is left of the envelope does not suffice."""

    slug, title = "envelope-too-small", N_("The envelope does not hold that much any more")
    advice = N_("Grant what is left, or refuse.")


@dataclass(frozen=True)
class Ruling:
    """What is decided. A refusal needs its reasons only; an approval may narrow what was asked for."""

    approve: bool
    reasons: str
    conditions: str = ""
    number: str = ""
    track: str = ""
    stream: str = ""
    territory: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    granted: int | None = None


def decide(
    office: Office, authority: Organisation, application_id: str, ruling: Ruling, *, member: StaffMember
) -> Application:
    """Approve or refuse, and for an accreditation sign and publish it. Opens its own units.

    The decision and the plan to sign are one unit: after a crash in between, `accreditation.finish_planned` or the
    same request again signs what was decided. The same member sending the same again gets what there is; anything
    else on a decided application raises `AlreadyDecided`. Also raises `UnknownApplication`, `WrongState`,
    `Conflicted`, `OpinionsMissing`, `EnvelopeTooSmall`, `InvalidText`, `NumberTaken`, and
    `BeyondRecognition` where the authority is itself recognised for less.
    """
    with office.database.unit() as session:
        application = held(session, authority, application_id)
        exactly = _exactly(ruling, member)
        if not application.decision:
            _decide(office, session, authority, application, ruling, member)
            application.decision = exactly
        elif application.decision != exactly:
            raise AlreadyDecided
    if application.accreditation_id is not None:
        editions.finish(office, application.accreditation_id)
    return application


def rehearse(
    office: Office, authority: Organisation, application_id: str, ruling: Ruling, *, member: StaffMember
) -> None:
    """Raise what `decide` would raise and change nothing: before the effect of a decision is written out."""
    with office.database.reading() as session:
        application = of_authority(session, authority, application_id)
        if application.decision:
            raise AlreadyDecided
        scheme = scheme_of(session, application)
        terms, definition = _terms(session, application, scheme, ruling, member), schemes.definition(scheme)
        if terms is not None and definition.grants is Grant.ACCREDITATION:
            decision = _accreditation(application, definition, ruling, terms)
            accreditation.check_limits(session, authority, decision)


def end_participation(office: Office, session: Session, application: Application, *, reason: str, actor: str) -> None:
    """End a participation that was approved. Raises `WrongState`, `InvalidText`."""
    scheme = scheme_of(session, application)
    granted = schemes.definition(scheme).grants is Grant.PARTICIPATION
    if not granted or application.state is not ApplicationState.APPROVED or application.ended_at is not None:
        raise WrongState
    application.ended_at, application.ended_reason = office.clock(), needed_text("reason", reason)
    session.add(application)
    record_act(office, session, application, "participation-ended", actor)


@dataclass(frozen=True)
class _Terms:
    """What an approval comes to, within what the scheme allows."""

    valid_from: datetime
    valid_until: datetime | None
    granted: int | None


def _terms(
    session: Session, application: Application, scheme: Scheme, ruling: Ruling, member: StaffMember
) -> _Terms | None:
    """Apply every rule to a ruling. None for a refusal, which needs its reasons only."""
    must_be(application, *UNDECIDED)
    may_judge(session, application, member)
    definition = schemes.definition(scheme)
    if counted(session, application) < definition.opinions:
        raise OpinionsMissing
    needed_text("reasons", ruling.reasons)
    if not ruling.approve:
        return None
    short_text("conditions", ruling.conditions, longest=LONGEST_ANSWER)
    _check_scope(definition, ruling)
    number = ruling.number.strip() or application.number or ""
    if len(number) > _LONGEST_NUMBER:
        raise InvalidText("number", N_("This text is too long."))
    if accreditation.number_is_taken(session, application.authority_id, number):
        raise NumberTaken
    valid_from, valid_until = _validity(definition, ruling)
    return _Terms(valid_from, valid_until, _granted(definition, scheme, application, ruling))


def _decide(
    office: Office,
    session: Session,
    authority: Organisation,
    application: Application,
    ruling: Ruling,
    member: StaffMember,
) -> None:
    scheme = session.get_one(Scheme, application.scheme_id, with_for_update=True, populate_existing=True)
    terms, now = _terms(session, application, scheme, ruling, member), office.clock()
    if application.paused_at is not None:
        resume(application, now)
    application.reasons, application.conditions = ruling.reasons.strip(), ruling.conditions.strip()
    application.decided_at, application.decided_by = now, f"staff:{member.id}"
    application.state = ApplicationState.APPROVED if terms else ApplicationState.REFUSED
    session.add(application)
    if terms is not None:
        application.track, application.stream, application.territory = ruling.track, ruling.stream, ruling.territory
        application.valid_from, application.valid_until = terms.valid_from, terms.valid_until
        application.granted = terms.granted
        scheme.committed += terms.granted or 0
        session.add(scheme)
        if schemes.definition(scheme).grants is Grant.ACCREDITATION:
            decision = _accreditation(application, schemes.definition(scheme), ruling, terms)
            planned = accreditation.plan(office, session, authority, decision, actor=application.decided_by)
            application.accreditation_id = planned.accreditation_id
    record_act(office, session, application, application.state.value, application.decided_by)


def _accreditation(application: Application, definition: Definition, ruling: Ruling, terms: _Terms) -> Decision:
    track = definition.track(ruling.track)
    return Decision(
        institution_did=application.applicant_did,
        institution_name=application.applicant_name,
        achievement_id=application.achievement_id,
        programme_title_fr=application.programme_title_fr,
        programme_title_en=application.programme_title_en,
        number=ruling.number.strip() or application.number or "",
        track=ruling.track,
        stream=ruling.stream,
        territory=ruling.territory,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        track_fr=track.name.fr if track else "",
        track_en=track.name.en if track else "",
    )


def _check_scope(definition: Definition, ruling: Ruling) -> None:
    for name, allowed in (
        ("track", [one.key for one in definition.tracks]),
        ("stream", definition.streams),
        ("territory", definition.territories),
    ):
        if getattr(ruling, name) not in (allowed or ("",)):
            raise InvalidText(name, N_("Choose one that the scheme names."))


def last_moment(definition: Definition, valid_from: datetime) -> datetime | None:
    """Return the last moment that an approval from `valid_from` on may cover; None for no end.

    The day before the same day so many months later, in UTC; the last of a shorter month where there is no such day.
    """
    if definition.validity_months is None:
        return None
    year, month = divmod(valid_from.year * 12 + valid_from.month - 1 + definition.validity_months, 12)
    day = min(valid_from.day, monthrange(year, month + 1)[1])
    same_day = datetime(year, month + 1, day, tzinfo=UTC)
    return same_day - timedelta(seconds=1)


def _validity(definition: Definition, ruling: Ruling) -> tuple[datetime, datetime | None]:
    if ruling.valid_from is None:
        raise InvalidText("valid_from", N_("Give the date as year-month-day. Example: 2026-09-01"))
    longest = last_moment(definition, ruling.valid_from)
    until = ruling.valid_until or longest
    if until is not None and until <= ruling.valid_from:
        raise InvalidText("valid_until", N_("Give a date after the beginning as year-month-day, or leave it empty."))
    if longest is not None and until is not None and until > longest:
        raise InvalidText("valid_until", N_("The scheme does not allow an approval for so long."))
    return ruling.valid_from, until


def _granted(definition: Definition, scheme: Scheme, application: Application, ruling: Ruling) -> int | None:
    """What an approval takes from the envelope. Under the lock of the scheme's row it never goes below zero."""
    if definition.envelope is None:
        return None
    asked = int(answers.of_application(application).get(definition.envelope.question, "0"))
    granted = asked if ruling.granted is None else ruling.granted
    if not 0 <= granted <= asked:
        raise InvalidText("granted", N_("Grant at most what was asked for."))
    if granted > definition.envelope.amount - scheme.committed:
        raise EnvelopeTooSmall
    return granted


def _exactly(ruling: Ruling, member: StaffMember) -> str:
    return json.dumps({**vars(ruling), "member": member.id}, ensure_ascii=False, sort_keys=True, default=str)
