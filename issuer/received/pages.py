"""Pages of an institution for accreditations that authorities elsewhere signed: bring one, look, publish, take back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, File, Form, UploadFile
from sqlmodel import Session, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.addresses import machine_origin
from issuer.office import Office, OfficeDep
from issuer.programmes.models import Programme
from issuer.received import checking, looking, service
from issuer.received.looking import Received
from issuer.received.models import Acceptance, CameBy, ListedStatus
from issuer.received.service import LinkFailed
from issuer.received.verifying import AuthorityNotReached, NotAccepted
from issuer.staff.access import InstitutionOfficer, InstitutionRegistrar
from issuer.staff.models import Role
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_, Writer
from kit.pages import Lang
from kit.problems import NotFound
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]
Translate = Callable[..., str]

CAME_BY = {
    CameBy.FILE: N_("from a file"),
    CameBy.LINK: N_("from a link"),
    CameBy.POST: N_("sent to your address"),
    CameBy.LIST: N_("found in the authority’s list"),
}
_NOTHING_GIVEN = N_("Choose the file that the authority gave you, or paste its address.")
_NO_ANSWER = N_("No document was found at this address. Check it, or download the document and choose the file.")
_TOO_LARGE = N_("This file is too large to be an accreditation.")


@dataclass(frozen=True)
class Row:
    """One received accreditation, in the reader's words."""

    id: str
    title: str
    authority: str
    kind: str
    word: str
    when: str
    awaiting: bool


@router.get("/{lang}/office/recognitions")
def recognitions(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: InstitutionOfficer, done: str = ""
) -> Response:
    """List what the institution received."""
    return office.pages.render(
        request,
        "received/list.html",
        who=who,
        rows=_rows(office, session, lang, looking.of_organisation(session, who.organisation.id)),
        may_change=who.may(Role.REGISTRAR),
        address=f"{machine_origin(office.settings)}/o/{who.organisation.slug}/recognitions",
        done=done if done == "added" else "",
    )


@router.get("/{lang}/office/recognitions/new")
def new(request: Request, office: OfficeDep, lang: Lang, who: InstitutionRegistrar) -> Response:
    """Ask for the file or the address."""
    return _form_page(request, office, who)


@router.post("/{lang}/office/recognitions/new")
def add(
    request: Request,
    office: OfficeDep,
    lang: Lang,
    who: InstitutionRegistrar,
    file: Annotated[UploadFile | None, File()] = None,
    link: Field = "",
) -> Response:
    """Verify what was brought; what holds is published."""
    body = file.file.read(service.MAX_BYTES + 1) if file is not None else b""
    if len(body) > service.MAX_BYTES:
        return _form_page(request, office, who, wrong={"file": _TOO_LARGE})
    if not body and not link.strip():
        return _form_page(request, office, who, wrong={"file": _NOTHING_GIVEN})
    try:
        if body:
            made = service.receive(office, who.organisation, body, came_by=CameBy.FILE, actor=who.actor)
        else:
            made = service.receive_link(office, who.organisation, link, actor=who.actor)
    except LinkFailed:
        return _form_page(request, office, who, link=link, wrong={"link": _NO_ANSWER})
    except (NotAccepted, AuthorityNotReached) as refused:
        sentence = refused.detail if isinstance(refused, NotAccepted) else refused.advice
        return _form_page(request, office, who, link=link, wrong={"file" if body else "link": sentence})
    only = f"/{made[0].id}" if len(made) == 1 else ""
    return RedirectResponse(f"/{lang}/office/recognitions{only}?done=added", 303)


@router.get("/{lang}/office/recognitions/{received_id}")
def recognition(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: InstitutionOfficer,
    received_id: str,
    done: str = "",
) -> Response:
    """Show one: what it says, where it stands, what came of it."""
    received = looking.one(session, who.organisation, received_id)
    [row] = _rows(office, session, lang, [received])
    return office.pages.render(
        request,
        "received/recognition.html",
        who=who,
        row=row,
        received=received,
        recognition=received.recognition,
        authority=received.authority,
        came_by=CAME_BY,
        may_change=who.may(Role.REGISTRAR),
        done=done if done in ("added", *_ACTS, "check") else "",
    )


