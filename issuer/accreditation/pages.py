"""Pages of an authority: its decisions, a new one with its effect written out, ending one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.accreditation import editions, listing, service
from issuer.accreditation.limits import BeyondRecognition
from issuer.accreditation.models import Accreditation, AccreditationState
from issuer.accreditation.rules import Decision, Incomplete, NumberTaken, check
from issuer.days import moment_of
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
ELSEWHERE = "elsewhere"
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


class DecisionForm(BaseModel):
    """The form of a decision, as typed."""

    programme: str = ""
    """Id of a programme on this service, or `elsewhere`."""
    institution_did: str = ""
    institution_name: str = ""
    achievement_id: str = ""
    programme_title_fr: str = ""
    number: str = ""
    track: str = ""
    stream: str = ""
    territory: str = ""
    valid_from: str = ""
    valid_until: str = ""
    confirmed: str = ""


class _Wrong(Exception):
    """A form that cannot be carried out; `fields` name what to change."""

    def __init__(self, *fields: str) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


# --- the authority's desk ---


@router.get("/{lang}/office/accreditations")
def accreditations(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, who: AuthorityOfficer
) -> Response:
    """Show the authority's decisions."""
    page: Response = office.pages.render(
        request,
        "accreditation/desk.html",
        who=who,
        rows=_rows(office, session, lang, who.organisation),
        may_change=who.may(Role.REGISTRAR),
    )
    return page


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
            decision = _decision(session, form)
            _check_number(session, who.organisation, decision.number)
            service.check_limits(session, who.organisation, decision)
        except (_Wrong, Incomplete, NumberTaken, BeyondRecognition) as wrong:
            return _decision_page(
                request,
                office,
                session,
                lang,
                who,
                given=form.model_dump(),
                wrong=_fields(wrong),
                limited_by=wrong.members["by"] if isinstance(wrong, BeyondRecognition) else "",
                status=422,
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
    page: Response = office.pages.render(
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
    return page


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
        day = _day("at", at)
        ACTS[act](office, who.organisation, accreditation_id, reason=reason, at=day, actor=who.actor)
    except (_Wrong, Incomplete) as wrong:
        given = {"reason": reason, "at": at}
        with office.database.reading() as session:
            return _act_page(
                request,
                office,
                session,
                lang,
                who,
                accreditation_id,
                act,
                given=given,
                wrong=_fields(wrong),
                status=422,
            )
    return RedirectResponse(f"/{lang}/office/accreditations/{accreditation_id}?done={act}", 303)


# --- reading forms ---


def _decision(session: Session, form: DecisionForm) -> Decision:
    """Return the decision that the form describes. Raises `_Wrong` or `Incomplete`, naming fields."""
    if not form.programme:
        raise _Wrong("programme")
    taught = _taught(session, form.programme) if form.programme != ELSEWHERE else None
    decision = Decision(
        institution_did=taught[1].did if taught else form.institution_did.strip(),
        institution_name=taught[1].name_fr if taught else form.institution_name.strip(),
        achievement_id=taught[0].achievement_id if taught else form.achievement_id.strip(),
        programme_title_fr=taught[0].title_fr if taught else form.programme_title_fr.strip(),
        programme_title_en=taught[0].title_en if taught else form.programme_title_fr.strip(),
        number=form.number.strip(),
        track=form.track,
        stream=form.stream,
        territory=form.territory.strip(),
        valid_from=_day("valid_from", form.valid_from),
        valid_until=_day("valid_until", form.valid_until, last_moment=True) if form.valid_until.strip() else None,
    )
    check(decision)
    return decision


def _taught(session: Session, programme_id: str) -> tuple[Programme, Organisation]:
    query = (
        select(Programme, Organisation)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(Programme.id == programme_id)
    )
    found = session.exec(query).first()
    if found is None:
        raise _Wrong("programme")
    return found


def _check_number(session: Session, authority: Organisation, number: str) -> None:
    if service.number_is_taken(session, authority.id, number):
        raise NumberTaken


def _day(field: str, text: str, *, last_moment: bool = False) -> datetime:
    try:
        return moment_of(text, last_moment=last_moment)
    except ValueError:
        raise _Wrong(field) from None


def _fields(wrong: Exception) -> tuple[str, ...]:
    if isinstance(wrong, _Wrong):
        return wrong.fields
    if isinstance(wrong, BeyondRecognition):
        return tuple("programme" if field == "achievement_id" else field for field in wrong.members["fields"])
    if isinstance(wrong, Incomplete):
        return (str(wrong.members["at"]),)
    return ("number",)


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
    wrong: tuple[str, ...] = (),
    limited_by: str = "",
    status: int = 200,
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
    page: Response = office.pages.render(
        request,
        "accreditation/decide.html",
        status=status,
        who=who,
        groups=groups,
        given=given,
        errors=_limits(office, lang, wrong, limited_by) if limited_by else _errors(office, lang, wrong),
        **_choices(office, lang),
    )
    return page


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
    page: Response = office.pages.render(
        request,
        "accreditation/review.html",
        who=who,
        form=form.model_dump(exclude={"confirmed"}),
        decision=decision,
        title=decision.programme_title_fr if lang == "fr" else decision.programme_title_en,
        here=session.exec(query).first() is not None,
        track=dict(listing.TRACKS).get(decision.track, decision.track),
        stream=dict(listing.STREAMS).get(decision.stream, decision.stream),
    )
    return page


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
    wrong: tuple[str, ...] = (),
    status: int = 200,
) -> Response:
    if act not in ACTS:
        raise NotFound
    found = service.accreditation_of(session, who.organisation.id, accreditation_id)
    [row] = _shown(office, session, lang, [found])
    page: Response = office.pages.render(
        request,
        "accreditation/act.html",
        status=status,
        who=who,
        row=row,
        accreditation=found,
        act=act,
        given=given,
        errors=_errors(office, lang, wrong),
    )
    return page


def _errors(office: Office, lang: str, fields: tuple[str, ...]) -> dict[str, str]:
    return {field: office.pages.translate(lang, _SENTENCES[field]) for field in fields}


def _limits(office: Office, lang: str, fields: tuple[str, ...], by: str) -> dict[str, str]:
    """What to say at the fields in which a decision goes beyond the recognition of its authority by `by`."""
    sentence = office.pages.translate(
        lang, N_("Choose less: %(by)s recognized your organization within narrower limits."), by=by
    )
    return dict.fromkeys(fields, sentence)


def _choices(office: Office, lang: str) -> dict[str, Any]:
    def options(table: Mapping[str, str]) -> list[tuple[str, str]]:
        none = office.pages.translate(lang, N_("None in particular"))
        return [("", none), *((value, office.pages.translate(lang, text)) for value, text in table.items())]

    return {"tracks": options(listing.TRACKS), "streams": options(listing.STREAMS)}
