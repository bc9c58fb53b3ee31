"""Building what authorities sign and institutions publish. Nothing here signs.

`recognition_credential` says that an institution may issue one programme; `authority_credential`, that another
authority may recognise; `closed`, until when either held. The schema that fixes a programme is always the same
bytes (`programme_schema`), so that a verifier can work it out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import contexts
from keys.multibase import encode_base64url
from vc import times
from vc.canonical import jcs
from vc.recognition.conditions import Conditions

CREDENTIAL_TYPE = "RecognizedEntityCredential"
CONTEXTS = (contexts.CREDENTIALS_V2, contexts.RECOGNITION_V1)
WHOIS = "WhoisService"
EndReason = Literal["withdrawn", "suspended"]
ISSUE, RECOGNISE = "issue", "recognize"
"""The actions, as the W3C draft spells them."""

_HASH_OF_LENGTH = {32: "sha256", 48: "sha384", 64: "sha512"}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@lru_cache(maxsize=256)
def programme_schema(url: str, programme: str) -> bytes:
    """The JSON Schema, served at `url`, that admits credentials for `programme` only. Always the same bytes."""
    achieved = {"type": "object", "required": ["id"], "properties": {"id": {"const": programme}}}
    subject = {"type": "object", "required": ["achievement"], "properties": {"achievement": achieved}}
    return jcs.canonicalize(
        {
            "$schema": _DIALECT,
            "$id": url,
            "type": "object",
            "required": ["credentialSubject"],
            "properties": {"credentialSubject": subject},
        }
    )


def digest_multibase(data: bytes) -> str:
    """`digestMultibase`: SHA-256 as a multihash in base64url (`uEi…`)."""
    return "u" + encode_base64url(b"\x12\x20" + hashlib.sha256(data).digest())


def is_digest_of(digest: bytes, data: bytes) -> bool:
    """Whether `digest`, as `vc.credential.multibase_digest` read it, is that of `data`; its length says which hash."""
    return hashlib.new(_HASH_OF_LENGTH[len(digest)], data).digest() == digest


def recognition_credential(
    *,
    credential_id: str,
    authority: str,
    authority_name: str,
    institution: str,
    institution_name: str,
    programme: str,
    schema_url: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    institution_legal_name: str | None = None,
    institution_url: str | None = None,
    programme_name: str | None = None,
    track: str | None = None,
    stream: str | None = None,
    territory: str | None = None,
    recognised_in: Sequence[str] = (),
    status: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The unsigned decision: `authority` (a DID) recognises `institution` (a DID) to issue `programme`.

    `programme` is the `credentialSubject.achievement.id` of the learners' credentials. `schema_url` is where the
    authority serves `programme_schema(schema_url, programme)`. `track`, `stream`, `territory` are conditions
    (`vc.recognition.conditions`). `recognised_in`: the `id`s of the recognitions of the authority itself. `status`:
    entries from `vc.status.bitstring.entry`, normally one for revocation.
    """
    action = {
        "programme": {"id": programme, "name": programme_name} if programme_name else programme,
        "outputValidation": {
            "id": schema_url,
            "type": "JsonSchema",
            "digestMultibase": digest_multibase(programme_schema(schema_url, programme)),
        },
        "track": track,
        "stream": stream,
        "territory": territory,
    }
    return _decision(
        credential_id,
        (authority, authority_name, recognised_in),
        {"id": institution, "name": institution_name, "legalName": institution_legal_name, "url": institution_url},
        _action(ISSUE, authority, action),
        (valid_from, valid_until),
        status,
    )


def authority_credential(
    *,
    credential_id: str,
    authority: str,
    authority_name: str,
    entity: str,
    entity_name: str,
    conditions: Conditions,
    valid_from: datetime,
    valid_until: datetime | None = None,
    entity_url: str | None = None,
    recognised_in: Sequence[str] = (),
    status: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The unsigned decision: `authority` recognises the authority `entity` to recognise others, within `conditions`.

    All are DIDs. An authority whose `conditions.max_depth` is 0 may recognise institutions, and no authorities.
    """
    action = {**conditions.as_members(), "programme": list(conditions.programmes) or None}
    return _decision(
        credential_id,
        (authority, authority_name, recognised_in),
        {"id": entity, "name": entity_name, "url": entity_url},
        _action(RECOGNISE, authority, action),
        (valid_from, valid_until),
        status,
    )


def _action(action: str, authority: str, members: Mapping[str, Any]) -> dict[str, Any]:
    stated = {name: value for name, value in members.items() if value is not None}
    return {"type": "RecognizedAction", "action": action, "recognizedBy": authority, **stated}


def _decision(
    credential_id: str,
    signer: tuple[str, str, Sequence[str]],
    subject: Mapping[str, Any],
    action: Mapping[str, Any],
    period: tuple[datetime, datetime | None],
    status: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    document = {
        "@context": list(CONTEXTS),
        "id": credential_id,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": _issuer(*signer, recognises=subject["id"]),
        "validFrom": times.stamp(period[0]),
        "validUntil": times.stamp(period[1]) if period[1] else None,
        "credentialSubject": {
            "type": "RecognizedEntity",
            **{name: value for name, value in subject.items() if value is not None},
            "recognizedTo": action,
        },
        "credentialStatus": [dict(entry) for entry in status] or None,
    }
    return {name: value for name, value in document.items() if value is not None}


def _issuer(authority: str, name: str, recognised_in: Sequence[str], *, recognises: str) -> dict[str, Any] | str:
    if authority == recognises:  # one that teaches itself: a document describes nobody twice
        return authority
    if not recognised_in:
        return {"id": authority, "name": name}
    above = [{"id": url, "type": CREDENTIAL_TYPE} for url in recognised_in]
    return {"id": authority, "type": "RecognizedIssuer", "name": name, "recognizedIn": above}


def closed(recognition: Mapping[str, Any], *, at: datetime, reason: EndReason) -> dict[str, Any]:
    """The unsigned copy of a recognition that says when it ended and why (see the package's text).

    Everything else stays, the `id` included; status entries and proof go. Sign it with the authority's key.
    """
    document = {name: value for name, value in recognition.items() if name not in ("proof", "credentialStatus")}
    subject = dict(document["credentialSubject"])
    subject["recognizedTo"] = {**subject["recognizedTo"], "endReason": reason}
    return {**document, "validUntil": times.stamp(at), "credentialSubject": subject}


def whois_service(did: str, url: str) -> dict[str, Any]:
    """The service entry that an organisation puts into its DID document: its recognitions are served at `url`."""
    return {"id": f"{did}#whois", "type": WHOIS, "serviceEndpoint": url}


def whois_presentation(
    recognitions: Sequence[Mapping[str, Any]], *, status_lists: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """What is served there. Unsigned: each credential in it carries its own proof.

    Besides the recognitions of the organisation itself, those of the authorities that signed them spare a verifier
    the way up, and `status_lists` (signed list credentials, as they are served now) the way to each authority.
    """
    presentation: dict[str, Any] = {"@context": [contexts.CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
    if recognitions or status_lists:
        presentation["verifiableCredential"] = [dict(one) for one in (*recognitions, *status_lists)]
    return presentation
