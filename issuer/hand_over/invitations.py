"""Claim invitations: a link for the person, single-use, ninety days; a code by another way; a word back."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.base import new_id
from issuer.cohorts.models import Participant
from issuer.completions.models import Completion
from issuer.hand_over.models import ClaimInvitation, ReportedProblem
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from issuer.staff.models import Attempt
from kit.i18n import LANGUAGES, N_
from kit.problems import Conflict, Gone, NotFound, Unprocessable
from kit.throttle import count_attempt
from kit.tokens import digest
from vc.jose import base64url

INVITATION_LIFETIME = timedelta(days=90)
TOKEN_LIFETIME = timedelta(minutes=5)
"""Bearer tokens may not live longer (OpenID4VCI section 6.2)."""
TX_CODE_LENGTH = 6
MAX_REPORT = 2_000


class UnknownInvitation(NotFound):
    """There is no invitation at this address."""

    advice = N_("Check that the whole link was copied, or ask your institution for a new one.")


class InvitationEnded(Gone):
    """The invitation existed and can no longer be used."""

    advice = N_("Ask your institution for a new link.")


class NotInForce(Conflict):
    """A credential that is suspended, revoked or not issued is not handed over."""

    title = N_("The credential is not in force")


class InvitationState(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    """A wallet has exchanged its code and has not taken the credential yet."""
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    VOIDED = "voided"


def state_of(invitation: ClaimInvitation, *, now: datetime) -> InvitationState:
    """Say where `invitation` stands at `now`."""
    if invitation.accepted_at is not None:
        return InvitationState.ACCEPTED
    if invitation.voided_at is not None:
        return InvitationState.VOIDED
    if invitation.expires_at <= now:
        return InvitationState.EXPIRED
    if invitation.redeemed_at is not None and now < invitation.redeemed_at + TOKEN_LIFETIME:
        return InvitationState.IN_PROGRESS
    return InvitationState.OPEN  # also when a wallet took a token and never used it: the person may try again


# --- inviting ---


def invite(office: Office, session: Session, credential: IssuedCredential, *, actor: str) -> ClaimInvitation:
    """Make an invitation for `credential`; those still open for it end.

    Raises `NotInForce` for a credential that is not in force.
    """
    if credential.state is not CredentialState.ISSUED:
        raise NotInForce
    now = office.clock()
    void_open(session, credential.id, now=now)
    invitation = ClaimInvitation(
        id=new_id(),
        credential_id=credential.id,
        link_digest="",
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
    invitation.link_digest = digest(link_token(office.settings.secret, invitation))
    session.add(invitation)
    session.flush()
    audit.record(
        session,
        actor=actor,
        organisation_id=credential.organisation_id,
        act="claim.invited",
        subject=credential.credential_id,
        now=now,
        invitation=invitation.id,
    )
    return invitation


def void_open(session: Session, credential_id: str, *, now: datetime) -> int:
    """End the invitations of a credential that nobody has accepted yet; returns how many."""
    query = (
        select(ClaimInvitation)
        .where(
            ClaimInvitation.credential_id == credential_id,
            col(ClaimInvitation.voided_at).is_(None),
            col(ClaimInvitation.accepted_at).is_(None),
        )
        .with_for_update()
    )
    found = session.exec(query).all()
    for invitation in found:
        invitation.voided_at = now
        session.add(invitation)
    return len(found)


def link_token(secret: bytes, invitation: ClaimInvitation) -> str:
    """Return the token of an invitation's link: 256 bits, made from the service's secret.

    The database has its digest only; so staff can show a link again, and a stolen database shows none.
    """
    return base64url.encode(hmac.digest(secret, b"claim-link:" + invitation.id.encode(), "sha256"))


def transaction_code(secret: bytes, invitation: ClaimInvitation) -> str:
    """Return the code that confirms that it is the right person: six digits, made from the service's secret.

    It is stored nowhere; staff may read it out, and the claim page sends it to the address in the register.
    """
    mac = hmac.digest(secret, b"transaction-code:" + invitation.id.encode(), "sha256")
    return f"{int.from_bytes(mac, 'big') % 10**TX_CODE_LENGTH:0{TX_CODE_LENGTH}}"


def language_of(participant: Participant) -> str:
    """Return the language in which we write to this person: the register's, French where we do not speak it."""
    return participant.language if participant.language in LANGUAGES else LANGUAGES[0]


def claim_address(office: Office, invitation: ClaimInvitation, language: str) -> str:
    """Return the link that the person gets."""
    return f"{office.settings.public_url}/{language}/claim/{link_token(office.settings.secret, invitation)}"


# --- the claim page ---


@dataclass(frozen=True)
class Claim:
    """What the claim page shows: the invitation and the credential behind it."""

    invitation: ClaimInvitation
    credential: IssuedCredential
    participant: Participant
    programme: Programme
    organisation: Organisation


def claim(session: Session, token: str) -> Claim:
    """Return what the link with `token` leads to, whatever its state. Raises `UnknownInvitation`."""
    query = (
        select(ClaimInvitation, IssuedCredential, Participant, Programme)
        .join(IssuedCredential, col(IssuedCredential.id) == ClaimInvitation.credential_id)
        .join(Completion, col(Completion.id) == IssuedCredential.completion_id)
        .join(Participant, col(Participant.id) == Completion.participant_id)
        .join(Programme, col(Programme.id) == Completion.programme_id)
        .where(ClaimInvitation.link_digest == digest(token))
    )
    found = session.exec(query).first()
    if found is None:
        raise UnknownInvitation
    return Claim(*found, organisation=session.get_one(Organisation, found[1].organisation_id))


def report(session: Session, token: str, text: str, *, now: datetime) -> None:
    """Keep a learner's word that something on the card is wrong.

    Raises `UnknownInvitation`, `InvitationEnded` (accepted, expired, voided), `Unprocessable` for an empty text.
    """
    found = claim(session, token)
    if state_of(found.invitation, now=now) not in (InvitationState.OPEN, InvitationState.IN_PROGRESS):
        raise InvitationEnded
    text = text.strip()
    if not text or len(text) > MAX_REPORT:
        raise Unprocessable(advice=N_("Say in one or two sentences what is wrong."))
    count_attempt(session, Attempt, f"claim-report:{found.invitation.id}", limit=5, window=timedelta(days=1), now=now)
    keep_report(session, found.invitation, text, now=now)


def keep_report(session: Session, invitation: ClaimInvitation, text: str, *, now: datetime) -> None:
    """Keep what a learner says is wrong; the same words twice are one report."""
    said = select(ReportedProblem.id).where(
        ReportedProblem.invitation_id == invitation.id, ReportedProblem.text == text
    )
    if session.exec(said).first() is None:
        session.add(ReportedProblem(invitation_id=invitation.id, text=text, reported_at=now))