@router.get("/{lang}/office/recognitions/{received_id}/editions/{edition_id}")
def edition(session: Reading, lang: Lang, who: InstitutionOfficer, received_id: str, edition_id: str) -> Response:
    """Download a document as it came."""
    received = looking.one(session, who.organisation, received_id)
    found = next((one for one in received.editions if one.id == edition_id), None)
    if found is None:
        raise NotFound
    headers = {"content-disposition": 'attachment; filename="accreditation.json"', "cache-control": "no-store"}
    return Response(found.body, media_type="application/json", headers=headers)


_ACTS = {"publish": service.publish, "remove": service.remove}


@router.post("/{lang}/office/recognitions/{received_id}/{act}")
def carry_out(office: OfficeDep, lang: Lang, who: InstitutionRegistrar, received_id: str, act: str) -> Response:
    """Publish, remove, or ask the authority now."""
    if act == "check":
        checking.check_now(office, who.organisation, received_id)
    elif act in _ACTS:
        with office.database.unit() as session:
            _ACTS[act](office, session, who.organisation, received_id, actor=who.actor)
    else:
        raise NotFound
    return RedirectResponse(f"/{lang}/office/recognitions/{received_id}?done={act}", 303)


# --- pages ---


def _form_page(
    request: Request, office: Office, who: SignedIn, *, link: str = "", wrong: dict[str, str] | None = None
) -> Response:
    return office.pages.render(
        request, "received/new.html", status=422 if wrong else 200, who=who, link=link, wrong=wrong or {}
    )


def _rows(office: Office, session: Session, lang: str, found: list[Received]) -> list[Row]:
    query = select(Programme).where(
        Programme.organisation_id == (found[0].recognition.organisation_id if found else "")
    )
    programmes = {one.achievement_id: one for one in session.exec(query)}

    def translate(text: str, **values: object) -> str:
        return office.pages.translate(lang, text, **values)

    rows = []
    for received in found:
        programme = programmes[received.recognition.achievement_id]
        kind, word, when = _standing(received, translate, office.pages.writer(lang), office.clock())
        rows.append(
            Row(
                id=received.recognition.id,
                title=programme.title_fr if lang == "fr" else programme.title_en,
                authority=received.authority.name_fr if lang == "fr" else received.authority.name_en,
                kind=kind,
                word=word,
                when=when,
                awaiting=received.recognition.acceptance is Acceptance.AWAITING,
            )
        )
    return rows


def _standing(received: Received, translate: Translate, writer: Writer, now: datetime) -> tuple[str, str, str]:
    """Silhouette, word and period."""
    row, original, ending = received.recognition, received.original, received.ending
    until = original.valid_until if original else None
    since = writer.date(row.valid_from.date())
    period = (
        translate(N_("%(since)s to %(until)s"), since=since, until=writer.date(until.date()))
        if until
        else translate(N_("Since %(since)s, no end date"), since=since)
    )
    if ending is not None and ending.valid_until is not None:
        day = writer.date(ending.valid_until.date())
        if ending.end_reason == "suspended":
            return "warn", translate(N_("Suspended")), translate(N_("Suspended since %(date)s"), date=day)
        return "bad", translate(N_("Withdrawn")), translate(N_("Withdrawn as of %(date)s"), date=day)
    if row.status is ListedStatus.WITHDRAWN:
        return "bad", translate(N_("Withdrawn")), period
    if row.status is ListedStatus.SUSPENDED:
        return "warn", translate(N_("Suspended")), period
    if row.acceptance is Acceptance.AWAITING:
        return "info", translate(N_("To be looked at")), period
    if row.acceptance is Acceptance.REMOVED:
        return "unk", translate(N_("Removed")), period
    if until is not None and until < now:
        return "unk", translate(N_("Ended")), period
    if row.valid_from > now:
        return "info", translate(N_("From a later date")), period
    if not received.holds(now):
        return "unk", translate(N_("Not checked for a week")), period
    return "ok", translate(N_("In force")), period
