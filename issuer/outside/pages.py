"""The public form of a scheme, without an account: begin, prove the identifier, apply, and follow what becomes of it.

Everything after the beginning stands behind the applicant's link. Who has it may act for the applicant, as the page
and the letter say; what it leads to is nobody else's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, File, Form, UploadFile
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.accreditation import service as accreditation
from issuer.applications import answers, view
from issuer.applications import service as applications
from issuer.applications.attachments import MAX_BYTES, FileRefused
from issuer.applications.models import Application, ApplicationState
from issuer.applications.pages import as_download
from issuer.applications.rules import InvalidText
from issuer.applications.screens import QUESTION
from issuer.applications.service import Draft, NotTaken, Unfinished
from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.outside import delivery, letters, service, training, wallet_offer
from issuer.outside.models import OutsideApplicant
from issuer.outside.service import Beginning, Incomplete, ProofRefused
from issuer.schemes import service as schemes
from issuer.schemes.definition import KINDS, QuestionType
from issuer.schemes.models import Scheme
from issuer.staff.models import Attempt
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import NotFound
from kit.throttle import count_attempt
from kit.web import Reading, Unit
from kit.web import router as strict_router
from vc import control

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

UPLOAD_PATHS = r"^/(fr|en)/application/[A-Za-z0-9_-]+/attachments$"
UPLOAD_LIMIT = MAX_BYTES + 64 * 1024
BEGUN_PER_HOUR = 10
PROOFS_PER_HOUR = 30
_FIELDS = tuple(Beginning.__dataclass_fields__)
_SCOPE = ("applicant_kind", "contact_name", "contact_email", "track", "stream", "territory")


# --- begin ---


@router.get("/{lang}/apply/{slug}/{scheme_slug}")
def form(request: Request, office: OfficeDep, session: Reading, lang: Lang, slug: str, scheme_slug: str) -> Response:
    """Show what the scheme is, and ask who applies for what."""
    return _begin_page(request, office, session, lang, _scheme(session, slug, scheme_slug), {}, {})


@router.post("/{lang}/apply/{slug}/{scheme_slug}")
async def begin(request: Request, office: OfficeDep, lang: Lang, slug: str, scheme_slug: str) -> Response:
    """Fill the form from the training's own address, or begin."""
    form = await request.form(max_fields=50)
    given = {name: _text(form, name) for name in (*_FIELDS, "address")}
    act = _fill_in if form.get("fill_in") else _begin
    return await run_in_threadpool(act, request, office, lang, slug, scheme_slug, given)


def _fill_in(
    request: Request, office: Office, lang: str, slug: str, scheme_slug: str, given: dict[str, str]
) -> Response:
    """Suggest what the training's own address says about it."""
    _count(office, request, "fill-in", limit=PROOFS_PER_HOUR)
    found = training.described_at(given["address"], fetcher=office.fetcher)
    wrong = {} if found else {"address": N_("Nothing was found at this address. Fill in the fields below yourself.")}
    with office.database.reading() as session:
        return _begin_page(
            request, office, session, lang, _scheme(session, slug, scheme_slug), {**given, **found}, wrong
        )


def _begin(request: Request, office: Office, lang: str, slug: str, scheme_slug: str, given: dict[str, str]) -> Response:
    """Keep what was typed, send the link, and ask for the proof."""
    _count(office, request, "begin", limit=BEGUN_PER_HOUR)
    try:
        with office.database.unit() as session:
            scheme = _scheme(session, slug, scheme_slug)
            beginning = Beginning(**{name: given[name] for name in _FIELDS})
            applicant, token = service.begin(office, session, scheme, beginning, language=lang)
    except Incomplete as wrong:
        with office.database.reading() as session:
            return _begin_page(request, office, session, lang, _scheme(session, slug, scheme_slug), given, wrong.fields)
    with office.database.reading() as session:
        sent = letters.send_link(office, session, applicant)
    return RedirectResponse(f"/{lang}/application/{token}?done={'begun' if sent else 'unsent'}", 303)


# --- behind the link ---


@router.get("/{lang}/application/{token}")
def application_page(request: Request, office: OfficeDep, lang: Lang, token: str, done: str = "") -> Response:
    """Show what is next: the proof, the form, or where the application stands."""
    service.renew_question(office, token)
    with office.database.reading() as session:
        return _page(request, office, session, lang, token, done=done)


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
    _count(office, request, "proof", limit=PROOFS_PER_HOUR)
    uploaded = file.file.read(control.LONGEST).decode("utf-8", "replace") if file is not None and file.filename else ""
    with office.database.reading() as session:
        applicant = service.by_token(session, token)
    try:
        service.prove(office, applicant.id, answer.strip() or uploaded)
    except ProofRefused as refused:
        service.renew_question(office, token)
        with office.database.reading() as session:
            return _page(request, office, session, lang, token, wrong={"answer": refused.sentence}, typed=answer)
    return RedirectResponse(f"/{lang}/application/{token}?done=proven", 303)


