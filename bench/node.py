"""The same badges with other people's libraries: Digital Bazaar's, in Node, used as their own documentation does.

Theirs looks at a credential's shape and dates besides its proof, as `vc.issue` and `vc.verifyCredential` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import contexts
from bench.badges import badge
from bench.credentials import SIGNED, Issuer
from bench.disclosure import MANDATORY, SELECTIVE, Discloser
from keys import KeyType, PrivateKey
from tests.node import Peer, conversation

_AFTER_ALL_DATES = "2026-12-15T12:00:00Z"
_WORK = (
    "sign.eddsa-rdfc-2022",
    "verify.eddsa-rdfc-2022",
    "sign.ecdsa-sd-2023",
    "derive.ecdsa-sd-2023",
    "verify.ecdsa-sd-2023",
)


@dataclass
class Elsewhere:
    """What is done, and measured, in the other process."""

    work: str
    ask: Peer

    @property
    def name(self) -> str:
        return f"{self.work}.node"

    def turn(self, seconds: float) -> float:
        """See `bench.measure.Measured`."""
        answer = self.ask(work=self.work, milliseconds=seconds * 1000)
        return float(answer["perSecond"])


@contextmanager
def subjects() -> Iterator[list[Elsewhere]]:
    """What theirs can do, while their process runs. Raises `tests.node.NotInstalled`."""
    issuer = Issuer("eddsa-rdfc-2022", PrivateKey.generate(KeyType.ED25519))
    addresses = (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3, contexts.MULTIKEY_V1, contexts.DID_V1)
    with conversation("rates.mjs") as ask:
        ask(
            unsigned=[badge(number, issuer=issuer.did) for number in range(SIGNED)],
            signed=issuer.signed,
            derived=Discloser(PrivateKey.generate(KeyType.P256)).derived,
            contexts={address: contexts.load(address) for address in addresses},
            now=_AFTER_ALL_DATES,
            mandatory=MANDATORY,
            selective=SELECTIVE,
        )
        yield [Elsewhere(work, ask) for work in _WORK]
