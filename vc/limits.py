"""How much of anything is looked at in one verification (the budgets of the threat model)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Counted before the first signature check."""

    proofs: int = 16
    contexts: int = 8
    credentials: int = 20
    status_entries: int = 8
    fetches: int = 10
    fetched_bytes: int = 2 * 1024 * 1024
    inline_context_terms: int = 200
    recognitions: int = 200
    links: int = 5
    """Of a chain of recognitions, from an authority that the verifier trusts to the institution."""
    strangers: int = 3
    """Authorities unknown to the verifier that are asked, in one verification, who recognises them."""
    canonicalized_members: int = 16_000
    """Of all documents in one verification, counted for each proof (`vc.effort`)."""


DEFAULT = Limits()
"""Those of the public verifier."""
