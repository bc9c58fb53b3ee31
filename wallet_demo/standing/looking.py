"""Looking behind a credential: who recognises the training, the issuer's word today, its keys, a newer edition.

Which authorities an employer will trust is not known here, so the recognitions of *every* authority are kept, each
verified with its own authority as the anchor; `trusted` says which of them this wallet knows. A recognition once
kept stays while its authority or institution does not answer, with the day on which it was last seen to hold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from keys import dids
from keys.fetching import Fetcher
from vc import recognition, refresh, strict_json
from vc.credential import entries
from vc.errors import ParsingError
from vc.fetching import BudgetedFetcher
from vc.findings import Answer, Report, Revoked, Suspended
from vc.policy import PUBLIC, Anchors, Authority
from vc.proofs.data_integrity import Resolver
from vc.recognition import AuthorityAnswer
from vc.recognition import Standing as Answered
from wallet_demo.cards import day_of
from wallet_demo.checking import Checked, checked_from, subject_of, verified

MOST_AUTHORITIES = 10
"""So many recognitions are kept beside one credential; nobody's list makes the wallet keep more."""
MOST_ASKED = 5
"""So many organisations are asked what they publish: the issuer, and authorities above it."""
_MOST_REQUESTS = 40
_LARGEST = 2 * 1024 * 1024


