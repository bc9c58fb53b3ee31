"""Pages of the passport: the cards, one credential, deleting and restoring."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from kit.csrf import guard
from kit.pages import Lang
from kit.web import Now, Reading, Unit, router
from wallet_demo.cards import Card, Skill, card, name_in
from wallet_demo.credentials import service
from wallet_demo.credentials.service import Kept
from wallet_demo.presenting import service as presenting
from wallet_demo.receiving import service as receiving
from wallet_demo.session import Learner, Settings, Visitor, WithTools, pages, see
from wallet_demo.sharing import service as sharing
from wallet_demo.standing import service as standing
from wallet_demo.standing.pages import told

routes = router(dependencies=[Depends(guard)], include_in_schema=False)

FILTERS = ("all", "in-force", "expired")


@dataclass(frozen=True)
class Entry:
    """A kept credential with what its card shows."""

    id: str
    kept: Kept
    card: Card


@dataclass(frozen=True)
class Span:
    """A credential's time on the chart, in percent of the years shown."""

    entry: Entry
    start: float
    width: float
    open_ended: bool


@dataclass(frozen=True)
class Chart:
    """From when to when credentials hold, with today's place among the years."""

    years: tuple[tuple[int, float], ...]
    today: float
    spans: tuple[Span, ...]


def entries(kept: Iterable[Kept], *, lang: str, now: datetime) -> list[Entry]:
    """Return the cards of credentials."""
    return [Entry(one.id, one, card(one.document, one.checked, language=lang, now=now)) for one in kept]


@routes.get("/{lang}/")
def passport(
    request: Request,
    lang: Lang,
    who: Visitor,
    session: Reading,
    settings: Settings,
    tools: WithTools,
    now: Now,
    show: Annotated[str, Depends(lambda show="all": show if show in FILTERS else "all")],
    note: str = "",
) -> Response:
    """The passport; for a visitor, what it is and how to get one. What is due is looked at after the answer."""
    if who is None:
        return pages(request).render(request, "welcome.html")
    everything = entries(service.passport(session, who), lang=lang, now=now)
    waiting = receiving.waiting(session, who)
    shares = sharing.all_own(session, who, public_url=settings.public_url)
    titles = {one.id: one.card.title for one in everything}
    response = pages(request).render(
        request,
        "passport.html",
        who=who,
        note=note,
        news=told(standing.news(session, who), titles, lang=lang),
        entries=[one for one in everything if _is_shown(one.card, show)],
        counts={name: sum(_is_shown(one.card, name) for one in everything) for name in FILTERS},
        show=show,
        waiting=[(one.id, card(one.document, one.checked, language=lang, now=now)) for one in waiting],
        institutions=len({one.card.issuer for one in everything}),
        skills=_skills(everything),
        machine_line=_machine_line(who.learner.name, len(everything)),
        active_shares=sum(share.is_active(now) for share in shares),
        chart=_chart(everything, now),
        deleted=entries(service.deleted(session, who, now=now), lang=lang, now=now),
    )
    response.background = BackgroundTask(standing.look_behind_due, tools, who, now=now)
    return response


@routes.get("/{lang}/credentials/{credential_id}")
def credential(
    request: Request,
    lang: Lang,
    credential_id: str,
    who: Learner,
    session: Reading,
    settings: Settings,
    now: Now,
    note: str = "",
) -> Response:
    """One credential in full: what was learned, why it can be trusted, who has seen it."""
    kept = service.one(session, who, credential_id)
    shares = sharing.all_own(session, who, public_url=settings.public_url)
    known = standing.standing(session, who, credential_id)
    history = standing.history(session, who, credential_id)
    return pages(request).render(
        request,
        "credential.html",
        who=who,
        note=note,
        entry=entries([kept], lang=lang, now=now)[0],
        accreditations=[(one, name_in(one.names, lang)) for one in known.accreditations] if known else [],
        looked_at=known.at if known else None,
        newer=known.newer is not None if known else False,
        history=told(history, {}, lang=lang),
        unseen=any(one.seen_at is None for one in history),
        shares=[(one, one.is_active(now)) for one in shares if credential_id in one.credential_ids],
        shown=[line for line in presenting.log(session, who) if credential_id in line.credential_ids],
    )


@routes.post("/{lang}/credentials/{credential_id}/check")
def check(lang: Lang, credential_id: str, who: Learner, tools: WithTools, now: Now) -> Response:
    """Check again now: the issuer's lists and keys, and who recognises the training."""
    standing.look_behind(tools, who, credential_id, now=now)
    return see(f"/{lang}/credentials/{credential_id}?note=checked")


@routes.get("/{lang}/credentials/{credential_id}/download")
def download(lang: Lang, credential_id: str, who: Learner, session: Reading) -> Response:
    """The signed data, exactly as the institution signed it."""
    kept = service.one(session, who, credential_id)
    return Response(
        json.dumps(kept.document, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"content-disposition": 'attachment; filename="credential.json"', "cache-control": "no-store"},
    )


@routes.post("/{lang}/credentials/{credential_id}/delete")
def delete(lang: Lang, credential_id: str, who: Learner, session: Unit, now: Now) -> Response:
    """Take it out of the passport, and end the links that show it. It can be restored."""
    service.delete_one(session, who, credential_id, now=now)
    sharing.end_those_with(session, who, credential_id, now=now)
    return see(f"/{lang}/?note=deleted#deleted")


@routes.post("/{lang}/credentials/{credential_id}/restore")
def restore(lang: Lang, credential_id: str, who: Learner, session: Unit, now: Now) -> Response:
    """Bring it back."""
    service.restore(session, who, credential_id, now=now)
    return see(f"/{lang}/?note=restored")


def _machine_line(name: str, count: int) -> str:
    """The line at the foot of the passport's page, as on a paper one; decoration, hidden from screen readers."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    return f"PVC<{'<'.join(plain.split())}<<<<{count}".ljust(64, "<")


def _is_shown(card: Card, show: str) -> bool:
    if show == "in-force":
        return card.state in ("in_force", "soon")
    return show == "all" or card.is_expired


def _skills(everything: list[Entry]) -> dict[str, list[Skill]]:
    """Each skill once, by the framework that names it."""
    by_framework: dict[str, dict[str, Skill]] = defaultdict(dict)
    for one in everything:
        for skill in one.card.skills if one.card.recognised else ():
            by_framework[skill.framework].setdefault(skill.name, skill)
    return {framework: list(skills.values()) for framework, skills in sorted(by_framework.items())}


def _chart(everything: list[Entry], now: datetime) -> Chart | None:
    dated = [(one, one.card.issued) for one in everything if one.card.issued is not None]
    if not dated:
        return None
    first = min(min(issued.year for _, issued in dated), now.year)
    last = max(max((one.card.until or now).year for one, _ in dated), now.year + 1)
    last = min(last, first + 15)
    total = last + 1 - first

    def place(moment: datetime) -> float:
        passed = moment.year - first + (moment.timetuple().tm_yday - 1) / 366
        return round(100 * min(max(passed / total, 0), 1), 2)

    spans = []
    for one, issued in sorted(dated, key=lambda pair: pair[1], reverse=True):
        start = place(issued)
        end = place(one.card.until) if one.card.until else 100.0
        spans.append(Span(one, start, round(max(end - start, 0.5), 2), one.card.until is None))
    years = tuple((year, round(100 * (year - first) / total, 2)) for year in range(first, last + 1))
    return Chart(years, place(now), tuple(spans))
