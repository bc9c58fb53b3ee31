"""The OpenID4VCI 1.0 exchange behind a claim invitation: offer, token, credential, notification.

Whoever opens the link gets an offer with a pre-authorized code of a quarter of an hour; a wallet exchanges it,
together with the transaction code that reached the person by another way, for an access token of five minutes;
the token and a proof of the holder's key give the credential bound to that key, and the same bytes again if the
answer was lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.completions.models import Completion
from issuer.crash_points import crash_point
from issuer.hand_over import nonces
from issuer.hand_over.invitations import (
    MAX_REPORT,
    TOKEN_LIFETIME,
    TX_CODE_LENGTH,
    InvitationEnded,
    InvitationState,
    NotInForce,
    UnknownInvitation,
    claim,
    keep_report,
    state_of,
    transaction_code,
)
from issuer.hand_over.models import AccessToken, ClaimInvitation, OfferCode
from issuer.issuance import holder_form
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from issuer.staff.models import Attempt
from kit.problems import TooManyRequests
from kit.throttle import count_attempt, forget_attempts
from kit.tokens import digest, new_token, same
from vc.openid4vci import (
    CredentialOffer,
    CredentialRequest,
    ErrorName,
    Notification,
    NotificationEvent,
    Oid4vciError,
    ProvenKey,
    TxCode,
    check_key_proof,
    parse_credential_request,
    parse_token_request,
    token_response,
)
from vc.openid4vci.di_vp import check_di_vp_proof

CODE_LIFETIME = timedelta(minutes=15)
NOTICE_LIFETIME = timedelta(days=7)
WRONG_CODES = 5
"""Wrong transaction codes after which the invitation is dead (I-OID-3)."""
OPEN_OFFERS = 20
"""Codes that may be alive for one invitation at a time."""
ACCEPTED_ALGS = frozenset({"EdDSA", "ES256"})
ACCEPTED_SUITES = frozenset({"eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019"})


# --- offer ---


def issuer_identifier(office: Office, slug: str) -> str:
    """Return the credential issuer identifier of an organisation; metadata must repeat it byte for byte.

    It is the address that wallets really talk to: in the demo plain http on loopback, so that any wallet can try.
    """
    return f"{office.settings.public_url}/o/{slug}"


def offer_address(office: Office, slug: str, link_token: str) -> str:
    """Return where a wallet fetches the offer behind a claim link."""
    return f"{issuer_identifier(office, slug)}/offers/{link_token}"


def offer(office: Office, session: Session, slug: str, link_token: str) -> dict[str, Any]:
    """Return a credential offer with a fresh pre-authorized code, for the wallet that asks for it.

    Raises `UnknownInvitation`, `InvitationEnded`, `NotInForce`, `TooManyRequests`.
    """
    now = office.clock()
    found = claim(session, link_token)
    if found.organisation.slug != slug:
        raise UnknownInvitation
    if state_of(found.invitation, now=now) is not InvitationState.OPEN:
        raise InvitationEnded
    if found.credential.state is not CredentialState.ISSUED:
        raise NotInForce
    mine = col(OfferCode.invitation_id) == found.invitation.id
    session.exec(delete(OfferCode).where(mine, col(OfferCode.expires_at) <= now))
    if session.exec(select(func.count()).select_from(OfferCode).where(mine)).one() >= OPEN_OFFERS:
        raise TooManyRequests(headers={"Retry-After": str(int(CODE_LIFETIME.total_seconds()))})
    code = new_token()
    session.add(OfferCode(code_digest=digest(code), invitation_id=found.invitation.id, expires_at=now + CODE_LIFETIME))
    return CredentialOffer(
        credential_issuer=issuer_identifier(office, slug),
        credential_configuration_ids=(found.programme.slug,),
        pre_authorized_code=code,
        tx_code=TxCode(
            input_mode="numeric",
            length=TX_CODE_LENGTH,
            description="Code à 6 chiffres reçu de votre établissement / 6-digit code from your institution",
        ),
    ).as_json()


# --- token ---


def redeem(office: Office, slug: str, form: Iterable[tuple[str, str]], *, address: str) -> dict[str, Any]:
    """Exchange a pre-authorized code and its transaction code for an access token: once (I-OID-1 to I-OID-3).

    Opens its own unit, because a wrong code must be remembered although the request fails. `address` is the
    caller's network address, for the count of tries. Raises `Oid4vciError`, `TooManyRequests`.
    """
    request = parse_token_request(form)
    if request.tx_code is None:
        raise Oid4vciError(ErrorName.INVALID_REQUEST, "`tx_code` is missing")
    with office.database.unit() as session:
        grant = _exchange(office, session, slug, request.pre_authorized_code, request.tx_code, address=address)
        asked = request.requested_configurations
        if grant is not None and asked is not None and set(asked) != {grant.configuration}:
            raise not_offered()  # in here: the right code is not spent on it
    if grant is None:
        raise Oid4vciError(ErrorName.INVALID_GRANT, "the code or the transaction code is wrong, used or expired")
    identifiers = None if asked is None else {grant.configuration: [grant.credential_identifier]}
    return token_response(
        grant.access_token, expires_in=int(TOKEN_LIFETIME.total_seconds()), credential_identifiers=identifiers
    )


def not_offered() -> Oid4vciError:
    """Return the refusal of `authorization_details` about something else (RFC 9396, section 5)."""
    return Oid4vciError(ErrorName.INVALID_AUTHORIZATION_DETAILS, "`authorization_details` names something not offered")


@dataclass(frozen=True)
class _Grant:
    access_token: str
    configuration: str
    credential_identifier: str


def _exchange(office: Office, session: Session, slug: str, code: str, tx_code: str, *, address: str) -> _Grant | None:
    """Spend the code and return the grant, or None when something about it is wrong; both are to be committed."""
    now = office.clock()
    tries = f"token:{address}"
    count_attempt(session, Attempt, tries, limit=20, window=timedelta(minutes=1), now=now)
    found = _locked_invitation(session, slug, code, now=now)
    if found is None:
        return None
    invitation, programme, credential = found
    if not same(tx_code, transaction_code(office.settings.secret, invitation)):
        invitation.wrong_codes += 1
        if invitation.wrong_codes >= WRONG_CODES:
            invitation.voided_at = now
        session.add(invitation)
        return None
    spent = session.connection().execute(delete(OfferCode).where(col(OfferCode.code_digest) == digest(code)))
    if spent.rowcount != 1:
        return None
    forget_attempts(session, Attempt, tries)
    token = new_token()
    invitation.redeemed_at = now
    session.add(invitation)
    session.add(
        AccessToken(
            token_digest=digest(token),
            invitation_id=invitation.id,
            expires_at=now + TOKEN_LIFETIME,
            notification_id=new_token(16),
        )
    )
    return _Grant(token, programme.slug, credential.credential_id)


def _locked_invitation(
    session: Session, slug: str, code: str, *, now: datetime
) -> tuple[ClaimInvitation, Programme, IssuedCredential] | None:
    """Return the open invitation of a live code, its row locked, or None."""
    query = (
        select(ClaimInvitation, Programme, IssuedCredential)
        .join(OfferCode, col(OfferCode.invitation_id) == ClaimInvitation.id)
        .join(IssuedCredential, col(IssuedCredential.id) == ClaimInvitation.credential_id)
        .join(Organisation, col(Organisation.id) == IssuedCredential.organisation_id)
        .join(Completion, col(Completion.id) == IssuedCredential.completion_id)
        .join(Programme, col(Programme.id) == Completion.programme_id)
        .where(OfferCode.code_digest == digest(code), OfferCode.expires_at > now, Organisation.slug == slug)
        .with_for_update(of=ClaimInvitation)
        .execution_options(populate_existing=True)
    )
    found = session.exec(query).first()
    if found is None or state_of(found[0], now=now) is not InvitationState.OPEN:
        return None
    return found[0], found[1], found[2]


# --- credential ---


@dataclass(frozen=True)
class HandedOver:
    """A signed form, byte for byte as stored, and the name by which the wallet may report back."""

    body: bytes
    notification_id: str


def hand_over(office: Office, slug: str, access_token: str, message: object) -> HandedOver:
    """Return the credential bound to the key that the credential request `message` proves (OpenID4VCI section 8).

    (1) the access token is alive and was given for this organisation
    (2) the request names what the token was given for
    (3) exactly one key proof, for this issuer, over a nonce of ours that is spent now
    (4) the holder is recorded before the key is used; a second holder for one token is refused
    (5) the form for this holder is signed, unless it exists: then its bytes are given again

    Opens its own units. Raises `Oid4vciError`.
    """
    now = office.clock()
    with office.database.unit() as session:
        token, invitation, credential, programme = _live_token(session, slug, access_token, now=now)
        request = parse_credential_request(message)
        _check_asked_for(request, programme, credential)
        proven = _proven_key(office, session, slug, request, now=now)
        if token.holder_did not in (None, proven.holder):
            raise Oid4vciError(ErrorName.CREDENTIAL_REQUEST_DENIED, "the token was used for another key already")
        if credential.state is not CredentialState.ISSUED:
            raise Oid4vciError(ErrorName.CREDENTIAL_REQUEST_DENIED, "the credential is not in force")
        if token.holder_did is None:
            token.holder_did, token.bound_at = proven.holder, now
            session.add(token)
            audit.record(
                session,
                actor="wallet",
                organisation_id=credential.organisation_id,
                act="credential.hand-over-intended",
                subject=credential.credential_id,
                now=now,
                invitation=invitation.id,
            )
    crash_point("holder-recorded")
    body = holder_form.bind_to_holder(
        office, credential.id, holder_did=proven.holder, at=token.bound_at or now, actor="wallet"
    )
    with office.database.unit() as session:
        accepted = session.get_one(ClaimInvitation, invitation.id, with_for_update=True)
        accepted.accepted_at = accepted.accepted_at or now
        session.add(accepted)
    return HandedOver(body, token.notification_id)


def _live_token(
    session: Session, slug: str, access_token: str, *, now: datetime
) -> tuple[AccessToken, ClaimInvitation, IssuedCredential, Programme]:
    query = (
        select(AccessToken, ClaimInvitation, IssuedCredential, Programme)
        .join(ClaimInvitation, col(ClaimInvitation.id) == AccessToken.invitation_id)
        .join(IssuedCredential, col(IssuedCredential.id) == ClaimInvitation.credential_id)
        .join(Organisation, col(Organisation.id) == IssuedCredential.organisation_id)
        .join(Completion, col(Completion.id) == IssuedCredential.completion_id)
        .join(Programme, col(Programme.id) == Completion.programme_id)
        .where(
            AccessToken.token_digest == digest(access_token),
            AccessToken.expires_at > now,
            Organisation.slug == slug,
        )
        .with_for_update(of=AccessToken)
    )
    found = session.exec(query).first()
    if found is None:
        raise Oid4vciError(ErrorName.INVALID_TOKEN, "the access token is unknown or expired")
    return found[0], found[1], found[2], found[3]


def _check_asked_for(request: CredentialRequest, programme: Programme, credential: IssuedCredential) -> None:
    if request.credential_identifier is not None:
        if request.credential_identifier != credential.credential_id:
            raise Oid4vciError(ErrorName.UNKNOWN_CREDENTIAL_IDENTIFIER, "not what the access token was given for")
    elif request.credential_configuration_id != programme.slug:
        raise Oid4vciError(ErrorName.UNKNOWN_CREDENTIAL_CONFIGURATION, "not what the access token was given for")


def _proven_key(office: Office, session: Session, slug: str, request: CredentialRequest, *, now: datetime) -> ProvenKey:
    if len(request.proofs) != 1:
        raise Oid4vciError(ErrorName.INVALID_PROOF, "send exactly one key proof")
    proof = request.proofs[0]
    audience = issuer_identifier(office, slug)

    def nonce_is_ours(nonce: str) -> bool:
        return nonces.spend(session, nonce, secret=office.settings.secret, now=now)

    if request.proof_type == "jwt":
        return check_key_proof(
            proof, audience=audience, nonce_is_ours=nonce_is_ours, now=now, accepted_algs=ACCEPTED_ALGS
        )
    return check_di_vp_proof(
        proof, audience=audience, nonce_is_ours=nonce_is_ours, now=now, accepted_suites=ACCEPTED_SUITES
    )


# --- notification ---


def notified(session: Session, slug: str, access_token: str, notice: Notification, *, now: datetime) -> None:
    """Take note of what became of the credential in the wallet (section 11); saying it twice changes nothing.

    A wallet that could not keep it opens the invitation again, and what the person said about it is kept as a
    reported problem. Notices are taken for a week: people look at the card before they accept. Raises
    `Oid4vciError`.
    """
    token, invitation, _credential, _programme = _live_token(session, slug, access_token, now=now - NOTICE_LIFETIME)
    if not same(token.notification_id, notice.notification_id):
        raise Oid4vciError(ErrorName.INVALID_NOTIFICATION_ID, "no such notification")
    if notice.event is NotificationEvent.CREDENTIAL_ACCEPTED:
        invitation.accepted_at = invitation.accepted_at or now
    else:
        invitation.accepted_at = None
        if notice.description:
            keep_report(session, invitation, notice.description[:MAX_REPORT], now=now)
    session.add(invitation)
