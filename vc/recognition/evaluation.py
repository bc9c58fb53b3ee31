"""The question itself: who among the anchors recognised this training, on the day of completion and today?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from keys.fetching import Fetcher
from vc import achievement
from vc.credential import Credential
from vc.policy import Anchors, Policy
from vc.proofs.data_integrity import Resolver
from vc.recognition import chain as chains
from vc.recognition import reading
from vc.recognition.answers import Recognition, Source, Standing
from vc.recognition.discovery import Discovery
from vc.recognition.examination import Examiner, NotProven
from vc.recognition.judging import Judge, Judged, answer_of, institution_of
from vc.recognition.shelf import NOTHING_HELD, Grant, Held, Shelf
from vc.recognition.standing import Day


def evaluate(
    credential: Credential,
    *,
    recognitions: Iterable[reading.Source],
    anchors: Anchors,
    as_of_completion: datetime,
    today: datetime,
    fetcher: Fetcher,
    resolver: Resolver,
    accepted_suites: frozenset[str],
    policy: Policy,
    schemas: Mapping[str, bytes],
    held: Held = NOTHING_HELD,
) -> Recognition:
    """Who among `anchors` recognised the training that `credential` (verified by the caller) certifies.

    (1) collect: what came stapled, what the caller holds, what the issuer's DID document points to
    (2) find the chains that lead, by their text, from an anchor to the issuer; nothing is fetched for any other
    (3) prove each from the anchor down: every link signed by its authority
    (4) where no anchor says yes so far, ask the unknown authorities on the way who recognises them, and begin again
    (5) per chain: does each link keep within the one above, does the schema admit the credential, do the conditions
        fit what it says of itself, and did each link hold on the day
    (6) per anchor, the best answer for the day of completion and for today

    With no anchors there is nobody to ask, and nothing is fetched.
    """
    troubles: list[str] = []
    shelf = Shelf(policy, held)
    examiner = Examiner(
        credential, today, fetcher, resolver, accepted_suites, policy, schemas, shelf.status_lists, troubles
    )
    days = (Day(as_of_completion), Day(today, policy.clock_skew, is_today=True))
    search = _Search(
        credential, anchors, policy, shelf, examiner, Discovery(resolver, fetcher, policy.limits, troubles)
    )
    judged = search.judged(recognitions, days)
    return Recognition(
        as_of_completion=as_of_completion,
        today=today,
        programme=achievement.programme_of(credential.document),
        answers=tuple(
            answer_of(authority, judged, unproven=search.unproven.get(authority.did, ""), troubles=troubles)
            for authority in anchors
        ),
        institution=institution_of(
            credential.issuer,
            anchors,
            judged,
            vouches=lambda chain: search.judge.vouches(chain, days),
            troubles=troubles,
        ),
        troubles=tuple(dict.fromkeys(troubles)),
    )


# --- (1) to (4): which chains there are -----------------------------------------------------------


class _Search:
    """The chains behind one credential. `unproven`: why one that leads to an anchor could not be proven, by anchor."""

    def __init__(
        self,
        credential: Credential,
        anchors: Anchors,
        policy: Policy,
        shelf: Shelf,
        examiner: Examiner,
        discovery: Discovery,
    ) -> None:
        self._issuer = credential.issuer
        self._anchors = anchors
        self._links = policy.limits.links
        self._strangers = policy.limits.strangers
        self._shelf = shelf
        self._examiner = examiner
        self.judge = Judge(credential, examiner)
        self._discovery = discovery
        self._undecided: set[str] = set()
        self.unproven: dict[str, str] = {}

    def judged(self, brought: Iterable[reading.Source], days: tuple[Day, Day]) -> list[Judged]:
        """Every chain from an anchor to the issuer, with what it is worth."""
        self._put(brought, Source.STAPLED)
        if not self._anchors.authorities:
            return []
        self._put(self._discovery.whois(self._issuer, whose="the issuer"), Source.DISCOVERED)
        judged = self._judge_all(days)
        asked: set[str] = set()
        while not any(one.then.standing is Standing.RECOGNISED for one in judged) and self._asked_further(
            asked, judged
        ):
            judged = self._judge_all(days)
        return judged

    def _put(self, documents: Iterable[reading.Source], source: Source) -> None:
        trouble = self._shelf.put(documents, source)
        if trouble is not None:
            self._examiner.troubles.append(trouble)

    def _judge_all(self, days: tuple[Day, Day]) -> list[Judged]:
        """(2) (3) (5)"""
        judged = []
        for grants in chains.to_anchors(self._issuer, self._shelf, self._anchors, links=self._links):
            try:
                chain = chains.proven(grants, self._examiner)
            except NotProven as refusal:
                if refusal.unknown is not None:
                    self.unproven[grants[0].by] = refusal.unknown
                    self._undecided.update(grant.by for grant in grants)
                continue
            judged.append(self.judge.chain(chain, days))
        return judged

    def _asked_further(self, asked: set[str], judged: Sequence[Judged]) -> bool:
        """(4) Ask one more authority that nobody here knows who recognises it. False if none is left to ask."""
        known = self._undecided.union(*(one.vouched_for for one in judged))
        for grant in chains.strangers_above(self._issuer, self._shelf, self._anchors, links=self._links):
            if len(asked) < self._strangers and grant.by not in asked | known:
                asked.add(grant.by)
                self._ask(grant)
                return True
        return False

    def _ask(self, grant: Grant) -> None:
        """By both ways, once it is proven that this authority signed at all."""
        try:
            signed = chains.proven([grant], self._examiner)
        except NotProven:
            return
        urls = [url for one in signed.last.editions for url in one.statement.copy.recognised_in]
        missing = tuple(dict.fromkeys(url for url in urls if not self._shelf.has(url)))
        found = self._discovery.recognised_in(missing, by=grant.by, anchors=self._anchors)
        self._put(found, Source.DISCOVERED)
        self._put(self._discovery.whois(grant.by, whose="an authority"), Source.DISCOVERED)
