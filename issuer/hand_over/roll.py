"""Invitations as the staff sees them: who was invited, what came of it, what learners reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from issuer.hand_over import invitations, letters
from issuer.hand_over.invitations import InvitationState
from issuer.hand_over.models import ClaimInvitation, ReportedProblem
from issuer.issuance.models import CredentialState
from issuer.issuance.overview import Row, of_cohort
from issuer.issuance.service import credential_of
from issuer.office import Office
from kit.i18n import N_
from kit.problems import NotFound, Problem

STATES = {
    InvitationState.OPEN: ("info", N_("Waiting")),
    InvitationState.IN_PROGRESS: ("info", N_("A wallet is receiving it")),
    InvitationState.ACCEPTED: ("ok", N_("Accepted")),
    InvitationState.EXPIRED: ("unk", N_("Expired")),
    InvitationState.VOIDED: ("unk", N_("Ended")),
}


@dataclass(frozen=True)
class Invited:
    """One invitation. `link` and `code` only while it is open: they are made from the service's secret."""

    invitation: ClaimInvitation
    state: InvitationState
    kind: str
    word: str
    link: str
    code: str


@dataclass(frozen=True)
class RollRow:
    """A person of the cohort, the credential, the newest invitation and what was reported."""

    row: Row
    invited: Invited | None
    reports: tuple[ReportedProblem, ...]

    @property
    def can_be_invited(self) -> bool:
        """True for a credential in force that nobody has accepted and that has no open invitation."""
        credential = self.row.credential
        in_force = credential is not None and credential.state is CredentialState.ISSUED
        ended = (InvitationState.EXPIRED, InvitationState.VOIDED)
        return in_force and (self.invited is None or self.invited.state in ended)


@dataclass(frozen=True)
class Sent:
    """What became of an invitation that was made just now."""

    credential_id: str
    sent: bool
    problem: str
    """The English title of what went wrong with the message; the invitation itself stands."""


def of_credential(office: Office, session: Session, credential_id: str, *, language: str) -> list[Invited]:
    """Return the invitations for a credential, newest first."""
    query = select(ClaimInvitation).where(ClaimInvitation.credential_id == credential_id)
    found = session.exec(query.order_by(col(ClaimInvitation.created_at).desc())).all()
    return [_invited(office, one, language) for one in found]


def reports_of(session: Session, credential_ids: Sequence[str]) -> list[ReportedProblem]:
    """Return what was reported about these credentials and not settled yet, oldest first."""
    query = (
        select(ReportedProblem)
        .join(ClaimInvitation, col(ClaimInvitation.id) == ReportedProblem.invitation_id)
        .where(col(ClaimInvitation.credential_id).in_(credential_ids), col(ReportedProblem.settled_at).is_(None))
        .order_by(col(ReportedProblem.reported_at))
    )
    return list(session.exec(query).all())


def of_cohort_roll(office: Office, session: Session, cohort_id: str) -> list[RollRow]:
    """Return everybody of the cohort who has a credential, with the newest invitation."""
    rows = [row for row in of_cohort(session, cohort_id) if row.credential is not None]
    ids = [row.credential.id for row in rows if row.credential]
    query = select(ClaimInvitation).where(col(ClaimInvitation.credential_id).in_(ids))
    newest = {one.credential_id: one for one in session.exec(query.order_by(col(ClaimInvitation.created_at)))}
    reports: dict[str, list[ReportedProblem]] = {}
    for report in reports_of(session, ids):
        reports.setdefault(report.invitation_id, []).append(report)
    made = []
    for row in rows:
        invitation = newest.get(row.credential.id) if row.credential else None
        made.append(
            RollRow(
                row,
                _invited(office, invitation, invitations.language_of(row.participant)) if invitation else None,
                tuple(reports.get(invitation.id, ())) if invitation else (),
            )
        )
    return made


def invite_all(office: Office, credential_ids: Sequence[str], *, organisation_id: str, actor: str) -> list[Sent]:
    """Invite the holders of these credentials and write to those who have an address.

    Opens its own units; messages are sent between them. One that does not go out leaves its invitation standing.
    """
    with office.database.unit() as session:
        made = []
        for credential_id in credential_ids:
            credential = credential_of(session, organisation_id, credential_id)
            if credential.state is CredentialState.ISSUED:
                made.append(invitations.invite(office, session, credential, actor=actor))
    sent = [_write_to(office, invitation) for invitation in made]
    with office.database.unit() as session:
        for invitation, result in zip(made, sent, strict=True):
            if result.sent:
                session.get_one(ClaimInvitation, invitation.id).sent_at = office.clock()
    return sent


def end(office: Office, session: Session, credential_id: str, *, organisation_id: str) -> None:
    """End the open invitations of a credential. Raises `UnknownCredential`."""
    credential = credential_of(session, organisation_id, credential_id)
    invitations.void_open(session, credential.id, now=office.clock())


def settle(office: Office, session: Session, report_id: str, *, organisation_id: str) -> str:
    """Put a learner's report aside as dealt with; returns the credential's id. Raises `NotFound`."""
    report = session.get(ReportedProblem, report_id)
    if report is None:
        raise NotFound
    invitation = session.get_one(ClaimInvitation, report.invitation_id)
    credential = credential_of(session, organisation_id, invitation.credential_id)
    report.settled_at = office.clock()
    session.add(report)
    return credential.id


def _invited(office: Office, invitation: ClaimInvitation, language: str) -> Invited:
    state = invitations.state_of(invitation, now=office.clock())
    kind, word = STATES[state]
    usable = state is InvitationState.OPEN
    return Invited(
        invitation,
        state,
        kind,
        word,
        link=invitations.claim_address(office, invitation, language) if usable else "",
        code=invitations.transaction_code(office.settings.secret, invitation) if usable else "",
    )


def _write_to(office: Office, invitation: ClaimInvitation) -> Sent:
    with office.database.reading() as session:
        found = invitations.claim(session, invitations.link_token(office.settings.secret, invitation))
    try:
        letters.send_invitation(office, found)
    except Problem as problem:
        return Sent(invitation.credential_id, sent=False, problem=problem.title)
    return Sent(invitation.credential_id, sent=True, problem="")
