"""Behind an applicant's link: prove the identifier, apply, and follow what becomes of it.

Who has the link may act for the applicant, as the page and the letter say; what it leads to is nobody else's.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, File, Form, UploadFile
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.applications import applying, looking, view
from issuer.applications.applying import Draft, NotTaken, Unfinished
from issuer.applications.attachments import MAX_BYTES, FileRefused
from issuer.applications.models import Application
from issuer.applications.pages import as_download
from issuer.applications.rules import InvalidText
from issuer.applications.screens import QUESTION
from issuer.office import OfficeDep
from issuer.outside import attempts, delivery, screens, service
from issuer.outside.models import OutsideApplicant
from issuer.outside.service import Incomplete, ProofRefused
from issuer.schemes import service as schemes
from issuer.schemes.definition import KINDS
from issuer.schemes.models import Scheme
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import NotFound
from kit.web import Reading, Unit, text_of
from kit.web import router as strict_router
from vc import control

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

UPLOAD_PATHS = r"^/(fr|en)/application/[A-Za-z0-9_-]+/attachments$"
UPLOAD_LIMIT = MAX_BYTES + 64 * 1024


@router.get("/{lang}/application/{token}")
def application_page(request: Request, office: OfficeDep, lang: Lang, token: str, done: str = "") -> Response:
    """Show what is next: the proof, the form, or where the application stands."""
    service.renew_question(office, token)
    with office.database.reading() as session:
        return screens.page(request, office, session, lang, token, done=done)


@router.post("/{lang}/application/{token}/proof")
def prove(
    request: Request,
    office: OfficeDep,
    lang: Lang,
    token: str,
    answer: Field = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Take the answer to the question."""
    attempts.count(office, request, "proof")
    uploaded = file.file.read(control.LONGEST).decode("utf-8", "replace") if file is not None and file.filename else ""
    with office.database.reading() as session:
        applicant = service.by_token(session, token)
    try:
        service.prove(office, applicant.id, answer.strip() or uploaded)
    except ProofRefused as refused:
        service.renew_question(office, token)
        with office.database.reading() as session:
            return screens.page(request, office, session, lang, token, wrong={"answer": refused.sentence}, typed=answer)
    return RedirectResponse(f"/{lang}/application/{token}?done=proven", 303)


@router.post("/{lang}/application/{token}/form")
async def save(request: Request, office: OfficeDep, session: Unit, lang: Lang, token: str) -> Response:
    """Keep what was typed; with `send`, send it to the committee."""
    applicant, found = _held(session, token)
    form = await request.form(max_fields=500)
    asked = schemes.definition(session.get_one(Scheme, found.scheme_id)).questions
    given = {one.key: text_of(form, QUESTION + one.key) for one in asked if QUESTION + one.key in form}
    scope = {name: text_of(form, name) for name in screens.SCOPE}
    if scope["applicant_kind"] not in ("", *KINDS):
        scope["applicant_kind"] = ""
    try:
        applying.save(office, session, found, draft=Draft(**scope), given=given)
        if form.get("send"):
            applying.submit(office, session, found, actor=service.actor(applicant))
    except InvalidText as refused:
        at = refused.field if refused.field in screens.SCOPE else QUESTION + refused.field
        return screens.page(request, office, session, lang, token, wrong={at: refused.sentence})
    except Unfinished as unfinished:
        said = view.gap_sentences(office, unfinished.gaps, lang)
        wrong = {name if name in screens.SCOPE else QUESTION + name: sentence for name, sentence in said.items()}
        return screens.page(request, office, session, lang, token, wrong=wrong)
    except NotTaken:
        refusal = view.refusal(office, session.get_one(Scheme, found.scheme_id), lang)
        return screens.page(request, office, session, lang, token, wrong={"send": refusal})
    return RedirectResponse(f"/{lang}/application/{token}?done={'sent' if form.get('send') else 'saved'}", 303)


