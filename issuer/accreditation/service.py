"""Accrediting: an authority's decision, signed as a `RecognizedEntityCredential` and published for everybody.

Each act is planned, signed, and put into effect: the planned edition is committed before the key is used, and the
state, the status bit and the signature take effect in one unit. `finish_planned` carries on what a crash left
between (I-DUR-4). How an accreditation ends, and why two documents say so, is told in `vc.recognition`:

    accredit    signs the recognition
    withdraw    sets its revocation bit and publishes a closed copy that says until when it held, and why
    suspend     the same, with the reason "suspended"
    reinstate   signs a new recognition, from the day it holds again

An authority that is itself recognised keeps within its own recognition (`issuer.accreditation.limits`); how authorities
recognise authorities stands in `issuer.accreditation.authorities`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer.accreditation import limits
from issuer.accreditation.models import Accreditation, AccreditationState, Recognition, limits_of
from issuer.addresses import machine_origin
from issuer.audit import service as audit
from issuer.crash_points import crash_point
from issuer.issuance.numbers import new_urn
from issuer.issuance.self_check import OwnDocuments, check_signed_form
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation, OrganisationKind
from issuer.registry import signed_list
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from kit.i18n import N_
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from vc import lint, strict_json
from vc.proofs import data_integrity
from vc.recognition import (
    CONTEXTS,
    EndReason,
    authority_credential,
    closed,
    programme_schema,
    recognition_credential,
)

SUITE = "eddsa-rdfc-2022"
LEFT_BEHIND = timedelta(seconds=45)


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


# --- acts ---


def accredit(office: Office, authority: Organisation, decision: Decision, *, actor: str) -> Accreditation:
    """Record the decision, sign the recognition and publish it. Opens its own units. Raises as `plan` does."""
    with office.database.unit() as session:
        planned = plan(office, session, authority, decision, actor=actor)
    return carry_out(office, planned)


def plan(office: Office, session: Session, authority: Organisation, decision: Decision, *, actor: str) -> Recognition:
    """Record the decision and what is to be signed, in a unit that may record more (an application's end).

    Hand the result to `carry_out` once the unit is committed; what a crash leaves between, `finish_planned` carries
    on. Raises `NotAnAuthority`, `NumberTaken`, `Incomplete`, `BeyondRecognition`.
    """
    check(decision)
    return record(office, session, authority, vars(decision), actor=actor)


def record(
    office: Office, session: Session, authority: Organisation, decided: Mapping[str, Any], *, actor: str
) -> Recognition:
    """As `plan`, for a decision of either kind by its columns, checked by the caller for what it must say."""
    if authority.kind is not OrganisationKind.AUTHORITY:
        raise NotAnAuthority
    if number_is_taken(session, authority.id, decided["number"]):
        raise NumberTaken
    accreditation = Accreditation(
        authority_id=authority.id,
        state_since=decided["valid_from"],
        decided_by=actor,
        decided_at=office.clock(),
        **decided,
    )
    limits.keep_within(session, authority, accreditation, since=accreditation.valid_from)
    session.add(accreditation)
    try:
        session.flush()
    except IntegrityError:  # the same number, in another unit at the same time
        raise NumberTaken from None
    return _plan(
        office,
        session,
        accreditation,
        becomes=AccreditationState.ACTIVE,
        effective_at=accreditation.valid_from,
        reason="",
        actor=actor,
    )


def suspend(
    office: Office, authority: Organisation, accreditation_id: str, *, reason: str, at: datetime, actor: str
) -> Accreditation:
    """Take out of force from `at` on, until reinstated. Raises `UnknownAccreditation`, `WrongState`, `Incomplete`."""
    return _end(
        office,
        authority,
        accreditation_id,
        becomes=AccreditationState.SUSPENDED,
        allowed=(AccreditationState.ACTIVE,),
        reason=reason,
        at=at,
        actor=actor,
    )


def withdraw(
    office: Office, authority: Organisation, accreditation_id: str, *, reason: str, at: datetime, actor: str
) -> Accreditation:
    """End for good from `at` on; what was completed before stays accredited.

    Raises `UnknownAccreditation`, `WrongState`, `Incomplete`.
    """
    return _end(
        office,
        authority,
        accreditation_id,
        becomes=AccreditationState.WITHDRAWN,
        allowed=(AccreditationState.ACTIVE, AccreditationState.SUSPENDED),
        reason=reason,
        at=at,
        actor=actor,
    )


def reinstate(
    office: Office, authority: Organisation, accreditation_id: str, *, reason: str, at: datetime, actor: str
) -> Accreditation:
    """Put a suspended accreditation back in force from `at` on. Raises as `suspend` does, and `BeyondRecognition`."""
    with office.database.unit() as session:
        accreditation = _locked(session, authority, accreditation_id, allowed=(AccreditationState.SUSPENDED,))
        limits.keep_within(session, authority, accreditation, since=max(at, accreditation.valid_from))
        planned = _plan(
            office,
            session,
            accreditation,
            becomes=AccreditationState.ACTIVE,
            effective_at=_effect(accreditation, at, not_before=accreditation.state_since),
            reason=_reason(reason),
            actor=actor,
        )
    return carry_out(office, planned)


def finish_planned(office: Office) -> int:
    """Sign and put into effect what was planned and left behind by a crash; returns how many editions."""
    with office.database.reading() as session:
        query = select(Recognition).where(
            col(Recognition.body).is_(None), Recognition.planned_at < office.clock() - LEFT_BEHIND
        )
        left = session.exec(query.order_by(col(Recognition.planned_at))).all()
    for planned in left:
        carry_out(office, planned)
    return len(left)


def finish(office: Office, accreditation_id: str) -> None:
    """Sign and put into effect whatever is planned for one accreditation; nothing when all is signed."""
    with office.database.reading() as session:
        left = [one for one in editions(session, accreditation_id) if one.body is None]
    for planned in left:
        carry_out(office, planned)


def _end(
    office: Office,
    authority: Organisation,
    accreditation_id: str,
    *,
    becomes: AccreditationState,
    allowed: tuple[AccreditationState, ...],
    reason: str,
    at: datetime,
    actor: str,
) -> Accreditation:
    with office.database.unit() as session:
        accreditation = _locked(session, authority, accreditation_id, allowed=allowed)
        if accreditation.state is AccreditationState.SUSPENDED:
            at = accreditation.state_since  # it has not held since then, and withdrawing does not bring that time back
        planned = _plan(
            office,
            session,
            accreditation,
            becomes=becomes,
            effective_at=_effect(accreditation, at, not_before=accreditation.valid_from),
            reason=_reason(reason),
            actor=actor,
        )
    return carry_out(office, planned)


# --- checks ---


def number_is_taken(session: Session, authority_id: str, number: str) -> bool:
    """Say whether the authority has used this file number."""
    query = select(Accreditation.id).where(Accreditation.authority_id == authority_id, Accreditation.number == number)
    return session.exec(query).first() is not None


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


def check_limits(session: Session, authority: Organisation, decision: Decision) -> None:
    """Raise `BeyondRecognition` for a decision for which the authority is not itself recognised."""
    proposed = Accreditation(authority_id=authority.id, **vars(decision))
    limits.keep_within(session, authority, proposed, since=decision.valid_from)


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > 500:
        raise Incomplete("a reason is needed, in one or two sentences", at="reason")
    return text


def _effect(accreditation: Accreditation, at: datetime, *, not_before: datetime) -> datetime:
    if at < not_before:
        raise Incomplete("the date lies before the decision that it changes", at="at")
    if accreditation.valid_until is not None and at > accreditation.valid_until:
        raise Incomplete("the accreditation ends before that date anyway", at="at")
    return at


def _locked(
    session: Session, authority: Organisation, accreditation_id: str, *, allowed: tuple[AccreditationState, ...]
) -> Accreditation:
    found = session.get(Accreditation, accreditation_id, with_for_update=True)
    if found is None or found.authority_id != authority.id:
        raise UnknownAccreditation
    pending = select(Recognition.id).where(Recognition.accreditation_id == found.id, col(Recognition.body).is_(None))
    if found.state not in allowed or session.exec(pending).first() is not None:
        raise WrongState(f"the accreditation is {found.state.value}")
    return found


# --- plan, sign, take effect ---


def _plan(
    office: Office,
    session: Session,
    accreditation: Accreditation,
    *,
    becomes: AccreditationState,
    effective_at: datetime,
    reason: str,
    actor: str,
) -> Recognition:
    """Record the edition that the act calls for; it has no signature yet."""
    now = office.clock()
    before = editions(session, accreditation.id)
    planned = Recognition(
        accreditation_id=accreditation.id,
        edition=len(before) + 1,
        credential_id=new_urn(),
        becomes=becomes,
        reason=reason,
        effective_at=effective_at,
        planned_by=actor,
        planned_at=now,
    )
    if becomes is AccreditationState.ACTIVE:
        length = office.settings.status_list_length
        place = status.take_index(
            session, accreditation.authority_id, purpose=Purpose.REVOCATION, length=length, now=now
        )
        planned.revocation_list_id, planned.revocation_index = place.list_id, place.index
        if accreditation.to_recognise:  # those below name it by its address, where it is served
            authority = session.get_one(Organisation, accreditation.authority_id)
            planned.credential_id = signed_list.edition_address(office, authority.slug, planned.id)
    else:
        opened = [one for one in before if one.closes_id is None][-1]
        planned.credential_id, planned.closes_id = opened.credential_id, opened.id
    session.add(planned)
    session.flush()
    _record(session, accreditation, planned, act="planned", now=now)
    return planned


def carry_out(office: Office, planned: Recognition) -> Accreditation:
    """Sign a planned edition and put it into effect; once it is, this changes nothing."""
    with office.database.reading() as session:
        accreditation = session.get_one(Accreditation, planned.accreditation_id)
        authority = session.get_one(Organisation, accreditation.authority_id)
        closes = session.get(Recognition, planned.closes_id) if planned.closes_id else None
        key = organisations.signing_key(session, authority, KeyUse.CREDENTIAL)
        above = limits.covering(session, authority, accreditation, since=planned.effective_at)
    document = (
        _closing_document(closes, planned) if closes else _document(office, accreditation, authority, planned, above)
    )
    document = lint.checked(
        document, issuer=authority.did, contexts=CONTEXTS, required_status=frozenset() if closes else lint.REVOCABLE
    )
    crash_point("before-signing")
    signed = data_integrity.sign(
        document,
        signer=organisations.signer(office, key),
        verification_method=organisations.verification_method(authority, key),
        suite=SUITE,
        created=planned.planned_at,
    )
    body = json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()
    crash_point("after-signing")
    check_signed_form(
        body,
        document=document,
        fetcher=OwnDocuments(office),
        issuer=authority.did,
        now=planned.planned_at,
        in_force=False,  # an accreditation may begin later, and a closed one is over
    )
    crash_point("before-commit")
    return _take_effect(office, planned, body)


def _take_effect(office: Office, planned: Recognition, body: bytes) -> Accreditation:
    now = office.clock()
    with office.database.unit() as session:
        accreditation = session.get_one(Accreditation, planned.accreditation_id, with_for_update=True)
        edition = session.get_one(Recognition, planned.id, with_for_update=True)
        if edition.body is not None:  # carried out elsewhere meanwhile, by the same plan
            return accreditation
        edition.body, edition.signed_at = body, now
        session.add(edition)
        accreditation.state, accreditation.reason = edition.becomes, edition.reason
        accreditation.state_since = edition.effective_at
        session.add(accreditation)
        if edition.closes_id is not None:
            ended = session.get_one(Recognition, edition.closes_id)
            status.set_bit(session, Place(ended.revocation_list_id or "", ended.revocation_index or 0), value=True)
        authority = session.get_one(Organisation, accreditation.authority_id)
        signed_list.publish_edition(office, session, authority, edition)
        signed_list.publish(office, session, authority)
        _record(session, accreditation, edition, act=edition.becomes.value, now=now)
        return accreditation


def _document(
    office: Office, accreditation: Accreditation, authority: Organisation, planned: Recognition, above: Sequence[str]
) -> dict[str, Any]:
    """The unsigned recognition. `above`: the `id`s of the recognitions of the authority that cover it."""
    place = Place(planned.revocation_list_id or "", planned.revocation_index or 0)
    common: dict[str, Any] = {
        "credential_id": planned.credential_id,
        "authority": authority.did,
        "authority_name": authority.name_fr,
        "valid_from": planned.effective_at,
        "valid_until": accreditation.valid_until,
        "recognised_in": above,
        "status": status.entries(office, authority.slug, [(Purpose.REVOCATION, place)]),
    }
    if accreditation.to_recognise:
        return authority_credential(
            entity=accreditation.institution_did,
            entity_name=accreditation.institution_name,
            conditions=limits_of(accreditation),
            **common,
        )
    return recognition_credential(
        institution=accreditation.institution_did,
        institution_name=accreditation.institution_name,
        programme=accreditation.achievement_id,
        programme_name=accreditation.programme_title_fr,
        schema_url=schema_address(office, authority.slug, accreditation.id),
        track=accreditation.track or None,
        stream=accreditation.stream or None,
        territory=accreditation.territory or None,
        **common,
    )


def _closing_document(closes: Recognition, planned: Recognition) -> dict[str, Any]:
    original = strict_json.settled(closes.body or b"")
    return closed(original, at=planned.effective_at, reason=cast(EndReason, planned.becomes.value))


def _record(session: Session, accreditation: Accreditation, edition: Recognition, *, act: str, now: datetime) -> None:
    audit.record(
        session,
        actor=edition.planned_by,
        organisation_id=accreditation.authority_id,
        act=f"accreditation.{act}",
        subject=accreditation.id,
        now=now,
        edition=edition.edition,
    )


# --- publishing ---


def schema_address(office: Office, slug: str, accreditation_id: str) -> str:
    """Return where the authority serves the schema that fixes the programme of an accreditation."""
    return f"{machine_origin(office.settings)}/o/{slug}/schemas/{accreditation_id}"


def schema(office: Office, session: Session, slug: str, accreditation_id: str) -> bytes:
    """Return the schema's bytes, always the same. Raises `UnknownAccreditation`."""
    found = session.get(Accreditation, accreditation_id)
    if found is None or found.to_recognise or session.get_one(Organisation, found.authority_id).slug != slug:
        raise UnknownAccreditation
    return programme_schema(schema_address(office, slug, accreditation_id), found.achievement_id)


def editions(session: Session, accreditation_id: str) -> Sequence[Recognition]:
    """Return the editions of an accreditation, oldest first."""
    query = select(Recognition).where(Recognition.accreditation_id == accreditation_id)
    return session.exec(query.order_by(col(Recognition.edition))).all()


def of_authority(session: Session, authority: Organisation) -> Sequence[Accreditation]:
    """Return the authority's accreditations that were signed, newest decision first."""
    signed = select(Recognition.accreditation_id).where(col(Recognition.body).is_not(None))
    query = select(Accreditation).where(Accreditation.authority_id == authority.id, col(Accreditation.id).in_(signed))
    return session.exec(query.order_by(col(Accreditation.decided_at).desc())).all()


def accreditation_of(session: Session, authority_id: str, accreditation_id: str) -> Accreditation:
    """Return a decision of the authority. Raises `UnknownAccreditation`."""
    found = session.get(Accreditation, accreditation_id)
    if found is None or found.authority_id != authority_id:
        raise UnknownAccreditation
    return found


def in_force(session: Session, achievement_id: str, *, now: datetime) -> Sequence[tuple[Accreditation, Organisation]]:
    """Return who accredits a programme now, on this service: for cards and programme pages."""
    query = (
        select(Accreditation, Organisation)
        .join(Organisation, col(Organisation.id) == Accreditation.authority_id)
        .where(Accreditation.achievement_id == achievement_id, Accreditation.state == AccreditationState.ACTIVE)
        .where(Accreditation.valid_from <= now)
        .order_by(col(Organisation.slug))
    )
    return [(one, by) for one, by in session.exec(query) if one.valid_until is None or now <= one.valid_until]
