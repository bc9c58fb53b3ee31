"""Pages of the staff for issuing a class, finding a credential, and what can happen to it afterwards."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer import cards
from issuer.accreditation import in_force
from issuer.hand_over import roll
from issuer.hand_over.invitations import language_of
from issuer.issuance import learner_record, one_call, overview, service, states
from issuer.issuance.models import CredentialState
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.office import Office, OfficeDep
from issuer.staff.access import Officer, Registrar
from issuer.staff.models import Role
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import NotFound
from kit.web import Reading, Unit
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

AT_ONCE = 500
"""Credentials signed in answer to one request, and people shown on one page; a larger class becomes a job."""

STATES = (
    ("", N_("All")),
    (CredentialState.ISSUED, N_("In force")),
    (CredentialState.SUSPENDED, N_("Suspended")),
    (CredentialState.REVOKED, N_("Revoked")),
)
ACTS = {"revoke": states.revoke, "suspend": states.suspend, "reinstate": states.reinstate}


# --- issue a class ---


@router.get("/{lang}/office/cohorts/{cohort_id}/issue")
def issue_form(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: Registrar, cohort_id: str
) -> Response:
    """Show who is ready, what signing does, and the button."""
    return _class_page(request, office, session, lang, who, cohort_id)


@router.post("/{lang}/office/cohorts/{cohort_id}/issue")
def issue(request: Request, office: OfficeDep, lang: Lang, who: Registrar, cohort_id: str) -> Response:
    """Sign the credentials of everybody who is ready, and show what became of each."""
    with office.database.reading() as session:
        overview.cohort_of(session, who.organisation.id, cohort_id)
        ready = overview.of_cohort(session, cohort_id, limit=AT_ONCE, ready_only=True)
    wanted = [row.completion.id for row in ready]
    outcomes = service.issue(office, wanted, organisation_id=who.organisation.id, actor=who.actor)
    with office.database.reading() as session:
        return _class_page(request, office, session, lang, who, cohort_id, outcomes=outcomes)


def _class_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    cohort_id: str,
    *,
    outcomes: list[Outcome] | None = None,
) -> Response:
    cohort, programme = overview.cohort_of(session, who.organisation.id, cohort_id)
    rows = overview.of_cohort(session, cohort_id, limit=AT_ONCE)
    completed, ready = overview.counts(session, cohort_id)
    by_completion = {outcome.completion_id: outcome for outcome in outcomes or ()}
    accredited = in_force.authorities(session, programme.achievement_id, lang, now=office.clock())
    return office.pages.render(
        request,
        "issuance/class.html",
        who=who,
        cohort=cohort,
        programme=programme,
        title=programme.title_fr if lang == "fr" else programme.title_en,
        rows=rows,
        outcomes=by_completion,
        done=outcomes is not None,
        signed=sum(one.kind is OutcomeKind.ISSUED for one in outcomes or ()),
        refused=[one for one in outcomes or () if one.kind is OutcomeKind.REFUSED],
        completed=completed,
        ready=ready,
        accredited=accredited,
        at_once=AT_ONCE,
    )


# --- find ---


@router.get("/{lang}/office/credentials")
def credentials(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: Officer,
    q: str = "",
    state: str = "",
    page: str = "1",
) -> Response:
    """Search the credentials of the organisation."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    now = office.clock()
    found = overview.find(session, who.organisation.id, q=q[:200], state=state, page=number)
    rows = [
        (
            one,
            *cards.standing(one.credential, None, now=now),
            one.programme.title_fr if lang == "fr" else one.programme.title_en,
        )
        for one in found.found
    ]
    return office.pages.render(
        request,
        "issuance/list.html",
        who=who,
        found=found,
        rows=rows,
        q=q[:200],
        state=state,
        states=STATES,
        counted=overview.COUNTED,
    )


# --- one credential ---


@router.get("/{lang}/office/credentials/{credential_id}")
def credential(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: Officer,
    credential_id: str,
    done: str = "",
) -> Response:
    """Show a credential, its life, its invitations, and what can be done with it."""
    return _credential_page(request, office, session, lang, who, credential_id, done=done)


