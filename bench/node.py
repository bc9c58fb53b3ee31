"""The same badges with other people's libraries: Digital Bazaar's, in Node, used as their own documentation does."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

import contexts
from bench.badges import badge
from bench.credentials import SIGNED, Issuer
from keys import KeyType, PrivateKey
from tests.node import peer

SUITE = "eddsa-rdfc-2022"
_AFTER_ALL_DATES = "2026-12-15T12:00:00Z"
_NAMES = {"issue": "sign", "verify": "verify"}


def rates(*, rounds: int, seconds_each: float) -> dict[str, float]:
    """Operations per second of one core, medians over the rounds. Raises `tests.node.NotInstalled`.

    Theirs looks at a credential's shape and dates besides its proof, as `vc.issue` and `vc.verifyCredential` do.
    """
    issuer = Issuer(SUITE, PrivateKey.generate(KeyType.ED25519))
    addresses = (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3, contexts.MULTIKEY_V1, contexts.DID_V1)
    found = peer("rates.mjs")(
        "measure",
        unsigned=[badge(number, issuer=issuer.did) for number in range(SIGNED)],
        signed=issuer.signed,
        contexts={address: contexts.load(address) for address in addresses},
        now=_AFTER_ALL_DATES,
        rounds=rounds,
        milliseconds=seconds_each * 1000,
    )
    return {f"{ours}.{SUITE}.node": statistics.median(found[theirs]) for theirs, ours in _NAMES.items()}


def ratios(per_second: Mapping[str, float]) -> dict[str, float]:
    """Ours over theirs, of medians: the two take no turns, being two programs."""
    pairs = {f"{doing}.{SUITE}.compiled": f"{doing}.{SUITE}.node" for doing in _NAMES.values()}
    return {f"{ours}/node": per_second[ours] / per_second[theirs] for ours, theirs in pairs.items()}
