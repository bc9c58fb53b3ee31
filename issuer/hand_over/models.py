"""Hand-over to wallets: claim invitations and the OpenID4VCI state behind them; secrets only as digests."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from issuer.base import Base, new_id
from kit.database import UtcDateTime


class ClaimInvitation(Base, table=True):
    """An invitation to take one credential over: a link for the person, a pre-authorised code for the wallet."""

    __tablename__ = "claim_invitation"

    id: str = Field(default_factory=new_id, primary_key=True)
    credential_id: str = Field(foreign_key="issued_credential.id", index=True)
    link_digest: str = Field(unique=True)
    code_digest: str = Field(unique=True)
    tx_code_digest: str
    """HMAC of the transaction code under the service's secret: six digits alone could be guessed from a hash."""
    wrong_tx_codes: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    redeemed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the code was exchanged for an access token: once."""
    voided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AccessToken(Base, table=True):
    """What the wallet got for its code; lives five minutes."""

    __tablename__ = "access_token"

    token_digest: str = Field(primary_key=True)
    invitation_id: str = Field(foreign_key="claim_invitation.id", index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Nonce(Base, table=True):
    """A c_nonce: random, short-lived, spent once (I-DUR-6)."""

    __tablename__ = "nonce"

    digest: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ReportedProblem(Base, table=True):
    """A learner's word that something on the card is wrong, before accepting it."""

    __tablename__ = "reported_problem"

    id: str = Field(default_factory=new_id, primary_key=True)
    invitation_id: str = Field(foreign_key="claim_invitation.id", index=True)
    text: str
    reported_at: datetime = Field(sa_type=UtcDateTime)