@router.post("/{lang}/application/{token}/form")
async def save(request: Request, office: OfficeDep, session: Unit, lang: Lang, token: str) -> Response:
    """Keep what was typed; with `send`, send it to the committee."""
    applicant, found = _held(session, token)
    form = await request.form(max_fields=500)
    asked = schemes.definition(session.get_one(Scheme, found.scheme_id)).questions
    given = {one.key: _text(form, QUESTION + one.key) for one in asked if QUESTION + one.key in form}
    scope = {name: _text(form, name) for name in _SCOPE}
    if scope["applicant_kind"] not in ("", *KINDS):
        scope["applicant_kind"] = ""
    try:
        applications.save(office, session, found, draft=Draft(**scope), given=given)
        if form.get("send"):
            applications.submit(office, session, found, actor=service.actor(applicant))
    except InvalidText as refused:
        at = refused.field if refused.field in _SCOPE else QUESTION + refused.field
        return _page(request, office, session, lang, token, wrong={at: refused.sentence})
    except Unfinished as unfinished:
        said = view.gap_sentences(office, unfinished.gaps, lang)
        wrong = {name if name in _SCOPE else QUESTION + name: sentence for name, sentence in said.items()}
        return _page(request, office, session, lang, token, wrong=wrong)
    except NotTaken:
        refusal = view.refusal(office, session.get_one(Scheme, found.scheme_id), lang)
        return _page(request, office, session, lang, token, wrong={"send": refusal})
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
        return _page(request, office, session, lang, token, wrong={QUESTION + question: N_("Choose a file.")})
    name, data, who = file.filename, file.file.read(MAX_BYTES + 1), service.actor(applicant)
    try:
        applications.attach(office, session, found, question=question, file_name=name, data=data, actor=who)
    except FileRefused as refused:
        return _page(request, office, session, lang, token, wrong={QUESTION + question: refused.sentence})
    return RedirectResponse(f"/{lang}/application/{token}?done=saved", 303)


@router.post("/{lang}/application/{token}/attachments/{attachment_id}/remove")
def detach(session: Unit, lang: Lang, token: str, attachment_id: str) -> Response:
    """Remove a file from a draft."""
    applications.detach(session, _held(session, token)[1], attachment_id)
    return RedirectResponse(f"/{lang}/application/{token}?done=saved", 303)


@router.get("/{lang}/application/{token}/attachments/{attachment_id}")
def attachment(session: Reading, lang: Lang, token: str, attachment_id: str) -> Response:
    """Hand one's own file back."""
    found = service.application(session, service.by_token(session, token))
    return as_download(session, applications.attachment_of(session, found, attachment_id))


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
        applications.answer(office, session, found, question_id, text=answer, actor=service.actor(applicant))
    except InvalidText as refused:
        wrong = {f"answer-{question_id}": refused.sentence}
        return _page(request, office, session, lang, token, wrong=wrong, typed=answer)
    return RedirectResponse(f"/{lang}/application/{token}?done=answered", 303)


@router.post("/{lang}/application/{token}/take-back")
def take_back(office: OfficeDep, session: Unit, lang: Lang, token: str) -> Response:
    """Take an application back before it is decided."""
    applicant, found = _held(session, token)
    applications.withdraw_application(office, session, found, actor=service.actor(applicant))
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
        return _page(request, office, session, lang, token, wrong=wrong.fields, typed=delivery_url)
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
    signed = {one.id: one.body for one in _editions(session, found)}
    body = signed.get(edition_id)
    if body is None:
        raise NotFound
    headers = {"content-disposition": 'attachment; filename="accreditation.json"', "cache-control": "no-store"}
    return Response(body, media_type="application/vc", headers=headers)


# --- finding ---


def _authority(session: Session, slug: str) -> Organisation:
    found = organisations.by_slug(session, slug)
    if found.kind is not OrganisationKind.AUTHORITY:
        raise NotFound
    return found


def _scheme(session: Session, slug: str, scheme_slug: str) -> Scheme:
    found = schemes.by_slug(session, _authority(session, slug), scheme_slug)
    if not found.is_open:
        raise schemes.UnknownScheme
    return found


def _held(session: Session, token: str) -> tuple[OutsideApplicant, Application]:
    """The applicant with this link and their application, locked."""
    applicant = service.by_token(session, token)
    return applicant, service.application(session, applicant, lock=True)


