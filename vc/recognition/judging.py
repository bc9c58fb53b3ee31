"""From a proven chain to answers: what it is worth on a day, and which of several chains speaks for an authority."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime

from vc import achievement
from vc.credential import Credential
from vc.policy import Anchors, Authority
from vc.recognition import conditions
from vc.recognition.answers import AuthorityAnswer, Link, RecognisedInstitution, Standing
from vc.recognition.chain import Chain
from vc.recognition.conditions import Conditions
from vc.recognition.examination import Examiner
from vc.recognition.reading import Statement
from vc.recognition.shelf import Edition
from vc.recognition.standing import Day, Stood, end_of, stood_on


@dataclass(frozen=True)
class OnDay:
    """What a chain is worth on a day. `links`: how each of its recognitions stood by itself, from the top.

    `at_fault`: the position of the link that broke it or goes too far. `stated`: see `AuthorityAnswer`.
    """

    standing: Standing
    links: tuple[Stood, ...]
    detail: str = ""
    at_fault: int | None = None
    stated: tuple[str, ...] = ()

    @property
    def deciding(self) -> Edition:
        """The edition that gave the answer: that of the institution, or that of the broken link."""
        broken = self.at_fault if self.standing is Standing.CHAIN_BROKEN else None
        return self.links[-1 if broken is None else broken].edition

    @property
    def boundary(self) -> datetime | None:
        """When what was not in force had ended, or when it begins."""
        own = self.links[-1 if self.at_fault is None else self.at_fault].standing
        period = self.deciding.statement.copy.credential
        if self.standing is Standing.RECOGNISED or not self.standing.lapsed:
            return None
        return period.valid_from if own is Standing.NOT_YET else period.valid_until


@dataclass(frozen=True)
class Judged:
    """A proven chain with its answers for the two days."""

    chain: Chain
    then: OnDay
    today: OnDay

    @property
    def vouched_for(self) -> frozenset[str]:
        """The authorities of the chain about which nothing is left to ask: all but one whose recognition ran out.

        Who was withdrawn or suspended knows; what merely ended may have been renewed.
        """
        position = self.then.at_fault
        ran_out = position is not None and self.then.links[position].standing in (Standing.EXPIRED, Standing.NOT_YET)
        entities = {grant.entity for number, grant in enumerate(self.chain.grants) if not ran_out or number != position}
        return frozenset(entities | {self.chain.anchor})

    def path(self, anchor: str) -> tuple[Link, ...]:
        """The chain as it is shown, from the anchor down. Each is called what the one above calls it, and `anchor`
        is what the verifier calls the first: nobody chooses the name under which their own word is shown."""
        pairs = zip(self.then.links, self.today.links, strict=True)
        links = [_link(then, today) for then, today in pairs]
        names = [anchor, *(link.of_name for link in links)]
        return tuple(replace(link, by_name=name) for link, name in zip(links, names, strict=False))


class Judge:
    """Judges chains for one learner's credential."""

    def __init__(self, credential: Credential, examiner: Examiner) -> None:
        self._stated = conditions.stated_by(credential.document)
        self._programme = achievement.programme_of(credential.document)
        self._examiner = examiner

    def chain(self, chain: Chain, days: tuple[Day, Day]) -> Judged:
        """What `chain` is worth on the day of completion and today.

        What it is for comes before when it held; of a chain that is for something else no status list is read.
        """
        fitting = [one for one in chain.last.editions if self._examiner.admits(one.statement)]
        chain = chain.of_editions(fitting) if fitting else chain
        too_far = chain.widened(self._programme if fitting else None)
        then, today = days
        if too_far is not None:
            return self._for_another(chain, days, Standing.PARENT_NARROWER, at_fault=too_far)
        if not fitting:
            return self._for_another(chain, days, Standing.WRONG_PROGRAMME)
        unmet = _unmet(fitting[0].statement.conditions, self._stated)
        if unmet is not None:
            return self._for_another(chain, days, unmet[0], stated=unmet[1])
        return Judged(chain, self._on(chain, then), self._on(chain, today))

    def vouches(self, chain: Chain, days: tuple[Day, Day]) -> Standing:
        """Whether the authorities between the anchor and the institution were recognised on one of the days, or when
        they recognised it: only then is their word on who it is the anchor's word."""
        began = chain.last.editions[0].statement.copy.credential.valid_from
        stood = [
            {stood_on(one.editions, day, self._examiner.status).standing for one in chain.grants[:-1]}
            for day in (*days, *([Day(began)] if began is not None else ()))
        ]
        if any(found <= {Standing.RECOGNISED} for found in stood):
            return Standing.RECOGNISED
        unknown = any(found <= {Standing.RECOGNISED, Standing.NOT_CHECKED} for found in stood)
        return Standing.NOT_CHECKED if unknown else Standing.CHAIN_BROKEN

    def _for_another(
        self,
        chain: Chain,
        days: tuple[Day, Day],
        what: Standing,
        *,
        at_fault: int | None = None,
        stated: tuple[str, ...] = (),
    ) -> Judged:
        then, today = (
            OnDay(what, tuple(stood_on(grant.editions, day, _unread) for grant in chain.grants), "", at_fault, stated)
            for day in days
        )
        return Judged(chain, then, today)

    def _on(self, chain: Chain, day: Day) -> OnDay:
        links = tuple(stood_on(grant.editions, day, self._examiner.status) for grant in chain.grants)
        last = links[-1]
        if last.standing is not Standing.RECOGNISED:
            return OnDay(last.standing, links, last.detail)
        for position, link in enumerate(links):
            if link.standing not in (Standing.RECOGNISED, Standing.NOT_CHECKED):
                return OnDay(Standing.CHAIN_BROKEN, links, at_fault=position)
        for link in links:
            if link.standing is Standing.NOT_CHECKED:
                return OnDay(Standing.NOT_CHECKED, links, link.detail)
        return OnDay(Standing.RECOGNISED, links)


