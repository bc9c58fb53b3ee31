"""The administrator's page for answering an authority: who asks is shown before anything is signed."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from issuer.control import service
from issuer.control.service import QuestionRefused
from issuer.office import Office, OfficeDep
from issuer.staff.access import InstitutionAdministrator
from issuer.staff.service import SignedIn
from kit import csrf
from kit.pages import Lang
from kit.web import Unit
from kit.web import router as strict_router
from vc.control import Question

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]


@router.get("/{lang}/office/challenge")
def ask_for_the_question(request: Request, office: OfficeDep, lang: Lang, who: InstitutionAdministrator) -> Response:
    """Ask for the text that the authority shows."""
    return _page(request, office, who)


@router.post("/{lang}/office/challenge")
def answer(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: InstitutionAdministrator,
    question: Field = "",
    confirmed: Field = "",
    as_file: Field = "",
) -> Response:
    """Show who asks; when that is confirmed, sign the answer and show it, or give it as a file."""
    try:
        asked = service.read(who.organisation, question)
        if confirmed != "yes":
            return _page(request, office, who, text=question, asked=asked)
        signed = service.answer(office, session, who.organisation, asked, actor=who.actor)
    except QuestionRefused as refused:
        return _page(request, office, who, text=question, error=refused.detail)
    written = json.dumps(signed, ensure_ascii=False, indent=2)
    if as_file:
        headers = {"content-disposition": 'attachment; filename="answer.json"', "cache-control": "no-store"}
        return Response(written, media_type="application/vp", headers=headers)
    return _page(request, office, who, text=question, asked=asked, signed=written)


def _page(
    request: Request,
    office: Office,
    who: SignedIn,
    *,
    text: str = "",
    asked: Question | None = None,
    signed: str = "",
    error: str = "",
) -> Response:
    return office.pages.render(
        request,
        "control/answer.html",
        status=422 if error else 200,
        who=who,
        text=text,
        asked=asked,
        host=urlsplit(asked.domain).netloc if asked else "",
        signed=signed,
        error=error,
    )
