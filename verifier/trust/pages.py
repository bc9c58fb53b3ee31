"""Whom we trust: the packs, one's own authorities, and adding one after having seen whose word it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import Depends, File, Form, UploadFile
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kit import csrf
from kit.anchors import NotAList, TrustedAuthority, listed, read_authorities
from kit.i18n import N_
from kit.pages import Lang, preferred_language
from kit.places import place
from kit.web import Reading, Unit
from kit.web import router as strict_router
from verifier.browser import Purpose, browser_of, browser_or_new, remember
from verifier.desk import Desk, DeskDep
from verifier.opening import MAX_DOCUMENT
from verifier.trust import service
from verifier.trust.service import NothingFound

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]
Fields = Annotated[tuple[str, ...], Form()]

_DONE = {
    "packs": N_("Your choice counts from now on, in this browser."),
    "added": N_("The word of these authorities counts from now on, in this browser."),
    "removed": N_("It counts no longer."),
    "anew": N_("The choice of this verifier's operator counts again."),
}
_EVERYWHERE = N_("Everywhere")
_NOTHING = N_("Give an identifier, a link or a file.")
_NAME = N_("Give it a name, by which verdicts will call it.")


@router.get("/{lang}/trust")
def trust(request: Request, desk: DeskDep, session: Reading, lang: Lang, done: str = "") -> Response:
    """Show whose word counts here, and what that means."""
    return _page(request, desk, session, done=done)


@router.post("/{lang}/trust")
def choose(request: Request, desk: DeskDep, session: Unit, lang: Lang, pack: Fields = ()) -> Response:
    """Have the ticked packs count."""
    browser = browser_or_new(request, desk, Purpose.TRUST)
    service.choose_packs(session, desk, browser, pack, now=desk.clock())
    return _back(desk, lang, browser, "packs")


@router.post("/{lang}/trust/look")
def look(
    request: Request,
    desk: DeskDep,
    lang: Lang,
    text: Field = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Show whom an identifier, a link or a file names, before anything counts."""
    given: str | bytes = file.file.read(MAX_DOCUMENT) if file is not None and file.filename else text
    try:
        if not given.strip():
            return _refused(request, desk, text, _NOTHING)
        found = service.found_in(desk, given)
    except NothingFound as refused:
        return _refused(request, desk, text, refused.sentence)
    return _confirm(request, desk, found)


@router.post("/{lang}/trust/add")
def add(request: Request, desk: DeskDep, session: Unit, lang: Lang, found: Field = "", name: Field = "") -> Response:
    """Have them count, under the name that was given where they have none."""
    try:
        proposed = read_authorities(found)
    except NotAList:
        return _refused(request, desk, "", _NOTHING)
    name = name.strip()[: service.LONGEST_NAME]
    if not name and any(not one.authority.names for one in proposed):
        return _confirm(request, desk, proposed, wrong=_NAME)
    named = [_named(one, name, lang) for one in proposed]
    browser = browser_or_new(request, desk, Purpose.TRUST)
    try:
        service.add(session, browser, named, now=desk.clock())
    except NothingFound as refused:
        return _refused(request, desk, "", refused.sentence)
    return _back(desk, lang, browser, "added")


@router.post("/{lang}/trust/remove")
def remove(request: Request, desk: DeskDep, session: Unit, lang: Lang, did: Field = "") -> Response:
    """Have an added authority count no longer."""
    browser = browser_or_new(request, desk, Purpose.TRUST)
    service.remove(session, browser, did, now=desk.clock())
    return _back(desk, lang, browser, "removed")


@router.post("/{lang}/trust/anew")
def anew(request: Request, desk: DeskDep, session: Unit, lang: Lang) -> Response:
    """Go back to what the operator offers."""
    browser = browser_or_new(request, desk, Purpose.TRUST)
    service.begin_anew(session, browser)
    return _back(desk, lang, browser, "anew")


@router.get("/{lang}/trust/authorities.json")
def as_file(request: Request, desk: DeskDep, session: Reading, lang: Lang) -> Response:
    """Give everybody whose word counts as a list, for a colleague or the command line."""
    choice = service.choice_of(session, browser_of(request, desk, Purpose.TRUST))
    body = json.dumps(listed(service.trusted(desk, choice)), ensure_ascii=False, indent=2)
    headers = {"content-disposition": 'attachment; filename="authorities.json"', "cache-control": "no-store"}
    return Response(body, media_type="application/json", headers=headers)


def _page(
    request: Request, desk: Desk, session: Session, *, done: str = "", given: str = "", wrong: str = ""
) -> Response:
    choice = service.choice_of(session, browser_of(request, desk, Purpose.TRUST))
    return desk.pages.render(
        request,
        "trust.html",
        status=422 if wrong else 200,
        packs=service.packs(desk, choice),
        place_name=partial(_place_name, desk, preferred_language(request)),
        own=choice.own,
        changed=choice != service.Choice(),
        done=_DONE.get(done, ""),
        given=given,
        wrong=wrong,
    )


def _place_name(desk: Desk, language: str, code: str) -> str:
    return place(code, partial(desk.pages.translate, language)) if code else desk.pages.translate(language, _EVERYWHERE)


def _refused(request: Request, desk: Desk, given: str, sentence: str) -> Response:
    with desk.database.reading() as session:
        return _page(request, desk, session, given=given[:2000], wrong=sentence)


def _confirm(request: Request, desk: Desk, found: Sequence[TrustedAuthority], *, wrong: str = "") -> Response:
    return desk.pages.render(
        request,
        "trust_confirm.html",
        status=422 if wrong else 200,
        found=found,
        as_list=json.dumps(listed(found), ensure_ascii=False),
        nameless=any(not one.authority.names for one in found),
        wrong=wrong,
    )


def _named(one: TrustedAuthority, name: str, lang: str) -> TrustedAuthority:
    return one if one.authority.names else replace(one, authority=replace(one.authority, names={lang: name}))


def _back(desk: Desk, lang: str, browser: str, done: str) -> Response:
    response = RedirectResponse(f"/{lang}/trust?done={done}", 303)
    remember(response, desk, browser, Purpose.TRUST)
    return response
