"""The JSON Schema that an accreditation pins by digest: it fixes the programme (`vc.recognition.programme_schema`)."""

from __future__ import annotations

from sqlmodel import Session

from issuer.accreditation.models import Accreditation
from issuer.accreditation.rules import UnknownAccreditation
from issuer.addresses import machine_origin
from issuer.office import Office
from issuer.organisations.models import Organisation
from vc.recognition import programme_schema


def address(office: Office, slug: str, accreditation_id: str) -> str:
    """Return where the authority serves the schema that fixes the programme of an accreditation."""
    return f"{machine_origin(office.settings)}/o/{slug}/schemas/{accreditation_id}"


def schema(office: Office, session: Session, slug: str, accreditation_id: str) -> bytes:
    """Return the schema's bytes, always the same. Raises `UnknownAccreditation`."""
    found = session.get(Accreditation, accreditation_id)
    if found is None or found.to_recognise or session.get_one(Organisation, found.authority_id).slug != slug:
        raise UnknownAccreditation
    return programme_schema(address(office, slug, accreditation_id), found.achievement_id)
