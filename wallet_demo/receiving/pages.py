"""Pages for receiving: paste, photograph or open an offer, see who offers what, give the code, accept."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Form, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from kit import qr
from kit.csrf import guard
from kit.pages import Lang, other_language, preferred_language
from kit.web import Now, Reading, router
from vc.openid4vci import OFFER_SCHEME
from wallet_demo.cards import card
from wallet_demo.receiving import service
from wallet_demo.receiving.conversation import ConversationFailed, Offered, read_offer
from wallet_demo.session import Learner, WithTools, pages, see

routes = router(dependencies=[Depends(guard)], include_in_schema=False)

Field = Annotated[str, Form()]


@routes.get("/offer")
def offer_without_language(request: Request) -> Response:
    """The wallet's address for offers, as issuers link to it."""
    return see(f"/{preferred_language(request)}/offer?{request.url.query}")


@routes.get("/{lang}/add")
def add_form(request: Request, lang: Lang, who: Learner) -> Response:
    """The ways to add a credential: link or image."""
    return pages(request).render(request, "add.html", who=who, values={}, errors={})


@routes.post("/{lang}/add")
def add(request: Request, lang: Lang, who: Learner, link: Field = "", image: UploadFile | None = None) -> Response:
    """Find the offer in what was pasted or photographed, and go on to it."""
    error = ""
    if image is not None and image.size:
        try:
            link = qr.read(image.file.read()) or ""
            error = "" if link else "no_code"
        except qr.Unreadable as unreadable:
            error = picture_error(unreadable, image)
    elif not link.strip():
        error = "missing"
    query = urlsplit(link.strip()).query if not error else ""
    if not error and "credential_offer" in query:
        return see(f"/{lang}/offer?{query}")
    if not error and "client_id=" in query:
        return see(f"/{lang}/present?{query}")
    field = "image" if image is not None and image.size else "link"
    return pages(request).render(
        request, "add.html", status=422, who=who, values={"link": link}, errors={field: error or "not_an_offer"}
    )


@routes.post("/{lang}/add/file")
def add_file(
    request: Request, lang: Lang, who: Learner, tools: WithTools, now: Now, file: UploadFile | None = None
) -> Response:
    """Keep the credential in a file: JSON, or a badge as PNG or SVG."""
    content = file.file.read(service.MAX_FILE + 1) if file is not None else b""
    try:
        credential_id = service.take_in(tools, who, content, now=now)
    except service.FileRefused as refused:
        errors = {"file": refused.code}
        return pages(request).render(request, "add.html", status=422, who=who, values={}, errors=errors)
    return see(f"/{lang}/credentials/{credential_id}?note=accepted")


@routes.get("/{lang}/offer")
def offer(request: Request, lang: Lang, who: Learner, tools: WithTools) -> Response:
    """Who offers what. Looking spends nothing and changes nothing."""
    link = f"{OFFER_SCHEME}://?{request.url.query}"
    try:
        offered = read_offer(link, http=tools.http)
    except ConversationFailed as failed:
        return _failed(request, who, failed)
    return _offer(request, who, link, offered)


@routes.post("/{lang}/offer")
def fetch(
    request: Request, lang: Lang, who: Learner, tools: WithTools, now: Now, link: Field = "", tx_code: Field = ""
) -> Response:
    """Give the code and get the credential, to look at before accepting."""
    try:
        offered = read_offer(link, http=tools.http)
    except ConversationFailed as failed:
        return _failed(request, who, failed)
    code = "".join(tx_code.split())
    if offered.tx_code is not None and not code:
        return _offer(request, who, link, offered, errors={"tx_code": "missing"})
    try:
        receipt_id = service.fetch(tools, who, offered, tx_code=code if offered.tx_code is not None else None, now=now)
    except ConversationFailed as failed:
        if failed.code == "code_refused" and offered.tx_code is not None:
            return _offer(request, who, link, offered, errors={"tx_code": "refused"})
        return _failed(request, who, failed)
    except service.NotKept as refused:
        return pages(request).render(request, "offer_failed.html", status=422, who=who, failed=refused)
    return see(f"/{lang}/received/{receipt_id}")


@routes.get("/{lang}/received/{receipt_id}")
def received(request: Request, lang: Lang, receipt_id: str, who: Learner, session: Reading, now: Now) -> Response:
    """The card, before it is accepted."""
    pending = service.pending(session, who, receipt_id)
    shown = card(pending.document, pending.checked, language=lang, now=now)
    return pages(request).render(request, "received.html", who=who, pending=pending, card=shown, errors={})


@routes.post("/{lang}/received/{receipt_id}/accept")
def accept(lang: Lang, receipt_id: str, who: Learner, tools: WithTools, now: Now) -> Response:
    """Keep it."""
    credential_id = service.accept(tools, who, receipt_id, now=now)
    return see(f"/{lang}/credentials/{credential_id}?note=accepted")


@routes.post("/{lang}/received/{receipt_id}/refuse")
def refuse(lang: Lang, receipt_id: str, who: Learner, tools: WithTools) -> Response:
    """Do not keep it."""
    service.refuse(tools, who, receipt_id, reason=None)
    return see(f"/{lang}/?note=refused")


@routes.post("/{lang}/received/{receipt_id}/report")
def report(
    request: Request, lang: Lang, receipt_id: str, who: Learner, tools: WithTools, now: Now, reason: Field = ""
) -> Response:
    """Do not keep it, and tell the institution what is wrong."""
    if not reason.strip():
        with tools.database.reading() as session:
            pending = service.pending(session, who, receipt_id)
        shown = card(pending.document, pending.checked, language=lang, now=now)
        return pages(request).render(
            request, "received.html", status=422, who=who, pending=pending, card=shown, errors={"reason": "missing"}
        )
    told = service.refuse(tools, who, receipt_id, reason=reason.strip())
    return see(f"/{lang}/?note={'reported' if told else 'not-reported'}")


def picture_error(unreadable: qr.Unreadable, image: UploadFile | None) -> str:
    """Say why a picture was not read, as the pages' messages name it."""
    if isinstance(unreadable, qr.SeveralCodes):
        return "several"
    return "too_large" if image is not None and (image.size or 0) > qr.MAX_IMAGE_BYTES else "not_an_image"


def _offer(
    request: Request, who: Learner, link: str, offered: Offered, errors: dict[str, str] | None = None
) -> Response:
    lead = f"{OFFER_SCHEME}://?"
    other = {"other_language_path": f"/{other_language(request)}/offer?{link.removeprefix(lead)}"}
    return pages(request).render(
        request,
        "offer.html",
        status=422 if errors else 200,
        who=who,
        link=link,
        offered=offered,
        errors=errors or {},
        **(other if link.startswith(lead) else {}),
    )


def _failed(request: Request, who: Learner, failed: ConversationFailed) -> Response:
    return pages(request).render(request, "offer_failed.html", status=422, who=who, failed=failed)
