"""The two faces of our own address.

People open `settings.public_url`. Identifiers, and whatever machines fetch by them (status lists, schemas, offers,
credential issuers), are https always, as did:web is: in the demo, where the service speaks plain http on loopback,
the other services know this origin by their `local_origins` switch.
"""

from __future__ import annotations

from kit.settings import ServiceSettings


def machine_origin(settings: ServiceSettings) -> str:
    """Return the https origin under which machines know this service."""
    return f"https://{settings.host}"
