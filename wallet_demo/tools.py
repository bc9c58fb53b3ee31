"""What the wallet works with, made once at start-up and handed to whoever needs it."""

from __future__ import annotations

from dataclasses import dataclass

from kit.database import Database
from vc.policy import Anchors
from wallet_demo.outgoing import Outgoing


@dataclass(frozen=True)
class Tools:
    """The database, the guarded way out, and whose word on accreditation counts here."""

    database: Database
    http: Outgoing
    anchors: Anchors
