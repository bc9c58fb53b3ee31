"""What the wallet works with, made once at start-up and handed to whoever needs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.x509 import Certificate

from kit.database import Database
from vc.policy import Anchors
from wallet_demo.outgoing import Outgoing


@dataclass(frozen=True)
class Tools:
    """The database, the guarded way out, and whose word counts here.

    `anchors`: on accreditation. `certificate_authorities`: on which host a verifier is; read when a request is.
    """

    database: Database
    http: Outgoing
    anchors: Anchors
    certificate_authorities: Callable[[], Sequence[Certificate]]
