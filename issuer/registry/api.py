"""The register for programs: the signed list and its editions, feeds, the table, and the file of issuers.

Every form stands twice: over all authorities of this service under `/registry`, and per authority under
`/o/{slug}/registry`.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import Depends, Query
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from issuer.accreditation import signed_list
from issuer.history import asking
from issuer.history.asking import AsOf
from issuer.history.models import PublishedKind
from issuer.history.service import by_sequence
from issuer.negotiation import preferred
from issuer.office import Office, OfficeDep
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.registry import forms, lines, register, words
from issuer.registry.answers import FOR_EVER, answer
from issuer.registry.filters import Filters
from kit.problems import NotFound
from kit.tables import write_csv
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(tags=["Register"])

Language = Annotated[Literal["fr", "en", "nl"], Query(alias="lang")]

LIST_TYPES = ("application/vp", "application/json", "application/ld+json")
EDITION_TYPES = ("application/vc", "application/json", "application/ld+json")


def _authority(request: Request, session: Reading) -> Organisation | None:
    """The authority that the address names; None for the register over all of them. Raises `NotFound`."""
    slug = request.path_params.get("slug")
    return named_authority(session, slug) if slug is not None else None


Whose = Annotated[Organisation | None, Depends(_authority, scope="function")]


def named_authority(session: Session, slug: str) -> Organisation:
    """Return the authority called `slug`. Raises `NotFound`, also for an organisation of another kind."""
    found = organisations.by_slug(session, slug)
    if found.kind is not OrganisationKind.AUTHORITY:
        raise NotFound
    return found


@router.get("/o/{slug}/accreditations")
def accreditations(request: Request, office: OfficeDep, session: Reading, slug: str, as_of: AsOf) -> Response:
    """Return the authority's signed list with every edition that it names: a document that a verifier can hold.

    `versionTime` and `versionId` give the list of an earlier day.
    """
    authority = named_authority(session, slug)
    place = signed_list.address(office, slug)
    version = as_of.find(session, authority, PublishedKind.SIGNED_LIST, place)
    return answer(
        request,
        partial(signed_list.presentation, session, authority, version),
        preferred(request, *LIST_TYPES),
        digest=version.digest,
        vary="accept",
        link=asking.link(office, slug),
    )


@router.get("/o/{slug}/accreditations/digests/{sequence}")
def digests(request: Request, office: OfficeDep, session: Reading, slug: str, sequence: int) -> Response:
    """Return the digests that a version of the signed list is over, always the same bytes."""
    authority = named_authority(session, slug)
    version = by_sequence(session, authority, sequence)
    if version.subject != signed_list.address(office, slug):
        raise NotFound
    return answer(request, signed_list.digests_of(session, authority, sequence), "application/json", keep=FOR_EVER)


@router.get("/o/{slug}/accreditations/{accreditation_id}")
def accreditation(
    request: Request, office: OfficeDep, session: Reading, slug: str, accreditation_id: str, as_of: AsOf
) -> Response:
    """Return the newest signed edition of one accreditation, or the one that was published at `versionTime`."""
    authority = named_authority(session, slug)
    place = f"{signed_list.address(office, slug)}/{accreditation_id}"
    version = as_of.find(session, authority, PublishedKind.RECOGNITION, place)
    media_type = preferred(request, *EDITION_TYPES)
    return answer(request, version.body, media_type, vary="accept", link=asking.link(office, slug))


@router.get("/o/{slug}/recognitions/{edition_id}")
def recognition(request: Request, session: Reading, slug: str, edition_id: str) -> Response:
    """Return one signed edition, always the same bytes."""
    body = signed_list.edition(session, named_authority(session, slug), edition_id)
    if body is None:
        raise NotFound
    return answer(request, body, preferred(request, *EDITION_TYPES), keep=FOR_EVER, vary="accept")


@router.get("/registry/decisions.json")
@router.get("/o/{slug}/registry/decisions.json")
def json_feed(
    request: Request, office: OfficeDep, session: Reading, whose: Whose, language: Language = "fr"
) -> Response:
    """Return the newest decisions as a JSON Feed (version 1.1)."""
    channel, items = _feed(request, office, session, whose, language)
    return answer(request, forms.json_feed(channel, items), "application/feed+json")


@router.get("/registry/decisions.rss")
@router.get("/o/{slug}/registry/decisions.rss")
def rss(request: Request, office: OfficeDep, session: Reading, whose: Whose, language: Language = "fr") -> Response:
    """Return the newest decisions as RSS 2.0."""
    channel, items = _feed(request, office, session, whose, language)
    return answer(request, forms.rss(channel, items), "application/rss+xml")


@router.get("/registry/accreditations.csv")
@router.get("/o/{slug}/registry/accreditations.csv")
def table(
    request: Request,
    office: OfficeDep,
    session: Reading,
    whose: Whose,
    filters: Annotated[Filters, Depends()],
    language: Language = "fr",
) -> Response:
    """Return the accreditations as a table for spreadsheets, narrowed as the page narrows them."""
    query = filters.query(office.clock(), whose)
    found = register.find(session, query, size=register.LONGEST_TABLE)
    body = write_csv(lines.headings(language), [lines.line(office, entry, language) for entry in found.entries])
    name = f"{whose.slug if whose else 'registry'}-{query.moment.date().isoformat()}.csv"
    return answer(request, body, "text/csv", **{"content-disposition": f'attachment; filename="{name}"'})


@router.get("/registry/issuers.json")
@router.get("/o/{slug}/registry/issuers.json")
def issuers(request: Request, office: OfficeDep, session: Reading, whose: Whose, language: Language = "fr") -> Response:
    """Return who issues something accredited today, in the registry file form that other wallets read."""
    now = office.clock()
    whose_id = whose.id if whose else ""
    found = register.recognised_issuers(session, register.Query(now, authority_id=whose_id))
    created, updated = register.first_and_last(session, now=now, authority_id=whose_id)
    body = forms.issuers_file(lines.issuers(office, found, language), created=created, updated=updated)
    return answer(request, body, "application/json")


def _feed(
    request: Request, office: Office, session: Session, whose: Organisation | None, language: str
) -> tuple[forms.Channel, list[forms.Item]]:
    decided = register.decisions(session, now=office.clock(), authority_id=whose.id if whose else "")
    home = f"/o/{whose.slug}/accreditations" if whose else "/registry"
    shown = language if language in ("fr", "en") else "en"
    channel = forms.Channel(
        title=words.say(language, words.FEED_TITLE),
        language=language,
        home=f"{office.settings.public_url}/{shown}{home}",
        address=f"{office.settings.public_url}{request.url.path}?lang={language}",
        author=organisations.name(whose, language) if whose else office.settings.host,
        author_url=f"{office.settings.public_url}/{shown}{home}",
    )
    return channel, [lines.item(office, one, language) for one in decided]
