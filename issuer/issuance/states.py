"""What can happen to a credential after it was issued: suspended, reinstated, revoked, shown or hidden.

Each act changes the state, the bit in the status list and the audit record in one unit. The next list that is
published shows it (I-DUR-3).
"""

from __future__ import annotations

from sqlmodel import Session

from issuer.audit import service as audit
from issuer.hand_over import invitations
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.issuance.service import WrongState
from issuer.office import Office
from issuer.status import service as status
from issuer.status.service import Place
from kit.i18n import N_
from kit.problems import Unprocessable
from kit.tokens import new_token

MAX_REASON = 500


class ReasonMissing(Unprocessable):
    """Revoking, suspending and reinstating need a reason."""

    slug, title = "reason-missing", N_("Say why")
    advice = N_("Write the reason in one or two sentences; the credential's public page shows it.")


def revoke(office: Office, session: Session, credential: IssuedCredential, *, reason: str, actor: str) -> None:
    """Revoke for good. Claim invitations that nobody has accepted end with it.

    Raises `ReasonMissing`, `WrongState`.
    """
    kept = _change(
        office,
        session,
        credential,
        to=CredentialState.REVOKED,
        allowed=(CredentialState.ISSUED, CredentialState.SUSPENDED),
        reason=reason,
        act="credential.revoked",
        actor=actor,
    )
    status.set_bit(session, Place(kept.revocation_list_id, kept.revocation_index), value=True)
    invitations.void_open(session, kept.id, now=office.clock())


def suspend(office: Office, session: Session, credential: IssuedCredential, *, reason: str, actor: str) -> None:
    """Take out of force until reinstated. Raises `ReasonMissing`, `WrongState`."""
    kept = _change(
        office,
        session,
        credential,
        to=CredentialState.SUSPENDED,
        allowed=(CredentialState.ISSUED,),
        reason=reason,
        act="credential.suspended",
        actor=actor,
    )
    status.set_bit(session, Place(kept.suspension_list_id, kept.suspension_index), value=True)


def reinstate(office: Office, session: Session, credential: IssuedCredential, *, reason: str, actor: str) -> None:
    """Put a suspended credential back in force. Raises `ReasonMissing`, `WrongState`."""
    kept = _change(
        office,
        session,
        credential,
        to=CredentialState.ISSUED,
        allowed=(CredentialState.SUSPENDED,),
        reason=reason,
        act="credential.reinstated",
        actor=actor,
    )
    status.set_bit(session, Place(kept.suspension_list_id, kept.suspension_index), value=False)


def show_publicly(office: Office, session: Session, credential: IssuedCredential, *, shown: bool, actor: str) -> None:
    """Switch the credential's public page on or off. Opened for the first time, it gets its address."""
    kept = session.get_one(IssuedCredential, credential.id, with_for_update=True)
    if kept.public_page is shown:
        return
    kept.public_page = shown
    if shown and kept.public_id == kept.id:
        kept.public_id = new_token(16)
    session.add(kept)
    act = "credential.page-opened" if shown else "credential.page-closed"
    _record(office, session, kept, act=act, actor=actor)


def _change(
    office: Office,
    session: Session,
    credential: IssuedCredential,
    *,
    to: CredentialState,
    allowed: tuple[CredentialState, ...],
    reason: str,
    act: str,
    actor: str,
) -> IssuedCredential:
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        raise ReasonMissing
    kept = session.get_one(IssuedCredential, credential.id, with_for_update=True, populate_existing=True)
    if kept.state not in allowed:
        raise WrongState(f"the credential is {kept.state.value}")
    kept.state, kept.state_since, kept.reason = to, office.clock(), reason
    session.add(kept)
    _record(office, session, kept, act=act, actor=actor)
    return kept


def _record(office: Office, session: Session, credential: IssuedCredential, *, act: str, actor: str) -> None:
    audit.record(
        session,
        actor=actor,
        organisation_id=credential.organisation_id,
        act=act,
        subject=credential.credential_id,
        now=office.clock(),
    )
