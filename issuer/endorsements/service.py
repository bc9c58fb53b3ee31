"""Endorsing: planned, signed, put into effect, like everything that is signed here; withdrawn by its status list.

The endorser signs about the achievement of the programme, so the endorsement can be checked by itself anywhere. The
institution chooses whether it travels inside the credentials issued from then on (`issuer.endorsements.shown`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.base import new_urn
from issuer.crash_points import crash_point
from issuer.endorsements.models import Endorsement, EndorsementState
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation, OrganisationKind
from issuer.programmes.models import Programme
from issuer.self_check.own_documents import OwnDocuments
from issuer.self_check.planned import checked_first
from issuer.self_check.service import SUITE, check_signed_form
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from kit.i18n import N_
from kit.one_by_one import each
from kit.problems import Conflict, NotFound, Unprocessable
from vc import lint
from vc.endorsement import endorsement_credential
from vc.text import composed

LONGEST_COMMENT = 600
_LEFT_BEHIND = timedelta(seconds=45)


class UnknownEndorsement(NotFound):
    """There is no such endorsement for this organisation."""


class AlreadyEndorsed(Conflict):
    """The partner has a word for this training already."""

    slug, title = "already-endorsed", N_("You have endorsed this training already")
    advice = N_("Withdraw the earlier endorsement first, then write a new one.")


class WrongState(Conflict):
    """The endorsement's present state does not allow this act."""

    advice = N_("Reload the page to see the present state.")


class Incomplete(Unprocessable):
    """Something is missing; `at` names the field."""


# --- the endorser's acts ---


def endorse(office: Office, endorser: Organisation, *, programme_id: str, comment: str, actor: str) -> Endorsement:
    """Sign a word for a training of somebody else. Opens its own units.

    Raises `Incomplete`, `AlreadyEndorsed`, `NotToBeSigned`.
    """
    comment = composed(comment)
    if not comment or len(comment) > LONGEST_COMMENT:
        raise Incomplete("one to five sentences are needed", at="comment")
    try:
        with office.database.unit() as session:
            planned = _plan(office, session, endorser, programme_id=programme_id, comment=comment, actor=actor)
    except IntegrityError as taken:
        raise AlreadyEndorsed from taken
    return _carry_out(office, planned)


def withdraw(
    office: Office, session: Session, endorser: Organisation, endorsement_id: str, *, reason: str, actor: str
) -> None:
    """Take a word back: whoever checks it from the next status list on is told. Raises `WrongState`, `Incomplete`."""
    if not reason.strip():
        raise Incomplete("a reason is needed", at="reason")
    found = session.get(Endorsement, endorsement_id, with_for_update=True)
    if found is None or found.endorser_id != endorser.id:
        raise UnknownEndorsement
    if found.state is not EndorsementState.ACTIVE:
        raise WrongState(f"the endorsement is {found.state.value}")
    now = office.clock()
    found.state, found.withdrawn_at, found.reason, found.active_for = (
        EndorsementState.WITHDRAWN,
        now,
        reason.strip()[:LONGEST_COMMENT],
        None,
    )
    session.add(found)
    status.set_bit(session, Place(found.revocation_list_id, found.revocation_index), value=True)
    _recorded(office, session, endorser.id, found, "endorsement.withdrawn", actor)


def finish_planned(office: Office) -> int:
    """Sign what was planned and left behind by a crash; returns how many. What cannot be signed holds up no other."""
    with office.database.reading() as session:
        before = office.clock() - _LEFT_BEHIND
        query = select(Endorsement).where(
            Endorsement.state == EndorsementState.PLANNED, Endorsement.planned_at < before
        )
        left = session.exec(query).all()
    return each(left, partial(_carry_out, office), event="endorsement_left_unsigned")


def _plan(
    office: Office, session: Session, endorser: Organisation, *, programme_id: str, comment: str, actor: str
) -> Endorsement:
    programme = session.get(Programme, programme_id)
    if programme is None or programme.archived_at is not None or programme.organisation_id == endorser.id:
        raise Incomplete("a training of another organisation is needed", at="programme")
    now, length = office.clock(), office.settings.status_list_length
    place = status.take_index(session, endorser.id, purpose=Purpose.REVOCATION, length=length, now=now)
    planned = Endorsement(
        endorser_id=endorser.id,
        programme_id=programme.id,
        active_for=f"{endorser.id}:{programme.id}",
        credential_id=new_urn(),
        comment=comment,
        revocation_list_id=place.list_id,
        revocation_index=place.index,
        planned_by=actor,
        planned_at=now,
    )
    session.add(planned)
    session.flush()
    checked_first(lambda: _draft(office, planned, endorser, programme))
    _recorded(office, session, endorser.id, planned, "endorsement.planned", actor)
    return planned


