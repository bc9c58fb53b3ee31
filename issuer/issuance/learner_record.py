"""The learner record (CLR 2.0) of a whole: its credential and those of its parts, as one document that the institution
signs, and says how they hang together.

It shares the places of the whole in the status lists: when that is revoked, so is the record. Each part keeps its own
issuer, proof and status, and is checked by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, select

from issuer.audit import service as audit
from issuer.base import new_urn
from issuer.cohorts.models import Participant
from issuer.completions.models import Completion
from issuer.components.service import PartState, Standing, standing
from issuer.issuance.models import CredentialState, IssuedCredential, LearnerRecord
from issuer.issuance.service import WrongState, credential_of, first_form
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation
from issuer.programmes.models import Programme
from issuer.self_check.own_documents import OwnDocuments
from issuer.self_check.service import SUITE, check_signed_form
from issuer.status import service as status
from issuer.status.models import Purpose
from issuer.status.service import Place
from vc import clr, lint, strict_json
from vc.clr import Association

_PURPOSES = frozenset(purpose.value for purpose in Purpose)


@dataclass(frozen=True)
class _Gathered:
    """The whole, those of its parts that are complete, and who signs."""

    credential: IssuedCredential
    programme: Programme
    organisation: Organisation
    parts: Sequence[Standing]
    documents: Sequence[Mapping[str, Any]]
    """The signed credentials: that of the whole first."""


def of_credential(session: Session, credential: IssuedCredential) -> LearnerRecord | None:
    """Return the record that was made of a credential."""
    return session.exec(select(LearnerRecord).where(LearnerRecord.credential_id == credential.id)).first()


def has_parts(session: Session, credential: IssuedCredential) -> bool:
    """Say whether a record can be made of a credential: its programme has parts, and some are complete."""
    return credential.state is CredentialState.ISSUED and bool(_complete(session, credential))


def make(office: Office, credential_id: str, *, organisation_id: str, actor: str) -> LearnerRecord:
    """Sign the record of a whole and keep it; made once, then always the same. Opens its own units.

    Raises `UnknownCredential`, `WrongState` for a credential that is not in force or has no complete parts.
    """
    with office.database.reading() as session:
        credential = credential_of(session, organisation_id, credential_id)
        present = of_credential(session, credential)
        if present is not None:
            return present
        gathered = _gather(session, credential)
    body = _signed(office, gathered)
    with office.database.unit() as session:
        credential = session.get_one(IssuedCredential, credential.id, with_for_update=True)
        present = of_credential(session, credential)
        if present is not None:
            return present
        if credential.state is not CredentialState.ISSUED:
            raise WrongState("the credential is no longer in force")
        now = office.clock()
        made = LearnerRecord(
            credential_id=credential.id, body=body, parts=len(gathered.parts), made_by=actor, made_at=now
        )
        session.add(made)
        audit.record(
            session,
            actor=actor,
            organisation_id=organisation_id,
            act="learner-record.made",
            subject=credential.credential_id,
            now=now,
        )
        return made


def _complete(session: Session, credential: IssuedCredential) -> list[Standing]:
    completion = session.get_one(Completion, credential.completion_id)
    person = session.get_one(Participant, completion.participant_id)
    told = standing(session, {completion.programme_id: [person]}).get(person.id, [])
    return [one for one in told if one.state is PartState.COMPLETE]


def _gather(session: Session, credential: IssuedCredential) -> _Gathered:
    parts = _complete(session, credential)
    if credential.state is not CredentialState.ISSUED or not parts:
        raise WrongState("a record needs a credential in force, and parts that are complete")
    programme = session.get_one(Programme, session.get_one(Completion, credential.completion_id).programme_id)
    organisation = session.get_one(Organisation, credential.organisation_id)
    wanted = [credential, *(one.credential for one in parts if one.credential is not None)]
    forms = [first_form(session, one) for one in wanted]
    documents = [strict_json.settled(form.body) for form in forms if form is not None]
    return _Gathered(credential, programme, organisation, parts, documents)


def _signed(office: Office, gathered: _Gathered) -> bytes:
    credential, programme, organisation = gathered.credential, gathered.programme, gathered.organisation
    now = office.clock()
    places = (
        (Purpose.REVOCATION, Place(credential.revocation_list_id, credential.revocation_index)),
        (Purpose.SUSPENSION, Place(credential.suspension_list_id, credential.suspension_index)),
    )
    document = clr.learner_record(
        credential_id=new_urn(),
        issuer=organisation.did,
        issuer_name=organisation.name_fr if programme.language.startswith("fr") else organisation.name_en,
        subject=credential.subject_id,
        names={"fr": programme.title_fr, "en": programme.title_en},
        credentials=gathered.documents,
        valid_from=now,
        associations=[
            Association("isPartOf", source=one.part.programme.achievement_id, target=programme.achievement_id)
            for one in gathered.parts
        ],
        status=status.entries(office, organisation.slug, places),
    )
    document = lint.checked(document, issuer=organisation.did, contexts=clr.CONTEXTS, required_status=_PURPOSES)
    with office.database.reading() as session:
        key = organisations.signing_key(session, organisation, KeyUse.CREDENTIAL)
    body = organisations.sign(office, organisation, key, document, suite=SUITE, created=now)
    check_signed_form(
        body,
        document=document,
        documents=OwnDocuments(office),
        issuer=organisation.did,
        held_issuers=frozenset(one.part.organisation.did for one in gathered.parts),
        now=now,
    )
    return body
