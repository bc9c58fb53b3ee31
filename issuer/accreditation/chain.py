"""What spares a verifier the way up: beside an organisation's recognitions, those of the authorities that signed them,
and the status lists of all, as they are served now.

With these, a chain of three costs a verifier one request here and one for the keys of each authority; without, three
times as many. Everything added carries its own proof. Authorities elsewhere publish for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, select

from issuer.accreditation import limits
from issuer.addresses import machine_origin
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.status import publishing
from vc import strict_json
from vc.credential import entries

MOST = 60
"""Recognitions and lists that are added; a chain of five has ten."""


def with_those_above(session: Session, presentation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the recognitions of `presentation`, and after them those of the authorities in the chains above."""
    served = list(entries(presentation.get("verifiableCredential")))
    most = len(served) + MOST
    asked: set[str] = set()
    for document in served:  # grows while it is gone through: each level adds the next one up
        signer = document["issuer"]
        did = signer["id"] if isinstance(signer, Mapping) else signer
        if did in asked or len(served) >= most:
            continue
        asked.add(did)
        above = session.exec(select(Organisation).where(Organisation.did == did)).first()
        if above is not None:
            served.extend(one for one in limits.of_authority(session, above) if one not in served)
    return served


def status_lists(office: Office, served: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the lists of this service that the recognitions name. Opens its own units."""
    named = dict.fromkeys(
        str(entry.get("statusListCredential")) for one in served for entry in entries(one.get("credentialStatus"))
    )
    places = [url for url in named if url.startswith(f"{machine_origin(office.settings)}/")][:MOST]
    return [found for url in places if (found := _status_list(office, url)) is not None]


def _status_list(office: Office, url: str) -> Mapping[str, Any] | None:
    """The list at an address of ours; None where there is none (a recognition from elsewhere may name anything)."""
    match urlsplit(url).path.strip("/").split("/"):
        case ["o", slug, "status", list_id]:
            try:
                return strict_json.settled(publishing.in_force(office, slug, list_id).body)
            except publishing.UnknownList:
                return None
        case _:
            return None