def _carry_out(office: Office, planned: Endorsement) -> Endorsement:
    with office.database.reading() as session:
        endorser = session.get_one(Organisation, planned.endorser_id)
        programme = session.get_one(Programme, planned.programme_id)
        key = organisations.signing_key(session, endorser, KeyUse.CREDENTIAL)
    document = _draft(office, planned, endorser, programme)
    crash_point("before-signing")
    body = organisations.sign(office, endorser, key, document, suite=SUITE, created=planned.planned_at)
    crash_point("after-signing")
    check_signed_form(
        body, document=document, documents=OwnDocuments(office), issuer=endorser.did, now=planned.planned_at
    )
    return _take_effect(office, planned, body)


def _draft(office: Office, planned: Endorsement, endorser: Organisation, programme: Programme) -> Mapping[str, Any]:
    """The unsigned endorsement. Raises `vc.lint.DraftRefused`."""
    place = Place(planned.revocation_list_id, planned.revocation_index)
    document = endorsement_credential(
        credential_id=planned.credential_id,
        endorser=endorser.did,
        endorser_name=endorser.name_fr,
        endorsed=programme.achievement_id,
        comment=planned.comment,
        name=programme.title_fr,
        valid_from=planned.planned_at,
        status=tuple(status.entries(office, endorser.slug, [(Purpose.REVOCATION, place)])),
    )
    return lint.checked(document, issuer=endorser.did, required_status=lint.REVOCABLE)


def _take_effect(office: Office, planned: Endorsement, body: bytes) -> Endorsement:
    with office.database.unit() as session:
        found = session.get_one(Endorsement, planned.id, with_for_update=True)
        if found.state is EndorsementState.PLANNED:
            found.state, found.body, found.signed_at = EndorsementState.ACTIVE, body, office.clock()
            session.add(found)
            _recorded(office, session, found.endorser_id, found, "endorsement.signed", found.planned_by)
        return found


# --- the institution's answer ---


def answer(
    office: Office, session: Session, institution: Organisation, endorsement_id: str, *, shown: bool, actor: str
) -> None:
    """Show an endorsement with one's programme and in its credentials from now on, or not. Raises `WrongState`."""
    found = session.get(Endorsement, endorsement_id, with_for_update=True)
    if found is None or session.get_one(Programme, found.programme_id).organisation_id != institution.id:
        raise UnknownEndorsement
    if found.state is not EndorsementState.ACTIVE:
        raise WrongState(f"the endorsement is {found.state.value}")
    found.shown = shown
    session.add(found)
    _recorded(office, session, institution.id, found, "endorsement.shown" if shown else "endorsement.not-shown", actor)


# --- looking up ---

Told = tuple[Endorsement, Programme, Organisation]
"""An endorsement with its programme, and the other side: the institution for the endorser, the endorser for it."""


def of_endorser(session: Session, endorser: Organisation) -> Sequence[Told]:
    """Return what an organisation said for others, newest first."""
    query = (
        select(Endorsement, Programme, Organisation)
        .join(Programme, col(Programme.id) == Endorsement.programme_id)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(Endorsement.endorser_id == endorser.id)
    )
    return session.exec(query.order_by(col(Endorsement.planned_at).desc())).all()


def about(session: Session, institution: Organisation) -> Sequence[Told]:
    """Return what others signed for an institution's programmes, newest first."""
    query = (
        select(Endorsement, Programme, Organisation)
        .join(Programme, col(Programme.id) == Endorsement.programme_id)
        .join(Organisation, col(Organisation.id) == Endorsement.endorser_id)
        .where(Programme.organisation_id == institution.id, Endorsement.state != EndorsementState.PLANNED)
    )
    return session.exec(query.order_by(col(Endorsement.planned_at).desc())).all()


def to_endorse(session: Session, endorser: Organisation) -> Sequence[tuple[Programme, Organisation]]:
    """Return the trainings of others that the organisation could endorse."""
    active = select(Endorsement.programme_id).where(
        Endorsement.endorser_id == endorser.id, col(Endorsement.active_for).is_not(None)
    )
    query = (
        select(Programme, Organisation)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(Programme.organisation_id != endorser.id, col(Programme.archived_at).is_(None))
        .where(Organisation.kind == OrganisationKind.INSTITUTION, col(Programme.id).not_in(active))
        .order_by(col(Organisation.name_fr), col(Programme.title_fr))
    )
    return session.exec(query).all()


def of(session: Session, organisation: Organisation, endorsement_id: str) -> Endorsement:
    """Return an endorsement that the organisation gave or got. Raises `UnknownEndorsement`."""
    found = session.get(Endorsement, endorsement_id)
    if found is None:
        raise UnknownEndorsement
    taught_by = session.get_one(Programme, found.programme_id).organisation_id
    if organisation.id not in (found.endorser_id, taught_by):
        raise UnknownEndorsement
    return found


def _recorded(office: Office, session: Session, organisation_id: str, one: Endorsement, act: str, actor: str) -> None:
    audit.record(
        session, actor=actor, organisation_id=organisation_id, act=act, subject=one.credential_id, now=office.clock()
    )