@dataclass(frozen=True)
class Accreditation:
    """One authority's word on the training, as it was last seen. `documents` are what it rests on: the recognition of
    the institution with its closed copies, and those of the authorities in between, whose names are in `through`.

    `names` of the authority by language: by this wallet's own word if `trusted`, else by the authority's.
    `then`, `today`: `vc.recognition.Standing` codes for the day of completion and for `seen_at`. `since`, `until`:
    its dates; `until` is also the day on which it was ended.
    """

    authority: str
    names: Mapping[str, str]
    trusted: bool
    then: str
    today: str
    since: datetime | None
    until: datetime | None
    seen_at: datetime
    through: tuple[str, ...]
    documents: tuple[Mapping[str, Any], ...]

    @property
    def since_on(self) -> date | None:
        """`since`, as people read it."""
        return day_of(self.since)

    @property
    def until_on(self) -> date | None:
        """`until`, as people read it."""
        return day_of(self.until)

    def as_json(self) -> dict[str, Any]:
        """Return the form in which it is kept."""
        return {
            "authority": self.authority,
            "names": dict(self.names),
            "trusted": self.trusted,
            "then": self.then,
            "today": self.today,
            "since": _text(self.since),
            "until": _text(self.until),
            "seen_at": self.seen_at.isoformat(),
            "through": list(self.through),
            "documents": list(self.documents),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Accreditation:
        """Read what `as_json` wrote."""
        dates = {name: _time(kept[name]) for name in ("since", "until", "seen_at")}
        lists = {name: tuple(kept[name]) for name in ("through", "documents")}
        return cls(**{**kept, **dates, **lists})


@dataclass(frozen=True)
class Standing:
    """What one look found. What could not be found out keeps the answer of the look before.

    `status`: in_force, revoked, suspended, or empty for a credential without an answer so far. `keys`: a name for
    the set of keys that the issuer publishes. `newer`: an edition that the issuer offers in its place, as signed.
    """

    accreditations: tuple[Accreditation, ...]
    status: str
    keys: str
    newer: Mapping[str, Any] | None
    at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return the form in which it is kept."""
        return {
            "accreditations": [one.as_json() for one in self.accreditations],
            "status": self.status,
            "keys": self.keys,
            "newer": self.newer,
            "at": self.at.isoformat(),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Standing:
        """Read what `as_json` wrote."""
        return cls(
            tuple(Accreditation.of_json(one) for one in kept["accreditations"]),
            kept["status"],
            kept["keys"],
            kept["newer"],
            datetime.fromisoformat(kept["at"]),
        )


def look(
    document: Mapping[str, Any], before: Standing | None, *, anchors: Anchors, fetcher: Fetcher, now: datetime
) -> tuple[Checked, Standing]:
    """Return what the engine says about a credential now, and what stands behind it. Never raises for either."""
    asking = BudgetedFetcher(fetcher, limit=_MOST_REQUESTS, max_bytes=_LARGEST)
    resolver = cache(lambda did: dids.resolve(did, fetcher=asking, now=now))
    issuer = _issuer(document)
    kept = [document for one in before.accreditations for document in one.documents] if before else []
    brought = _each_once([*kept, *_published(issuer, resolver, asking)])
    everyone = with_signers(anchors, brought)
    report = verified(document, anchors=everyone, recognitions=brought, fetcher=asking, now=now)

    def is_proven(recognised: Mapping[str, Any]) -> bool:
        return verified(recognised, anchors=Anchors.none(), fetcher=asking, now=now).credential is not None

    own = verified(document, anchors=anchors, recognitions=brought, fetcher=asking, now=now)
    standing = Standing(
        _accreditations(report, before, _Brought(brought, is_proven), anchors, now),
        _status(report) or (before.status if before else ""),
        _keys(issuer, resolver) or (before.keys if before else ""),
        _newer(own, anchors=anchors, fetcher=asking, now=now) or (before.newer if before else None),
        now,
    )
    return checked_from(own, anchors, now), standing


@dataclass(frozen=True)
class _Brought:
    """All recognitions at hand. Whoever publishes them could put a forgery beside an original, under its `id`."""

    documents: Sequence[Mapping[str, Any]]
    is_proven: Callable[[Mapping[str, Any]], bool]

    def editions(self, names: set[str]) -> tuple[Mapping[str, Any], ...]:
        """Those called so that their authority really signed: a forgery that went along would spoil what it is with."""
        return tuple(one for one in self.documents if one.get("id") in names and self.is_proven(one))


def _published(issuer: str, resolver: Resolver, fetcher: Fetcher) -> Iterator[Mapping[str, Any]]:
    """What the issuer publishes behind its DID, and the authorities above it behind theirs."""
    asked: set[str] = set()
    waiting = [issuer]
    while waiting and len(asked) < MOST_ASKED:
        did = waiting.pop(0)
        if did in asked:
            continue
        asked.add(did)
        for one in recognition.discovered(did, resolver, fetcher, PUBLIC, []):
            yield one
            waiting.append(_issuer(one))


def _each_once(documents: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found: dict[bytes, Mapping[str, Any]] = {}
    for document in documents:
        found.setdefault(json.dumps(document, sort_keys=True).encode(), document)
    return list(found.values())


def with_signers(anchors: Anchors, recognitions: Iterable[Mapping[str, Any]]) -> Anchors:
    """`anchors`, and whoever signed these recognitions, under the name that they give themselves."""
    found = {one.did: one for one in anchors.authorities}
    for document in recognitions:
        did = _issuer(document)
        if did and did not in found and len(found) < MOST_AUTHORITIES + len(anchors.authorities):
            found[did] = Authority(did, {"": _issuer_name(document) or did}, "")
    return Anchors(frozenset(found.values()), anchors.institutions)


def _accreditations(
    report: Report,
    before: Standing | None,
    brought: _Brought,
    anchors: Anchors,
    now: datetime,
) -> tuple[Accreditation, ...]:
    """The answers that are about this training; where an authority could not be asked, what was known stays."""
    known = {one.authority: one for one in before.accreditations} if before else {}
    if report.recognition is None:
        return tuple(known.values())
    found = []
    for answer in report.recognition.answers:
        did, earlier = answer.authority.did, known.get(answer.authority.did)
        if answer.today is Answered.NOT_CHECKED and earlier is not None:
            found.append(replace(earlier, trusted=did in anchors))
        elif answer.recognition is not None and not answer.today.elsewhere:
            found.append(_accreditation(answer, brought, trusted=did in anchors, now=now))
    return tuple(sorted(found, key=lambda one: not one.trusted)[:MOST_AUTHORITIES])


def _accreditation(answer: AuthorityAnswer, brought: _Brought, *, trusted: bool, now: datetime) -> Accreditation:
    chain = brought.editions({link.document for link in answer.path if link.document is not None})
    return Accreditation(
        answer.authority.did,
        answer.authority.names,
        trusted,
        answer.then.value,
        answer.today.value,
        answer.since,
        answer.ended or (answer.path[-1].until if answer.path else None),
        now,
        tuple(link.of_name for link in answer.path[:-1]),
        chain or ((answer.recognition,) if answer.recognition is not None else ()),
    )


def _status(report: Report) -> str:
    if report["status"].has(Revoked):
        return "revoked"
    if report["status"].has(Suspended):
        return "suspended"
    return "in_force" if report["status"].answer is Answer.PASSED else ""


def _keys(issuer: str, resolver: Callable[[str], dids.DidDocument]) -> str:
    try:
        methods = resolver(issuer).verification_methods(purpose="assertionMethod")
    except dids.DidError:
        return ""
    published = "\n".join(f"{one.id} {one.public_key.multikey} {one.expires} {one.revoked}" for one in methods)
    return hashlib.sha256(published.encode()).hexdigest()


def _newer(report: Report, *, anchors: Anchors, fetcher: Fetcher, now: datetime) -> Mapping[str, Any] | None:
    """The newer edition that the issuer offers to the same holder, exactly as it signed it."""
    bodies: list[bytes] = []

    def verify(body: bytes) -> Report:
        bodies.append(body)
        return verified(body, anchors=anchors, recognitions=(), fetcher=fetcher, now=now)

    newest = refresh.newest(report, verify=verify, fetcher=fetcher)
    if newest is report or _holder(newest) != _holder(report):
        return None
    try:
        return strict_json.parse_object(bodies[0])
    except ParsingError:
        return None  # a token: kept credentials are documents


def _holder(report: Report) -> Any:
    return subject_of(report.credential or {}).get("id")


def _issuer(document: Mapping[str, Any]) -> str:
    issuer = document.get("issuer")
    found = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    return found if isinstance(found, str) else ""


def _issuer_name(document: Mapping[str, Any]) -> str:
    issuer = document.get("issuer")
    name = next(iter(entries(issuer.get("name"))), "") if isinstance(issuer, Mapping) else ""
    return name if isinstance(name, str) else ""


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
