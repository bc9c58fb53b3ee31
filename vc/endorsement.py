"""Endorsements (Open Badges 3.0, section 3.5): somebody's signed word about an achievement, an issuer or a credential.

An endorsement is a credential of its own. It travels inside the badge, as an object (`endorsement`) or as a token
(`endorsementJwt`), and the badge's proof covers that it is there, not that it is true: `vc.verify` checks each by
itself and reports them apart. An endorsement is an opinion. It is never counted as accreditation, and a badge does not
gain by one; it loses by one that is forged or that nobody signed, as by any such credential inside (threat V-PRF-4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import contexts
from vc import times
from vc.credential import entries
from vc.errors import MalformedValueError

CREDENTIAL_TYPE = "EndorsementCredential"
SUBJECT_TYPE = "EndorsementSubject"
MEMBERS = ("endorsement", "endorsementJwt")
"""Under which endorsements stand, as objects and as tokens."""
_DEEPEST = 12


@dataclass(frozen=True)
class Embedded:
    """An endorsement as it stands in a badge. `about` is the id of the thing that carries it."""

    source: Mapping[str, Any] | str
    about: str | None


def endorsement_credential(
    *,
    credential_id: str,
    endorser: str,
    endorser_name: str,
    endorsed: str,
    comment: str,
    name: str,
    valid_from: datetime,
    valid_until: datetime | None = None,
    status: tuple[Mapping[str, Any], ...] = (),
) -> dict[str, Any]:
    """An unsigned endorsement of `endorsed`: the id of an achievement, an issuer or a credential."""
    made = {
        "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3],
        "id": credential_id,
        "type": ["VerifiableCredential", CREDENTIAL_TYPE],
        "issuer": {"id": endorser, "type": ["Profile"], "name": endorser_name},
        "name": name,
        "validFrom": times.stamp(valid_from),
        "validUntil": times.stamp(valid_until) if valid_until else None,
        "credentialSubject": {"id": endorsed, "type": [SUBJECT_TYPE], "endorsementComment": comment},
        "credentialStatus": [dict(entry) for entry in status] or None,
    }
    return {member: value for member, value in made.items() if value is not None}


def embedded_in(document: Mapping[str, Any]) -> list[Embedded]:
    """The endorsements in a credential: its own, its issuer's, its achievement's, wherever they stand.

    Those inside credentials that it holds belong to those credentials, and are not among them. Raises
    `MalformedValueError` for what can be neither a credential nor a token.
    """
    found: list[Embedded] = []
    _collect(document, 0, found)
    return found


def _collect(value: Any, depth: int, found: list[Embedded]) -> None:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, str):
                _collect(item, depth + 1, found)
    elif isinstance(value, Mapping) and (depth == 0 or "VerifiableCredential" not in entries(value.get("type"))):
        about = value.get("id")
        for name in MEMBERS:
            for source in entries(value.get(name)):
                if not isinstance(source, (Mapping, str)):
                    raise MalformedValueError("an endorsement is a credential", path=f"/{name}")
                found.append(Embedded(source, about if isinstance(about, str) else None))
        for name, item in value.items():
            if not isinstance(item, str) and name not in MEMBERS:
                _collect(item, depth + 1, found)


def endorsed_by(document: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """What an endorsement is about, and its comment: its one subject's `id` and `endorsementComment`."""
    subjects = entries(document.get("credentialSubject"))
    subject = subjects[0] if len(subjects) == 1 and isinstance(subjects[0], dict) else {}
    endorsed, comment = subject.get("id"), subject.get("endorsementComment")
    return endorsed if isinstance(endorsed, str) else None, comment if isinstance(comment, str) else None
