"""Signing a presentation in the learner's name (VCDM 2.0 section 4.13, OpenID4VP 1.0 appendix B.1.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import contexts
from vc.proofs import data_integrity
from wallet_demo.learners.service import SignedIn

SUITE = "eddsa-rdfc-2022"


def signed_presentation(
    who: SignedIn, credentials: Sequence[Mapping[str, Any]], *, challenge: str, domain: str, now: datetime
) -> dict[str, Any]:
    """Return the learner's presentation of `credentials`, good for one `challenge` and one `domain`."""
    holder = who.learner.holder
    presentation = {
        "@context": [contexts.CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": [dict(credential) for credential in credentials],
    }
    return data_integrity.sign(
        presentation,
        signer=who.holder_key(),
        verification_method=f"{holder}#{holder.removeprefix('did:key:')}",
        suite=SUITE,
        created=now,
        purpose="authentication",
        challenge=challenge,
        domain=domain,
    )
