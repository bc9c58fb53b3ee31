"""How this verifier checks: the engine with this deployment's anchors, policy, clock and guarded fetcher."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from keys.fetching import Fetcher
from kit.clock import Clock
from kit.conformance import Relaxed
from kit.settings import ServiceSettings
from vc import securing, share_pack, verify
from vc.credential import entries
from vc.errors import VcError
from vc.findings import CannotBeRead, PresentationReport, Report
from vc.policy import PUBLIC, Anchors, Policy
from vc.share_pack import PackReport
from vc.verify import Document
from vc.vocabulary import InlineContexts
from verifier.lists import HeldLists

ACCEPTED_SUITES = securing.EVERYTHING_READ
"""Data Integrity suites and JOSE algorithms that are read."""


def policy_of(settings: ServiceSettings) -> Policy:
    """Return how strictly this deployment reads: as everyone's verifier, but for what its profile relaxes by name."""
    return replace(
        PUBLIC,
        contexts=settings.contexts_profile,
        inline_contexts=_inline_contexts(settings),
        superseded_digests=settings.relaxes(Relaxed.SUPERSEDED_DIGESTS),
        insecure_accept_any_signer=settings.relaxes(Relaxed.ANY_SIGNER),
        insecure_accept_any_presenter=settings.relaxes(Relaxed.ANY_PRESENTER),
        insecure_accept_empty_presentation=settings.relaxes(Relaxed.EMPTY_PRESENTATION),
        insecure_read_vc_and_vp_claims=settings.relaxes(Relaxed.VP_CLAIM),
    )


def _inline_contexts(settings: ServiceSettings) -> InlineContexts:
    if settings.relaxes(Relaxed.ANY_WORD):
        return "report-any-word"
    return "report" if settings.relaxes(Relaxed.INLINE_CONTEXTS) else "refuse"


@dataclass(frozen=True)
class Checked:
    """An answer. `as_of`: the day that a share pack's copies speak for, None for an answer of today."""

    report: Report | PresentationReport
    as_of: datetime | None = None


@dataclass(frozen=True)
class Checker:
    """Checks credentials and presentations as this deployment is set up."""

    anchors: Anchors
    policy: Policy
    fetcher: Fetcher
    clock: Clock
    lists: HeldLists = field(default_factory=HeldLists)
    """What the trusted authorities signed, as far as this verifier holds it."""
    schemas: Mapping[str, bytes] = field(default_factory=dict)
    """JSON Schemas by address, which the operator vouches for."""

    def credential(self, document: Document) -> Report:
        """Check one credential that came alone."""
        return verify.verify_credential(
            document,
            anchors=self.anchors,
            policy=self.policy,
            accepted_suites=ACCEPTED_SUITES,
            fetcher=self.fetcher,
            now=self.clock(),
            schemas=self.schemas,
            held=self.lists.held,
        )

    def presentation(self, document: Document, *, challenge: str | None, domain: str | None) -> PresentationReport:
        """Check a presentation, made for `challenge` and `domain` where they are given."""
        return verify.verify_presentation(
            document,
            challenge=challenge,
            domain=domain,
            anchors=self.anchors,
            policy=self.policy,
            accepted_suites=ACCEPTED_SUITES,
            fetcher=self.fetcher,
            now=self.clock(),
            schemas=self.schemas,
            held=self.lists.held,
        )

    def pack(self, data: bytes) -> PackReport:
        """Check a share pack: as of today where the network answers, else as of the pack's time (`vc.share_pack`)."""
        try:
            pack = share_pack.read(data)
        except share_pack.NotASharePack as refused:
            unreadable = PresentationReport((CannotBeRead(refused.reason),))
            return PackReport(unreadable, self.clock(), None)
        return share_pack.verify_online(
            pack,
            anchors=self.anchors,
            policy=self.policy,
            accepted_suites=ACCEPTED_SUITES,
            fetcher=self.fetcher,
            now=self.clock(),
            schemas=self.schemas,
            held=self.lists.held,
        )

    def whatever(self, document: Document, *, domain: str | None) -> Checked:
        """Check a credential, a presentation or a share pack, whichever it says it is."""
        if isinstance(document, bytes) and share_pack.is_one(document):
            answer = self.pack(document)
            return Checked(answer.report, answer.as_of)
        if is_presentation(document):
            return Checked(self.presentation(document, challenge=None, domain=domain))
        return Checked(self.credential(document))


def is_presentation(document: Document) -> bool:
    """Whether the document says that it is a presentation; what cannot be read is none."""
    try:
        content = securing.read(document).document
    except VcError:
        return False
    return "VerifiablePresentation" in entries(content.get("type"))
