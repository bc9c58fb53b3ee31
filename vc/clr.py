"""Comprehensive Learner Record 2.0: one credential that holds several, for a programme with stages.

The record's issuer vouches that these belong together (`association` says how); each credential in it keeps its own
issuer and proof. `vc.verify` checks the record and then every credential in it: one bad one spoils the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import contexts
from vc import times
from vc.achievement import Achievement, language_values
from vc.credential import entries
from vc.errors import LimitExceeded, MalformedValueError

CREDENTIAL_TYPE = "ClrCredential"
SUBJECT_TYPE = "ClrSubject"
CONTEXTS = (contexts.CREDENTIALS_V2, contexts.CLR_V2, contexts.OPEN_BADGES_V3)

AssociationType = Literal[
    "exactMatchOf",
    "isChildOf",
    "isParentOf",
    "isPartOf",
    "isPeerOf",
    "isRelatedTo",
    "precedes",
    "replacedBy",
]


@dataclass(frozen=True)
class Association:
    """How two achievements of the record hang together, by their ids: stage `source` `isPartOf` programme `target`."""

    type: AssociationType
    source: str
    target: str

    def as_json(self) -> dict[str, Any]:
        return {
            "type": "Association",
            "associationType": self.type,
            "sourceId": self.source,
            "targetId": self.target,
        }


def learner_record(
    *,
    credential_id: str,
    issuer: str,
    issuer_name: str,
    subject: str,
    names: Mapping[str, str],
    credentials: Sequence[Mapping[str, Any]],
    valid_from: datetime,
    valid_until: datetime | None = None,
    achievements: Sequence[Achievement] = (),
    associations: Sequence[Association] = (),
    partial: bool | None = None,
    status: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """An unsigned record of signed `credentials`. `achievements` are what the associations speak about beside them.

    `partial`: whether the learner left credentials out. Raises `ValueError` for a record without credentials, and for
    one that holds a record.
    """
    held = [dict(credential) for credential in credentials]
    if not held or any(CREDENTIAL_TYPE in entries(credential.get("type")) for credential in held):
        raise ValueError("a record holds credentials, at least one, and no record")
    record = {
        "@context": list(CONTEXTS),
        "id": credential_id,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": {"id": issuer, "type": ["Profile"], "name": issuer_name},
        "name": language_values(names),
        "partial": partial,
        "validFrom": times.stamp(valid_from),
        "validUntil": times.stamp(valid_until) if valid_until else None,
        "credentialSubject": _without_gaps(
            id=subject,
            type=[SUBJECT_TYPE],
            verifiableCredential=held,
            achievement=[achievement.as_json() for achievement in achievements] or None,
            association=[association.as_json() for association in associations] or None,
        ),
        "credentialStatus": [dict(entry) for entry in status] or None,
    }
    return _without_gaps(**record)


def parts_of(document: Mapping[str, Any], *, limit: int) -> tuple[Mapping[str, Any] | str, ...]:
    """The credentials that a record holds, as they stand; none for a credential that is no record.

    Raises `MalformedValueError` for a record in a record and for what cannot be a credential, `LimitExceeded`.
    """
    if CREDENTIAL_TYPE not in entries(document.get("type")):
        return ()
    held = [
        item
        for subject in entries(document.get("credentialSubject"))
        if isinstance(subject, dict)
        for item in entries(subject.get("verifiableCredential"))
    ]
    path = "/credentialSubject/verifiableCredential"
    if len(held) > limit:
        raise LimitExceeded("credentials", limit=limit, path=path)
    for item in held:
        if not isinstance(item, (dict, str)):
            raise MalformedValueError("must be credentials", path=path)
        if isinstance(item, dict) and CREDENTIAL_TYPE in entries(item.get("type")):
            raise MalformedValueError("a record does not hold records", path=path)
    return tuple(held)


def wholes_in(document: Mapping[str, Any]) -> dict[str, str]:
    """Which achievement is a part of which, as the record's associations say (`isPartOf`, `isChildOf`)."""
    return {
        str(one.get("sourceId")): str(one.get("targetId"))
        for subject in entries(document.get("credentialSubject"))
        if isinstance(subject, dict)
        for one in entries(subject.get("association"))
        if isinstance(one, dict) and one.get("associationType") in ("isPartOf", "isChildOf")
    }


def _without_gaps(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
