"""Hand-over to wallets: claim invitations and the OpenID4VCI state behind them; secrets only as digests."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class ClaimInvitation(Base, table=True):
    """An invitation to take one credential over: a link for the person, a code by another way, and one chance."""

    __tablename__ = "claim_invitation"

    id: str = Field(default_factory=new_id, primary_key=True)
    credential_id: str = Field(foreign_key="issued_credential.id", index=True)
    link_digest: str = Field(unique=True)
    wrong_codes: int = 0
    """Wrong transaction codes so far, from whatever address (I-OID-3)."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the e-mail with the link left."""
    redeemed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a wallet exchanged a code for an access token: once."""
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the wallet got the credential."""
    voided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OfferCode(Base, table=True):
    """A pre-authorized code shown to a wallet: short-lived, random, spent once together with its invitation."""

    __tablename__ = "offer_code"

    code_digest: str = Field(primary_key=True)
    invitation_id: str = Field(foreign_key="claim_invitation.id", index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class AccessToken(Base, table=True):
    """What the wallet got for its code; lives five minutes.

    `holder_did` is recorded before the key is used (I-DUR-4): from then on the token gives this one holder this
    one document, as often as the wallet has to ask for it.
    """

    __tablename__ = "access_token"

    token_digest: str = Field(primary_key=True)
    invitation_id: str = Field(foreign_key="claim_invitation.id", index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    holder_did: str | None = None
    bound_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    notification_id: str = Field(unique=True)


class Nonce(Base, table=True):
    """A c_nonce: random, short-lived, spent once (I-DUR-6)."""

    __tablename__ = "nonce"

    digest: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ReportedProblem(Base, table=True):
    """A learner's word that something on the card is wrong, before accepting it."""

    __tablename__ = "reported_problem"

    id: str = Field(default_factory=new_id, primary_key=True)
    invitation_id: str = Field(foreign_key="claim_invitation.id", index=True)
    text: str
    reported_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
