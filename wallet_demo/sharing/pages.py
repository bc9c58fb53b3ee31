"""Pages for sharing: choose, create, watch and end a link; and what the link shows to others."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from kit.csrf import guard
from kit.pages import Lang, preferred_language
from kit.web import Now, Reading, Unit, router
from vc.presentation import WITH_RECOGNITIONS
from vc.share_pack import NotASharePack
from wallet_demo.cards import card
from wallet_demo.credentials import service as credentials
from wallet_demo.credentials.pages import entries
from wallet_demo.presenting import service as presenting
from wallet_demo.session import Learner, Settings, Visitor, WithTools, pages, see
from wallet_demo.sharing import packs, service
from wallet_demo.sharing.service import PRIVATE

routes = router(dependencies=[Depends(guard)], include_in_schema=False)
public = router(include_in_schema=False)

Field = Annotated[str, Form()]
Chosen = Annotated[list[str], Form(default_factory=list)]
MACHINE_TYPES = (WITH_RECOGNITIONS, "application/vp", "application/ld+json", "application/json")


@routes.get("/{lang}/shares")
def shares(
    request: Request, lang: Lang, who: Learner, session: Reading, settings: Settings, now: Now, note: str = ""
) -> Response:
    """Every link, and everything that was presented live."""
    titles = {one.id: one.card.title for one in entries(credentials.passport(session, who), lang=lang, now=now)}
    links = service.all_own(session, who, public_url=settings.public_url)
    return pages(request).render(
        request,
        "shares.html",
        who=who,
        note=note,
        shares=[(one, one.is_active(now)) for one in links],
        shown=presenting.log(session, who),
        titles=titles,
    )


@routes.get("/{lang}/shares/new")
def new_form(request: Request, lang: Lang, who: Learner, session: Reading, now: Now, credential: str = "") -> Response:
    """Choose what to show, to whom, for how long."""
    return _form(request, lang, who, session, now, chosen=[credential])


@routes.post("/{lang}/shares/new")
def create(
    request: Request,
    lang: Lang,
    who: Learner,
    settings: Settings,
    now: Now,
    session: Unit,
    credential: Chosen,
    label: Field = "",
    days: Field = "",
) -> Response:
    """Sign the selection and make the link."""
    kept = [one for one in credentials.passport(session, who) if one.id in credential]
    try:
        share_id = service.create(
            session,
            who,
            kept,
            label=label,
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
            public_url=settings.public_url,
            now=now,
        )
    except service.NothingChosen as refused:
        errors = {refused.field: "missing"}
        return _form(request, lang, who, session, now, chosen=credential, label=label, errors=errors)
    return see(f"/{lang}/shares/{share_id}?note=created")


@routes.post("/{lang}/shares/pack")
def pack(request: Request, lang: Lang, who: Learner, tools: WithTools, now: Now, credential: Chosen) -> Response:
    """The selection as a share pack: one file that can be checked without network."""
    with tools.database.reading() as session:
        kept = [one for one in credentials.passport(session, who) if one.id in credential]
    try:
        content = packs.make(tools, who, kept, now=now)
    except service.NothingChosen as refused:
        errors = {refused.field: "missing"}
    except packs.NotComplete:
        errors = {"pack": "incomplete"}
    except NotASharePack:
        errors = {"pack": "too_large"}
    else:
        return _file(content, f"share-pack-{now:%Y-%m-%d}.json")
    with tools.database.reading() as session:
        return _form(request, lang, who, session, now, chosen=credential, errors=errors)


@routes.get("/{lang}/shares/{share_id}")
def share(
    request: Request,
    lang: Lang,
    share_id: str,
    who: Learner,
    session: Reading,
    settings: Settings,
    now: Now,
    note: str = "",
) -> Response:
    """One link: its address and code, what it shows and hides, who opened it, and the button that ends it."""
    own = service.own(session, who, share_id, public_url=settings.public_url)
    everything = entries(credentials.passport(session, who), lang=lang, now=now)
    return pages(request).render(
        request,
        "share.html",
        who=who,
        note=note,
        share=own,
        active=own.is_active(now),
        seen=[one for one in everything if one.id in own.credential_ids],
        hidden=[one for one in everything if one.id not in own.credential_ids],
    )


@routes.get("/{lang}/shares/{share_id}/paper")
def paper(
    request: Request, lang: Lang, share_id: str, who: Learner, session: Reading, settings: Settings, now: Now
) -> Response:
    """The credentials of a link as certificates to print, with its code; back to the link when it is over."""
    own = service.own(session, who, share_id, public_url=settings.public_url)
    if not own.is_active(now):
        return see(f"/{lang}/shares/{share_id}")
    shown = [
        one.card
        for one in entries(credentials.passport(session, who), lang=lang, now=now)
        if one.id in own.credential_ids
    ]
    cards = [one for one in shown if one.may_be_printed]
    return pages(request).render(
        request, "paper.html", who=who, share=own, cards=cards, left_out=len(shown) - len(cards)
    )


@routes.post("/{lang}/shares/{share_id}/end")
def end(lang: Lang, share_id: str, who: Learner, session: Unit, now: Now) -> Response:
    """End the link at once."""
    service.end(session, who, share_id, now=now)
    return see(f"/{lang}/shares/{share_id}?note=ended")


@public.get("/s/{token}.json")
def shared_data(token: str, session: Unit, now: Now) -> Response:
    """The signed presentation, for verifiers."""
    opened = service.opened(session, token, now=now)
    service.record_opening(session, token, as_data=True, now=now)
    return _data(opened, "application/json")


@public.get("/s/{token}")
def shared(request: Request, token: str, session: Unit, now: Now) -> Response:
    """What a share link answers: data to a verifier that asks for it, the page to people."""
    wanted = _machine_type(request.headers.get("accept", ""))
    if wanted is None:
        service.opened(session, token, now=now)
        response = see(f"/{preferred_language(request)}/s/{token}")
        response.headers.update(PRIVATE | {"vary": "Accept, Accept-Language"})
        return response
    opened = service.opened(session, token, now=now)
    service.record_opening(session, token, as_data=True, now=now)
    return _data(opened, wanted)


@public.get("/{lang}/s/{token}")
def shared_page(
    request: Request, lang: Lang, token: str, who: Visitor, session: Unit, settings: Settings, now: Now
) -> Response:
    """What the learner chose to show. It is not the verdict: the page says so, and where to get one."""
    opened = service.opened(session, token, now=now)
    if not service.is_own(session, token, who):
        service.record_opening(session, token, as_data=False, now=now)
    link = service.link_of(settings.public_url, token)
    documents = opened.presentation["verifiableCredential"]
    response = pages(request).render(
        request,
        "shared.html",
        opened=opened,
        link=link,
        cards=[
            card(document, checked, language=lang, now=now)
            for document, checked in zip(documents, opened.checks, strict=True)
        ],
        verify_at=settings.verify_at(link, lang),
    )
    response.headers.update(PRIVATE)
    return response


def _file(content: bytes, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type="application/json", headers=headers)


def _data(opened: service.OpenedShare, media_type: str) -> Response:
    shown = opened.with_recognitions if media_type == WITH_RECOGNITIONS else opened.presentation
    return Response(json.dumps(shown, ensure_ascii=False), media_type=media_type, headers=PRIVATE | {"vary": "Accept"})


def _machine_type(accept: str) -> str | None:
    """The first machine-readable type that is asked for by name, unless a page is."""
    if "text/html" in accept:
        return None
    return next((kind for kind in MACHINE_TYPES if kind in accept), None)


def _form(
    request: Request,
    lang: Lang,
    who: Learner,
    session: Reading,
    now: Now,
    *,
    chosen: list[str],
    label: str = "",
    errors: dict[str, str] | None = None,
) -> Response:
    return pages(request).render(
        request,
        "share_new.html",
        status=422 if errors else 200,
        who=who,
        entries=entries(credentials.passport(session, who), lang=lang, now=now),
        chosen=chosen,
        label=label,
        durations=[(days, now + timedelta(days=days)) for days in service.DURATIONS],
        default_days=service.DEFAULT_DURATION,
        errors=errors or {},
    )
