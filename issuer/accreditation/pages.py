"""Pages of an authority: its decisions, a new one with its effect written out, ending one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Form
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.accreditation import decision_form, editions, listing, service
from issuer.accreditation.decision_form import DecisionForm
from issuer.accreditation.limits import BeyondRecognition
from issuer.accreditation.models import Accreditation, AccreditationState
from issuer.accreditation.rules import Decision, Incomplete, NumberTaken
from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from issuer.outside import delivery
from issuer.programmes.models import Programme
from issuer.staff.access import AuthorityOfficer, AuthorityRegistrar
from issuer.staff.models import Role
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import NotFound
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

Field = Annotated[str, Form()]

ACTS = {"suspend": service.suspend, "reinstate": service.reinstate, "withdraw": service.withdraw}
_SENTENCES = {
    "programme": N_("Choose a training."),
    "institution_did": N_(
        "Give the institution's identifier: it begins with did:, for example did:web:college.example."
    ),
    "institution_name": N_("Give the institution's name."),
    "achievement_id": N_("Give the training's identifier, as its credentials name it."),
    "programme_title_fr": N_("Give the training's title."),
    "number": N_("Give a file number that you have not used before, for example CQM-2026-0207."),
    "valid_from": N_("Give the date as year-month-day, for example 2026-09-01."),
    "valid_until": N_("Give a date after the beginning as year-month-day, or leave it empty."),
    "reason": N_("Write the reason in one or two sentences."),
    "at": N_("Give a day on which the accreditation is in force, as year-month-day, for example 2026-11-22."),
}


# --- the authority's desk ---


@router.get("/{lang}/office/accreditations")
def accreditations(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: AuthorityOfficer
) -> Response:
    """Show the authority's decisions."""
    return office.pages.render(
        request,
        "accreditation/desk.html",
        who=who,
        rows=_rows(office, session, lang, who.organisation),
        may_change=who.may(Role.REGISTRAR),
    )


@router.get("/{lang}/office/accreditations/new")
def new(request: Request, office: OfficeDep, session: Reading, lang: Lang, who: AuthorityRegistrar) -> Response:
    """Ask for a decision."""
    given = {"territory": who.organisation.territory, "valid_from": office.clock().date().isoformat()}
    return _decision_page(request, office, session, lang, who, given=given)


