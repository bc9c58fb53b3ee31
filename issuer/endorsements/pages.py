"""Pages of the endorsements: what a partner said for trainings, and what an institution lets be seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.endorsements import service
from issuer.endorsements.models import EndorsementState
from issuer.endorsements.service import AlreadyEndorsed, Incomplete
from issuer.office import Office, OfficeDep
from issuer.organisations.models import OrganisationKind
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

STATES = {
    EndorsementState.PLANNED: ("info", N_("Being signed")),
    EndorsementState.ACTIVE: ("ok", N_("In force")),
    EndorsementState.WITHDRAWN: ("bad", N_("Withdrawn")),
}
_SENTENCES = {
    "programme": N_("Choose a training."),
    "comment": N_("Say in one to five sentences why you endorse it (at most 600 characters)."),
    "taken": N_("You have endorsed this training already. Withdraw the earlier endorsement first."),
}


@router.get("/{lang}/office/endorsements")
def endorsements(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer, done: str = ""
) -> Response:
    """Show what others said for one's programmes; to a partner, what it said itself and the form."""
    return _page(request, office, session, who, done=done)


@router.post("/{lang}/office/endorsements")
def endorse(
    request: Request,
    office: OfficeDep,
    lang: Lang,
    who: Registrar,
    programme: Field = "",
    comment: Field = "",
) -> Response:
    """Sign an endorsement."""
    _only_partners(who)
    try:
        service.endorse(office, who.organisation, programme_id=programme, comment=comment, actor=who.actor)
    except (Incomplete, AlreadyEndorsed) as wrong:
        field = str(wrong.members["at"]) if isinstance(wrong, Incomplete) else "programme"
        sentence = _SENTENCES[field if isinstance(wrong, Incomplete) else "taken"]
        given = {"programme": programme, "comment": comment}
        with office.database.reading() as session:
            return _page(request, office, session, who, given=given, wrong={field: sentence})
    return RedirectResponse(f"/{lang}/office/endorsements?done=signed", 303)


@router.get("/{lang}/office/endorsements/{endorsement_id}/withdraw")
def withdraw_form(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Registrar, endorsement_id: str
) -> Response:
    """Ask for the reason, with the effect written out."""
    return _withdraw_page(request, office, session, who, endorsement_id)


@router.post("/{lang}/office/endorsements/{endorsement_id}/withdraw")
def withdraw(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Registrar,
    endorsement_id: str,
    reason: Field = "",
) -> Response:
    """Take an endorsement back."""
    try:
        service.withdraw(office, session, who.organisation, endorsement_id, reason=reason, actor=who.actor)
    except Incomplete:
        return _withdraw_page(request, office, session, who, endorsement_id, wrong=True)
    return RedirectResponse(f"/{lang}/office/endorsements?done=withdrawn", 303)


@router.post("/{lang}/office/endorsements/{endorsement_id}/answer")
def answer(
    office: OfficeDep, session: Unit, lang: Lang, who: Registrar, endorsement_id: str, shown: Field = ""
) -> Response:
    """Show it from now on, or no longer."""
    service.answer(office, session, who.organisation, endorsement_id, shown=shown == "yes", actor=who.actor)
    return RedirectResponse(f"/{lang}/office/endorsements?done={'shown' if shown == 'yes' else 'hidden'}", 303)


@router.get("/{lang}/office/endorsements/{endorsement_id}.json")
def signed_form(session: Reading, lang: Lang, who: Officer, endorsement_id: str) -> Response:
    """Give the endorsement as it was signed."""
    found = service.of(session, who.organisation, endorsement_id)
    if found.body is None:
        raise NotFound
    headers = {"content-disposition": 'attachment; filename="endorsement.json"', "cache-control": "no-store"}
    return Response(found.body, media_type="application/vc", headers=headers)


def _page(
    request: Request,
    office: Office,
    session: Session,
    who: SignedIn,
    *,
    done: str = "",
    given: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
) -> Response:
    if who.organisation.kind is OrganisationKind.AUTHORITY:
        raise NotFound
    partner = who.organisation.kind is OrganisationKind.PARTNER
    return office.pages.render(
        request,
        "endorsements/list.html",
        status=422 if wrong else 200,
        who=who,
        partner=partner,
        found=service.of_endorser(session, who.organisation) if partner else service.about(session, who.organisation),
        choices=service.to_endorse(session, who.organisation) if partner else (),
        states=STATES,
        done=done if done in ("signed", "withdrawn", "shown", "hidden") else "",
        given=given or {},
        wrong=wrong or {},
    )


def _withdraw_page(
    request: Request, office: Office, session: Session, who: SignedIn, endorsement_id: str, *, wrong: bool = False
) -> Response:
    _only_partners(who)
    found = service.of(session, who.organisation, endorsement_id)
    return office.pages.render(
        request, "endorsements/withdraw.html", status=422 if wrong else 200, who=who, found=found, wrong=wrong
    )


def _only_partners(who: SignedIn) -> None:
    if who.organisation.kind is not OrganisationKind.PARTNER:
        raise NotFound
