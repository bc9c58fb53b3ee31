"""Handing credentials over: claim invitations, and the OpenID4VCI 1.0 exchange behind them.

An invitation is a link for the person; it is single-use and lives for ninety days. Whoever opens the link gets
an offer with a pre-authorized code of a quarter of an hour; a wallet exchanges it, together with the transaction
code that reached the person by another way, for an access token of five minutes; the token and a proof of the
holder's key give the credential bound to that key, and the same bytes again if the answer was lost.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.cohorts.models import Participant
from issuer.completions.models import Completion
from issuer.crash_points import crash_point
from issuer.hand_over import nonces
from issuer.hand_over.models import AccessToken, ClaimInvitation, OfferCode, ReportedProblem
from issuer.issuance import holder_form
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from issuer.staff.models import Attempt
from kit.problems import Gone, NotFound, TooManyRequests, Unprocessable
from kit.throttle import count_attempt, forget_attempts
from kit.tokens import digest, new_token, same
from vc.openid4vci import (
    CredentialRequest,
    ErrorName,
    Oid4vciError,
    ProvenKey,
    TxCode,
    check_di_vp_proof,
    check_key_proof,
    parse_token_request,
    token_response,
)
from vc.openid4vci.offer import CredentialOffer

INVITATION_LIFETIME = timedelta(days=90)
CODE_LIFETIME = timedelta(minutes=15)
TOKEN_LIFETIME = timedelta(minutes=5)
"""Bearer tokens may not live longer (OpenID4VCI section 6.2)."""
TX_CODE_LENGTH = 6
WRONG_CODES = 5
"""Wrong transaction codes after which the invitation is dead (I-OID-3)."""
OPEN_OFFERS = 20
"""Codes that may be alive for one invitation at a time."""
ACCEPTED_ALGS = frozenset({"EdDSA", "ES256"})
ACCEPTED_SUITES = frozenset({"eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019"})
MAX_REPORT = 2_000


class UnknownInvitation(NotFound):
    """There is no invitation at this address."""

    advice = "Check that the whole link was copied, or ask your institution for a new one."


class InvitationEnded(Gone):
    """The invitation existed and can no longer be used."""

    advice = "Ask your institution for a new link."


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


@dataclass(frozen=True)
class Invited:
    """A fresh invitation. `link_token` exists here and in the link only: the database keeps its digest."""

    invitation: ClaimInvitation
    link_token: str


def invite(session: Session, credential: IssuedCredential, *, actor: str, now: datetime) -> Invited:
    """Make an invitation for `credential`; those still open for it end.

    Raises `InvitationEnded` for a credential that is not in force.
    """
    if credential.state is not CredentialState.ISSUED:
        raise InvitationEnded("the credential is not in force")
    void_open(session, credential.id, now=now)
    token = new_token()
    invitation = ClaimInvitation(
        credential_id=credential.id,
        link_digest=digest(token),
        created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )
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
    return Invited(invitation, token)


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


def not_yet_invited(session: Session, credential_ids: Sequence[str], *, now: datetime) -> list[str]:
    """Of the credentials, those that have no invitation in use: none, or only ended ones."""
    query = select(ClaimInvitation).where(col(ClaimInvitation.credential_id).in_(credential_ids))
    ended = (InvitationState.EXPIRED, InvitationState.VOIDED)
    used = {one.credential_id for one in session.exec(query) if state_of(one, now=now) not in ended}
    return [credential_id for credential_id in credential_ids if credential_id not in used]


def transaction_code(secret: bytes, invitation: ClaimInvitation) -> str:
    """Return the code that confirms that it is the right person: six digits, made from the service's secret.

    It is stored nowhere; staff may read it out, and the claim page sends it to the address in the register.
    """
    mac = hmac.digest(secret, b"transaction-code:" + invitation.id.encode(), "sha256")
    return f"{int.from_bytes(mac, 'big') % 10**TX_CODE_LENGTH:0{TX_CODE_LENGTH}}"


def claim_address(office: Office, link_token: str, language: str) -> str:
    """Return the link that the person gets."""
    return f"{office.settings.public_url}/{language}/claim/{link_token}"


# --- the claim page ---


@dataclass(frozen=True)
class Claim:
    """What the claim page shows: the invitation and the credential behind it."""

    invitation: ClaimInvitation
    credential: IssuedCredential
    participant: Participant
    programme: Programme
    organisation: Organisation


def claim(session: Session, link_token: str) -> Claim:
    """Return what `link_token` leads to, whatever its state. Raises `UnknownInvitation`."""
    query = (
        select(ClaimInvitation, IssuedCredential, Participant, Programme, Organisation)
        .join(IssuedCredential, col(IssuedCredential.id) == ClaimInvitation.credential_id)
        .join(Completion, col(Completion.id) == IssuedCredential.completion_id)
        .join(Participant, col(Participant.id) == Completion.participant_id)
        .join(Programme, col(Programme.id) == Completion.programme_id)
        .join(Organisation, col(Organisation.id) == IssuedCredential.organisation_id)
        .where(ClaimInvitation.link_digest == digest(link_token))
    )
    found = session.exec(query).first()
    if found is None:
        raise UnknownInvitation
    return Claim(*found)


def report(session: Session, link_token: str, text: str, *, now: datetime) -> None:
    """Keep a learner's word that something on the card is wrong.

    Raises `UnknownInvitation`, `InvitationEnded` (accepted, expired, voided), `Unprocessable` for an empty text.
    """
    found = claim(session, link_token)
    if state_of(found.invitation, now=now) not in (InvitationState.OPEN, InvitationState.IN_PROGRESS):
        raise InvitationEnded
    text = text.strip()
    if not text or len(text) > MAX_REPORT:
        raise Unprocessable("say in one or two sentences what is wrong")
    count_attempt(
        session, Attempt, f"claim-report:{found.invitation.id}", limit=5, window=timedelta(days=1), now=now
    )
    session.add(ReportedProblem(invitation_id=found.invitation.id, text=text, reported_at=now))


# --- offer ---


def issuer_identifier(office: Office, slug: str) -> str:
    """Return the credential issuer identifier of an organisation; metadata must repeat it byte for byte."""
    return f"{office.settings.public_url}/o/{slug}"


def offer_address(office: Office, slug: str, link_token: str) -> str:
    """Return where a wallet fetches the offer behind a claim link."""
    return f"{issuer_identifier(office, slug)}/offers/{link_token}"


def offer(office: Office, session: Session, slug: str, link_token: str) -> dict[str, Any]:
    """Return a credential offer with a fresh pre-authorized code, for the wallet that asks for it.

    Raises `UnknownInvitation`, `InvitationEnded`, `TooManyRequests`.
    """
    now = office.clock()
    found = claim(session, link_token)
    if found.organisation.slug != slug:
        raise UnknownInvitation
    if state_of(found.invitation, now=now) is not InvitationState.OPEN:
        raise InvitationEnded
    mine = col(OfferCode.invitation_id) == found.invitation.id
    session.exec(delete(OfferCode).where(mine, col(OfferCode.expires_at) <= now))
    if session.exec(select(func.count()).select_from(OfferCode).where(mine)).one() >= OPEN_OFFERS:
        raise TooManyRequests(headers={"Retry-After": str(int(CODE_LIFETIME.total_seconds()))})
    code = new_token()
    session.add(
        OfferCode(code_digest=digest(code), invitation_id=found.invitation.id, expires_at=now + CODE_LIFETIME)
    )
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
        grant = _exchange(
            office, session, slug, request.pre_authorized_code, request.tx_code, address=address
        )
    if grant is None:
        raise Oid4vciError(ErrorName.INVALID_GRANT, "the code or the transaction code is wrong, used or expired")
    identifiers = None
    if request.requested_configurations is not None:
        if set(request.requested_configurations) != {grant.configuration}:
            raise Oid4vciError(ErrorName.INVALID_REQUEST, "`authorization_details` names something not offered")
        identifiers = {grant.configuration: [grant.credential_identifier]}
    return token_response(
        grant.access_token, expires_in=int(TOKEN_LIFETIME.total_seconds()), credential_identifiers=identifiers
    )


@dataclass(frozen=True)
class _Grant:
    access_token: str
    configuration: str
    credential_identifier: str


def _exchange(
    office: Office, session: Session, slug: str, code: str, tx_code: str, *, address: str
) -> _Grant | None:
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


def hand_over(office: Office, slug: str, access_token: str, request: CredentialRequest) -> HandedOver:
    """Return the credential bound to the key that `request` proves (OpenID4VCI section 8).

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
        raise Oid4vciError(
            ErrorName.UNKNOWN_CREDENTIAL_CONFIGURATION, "not what the access token was given for"
        )


def _proven_key(
    office: Office, session: Session, slug: str, request: CredentialRequest, *, now: datetime
) -> ProvenKey:
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


def notified(session: Session, slug: str, access_token: str, notification_id: str, event: str, *, now: datetime) -> None:
    """Take note of what became of the credential in the wallet (section 11); saying it twice changes nothing.

    A wallet that could not keep it opens the invitation again. Raises `Oid4vciError`.
    """
    token, invitation, _credential, _programme = _live_token(session, slug, access_token, now=now)
    if not same(token.notification_id, notification_id):
        raise Oid4vciError(ErrorName.INVALID_NOTIFICATION_ID, "no such notification")
    if event == "credential_accepted":
        invitation.accepted_at = invitation.accepted_at or now
    elif event in ("credential_failure", "credential_deleted"):
        invitation.accepted_at = None
    else:
        raise Oid4vciError(ErrorName.INVALID_NOTIFICATION_REQUEST, "unknown event")
    session.add(invitation)
