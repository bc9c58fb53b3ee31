"""Share packs of a world, and verifiers that hold some keys themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from keys.fetching import Fetched, Fetcher, FetchFailed
from tests.world import ACCEPTED, World
from vc import share_pack
from vc.policy import PUBLIC
from vc.share_pack import PackReport, Recorder
from vc.verify import verify_credential

COLLEGE = "https://northern-college.example/.well-known/did.json"
COMMITTEE = "https://talent-committee.example/.well-known/did.json"


@dataclass
class Held:
    """What a verifier without network holds itself: documents by address."""

    documents: Mapping[str, bytes] = field(default_factory=dict)

    def fetch(self, url: str, *, accept: tuple[str, ...], max_bytes: int) -> Fetched:  # noqa: ARG002 (protocol)
        if url not in self.documents:
            raise FetchFailed(url, "not held here")
        return Fetched(url, accept[0], self.documents[url])


def both(world: World) -> Held:
    """The keys of institution and authority, known from elsewhere."""
    return Held({url: world.net.pages[url]() for url in (COLLEGE, COMMITTEE)})


def committee_only(world: World) -> Held:
    return Held({COMMITTEE: world.net.pages[COMMITTEE]()})


def pack_of(world: World, *credentials: Mapping[str, Any], **options: Any) -> bytes:
    """A pack of credentials with the institution's recognitions, made as a wallet makes it."""
    stapled = options.pop("stapled", world.institution.recognitions)
    signed = world.present(*credentials, *stapled, domain=options.pop("domain", share_pack.DOMAIN), **options)
    recorder = Recorder(world.net)
    for one in credentials:
        world_verify(world, one, recorder)
    return share_pack.build(signed, recorder.fetched.values())


def world_verify(world: World, credential: Mapping[str, Any], fetcher: Fetcher) -> None:
    verify_credential(
        credential,
        anchors=world.anchors,
        policy=PUBLIC,
        accepted_suites=ACCEPTED,
        fetcher=fetcher,
        now=world.now,
        recognitions=world.institution.recognitions,
    )


def judged(world: World, data: bytes, keys: Fetcher | None = None, **later: Any) -> PackReport:
    return share_pack.verify(
        share_pack.read(data),
        anchors=world.anchors,
        policy=PUBLIC,
        accepted_suites=ACCEPTED,
        keys=keys or both(world),
        now=world.now + timedelta(**later),
    )