def _editions(session: Session, found: Application) -> list[Any]:
    if found.accreditation_id is None:
        return []
    return [one for one in accreditation.editions(session, found.accreditation_id) if one.body is not None]


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _count(office: Office, request: Request, act: str, *, limit: int) -> None:
    address = request.client.host if request.client else "unknown"
    with office.database.unit() as session:
        count_attempt(
            session, Attempt, f"apply-{act}:{address}", limit=limit, window=timedelta(hours=1), now=office.clock()
        )


# --- pages ---


def _begin_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    scheme: Scheme,
    given: Mapping[str, str],
    wrong: Mapping[str, str],
) -> Response:
    authority, definition = session.get_one(Organisation, scheme.authority_id), schemes.definition(scheme)
    return office.pages.render(
        request,
        "outside/begin.html",
        status=422 if wrong else 200,
        authority=authority,
        authority_name=organisations.name(authority, lang),
        scheme=scheme,
        scheme_name=definition.name.read_in(lang),
        summary=definition.summary.read_in(lang),
        conditions=[one.read_in(lang) for one in definition.conditions],
        admitted=[office.pages.translate(lang, KINDS[one]) for one in definition.admits],
        availability=view.availability(office, scheme, lang),
        given=given,
        errors=_translated(office, lang, wrong),
    )


def _page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    token: str,
    *,
    done: str = "",
    wrong: Mapping[str, str] | None = None,
    typed: str = "",
) -> Response:
    """The page behind a link, in one of its three shapes."""
    applicant = service.by_token(session, token)
    scheme = session.get_one(Scheme, applicant.scheme_id)
    context: dict[str, Any] = {
        "status": 422 if wrong else 200,
        "base": f"/{lang}/application/{token}",
        "link": f"{office.settings.public_url}/{lang}/application/{token}",
        "applicant": applicant,
        "authority_name": organisations.name(session.get_one(Organisation, scheme.authority_id), lang),
        "scheme_name": schemes.name(scheme, lang),
        "title": applicant.programme_title_fr if lang == "fr" else applicant.programme_title_en,
        "done": done,
        "typed": typed,
        "errors": _translated(office, lang, wrong or {}),
    }
    if applicant.proven_at is None:
        asked = service.question(office, applicant)
        text = json.dumps(asked.as_json(), ensure_ascii=False, indent=2)
        return office.pages.render(request, "outside/prove.html", question=text, expires=asked.expires, **context)
    found = service.application(session, applicant)
    if found.state is ApplicationState.DRAFT:
        return _draft_page(request, office, session, lang, found, context)
    return _state_page(request, office, session, lang, applicant, found, context)


def _draft_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    found: Application,
    context: dict[str, Any],
) -> Response:
    scheme = session.get_one(Scheme, found.scheme_id)
    definition, files = schemes.definition(scheme), applications.attachments_of(session, found)
    asked = definition.asked(found.track)
    written = [one for one in asked if one.type is not QuestionType.ATTACHMENT]
    return office.pages.render(
        request,
        "outside/form.html",
        application=found,
        given={name: getattr(found, name) for name in _SCOPE},
        answers=answers.of_application(found),
        kinds=[(key, office.pages.translate(lang, name)) for key, name in KINDS.items() if key in definition.admits],
        options=view.options(office, definition, lang),
        sections=[
            (one.name.read_in(lang), [q for q in written if q.section == one.key])
            for one in definition.sections
            if any(q.section == one.key for q in written)
        ],
        attachments=[
            (one, [file for file in files if file.question == one.key])
            for one in asked
            if one.type is QuestionType.ATTACHMENT
        ],
        availability=view.availability(office, scheme, lang),
        **context,
    )


def _state_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    applicant: OutsideApplicant,
    found: Application,
    context: dict[str, Any],
) -> Response:
    definition = schemes.definition(session.get_one(Scheme, found.scheme_id))
    files = applications.attachments_of(session, found)
    [row] = view.rows(office, session, [found], lang)
    editions = _editions(session, found)
    return office.pages.render(
        request,
        "outside/state.html",
        application=found,
        row=row,
        scope=view.scope(office, definition, found, lang),
        sections=view.answered(office, definition, found, files, lang),
        conditions=[one.read_in(lang) for one in definition.conditions],
        questions=applications.questions_of(session, found),
        files=files,
        timeline=view.timeline(office, session, found, lang, for_applicant=True),
        editions=editions,
        offer=wallet_offer.offer_link(office, session.get_one(Organisation, found.authority_id), editions[-1])
        if editions
        else "",
        deliveries=delivery.of_applicant(session, applicant),
        words=delivery.WORDS,
        secret=delivery.secret_of(office, applicant),
        **context,
    )


def _translated(office: Office, lang: str, wrong: Mapping[str, str]) -> dict[str, str]:
    return {field: office.pages.translate(lang, sentence) for field, sentence in wrong.items()}
