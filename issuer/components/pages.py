"""Pages of a programme's parts: what it is made of, how far a cohort is with each part."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Depends, Form
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.cohorts import service as cohorts
from issuer.components import service
from issuer.components.models import PartKind
from issuer.components.service import NotAPart, PartState
from issuer.office import Office, OfficeDep
from issuer.programmes import service as programmes
from issuer.staff.access import Officer, Registrar
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import NotFound
from kit.web import Reading, Unit
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]
Fields = Annotated[tuple[str, ...], Form()]

KINDS = {
    PartKind.CLASSES: N_("Classes"),
    PartKind.INTERNSHIP: N_("Internship"),
    PartKind.STAGE: N_("Qualifying stage"),
}
STATES = {
    PartState.NOT_STARTED: ("unk", N_("Not started")),
    PartState.UNDER_WAY: ("info", N_("Under way")),
    PartState.COMPLETE: ("ok", N_("Complete")),
    PartState.NOT_IN_FORCE: ("bad", N_("Not in force")),
}
_NO_TRAINING = N_("Choose a training that is offered now, is not this program itself and has no parts of its own.")
_NOBODY = N_("Choose at least one person.")
_NO_DATES = N_("Write both days as year-month-day, the first before the last. Example: 2026-06-12")


# --- what a programme is made of ---


@router.get("/{lang}/office/programmes/{programme_id}/parts")
def parts(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer, programme_id: str
) -> Response:
    """Show the parts of a programme, and the form for a further one."""
    return _parts_page(request, office, session, who, programme_id)


@router.post("/{lang}/office/programmes/{programme_id}/parts")
def add_part(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Registrar,
    programme_id: str,
    part: Field = "",
    kind: Field = PartKind.CLASSES,
    optional: Field = "",
) -> Response:
    """Add a part."""
    whole = programmes.get(session, who.organisation, programme_id)
    chosen = PartKind(kind) if kind in set(PartKind) else PartKind.CLASSES
    try:
        service.add(office, session, whole, part_id=part, kind=chosen, required=not optional, actor=who.actor)
    except NotAPart:
        return _parts_page(request, office, session, who, programme_id, wrong=_NO_TRAINING)
    return RedirectResponse(f"/{lang}/office/programmes/{whole.id}/parts", 303)


@router.post("/{lang}/office/programmes/{programme_id}/parts/{part_link_id}/remove")
def remove_part(
    office: OfficeDep, session: Unit, lang: Lang, who: Registrar, programme_id: str, part_link_id: str
) -> Response:
    """Take a part out again."""
    whole = programmes.get(session, who.organisation, programme_id)
    service.remove(office, session, whole, part_link_id, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/programmes/{whole.id}/parts", 303)


def _parts_page(
    request: Request, office: Office, session: Session, who: SignedIn, programme_id: str, *, wrong: str = ""
) -> Response:
    whole = programmes.get(session, who.organisation, programme_id)
    return office.pages.render(
        request,
        "components/parts.html",
        status=422 if wrong else 200,
        who=who,
        programme=whole,
        parts=service.parts_of(session, [whole.id]).get(whole.id, []),
        wholes=service.wholes_of(session, whole),
        choices=service.choices(session, whole),
        kinds=KINDS,
        wrong=wrong,
    )


# --- how far a cohort is ---


@router.get("/{lang}/office/cohorts/{cohort_id}/parts")
def cohort_parts(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: Officer,
    cohort_id: str,
    placed: int | None = None,
    completed: int | None = None,
) -> Response:
    """Show every participant and every part."""
    return _cohort_page(request, office, session, who, cohort_id, placed=placed, completed=completed)


@router.post("/{lang}/office/cohorts/{cohort_id}/parts/{part_link_id}/place")
def place(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Registrar,
    cohort_id: str,
    part_link_id: str,
    person: Fields = (),
    starts_on: Field = "",
    ends_on: Field = "",
) -> Response:
    """Put the chosen people into the host's register."""
    cohort, whole = cohorts.get(session, who.organisation, cohort_id)
    part = service.get(session, whole, part_link_id)
    first, last = _day(starts_on), _day(ends_on)
    wrong = {"person": _NOBODY} if not person else {}
    if first is None or last is None or last < first:
        wrong["starts_on"] = _NO_DATES
    if first is None or last is None or wrong:
        return _cohort_page(request, office, session, who, cohort_id, wrong={part_link_id: wrong})
    count = service.place(
        office, session, cohort, part, participant_ids=person, starts_on=first, ends_on=last, actor=who.actor
    )
    return RedirectResponse(f"/{lang}/office/cohorts/{cohort.id}/parts?placed={count}", 303)


@router.post("/{lang}/office/cohorts/{cohort_id}/parts/complete")
def complete(office: OfficeDep, session: Unit, lang: Lang, who: Registrar, cohort_id: str) -> Response:
    """Record the completion of the whole for those who have every required part."""
    cohort, _ = cohorts.get(session, who.organisation, cohort_id)
    count = service.complete(office, session, cohort, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/cohorts/{cohort.id}/parts?completed={count}", 303)


def _cohort_page(
    request: Request,
    office: Office,
    session: Session,
    who: SignedIn,
    cohort_id: str,
    *,
    wrong: dict[str, dict[str, str]] | None = None,
    placed: int | None = None,
    completed: int | None = None,
) -> Response:
    cohort, programme = cohorts.get(session, who.organisation, cohort_id)
    lines = cohorts.register(session, cohort)
    parts = service.parts_of(session, [programme.id]).get(programme.id)
    if parts is None:
        raise NotFound
    told = service.standing(session, {programme.id: [line.participant for line in lines]})
    ready = [line for line in lines if line.completion is None and not service.missing(told[line.participant.id])]
    return office.pages.render(
        request,
        "components/cohort.html",
        status=422 if wrong else 200,
        who=who,
        cohort=cohort,
        programme=programme,
        parts=parts,
        lines=lines,
        told=told,
        ready=len(ready),
        hosted=[part for part in parts if part.organisation.id != programme.organisation_id],
        kinds=KINDS,
        states=STATES,
        wrong=wrong or {},
        placed=placed,
        completed=completed,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
