"""The first page of the office: what there is, and what waits."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Depends
from sqlalchemy import func
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from issuer.accreditation import in_force
from issuer.accreditation import service as accreditation
from issuer.applications import view
from issuer.applications.models import Application, ApplicationState
from issuer.cohorts.models import Cohort, ImportState, Participant, RegisterImport
from issuer.completions.models import Completion
from issuer.figures import service as figures
from issuer.hand_over.models import ClaimInvitation, ReportedProblem
from issuer.issuance.models import IssuedCredential
from issuer.office import OfficeDep
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.programmes import service as programmes
from issuer.programmes.models import Programme
from issuer.staff.access import Officer
from kit import csrf
from kit.pages import Lang
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

LOOKED_AT = 50
"""Cohorts that are looked at for what is ready to be issued: those that ended last."""


@router.get("/{lang}/office/")
def dashboard(request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Officer) -> Response:
    """Show the numbers, and what waits for somebody."""
    if who.organisation.kind is OrganisationKind.AUTHORITY:
        pressing = _undecided(session, who.organisation)
        return office.pages.render(
            request,
            "dashboard_authority.html",
            who=who,
            accreditations=accreditation.of_authority(session, who.organisation),
            pressing=view.rows(office, session, pressing, lang),
        )
    taught = programmes.of_organisation(session, who.organisation)
    return office.pages.render(
        request,
        "dashboard.html",
        who=who,
        numbers=figures.of(session, who.organisation.id),
        ready=_ready(session, who.organisation),
        waiting=_waiting_imports(session, who.organisation),
        problems=_reported(session, who.organisation),
        asked=view.rows(office, session, _asked(session, who.organisation), lang),
        programmes=taught,
        accredited={one.id: in_force.of_training(session, one.achievement_id, now=office.clock()) for one in taught},
    )


def _undecided(session: Session, authority: Organisation) -> Sequence[Application]:
    """The applications that an authority has to decide upon soonest."""
    query = select(Application).where(
        Application.authority_id == authority.id, Application.state == ApplicationState.SUBMITTED
    )
    return session.exec(query.order_by(col(Application.due_at)).limit(5)).all()


def _asked(session: Session, organisation: Organisation) -> Sequence[Application]:
    """The organisation's own applications in which a question of a committee waits."""
    query = select(Application).where(
        Application.applicant_did == organisation.did, Application.state == ApplicationState.WAITING
    )
    return session.exec(query.order_by(col(Application.paused_at))).all()


def _ready(session: Session, organisation: Organisation) -> list[tuple[Cohort, Programme, int]]:
    """Those of the newest cohorts that have completions for which nothing was issued."""
    newest = (
        select(Cohort.id)
        .join(Programme, col(Programme.id) == Cohort.programme_id)
        .where(Programme.organisation_id == organisation.id)
        .order_by(col(Cohort.ends_on).desc(), col(Cohort.id))
        .limit(LOOKED_AT)
    )
    query = (
        select(Cohort, Programme, func.count())
        .join(Programme, col(Programme.id) == Cohort.programme_id)
        .join(Participant, col(Participant.cohort_id) == Cohort.id)
        .join(Completion, col(Completion.participant_id) == Participant.id)
        .outerjoin(IssuedCredential, col(IssuedCredential.active_for) == Completion.id)
        .where(col(Cohort.id).in_(session.exec(newest).all()), col(IssuedCredential.id).is_(None))
        .group_by(col(Cohort.id), col(Programme.id))
        .order_by(col(Cohort.ends_on))
    )
    return [(row[0], row[1], row[2]) for row in session.exec(query).all()]


def _waiting_imports(session: Session, organisation: Organisation) -> list[tuple[RegisterImport, Cohort]]:
    """Registers that were uploaded and not taken over."""
    query = (
        select(RegisterImport, Cohort)
        .join(Cohort, col(Cohort.id) == RegisterImport.cohort_id)
        .join(Programme, col(Programme.id) == Cohort.programme_id)
        .where(Programme.organisation_id == organisation.id, RegisterImport.state == ImportState.PREVIEWED)
        .order_by(col(RegisterImport.created_at).desc())
        .limit(5)
    )
    return [(row[0], row[1]) for row in session.exec(query).all()]


def _reported(session: Session, organisation: Organisation) -> list[tuple[ReportedProblem, IssuedCredential]]:
    """What learners said is wrong with their credential, not settled yet."""
    # said so that no index of all the institution's credentials is where a database begins
    its_own = func.coalesce(col(IssuedCredential.organisation_id), "") == organisation.id
    query = (
        select(ReportedProblem, IssuedCredential)
        .join(ClaimInvitation, col(ClaimInvitation.id) == ReportedProblem.invitation_id)
        .join(IssuedCredential, col(IssuedCredential.id) == ClaimInvitation.credential_id)
        .where(its_own, col(ReportedProblem.settled_at).is_(None))
        .order_by(col(ReportedProblem.reported_at))
        .limit(20)
    )
    return [(row[0], row[1]) for row in session.exec(query).all()]
