"""Pages of the staff for invitations: a whole cohort, one person, what learners reported."""

from __future__ import annotations

from fastapi import Depends
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.hand_over import roll
from issuer.hand_over.roll import Sent
from issuer.issuance import overview
from issuer.office import Office, OfficeDep
from issuer.staff.access import Officer, Registrar
from issuer.staff.models import Role
from issuer.staff.service import SignedIn
from kit import csrf
from kit.pages import Lang
from kit.web import Reading, Unit
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

AT_ONCE = 500


@router.get("/{lang}/office/cohorts/{cohort_id}/invitations")
def invitations(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer, cohort_id: str
) -> Response:
    """Show who was invited and what came of it."""
    return _roll_page(request, office, session, lang, who, cohort_id)


@router.post("/{lang}/office/cohorts/{cohort_id}/invitations")
def invite_cohort(request: Request, office: OfficeDep, lang: Lang, who: Registrar, cohort_id: str) -> Response:
    """Invite everybody of the cohort who has no invitation in use."""
    with office.database.reading() as session:
        overview.cohort_of(session, who.organisation.id, cohort_id)
        rows = roll.of_cohort_roll(office, session, cohort_id)
    wanted = [one.row.credential.id for one in rows if one.can_be_invited and one.row.credential]
    sent = roll.invite_all(office, wanted[:AT_ONCE], organisation_id=who.organisation.id, actor=who.actor)
    with office.database.reading() as session:
        return _roll_page(request, office, session, lang, who, cohort_id, sent=sent)


@router.post("/{lang}/office/credentials/{credential_id}/invite")
def invite_one(office: OfficeDep, lang: Lang, who: Registrar, credential_id: str) -> Response:
    """Make a new invitation for one credential and send it; an open one ends."""
    roll.invite_all(office, [credential_id], organisation_id=who.organisation.id, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/credentials/{credential_id}?done=invited", 303)


@router.post("/{lang}/office/credentials/{credential_id}/end-invitation")
def end_invitation(office: OfficeDep, session: Unit, lang: Lang, who: Registrar, credential_id: str) -> Response:
    """End the open invitation of one credential."""
    roll.end(office, session, credential_id, organisation_id=who.organisation.id)
    return RedirectResponse(f"/{lang}/office/credentials/{credential_id}?done=voided", 303)


@router.post("/{lang}/office/reports/{report_id}/settle")
def settle(office: OfficeDep, session: Unit, lang: Lang, who: Registrar, report_id: str) -> Response:
    """Put a learner's report aside as dealt with."""
    credential_id = roll.settle(office, session, report_id, organisation_id=who.organisation.id)
    return RedirectResponse(f"/{lang}/office/credentials/{credential_id}?done=settled", 303)


def _roll_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    cohort_id: str,
    *,
    sent: list[Sent] | None = None,
) -> Response:
    cohort, programme = overview.cohort_of(session, who.organisation.id, cohort_id)
    rows = roll.of_cohort_roll(office, session, cohort_id)
    return office.pages.render(
        request,
        "hand_over/invitations.html",
        who=who,
        may_change=who.may(Role.REGISTRAR),
        cohort=cohort,
        title=programme.title_fr if lang == "fr" else programme.title_en,
        rows=rows,
        to_invite=sum(one.can_be_invited for one in rows),
        accepted=sum(one.invited is not None and one.invited.state == "accepted" for one in rows),
        waiting=sum(one.invited is not None and one.invited.state == "open" for one in rows),
        done=sent is not None,
        sent=sum(one.sent for one in sent or ()),
        unsent={one.credential_id: one.problem for one in sent or () if not one.sent},
    )