@router.post("/{lang}/office/credentials/{credential_id}/record")
def make_record(office: OfficeDep, lang: Lang, who: Registrar, credential_id: str) -> Response:
    """Sign the learner record of a whole, and lead to its file."""
    learner_record.make(office, credential_id, organisation_id=who.organisation.id, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/credentials/{credential_id}/record.json", 303)


@router.get("/{lang}/office/credentials/{credential_id}/record.json")
def record_file(session: Reading, lang: Lang, who: Officer, credential_id: str) -> Response:
    """Give the learner record as it was signed."""
    credential = service.credential_of(session, who.organisation.id, credential_id)
    found = learner_record.of_credential(session, credential)
    if found is None:
        raise NotFound
    headers = {
        "content-disposition": f'attachment; filename="{credential.number}-clr.json"',
        "cache-control": "no-store",
    }
    return Response(found.body, media_type="application/vc", headers=headers)


@router.get("/{lang}/office/credentials/{credential_id}/{act}")
def act_form(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: Registrar,
    credential_id: str,
    act: str,
) -> Response:
    """Ask for the reason before revoking, suspending or reinstating."""
    return _act_page(request, office, session, lang, who, credential_id, act)


@router.post("/{lang}/office/credentials/{credential_id}/page")
def public_page(
    office: OfficeDep, session: Unit, lang: Lang, who: Registrar, credential_id: str, shown: Field = ""
) -> Response:
    """Switch the public page on or off."""
    found = service.credential_of(session, who.organisation.id, credential_id)
    states.show_publicly(office, session, found, shown=shown == "yes", actor=who.actor)
    return RedirectResponse(f"/{lang}/office/credentials/{credential_id}?done=page", 303)


@router.post("/{lang}/office/credentials/{credential_id}/correct")
def correct(office: OfficeDep, lang: Lang, who: Registrar, credential_id: str) -> Response:
    """Issue a corrected version in the place of a revoked credential."""
    made = one_call.correct_one(office, credential_id, organisation_id=who.organisation.id, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/credentials/{made.id}?done=corrected", 303)


@router.post("/{lang}/office/credentials/{credential_id}/{act}")
def carry_out(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    who: Registrar,
    credential_id: str,
    act: str,
    reason: Field = "",
) -> Response:
    """Revoke, suspend or reinstate."""
    found = service.credential_of(session, who.organisation.id, credential_id)
    change = ACTS.get(act)
    if change is None:
        raise service.UnknownCredential
    try:
        change(office, session, found, reason=reason, actor=who.actor)
    except states.ReasonMissing:
        return _act_page(request, office, session, lang, who, credential_id, act, reason=reason, status=422)
    return RedirectResponse(f"/{lang}/office/credentials/{credential_id}?done={act}", 303)


def _credential_page(
    request: Request, office: Office, session: Session, lang: str, who: SignedIn, credential_id: str, *, done: str
) -> Response:
    found = overview.one(session, who.organisation.id, credential_id)
    form = service.first_form(session, found.credential)
    content = cards.content(form.body, lang) if form else None
    now = office.clock()
    accredited = in_force.authorities(session, found.programme.achievement_id, lang, now=now)
    tag = cards.standing(found.credential, content.until if content else None, now=now)
    return office.pages.render(
        request,
        "issuance/credential.html",
        who=who,
        may_change=who.may(Role.REGISTRAR),
        found=found,
        credential=found.credential,
        content=content,
        card=content
        and cards.card(
            office,
            lang,
            content,
            who.organisation,
            number=found.credential.number,
            tag=tag,
            accredited_by=accredited,
        ),
        word=tag,
        invitations=roll.of_credential(office, session, found.credential.id, language=language_of(found.participant)),
        reports=roll.reports_of(session, [found.credential.id]),
        replaced_by=service.replacement_of(session, found.credential.id),
        public_address=f"{office.settings.public_url}/{lang}/c/{found.credential.public_id}",
        record=learner_record.of_credential(session, found.credential),
        record_possible=learner_record.has_parts(session, found.credential),
        done=done if done in (*ACTS, "page", "corrected", "invited", "voided", "settled") else "",
    )


def _act_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    credential_id: str,
    act: str,
    *,
    reason: str | None = None,
    status: int = 200,
) -> Response:
    if act not in ACTS:
        raise service.UnknownCredential
    found = overview.one(session, who.organisation.id, credential_id)
    page: Response = office.pages.render(
        request,
        "issuance/act.html",
        status=status,
        who=who,
        found=found,
        act=act,
        title=found.programme.title_fr if lang == "fr" else found.programme.title_en,
        reason=reason,
    )
    return page
