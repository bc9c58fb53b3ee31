"""Pages about what stands behind credentials: what an employer will see, news, a newer edition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from kit.csrf import guard
from kit.pages import Lang
from kit.verdicts import KINDS, CameBy, Words
from kit.web import Now, Unit, router
from vc.policy import Anchors
from wallet_demo.cards import card, name_in
from wallet_demo.checking import checked_from, verified
from wallet_demo.credentials import service as credentials
from wallet_demo.session import Learner, WithTools, pages, see
from wallet_demo.standing import service
from wallet_demo.standing.service import LOOK_PAUSE, News

routes = router(dependencies=[Depends(guard)], include_in_schema=False)

Field = Annotated[str, Form()]


@dataclass(frozen=True)
class Told:
    """One change as a page shows it: of which credential, and by which authority if one is concerned."""

    news: News
    title: str
    authority: str


def told(news: Iterable[News], titles: Mapping[str, str], *, lang: str) -> list[Told]:
    """Return the changes with the names that people know. `titles`: of the credentials, by id."""
    return [
        Told(one, titles.get(one.credential_id, ""), name_in(one.change.names, lang) if one.change.names else "")
        for one in news
    ]


@routes.get("/{lang}/credentials/{credential_id}/preview")
def preview(
    request: Request,
    lang: Lang,
    credential_id: str,
    who: Learner,
    tools: WithTools,
    now: Now,
    trust: Annotated[list[str], Query(default_factory=list)],
    chosen: bool = False,
) -> Response:
    """What an employer will see who trusts the authorities `trust`; all that this wallet knows, until one chooses."""
    with tools.database.reading() as session:
        kept = credentials.one(session, who, credential_id)
        recognitions = service.stapled(session, who, [credential_id])
    anchors = Anchors(frozenset(one for one in tools.anchors.authorities if not chosen or one.did in trust))
    report = verified(kept.document, anchors=anchors, recognitions=recognitions, fetcher=tools.http, now=now)
    shown = pages(request)

    def translate(text: str, **values: object) -> str:
        return shown.translate(lang, text, **values)

    words = Words(translate, shown.writer(lang), lang, anchors, CameBy.LINK)
    return shown.render(
        request,
        "preview.html",
        who=who,
        entry_id=credential_id,
        card=card(kept.document, checked_from(report, anchors, now), language=lang, now=now),
        authorities=[(one.did, name_in(one.names, lang), one in anchors.authorities) for one in tools.anchors],
        kind=KINDS[report.headline.tone],
        headline=words.headline(report.headline),
        advice=words.advice(report),
        said=words.ordered(words.checks(report)),
        at=now,
    )


@routes.post("/{lang}/news/look")
def look(lang: Lang, who: Learner, tools: WithTools, now: Now) -> Response:
    """Look behind every credential now, but for those looked at a moment ago."""
    service.look_behind_due(tools, who, now=now, pause=LOOK_PAUSE)
    return see(f"/{lang}/?note=looked")


@routes.post("/{lang}/news/seen")
def seen(lang: Lang, who: Learner, session: Unit, now: Now, credential: Field = "") -> Response:
    """The learner has seen what changed, about one credential or about all."""
    service.mark_seen(session, who, now=now, credential_id=credential or None)
    return see(f"/{lang}/credentials/{credential}" if credential else f"/{lang}/")


@routes.post("/{lang}/credentials/{credential_id}/newer")
def newer(lang: Lang, credential_id: str, who: Learner, tools: WithTools, now: Now) -> Response:
    """Keep the newer edition that the institution offers, beside the older one."""
    kept = service.take_newer(tools, who, credential_id, now=now)
    return see(f"/{lang}/credentials/{kept}?note=accepted")
