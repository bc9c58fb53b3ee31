"""A signed accreditation offered to the applicant's wallet (OpenID4VCI 1.0, pre-authorized code).

The authority is a second credential issuer for it, at `…/o/{slug}/handover`, with one configuration. The accreditation
is about the institution's DID and published anyway: it is bound to no key of the wallet, and no transaction code guards
it. Code and access token are sealed by this service and name what they are for; a code is spent by being written down.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

import contexts
from issuer.accreditation.models import Accreditation, Recognition
from issuer.hand_over.exchange import not_offered
from issuer.hand_over.models import Nonce
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.staff.models import Attempt
from kit.throttle import count_attempt
from kit.tokens import digest, new_token
from vc import strict_json
from vc.errors import ParsingError
from vc.jose import base64url
from vc.openid4vci import (
    CredentialOffer,
    ErrorName,
    Oid4vciError,
    authorization_server_metadata,
    credential_configuration,
    issuer_metadata,
    parse_credential_request,
    parse_token_request,
    token_response,
)
from vc.recognition import CREDENTIAL_TYPE

CONFIGURATION = CREDENTIAL_TYPE
CODE_LIFETIME = timedelta(minutes=15)
TOKEN_LIFETIME = timedelta(minutes=5)
_CODE, _TOKEN = b"accreditation code:", b"accreditation token:"


def issuer_identifier(office: Office, slug: str) -> str:
    """Return the credential issuer identifier of an authority for what it signs about institutions."""
    return f"{office.settings.public_url}/o/{slug}/handover"


def metadata(office: Office, authority: Organisation) -> dict[str, Any]:
    """Return what the authority offers to wallets, and where (section 12.2)."""
    here = issuer_identifier(office, authority.slug)
    configuration = credential_configuration(
        name={"fr-CA": "Accréditation d’une formation", "en-CA": "Accreditation of a training"},
        context=[contexts.CREDENTIALS_V2, contexts.RECOGNITION_V1],
        types=["VerifiableCredential", CREDENTIAL_TYPE],
        cryptosuites=["eddsa-rdfc-2022"],
        bound=False,
    )
    return issuer_metadata(
        credential_issuer=here,
        credential_endpoint=f"{here}/credential",
        nonce_endpoint=None,
        token_endpoint=f"{here}/token",
        configurations={CONFIGURATION: configuration},
        name={"fr-CA": authority.name_fr, "en-CA": authority.name_en},
    )


def server_metadata(office: Office, authority: Organisation) -> dict[str, Any]:
    """Return the metadata of the authority as its own authorization server (RFC 8414)."""
    here = issuer_identifier(office, authority.slug)
    return authorization_server_metadata(issuer=here, token_endpoint=f"{here}/token")


def offer_link(office: Office, authority: Organisation, edition: Recognition) -> str:
    """Return a link with an offer of a signed edition, good once within a quarter of an hour."""
    return CredentialOffer(
        credential_issuer=issuer_identifier(office, authority.slug),
        credential_configuration_ids=(CONFIGURATION,),
        pre_authorized_code=_sealed(office, _CODE, edition.id, lifetime=CODE_LIFETIME),
    ).link()


def redeem(office: Office, authority: Organisation, form: Iterable[tuple[str, str]], *, address: str) -> dict[str, Any]:
    """Exchange a code for an access token: once. Opens its own unit. Raises `Oid4vciError`, `TooManyRequests`."""
    request = parse_token_request(form)
    asked = request.requested_configurations
    if asked is not None and set(asked) != {CONFIGURATION}:
        raise not_offered()
    now = office.clock()
    with office.database.unit() as session:
        count_attempt(session, Attempt, f"token:{address}", limit=20, window=timedelta(minutes=1), now=now)
        edition_id = _opened(office, _CODE, request.pre_authorized_code)
        good = (
            edition_id is not None
            and _edition(session, authority, edition_id) is not None
            and _spend(session, request.pre_authorized_code, now=now)
        )
    if edition_id is None or not good:
        raise Oid4vciError(ErrorName.INVALID_GRANT, "the code is wrong, used or expired")
    return token_response(
        _sealed(office, _TOKEN, edition_id, lifetime=TOKEN_LIFETIME),
        expires_in=int(TOKEN_LIFETIME.total_seconds()),
        credential_identifiers={CONFIGURATION: [CONFIGURATION]} if asked is not None else None,
    )


def credential(office: Office, session: Session, authority: Organisation, access_token: str, message: object) -> bytes:
    """Return the signed edition that the token was given for, byte for byte (section 8). Raises `Oid4vciError`."""
    edition_id = _opened(office, _TOKEN, access_token)
    edition = _edition(session, authority, edition_id) if edition_id is not None else None
    if edition is None or edition.body is None:
        raise Oid4vciError(ErrorName.INVALID_TOKEN, "the access token is unknown or expired")
    request = parse_credential_request(message)
    if CONFIGURATION not in (request.credential_configuration_id, request.credential_identifier):
        raise Oid4vciError(ErrorName.UNKNOWN_CREDENTIAL_CONFIGURATION, "not what the access token was given for")
    return edition.body


def _edition(session: Session, authority: Organisation, edition_id: str) -> Recognition | None:
    found = session.get(Recognition, edition_id)
    if found is None or session.get_one(Accreditation, found.accreditation_id).authority_id != authority.id:
        return None
    return found


def _spend(session: Session, code: str, *, now: datetime) -> bool:
    try:
        with session.begin_nested():
            session.add(Nonce(digest=digest(code), expires_at=now + CODE_LIFETIME))
    except IntegrityError:  # the primary key says that it is there already
        return False
    return True


# --- sealing ---


def _sealed(office: Office, purpose: bytes, edition_id: str, *, lifetime: timedelta) -> str:
    until = int((office.clock() + lifetime).timestamp())
    payload = json.dumps([edition_id, until, new_token(16)]).encode()
    return base64url.encode(_seal(office, purpose, payload) + payload)


def _opened(office: Office, purpose: bytes, text: str) -> str | None:
    """The edition that a sealed text names, while it is alive."""
    try:
        data = base64url.decode(text)
    except base64url.NotBase64Url:
        return None
    seal, payload = data[:32], data[32:]
    if not hmac.compare_digest(seal, _seal(office, purpose, payload)):
        return None
    try:
        edition_id, until, _random = strict_json.parse(payload)
    except (ParsingError, ValueError):
        return None
    return edition_id if office.clock() < datetime.fromtimestamp(until, UTC) else None


def _seal(office: Office, purpose: bytes, payload: bytes) -> bytes:
    return hmac.digest(office.settings.secret, purpose + payload, hashlib.sha256)