@router.post("/{lang}/application/{token}/attachments")
def attach(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    token: str,
    question: Field = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Keep a file, as the answer to a question of the form or of the committee."""
    applicant, found = _held(session, token)
    if file is None or not file.filename:
        return screens.page(request, office, session, lang, token, wrong={QUESTION + question: N_("Choose a file.")})
    name, data, who = file.filename, file.file.read(MAX_BYTES + 1), service.actor(applicant)
    try:
        applying.attach(office, session, found, question=question, file_name=name, data=data, actor=who)
    except FileRefused as refused:
        return screens.page(request, office, session, lang, token, wrong={QUESTION + question: refused.sentence})
    return RedirectResponse(f"/{lang}/application/{token}?done=saved", 303)


@router.post("/{lang}/application/{token}/attachments/{attachment_id}/remove")
def detach(session: Unit, lang: Lang, token: str, attachment_id: str) -> Response:
    """Remove a file from a draft."""
    applying.detach(session, _held(session, token)[1], attachment_id)
    return RedirectResponse(f"/{lang}/application/{token}?done=saved", 303)


@router.get("/{lang}/application/{token}/attachments/{attachment_id}")
def attachment(session: Reading, lang: Lang, token: str, attachment_id: str) -> Response:
    """Hand one's own file back."""
    found = service.application(session, service.by_token(session, token))
    return as_download(session, looking.attachment_of(session, found, attachment_id))


@router.post("/{lang}/application/{token}/answer/{question_id}")
def answer(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    token: str,
    question_id: str,
    answer: Field = "",
) -> Response:
    """Answer a question of the committee's."""
    applicant, found = _held(session, token)
    try:
        applying.answer(office, session, found, question_id, text=answer, actor=service.actor(applicant))
    except InvalidText as refused:
        wrong = {f"answer-{question_id}": refused.sentence}
        return screens.page(request, office, session, lang, token, wrong=wrong, typed=answer)
    return RedirectResponse(f"/{lang}/application/{token}?done=answered", 303)


@router.post("/{lang}/application/{token}/take-back")
def take_back(office: OfficeDep, session: Unit, lang: Lang, token: str) -> Response:
    """Take an application back before it is decided."""
    applicant, found = _held(session, token)
    applying.withdraw(office, session, found, actor=service.actor(applicant))
    return RedirectResponse(f"/{lang}/application/{token}?done=withdrawn", 303)


@router.post("/{lang}/application/{token}/delivery")
def set_delivery(
    request: Request, office: OfficeDep, session: Unit, lang: Lang, token: str, delivery_url: Field = ""
) -> Response:
    """Say where signed documents are to be sent."""
    applicant, _ = _held(session, token)
    try:
        service.deliver_to(office, session, applicant, delivery_url)
    except Incomplete as wrong:
        return screens.page(request, office, session, lang, token, wrong=wrong.fields, typed=delivery_url)
    return RedirectResponse(f"/{lang}/application/{token}?done=delivery", 303)


@router.post("/{lang}/application/{token}/deliveries/{delivery_id}/again")
def send_again(office: OfficeDep, session: Unit, lang: Lang, token: str, delivery_id: str) -> Response:
    """Try a delivery again."""
    applicant, _ = _held(session, token)
    delivery.try_again(session, applicant, delivery_id, now=office.clock())
    return RedirectResponse(f"/{lang}/application/{token}?done=again", 303)


@router.get("/{lang}/application/{token}/recognitions/{edition_id}")
def recognition(session: Reading, lang: Lang, token: str, edition_id: str) -> Response:
    """Download a signed edition, byte for byte."""
    found = service.application(session, service.by_token(session, token))
    signed = {one.id: one.body for one in screens.signed_editions(session, found)}
    body = signed.get(edition_id)
    if body is None:
        raise NotFound
    headers = {"content-disposition": 'attachment; filename="accreditation.json"', "cache-control": "no-store"}
    return Response(body, media_type="application/vc", headers=headers)


def _held(session: Session, token: str) -> tuple[OutsideApplicant, Application]:
    """The applicant with this link and their application, locked."""
    applicant = service.by_token(session, token)
    return applicant, service.application(session, applicant, lock=True)