def _unread(_: Statement) -> tuple[Standing, str]:
    return Standing.RECOGNISED, ""


def _unmet(wanted: Conditions, stated: Conditions) -> tuple[Standing, tuple[str, ...]] | None:
    """The first condition that the credential, by its own word, does not meet."""
    if stated.streams and wanted.streams and not set(stated.streams) & set(wanted.streams):
        return Standing.WRONG_STREAM, stated.streams
    if stated.tracks and wanted.tracks and not set(stated.tracks) & set(wanted.tracks):
        return Standing.WRONG_TRACK, stated.tracks
    if not conditions.may_be_in(stated.territories, wanted.territories):
        return Standing.WRONG_TERRITORY, stated.territories
    return None


# --- per authority --------------------------------------------------------------------------------


def answer_of(
    authority: Authority, judged: Sequence[Judged], *, unproven: str, troubles: Sequence[str]
) -> AuthorityAnswer:
    """The best that any chain from `authority` says for each of the two days.

    `unproven`: why a chain from it could not be examined, "" where none was left out.
    """
    mine = [one for one in judged if one.chain.anchor == authority.did]
    if not mine:
        unknown = unproven or next(iter(troubles), "")
        nothing = Standing.NOT_CHECKED if unknown else Standing.NEVER
        return AuthorityAnswer(authority, nothing, nothing, detail=unknown)
    best = min(mine, key=lambda one: _preference(one.then))
    latest = min(mine, key=lambda one: _preference(one.today))
    then, today = best.then, latest.today
    name = authority.name("en")
    path, path_today = best.path(name), latest.path(name)
    if unproven and then.standing is not Standing.RECOGNISED:
        return AuthorityAnswer(authority, Standing.NOT_CHECKED, Standing.NOT_CHECKED, detail=unproven, path=path)
    return AuthorityAnswer(
        authority,
        then.standing,
        today.standing,
        ended=today.boundary if today.standing is not Standing.NOT_YET else None,
        recognition=deepcopy(then.links[-1].edition.statement.copy.credential.document),  # ours is kept for others
        detail=then.detail or today.detail,
        path=path,
        boundary=then.boundary,
        at_fault=path[then.at_fault] if then.at_fault is not None else None,
        at_fault_today=path_today[today.at_fault] if today.at_fault is not None else None,
        stated=then.stated,
    )


def institution_of(
    issuer: str,
    anchors: Anchors,
    judged: Sequence[Judged],
    *,
    vouches: Callable[[Chain], Standing],
    troubles: list[str],
) -> RecognisedInstitution | None:
    """The issuer's name by the verifier's own register, else by the word of an authority that it trusts.

    `vouches`: see `Judge`. What keeps it from being known is added to `troubles`.
    """
    own = anchors.institution(issuer)
    if own is not None:
        return RecognisedInstitution(issuer, own.name("en"), None)
    if (anchor := anchors.authority(issuer)) is not None:
        return RecognisedInstitution(issuer, anchor.name("en"), issuer)
    standings = []
    for one in judged:
        if one.then.standing is Standing.PARENT_NARROWER:
            continue
        standings.append(vouches(one.chain))
        if standings[-1] is Standing.RECOGNISED:
            return RecognisedInstitution(issuer, one.chain.last.editions[0].statement.entity_name, one.chain.anchor)
    if Standing.NOT_CHECKED in standings:
        troubles.append("whether the authority that names the institution was itself recognised")
    return None


_ORDER = (
    Standing.RECOGNISED,
    Standing.NOT_CHECKED,
    Standing.EXPIRED,
    Standing.NOT_YET,
    Standing.CHAIN_BROKEN,
    Standing.PARENT_NARROWER,
    Standing.WRONG_STREAM,
    Standing.WRONG_TRACK,
    Standing.WRONG_TERRITORY,
    Standing.WRONG_PROGRAMME,
)


def _preference(answer: OnDay) -> tuple[int, float]:
    """What held comes first; of what had lapsed, the one that lapsed last; nearer misses before farther ones."""
    if answer.standing in (Standing.SUSPENDED, Standing.WITHDRAWN, Standing.EXPIRED):
        return _ORDER.index(Standing.EXPIRED), -end_of(answer.deciding)
    return _ORDER.index(answer.standing), 0


def _link(then: Stood, today: Stood) -> Link:
    statement, latest = then.edition.statement, today.edition.statement
    return Link(
        by=statement.by,
        by_name=statement.by_name,
        of=statement.entity,
        of_name=statement.entity_name,
        action=statement.kind,
        since=statement.copy.credential.valid_from,
        until=latest.copy.credential.valid_until,
        ends=latest.end_reason,
        then=then.standing,
        today=today.standing,
        document=statement.copy.credential.id,
        source=then.edition.source,
        conditions=statement.conditions,
    )
