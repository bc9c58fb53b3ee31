"""A wallet for tests: it speaks OpenID4VCI with the messages of `vc.openid4vci`, over whatever client it is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response
from sqlmodel import select

from issuer.hand_over import invitations
from issuer.hand_over.models import ClaimInvitation
from keys import KeyType, PrivateKey
from keys.dids import did_key
from tests.issuer.college import ACTOR, College
from vc import openid4vci as vci

ISSUER = "http://localhost:8001/o/riviere"
BASE = "/o/riviere"


@dataclass
class Wallet:
    """One learner's wallet."""

    client: TestClient
    key: PrivateKey = field(default_factory=lambda: PrivateKey.generate(KeyType.ED25519))

    @property
    def holder(self) -> str:
        return did_key.did_for(self.key.public)

    def offer(self, link_token: str) -> vci.CredentialOffer:
        answer = self.client.get(f"{BASE}/offers/{link_token}")
        assert answer.status_code == 200, answer.text
        return vci.parse_offer(answer.json())

    def ask_token(self, code: str, tx_code: str | None, **extra: str) -> Response:
        return self.client.post(f"{BASE}/token", data={**vci.token_request(code, tx_code), **extra})

    def token(self, link_token: str, tx_code: str) -> str:
        answer = self.ask_token(self.offer(link_token).pre_authorized_code or "", tx_code)
        assert answer.status_code == 200, answer.text
        return vci.parse_token_response(answer.json()).access_token

    def nonce(self) -> str:
        return vci.parse_nonce_response(self.client.post(f"{BASE}/nonce").json())

    def proof(self, now: datetime, *, nonce: str | None = None, audience: str = ISSUER) -> str:
        return vci.make_key_proof(
            signer=self.key, audience=audience, nonce=self.nonce() if nonce is None else nonce, now=now
        )

    def ask_credential(self, token: str, body: Any) -> Response:
        return self.client.post(f"{BASE}/credential", json=body, headers={"authorization": f"Bearer {token}"})

    def credential(self, token: str, now: datetime) -> Response:
        body = vci.credential_request(credential_configuration_id="analyse-python", jwt_proofs=[self.proof(now)])
        return self.ask_credential(token, body)


@dataclass
class Invitation:
    """What a learner got: the token of the link, and the code by another way."""

    link: str
    tx_code: str
    id: str


def invite(college: College, credential_id: str) -> Invitation:
    """Invite the holder of a credential."""
    office, secret = college.office, college.office.settings.secret
    with office.database.unit() as session:
        made = invitations.invite(office, session, college.credential_by_id(credential_id), actor=ACTOR)
    return Invitation(invitations.link_token(secret, made), invitations.transaction_code(secret, made), made.id)


def state(college: College, invitation: Invitation) -> invitations.InvitationState:
    """Where the invitation stands now."""
    with college.office.database.reading() as session:
        row = session.exec(select(ClaimInvitation).where(ClaimInvitation.id == invitation.id)).one()
    return invitations.state_of(row, now=college.clock())