@router.post("/{lang}/office/accreditations/new")
def decide(
    request: Request,
    office: OfficeDep,
    lang: Lang,
    who: AuthorityRegistrar,
    form: Annotated[DecisionForm, Form()],
) -> Response:
    """Write the effect out; when that is confirmed, sign and publish."""
    with office.database.reading() as session:
        try:
            decision = decision_form.read(session, form)
            service.foresee(session, who.organisation, decision)
        except (Incomplete, NumberTaken, BeyondRecognition) as wrong:
            return _decision_page(
                request, office, session, lang, who, given=form.model_dump(), errors=_errors(office, lang, wrong)
            )
        if form.confirmed != "yes":
            return _review_page(request, office, session, lang, who, form, decision)
    made = service.accredit(office, who.organisation, decision, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/accreditations/{made.id}?done=accredited", 303)


@router.get("/{lang}/office/accreditations/{accreditation_id}")
def accreditation(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: AuthorityOfficer,
    accreditation_id: str,
    done: str = "",
) -> Response:
    """Show one decision and its signed editions."""
    found = service.accreditation_of(session, who.organisation.id, accreditation_id)
    [row] = _shown(office, session, lang, [found])
    return office.pages.render(
        request,
        "accreditation/decision.html",
        who=who,
        may_change=who.may(Role.REGISTRAR),
        accreditation=found,
        row=row,
        editions=editions.of_accreditation(session, found.id),
        deliveries=delivery.of_accreditation(session, found.id),
        delivery_words=delivery.WORDS,
        ended=found.state is AccreditationState.WITHDRAWN,
        suspended=found.state is AccreditationState.SUSPENDED,
        done=done if done in (*ACTS, "accredited") else "",
    )


@router.get("/{lang}/office/accreditations/{accreditation_id}/{act}")
def act_form(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    who: AuthorityRegistrar,
    accreditation_id: str,
    act: str,
) -> Response:
    """Ask for the reason and the day, with the effect written out."""
    given = {"reason": "", "at": office.clock().date().isoformat()}
    return _act_page(request, office, session, lang, who, accreditation_id, act, given=given)


@router.post("/{lang}/office/accreditations/{accreditation_id}/{act}")
def carry_out(
    request: Request,
    office: OfficeDep,
    lang: Lang,
    who: AuthorityRegistrar,
    accreditation_id: str,
    act: str,
    reason: Field = "",
    at: Field = "",
) -> Response:
    """Suspend, reinstate or withdraw: sign and publish."""
    if act not in ACTS:
        raise NotFound
    try:
        day = decision_form.day("at", at)
        ACTS[act](office, who.organisation, accreditation_id, reason=reason, at=day, actor=who.actor)
    except Incomplete as wrong:
        given, errors = {"reason": reason, "at": at}, _errors(office, lang, wrong)
        with office.database.reading() as session:
            return _act_page(request, office, session, lang, who, accreditation_id, act, given=given, errors=errors)
    return RedirectResponse(f"/{lang}/office/accreditations/{accreditation_id}?done={act}", 303)


# --- pages ---


def _rows(office: Office, session: Session, lang: str, authority: Organisation) -> list[listing.Row]:
    return _shown(office, session, lang, service.of_authority(session, authority))


def _shown(office: Office, session: Session, lang: str, found: Sequence[Accreditation]) -> list[listing.Row]:
    def translate(text: str, **values: object) -> str:
        return office.pages.translate(lang, text, **values)

    writer = office.pages.writer(lang)
    return listing.rows(session, found, language=lang, translate=translate, writer=writer, now=office.clock())


def _decision_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    *,
    given: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Response:
    query = (
        select(Programme, Organisation)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(col(Programme.archived_at).is_(None))
        .order_by(col(Organisation.name_fr), col(Programme.title_fr))
    )
    groups: dict[str, list[tuple[str, str]]] = {}
    for programme, organisation in session.exec(query):
        title = programme.title_fr if lang == "fr" else programme.title_en
        groups.setdefault(organisations.name(organisation, lang), []).append((programme.id, title))
    return office.pages.render(
        request,
        "accreditation/decide.html",
        status=422 if errors else 200,
        who=who,
        groups=groups,
        given=given,
        errors=errors or {},
        **_choices(office, lang),
    )


def _review_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    form: DecisionForm,
    decision: Decision,
) -> Response:
    query = select(Organisation).where(Organisation.did == decision.institution_did)
    return office.pages.render(
        request,
        "accreditation/review.html",
        who=who,
        form=form.model_dump(exclude={"confirmed"}),
        decision=decision,
        title=decision.programme_title_fr if lang == "fr" else decision.programme_title_en,
        here=session.exec(query).first() is not None,
        track=listing.TRACKS.get(decision.track, decision.track),
        stream=listing.STREAMS.get(decision.stream, decision.stream),
    )


def _act_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    accreditation_id: str,
    act: str,
    *,
    given: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
) -> Response:
    if act not in ACTS:
        raise NotFound
    found = service.accreditation_of(session, who.organisation.id, accreditation_id)
    [row] = _shown(office, session, lang, [found])
    return office.pages.render(
        request,
        "accreditation/act.html",
        status=422 if errors else 200,
        who=who,
        row=row,
        accreditation=found,
        act=act,
        given=given,
        errors=errors or {},
    )


def _errors(office: Office, lang: str, wrong: Incomplete | NumberTaken | BeyondRecognition) -> dict[str, str]:
    if isinstance(wrong, BeyondRecognition):
        return decision_form.limited(office, lang, wrong, programme="programme")
    field = decision_form.field_of(wrong)
    return {field: office.pages.translate(lang, _SENTENCES[field])}


def _choices(office: Office, lang: str) -> dict[str, Any]:
    def options(table: Mapping[str, str]) -> list[tuple[str, str]]:
        none = office.pages.translate(lang, N_("None in particular"))
        return [("", none), *((value, office.pages.translate(lang, text)) for value, text in table.items())]

    return {"tracks": options(listing.TRACKS), "streams": options(listing.STREAMS)}
