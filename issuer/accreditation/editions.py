"""The signed editions of a decision: planned, signed, put into effect, and found again.

The planned edition is committed before the key is used, and the state, the status bit and the signature take effect in
one unit. `finish_planned` carries on what a crash left between (I-DUR-4).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from sqlmodel import Session, col, select

from issuer.accreditation import limits, programme_schemas, signed_list
from issuer.accreditation.models import Accreditation, AccreditationState, Recognition, limits_of
from issuer.audit import service as audit
from issuer.base import new_urn
from issuer.crash_points import crash_point
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation
from issuer.self_check.own_documents import OwnDocuments
from issuer.self_check.planned import checked_first
from issuer.self_check.service import SUITE, check_signed_form
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from kit.one_by_one import each
from vc import lint, strict_json
from vc.recognition import CONTEXTS, EndReason, authority_credential, closed, recognition_credential

LEFT_BEHIND = timedelta(seconds=45)
"""How long an edition may be planned before somebody else carries on with it."""


# --- looking ---


def of_accreditation(session: Session, accreditation_id: str) -> Sequence[Recognition]:
    """Return the editions of an accreditation, oldest first."""
    query = select(Recognition).where(Recognition.accreditation_id == accreditation_id)
    return session.exec(query.order_by(col(Recognition.edition))).all()


def unsigned(session: Session, accreditation_id: str) -> Sequence[Recognition]:
    """Return the editions that are planned and not signed yet."""
    return [one for one in of_accreditation(session, accreditation_id) if one.body is None]


# --- plan, sign, take effect ---


def plan(
    office: Office,
    session: Session,
    accreditation: Accreditation,
    *,
    becomes: AccreditationState,
    effective_at: datetime,
    reason: str,
    actor: str,
) -> Recognition:
    """Record the edition that the act calls for; it has no signature yet. Raises `NotToBeSigned`."""
    now = office.clock()
    before = of_accreditation(session, accreditation.id)
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
    if planned.closes_id is None:  # what ends says what was signed before
        checked_first(lambda: _draft(office, session, planned))
    _record(session, accreditation, planned, act="planned", now=now)
    return planned


def carry_out(office: Office, planned: Recognition) -> Accreditation:
    """Sign a planned edition and put it into effect; once it is, this changes nothing."""
    with office.database.reading() as session:
        authority, document = _draft(office, session, planned)
        key = organisations.signing_key(session, authority, KeyUse.CREDENTIAL)
    crash_point("before-signing")
    body = organisations.sign(office, authority, key, document, suite=SUITE, created=planned.planned_at)
    crash_point("after-signing")
    check_signed_form(
        body,
        document=document,
        documents=OwnDocuments(office),
        issuer=authority.did,
        now=planned.planned_at,
        in_force=False,  # an accreditation may begin later, and a closed one is over
    )
    crash_point("before-commit")
    return _take_effect(office, planned, body)


def finish_planned(office: Office) -> int:
    """Sign and put into effect what was planned and left behind by a crash; returns how many editions. One that cannot
    be signed now, such as for a key that is missing, is told and holds up no other."""
    with office.database.reading() as session:
        query = select(Recognition).where(
            col(Recognition.body).is_(None), Recognition.planned_at < office.clock() - LEFT_BEHIND
        )
        left = session.exec(query.order_by(col(Recognition.planned_at))).all()
    return each(left, partial(carry_out, office), event="edition_left_unsigned")


def finish(office: Office, accreditation_id: str) -> None:
    """Sign and put into effect whatever is planned for one accreditation; nothing when all is signed."""
    with office.database.reading() as session:
        left = unsigned(session, accreditation_id)
    for planned in left:
        carry_out(office, planned)


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


def _draft(office: Office, session: Session, planned: Recognition) -> tuple[Organisation, dict[str, Any]]:
    """Who signs the edition, and the unsigned document. Raises `vc.lint.DraftRefused`."""
    accreditation = session.get_one(Accreditation, planned.accreditation_id)
    authority = session.get_one(Organisation, accreditation.authority_id)
    closes = session.get(Recognition, planned.closes_id) if planned.closes_id else None
    if closes is not None:
        document, required = _closing_document(closes, planned), frozenset[str]()
    else:
        above = limits.covering(session, authority, accreditation, since=planned.effective_at)
        document, required = _document(office, accreditation, authority, planned, above), lint.REVOCABLE
    return authority, lint.checked(document, issuer=authority.did, contexts=CONTEXTS, required_status=required)


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
        schema_url=programme_schemas.address(office, authority.slug, accreditation.id),
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
