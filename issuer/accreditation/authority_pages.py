"""Pages of an authority that recognises authorities: the decision, and its effect written out before it is signed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer.accreditation import authorities, listing
from issuer.accreditation.authorities import AuthorityDecision
from issuer.accreditation.decision_form import ELSEWHERE, day, field_of, limited
from issuer.accreditation.limits import BeyondRecognition
from issuer.accreditation.rules import Incomplete, NumberTaken
from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.staff.access import AuthorityRegistrar
from issuer.staff.service import SignedIn
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.web import Reading
from kit.web import router as strict_router
from vc.recognition import Conditions

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

_DEPTHS = {
    "0": N_("Institutions only"),
    "1": N_("Institutions, and authorities that recognize institutions"),
    "2": N_("Two levels of authorities below it"),
    "3": N_("Three levels of authorities below it"),
}
_SENTENCES = {
    "authority_did": N_("Choose an authority, or give its identifier: it begins with did:, and is not your own."),
    "authority_name": N_("Give the authority's name."),
    "number": N_("Give a file number that you have not used before, for example CQM-2026-0207."),
    "max_depth": N_("Choose whom it may recognize."),
    "conditions": N_("Write each condition as one word or address, with spaces between several."),
    "valid_from": N_("Give the date as year-month-day, for example 2026-09-01."),
    "valid_until": N_("Give a date after the beginning as year-month-day, or leave it empty."),
}


class AuthorityForm(BaseModel):
    """The form, as typed. `territory` and `programmes` may hold several values with spaces between."""

    authority: str = ""
    """Id of an authority on this service, or `elsewhere`."""
    authority_did: str = ""
    authority_name: str = ""
    number: str = ""
    territory: str = ""
    track: str = ""
    stream: str = ""
    programmes: str = ""
    max_depth: str = "0"
    valid_from: str = ""
    valid_until: str = ""
    confirmed: str = ""


@router.get("/{lang}/office/authorities/new")
def new(request: Request, office: OfficeDep, session: Reading, lang: Lang, who: AuthorityRegistrar) -> Response:
    """Ask for a decision about an authority."""
    given = AuthorityForm(territory=who.organisation.territory, valid_from=office.clock().date().isoformat())
    return _page(request, office, session, lang, who, given)


@router.post("/{lang}/office/authorities/new")
def decide(
    request: Request, office: OfficeDep, lang: Lang, who: AuthorityRegistrar, form: Annotated[AuthorityForm, Form()]
) -> Response:
    """Write the effect out; when that is confirmed, sign and publish."""
    with office.database.reading() as session:
        try:
            decision = _decision(session, form)
            authorities.foresee(session, who.organisation, decision)
        except (Incomplete, NumberTaken, BeyondRecognition) as wrong:
            return _page(request, office, session, lang, who, form, errors=_errors(office, lang, wrong))
    if form.confirmed != "yes":
        return office.pages.render(
            request,
            "accreditation/authority_review.html",
            who=who,
            form=form.model_dump(exclude={"confirmed"}),
            decision=decision,
            depth=_DEPTHS[str(decision.conditions.max_depth)],
            tracks=listing.TRACKS,
            streams=listing.STREAMS,
        )
    made = authorities.recognise_authority(office, who.organisation, decision, actor=who.actor)
    return RedirectResponse(f"/{lang}/office/accreditations/{made.id}?done=accredited", 303)


# --- reading the form ---


def _decision(session: Session, form: AuthorityForm) -> AuthorityDecision:
    """Return the decision that the form describes. Raises `Incomplete`, naming the field."""
    chosen = session.get(Organisation, form.authority) if form.authority not in ("", ELSEWHERE) else None
    if form.max_depth not in _DEPTHS:
        raise Incomplete("one of the choices is needed", at="max_depth")
    return AuthorityDecision(
        authority_did=chosen.did if chosen else form.authority_did.strip(),
        authority_name=chosen.name_fr if chosen else form.authority_name.strip(),
        number=form.number.strip(),
        conditions=Conditions(
            territories=tuple(form.territory.split()),
            tracks=tuple(form.track.split()),
            streams=tuple(form.stream.split()),
            programmes=tuple(form.programmes.split()),
            max_depth=int(form.max_depth),
        ),
        valid_from=day("valid_from", form.valid_from),
        valid_until=day("valid_until", form.valid_until, last_moment=True) if form.valid_until.strip() else None,
    )


def _errors(office: Office, lang: str, wrong: Incomplete | NumberTaken | BeyondRecognition) -> dict[str, str]:
    if isinstance(wrong, BeyondRecognition):
        return limited(office, lang, wrong, programme="programmes")
    field = field_of(wrong)
    return {"territory" if field == "conditions" else field: office.pages.translate(lang, _SENTENCES[field])}


# --- the page ---


def _page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    who: SignedIn,
    given: AuthorityForm,
    *,
    errors: dict[str, str] | None = None,
) -> Response:
    def options(table: dict[str, str], *, none: str = "") -> list[tuple[str, str]]:
        chosen = [(value, office.pages.translate(lang, text)) for value, text in table.items()]
        return [("", office.pages.translate(lang, none)), *chosen] if none else chosen

    others = [one for one in organisations.all_of(session, OrganisationKind.AUTHORITY) if one.id != who.organisation.id]
    return office.pages.render(
        request,
        "accreditation/authority.html",
        status=422 if errors else 200,
        who=who,
        given=given,
        errors=errors or {},
        authorities=[
            ("", office.pages.translate(lang, N_("Choose…"))),
            *((one.id, organisations.name(one, lang)) for one in others),
            (ELSEWHERE, office.pages.translate(lang, N_("An authority that is not on this service"))),
        ],
        depths=options(_DEPTHS),
        tracks=options(listing.TRACKS, none=N_("None in particular")),
        streams=options(listing.STREAMS, none=N_("None in particular")),
    )
