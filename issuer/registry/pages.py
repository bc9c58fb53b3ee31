"""The register for people: what is accredited (or was, on a day), one page per authority and one over all, and the
permanent page of each accreditation with its whole history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from issuer.accreditation import editions
from issuer.accreditation.listing import STREAMS, stream_name, track_name, track_names
from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from issuer.registry import lines, register, words
from issuer.registry.api import Whose, named_authority
from issuer.registry.filters import Filters, NoSuchDay
from issuer.registry.register import Entry, Found, Standing
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.places import place
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

_WRONG_DAY = N_("Give the day as year-month-day, for example 2026-06-12.")
_DUTCH_TOO = ("BE",)


@dataclass(frozen=True)
class Row:
    """One accreditation, in the reader's words."""

    title: str
    href: str
    institution: str
    authority: str
    territory: str
    conditions: tuple[str, ...]
    number: str
    kind: str
    word: str
    dutch: str
    """The state's name in Dutch, where the authority is Belgian."""
    when: str
    reason: str


@router.get("/{lang}/registry")
@router.get("/{lang}/o/{slug}/accreditations")
def public_list(
    request: Request,
    office: OfficeDep,
    session: Reading,
    lang: Lang,
    whose: Whose,
    filters: Annotated[Filters, Depends()],
    page: int = 1,
) -> Response:
    """Show what is accredited, or was on a day, to everybody."""
    now, wrong_day = office.clock(), ""
    try:
        query = filters.query(now, whose)
        found = register.find(session, query, page=page)
    except NoSuchDay:
        query = register.Query(now)
        found, wrong_day = Found((), 0, 1), office.pages.translate(lang, _WRONG_DAY)
    base = f"/o/{whose.slug}" if whose else ""
    shown: Response = office.pages.render(
        request,
        "registry/list.html",
        status=422 if wrong_day else 200,
        whose=whose,
        authority_name=organisations.name(whose, lang) if whose else "",
        place=_place(office, lang, whose.territory) if whose else "",
        found=found,
        rows=[_row(office, lang, entry) for entry in found.entries],
        given=filters,
        moment=query.moment,
        wrong_day=wrong_day,
        options=_options(office, session, lang, whose),
        narrowed=bool(filters.given()),
        home=f"{base}/accreditations" if whose else "/registry",
        forms=f"{base}/registry",
        page_of=lambda number: urlencode({**filters.given(), "page": number}),
        same=urlencode({**filters.given(), "lang": lang}),
    )
    return shown


@router.get("/{lang}/o/{slug}/accreditations/{accreditation_id}")
def one_accreditation(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, slug: str, accreditation_id: str
) -> Response:
    """Show one accreditation: where it stands, every decision about it, and where its signed editions are."""
    authority = named_authority(session, slug)
    now = office.clock()
    entry = register.entry(session, authority, accreditation_id, moment=now)
    link = office.settings.verifier_link
    return office.pages.render(
        request,
        "registry/entry.html",
        authority=authority,
        authority_name=organisations.name(authority, lang),
        entry=entry,
        row=_row(office, lang, entry),
        training=_training(session, lang, entry),
        decisions=[
            (one, office.pages.translate(lang, words.ACTS[one.act]))
            for one in register.decisions(session, now=now, accreditation_id=entry.accreditation.id)
        ],
        editions={
            one.edition: f"/o/{slug}/recognitions/{one.id}"
            for one in editions.of_accreditation(session, entry.accreditation.id)
            if one.body is not None
        },
        address=lines.page_address(office, lang, authority, entry.accreditation.id),
        verifier_link=link.format(lang=lang) if link else "",
    )


def _row(office: Office, lang: str, entry: Entry) -> Row:
    one = entry.accreditation

    def say(text: str, **values: object) -> str:
        return office.pages.translate(lang, text, **values)

    kind, word = words.STANDINGS[entry.standing]
    conditions = (track_name(one, lang, say), stream_name(one, say))
    return Row(
        title=lines.title(one, lang),
        href=f"/{lang}/o/{entry.authority.slug}/accreditations/{one.id}",
        institution=one.institution_name,
        authority=organisations.name(entry.authority, lang),
        territory=_place(office, lang, one.territory),
        conditions=tuple(text for text in conditions if text),
        number=one.number,
        kind=kind,
        word=say(word),
        dutch=words.say("nl", word) if entry.authority.territory.startswith(_DUTCH_TOO) else "",
        when=_when(office, lang, entry),
        reason=entry.reason,
    )


def _when(office: Office, lang: str, entry: Entry) -> str:
    one, writer = entry.accreditation, office.pages.writer(lang)

    def say(text: str, **values: object) -> str:
        return office.pages.translate(lang, text, **values)

    if entry.standing is Standing.WITHDRAWN:
        return say(N_("Withdrawn as of %(date)s"), date=writer.date(entry.since.date()))
    if entry.standing is Standing.SUSPENDED:
        return say(N_("Suspended since %(date)s"), date=writer.date(entry.since.date()))
    since = writer.date(one.valid_from.date())
    if one.valid_until is None:
        return say(N_("Since %(since)s, no end date"), since=since)
    return say(N_("%(since)s to %(until)s"), since=since, until=writer.date(one.valid_until.date()))


def _place(office: Office, lang: str, territory: str) -> str:
    return ", ".join(place(value, lambda text: office.pages.translate(lang, text)) for value in territory.split())


def _training(session: Session, lang: str, entry: Entry) -> str:
    """The programme's page, where it is taught on this service."""
    query = (
        select(Programme.slug, Organisation.slug)
        .join(Organisation, col(Organisation.id) == Programme.organisation_id)
        .where(Programme.achievement_id == entry.accreditation.achievement_id)
    )
    found = session.exec(query).first()
    return f"/{lang}/o/{found[1]}/p/{found[0]}" if found else ""


def _options(
    office: Office, session: Session, lang: str, whose: Organisation | None
) -> Mapping[str, list[tuple[str, str]]]:
    def say(text: str) -> str:
        return office.pages.translate(lang, text)

    offered = register.choices(session, whose.id if whose else "")
    tracks = track_names(session, lang, say)
    names: dict[str, Callable[[str], str]] = {
        "territory": lambda value: _place(office, lang, value),
        "track": lambda value: tracks.get(value, value),
        "stream": lambda value: say(STREAMS.get(value, value)),
    }
    every = [("", say(N_("Any")))]
    return {
        **{name: [*every, *((value, names[name](value)) for value in values)] for name, values in offered.items()},
        "state": [(value, say(text)) for value, text in words.FILTERS.items()],
    }
