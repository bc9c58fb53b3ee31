"""What an authority does with schemes: adopt one (shipped or its own), set dates and texts, open and close it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from typing import Any

from sqlmodel import Session, col, select

from issuer.accreditation.rules import NotAnAuthority
from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.schemes.definition import LONGEST_LABEL, LONGEST_TEXT, Definition, Text
from issuer.schemes.models import Scheme
from issuer.schemes.reading import read
from kit.i18n import N_
from kit.problems import Conflict, NotFound, Unprocessable

_SHIPPED = resources.files("issuer.schemes") / "shipped"


class UnknownScheme(NotFound):
    """The authority runs no such scheme."""


class AlreadyAdopted(Conflict):
    """The authority runs a scheme of this short name."""

    slug, title = "scheme-adopted", N_("Your organization already runs this scheme")


class InvalidSettings(Unprocessable):
    """Some settings are not acceptable; `fields` maps each to a sentence (English source text)."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(errors=[{"at": name, "reason": reason} for name, reason in fields.items()])
        self.fields = fields


class Window(StrEnum):
    """Whether applications are taken at a moment, and if not, why."""

    OPEN = "open"
    SHUT = "shut"
    NOT_YET = "not-yet"
    OVER = "over"
    SPENT = "spent"


@dataclass(frozen=True)
class Settings:
    """What an authority sets for itself, within what the scheme's file allows."""

    name: Text
    summary: Text
    territories: tuple[str, ...]
    validity_months: int | None
    promise_days: int
    answer_by: date | None
    opinions: int
    zone: str
    opens: datetime | None
    closes: datetime | None

    @classmethod
    def of(cls, definition: Definition) -> Settings:
        """Return the settings that a definition comes with."""
        return cls(**{name: getattr(definition, name) for name in cls.__dataclass_fields__})


# --- shipped ---


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, str]:
    """Return the files of the schemes that come along, by short name."""
    files = sorted(_SHIPPED.iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): file.read_text("utf-8") for file in files if file.name.endswith(".toml")}


read_cached = lru_cache(maxsize=64)(read)
"""`reading.read`, remembering the last few files. Raises `InvalidScheme`."""


# --- acts ---


def adopt(office: Office, session: Session, authority: Organisation, source: str, *, actor: str) -> Scheme:
    """Make the scheme of a file one of the authority's own, not open yet.

    Raises `InvalidScheme`, `NotAnAuthority`, `AlreadyAdopted`.
    """
    if authority.kind is not OrganisationKind.AUTHORITY:
        raise NotAnAuthority
    found = read_cached(source)
    query = select(Scheme.id).where(Scheme.authority_id == authority.id, Scheme.slug == found.key)
    if session.exec(query).first() is not None:
        raise AlreadyAdopted
    scheme = Scheme(
        authority_id=authority.id,
        slug=found.key,
        source=source,
        created_at=office.clock(),
        **_columns(Settings.of(found)),
    )
    session.add(scheme)
    session.flush()
    _record(office, session, scheme, "scheme.adopted", actor)
    return scheme


def change(office: Office, session: Session, scheme: Scheme, settings: Settings, *, actor: str) -> None:
    """Set dates, texts and promises anew; applications that were sent keep their day. Raises `InvalidSettings`."""
    _check(read_cached(scheme.source), settings)
    for name, value in _columns(settings).items():
        setattr(scheme, name, value)
    session.add(scheme)
    _record(office, session, scheme, "scheme.changed", actor)


def open_scheme(office: Office, session: Session, scheme: Scheme, *, actor: str) -> None:
    """Take applications, from `opens_at` on where there is such a moment."""
    if not scheme.is_open:
        scheme.is_open = True
        session.add(scheme)
        _record(office, session, scheme, "scheme.opened", actor)


def close_scheme(office: Office, session: Session, scheme: Scheme, *, actor: str) -> None:
    """Take no more applications; those that were sent go on."""
    if scheme.is_open:
        scheme.is_open = False
        session.add(scheme)
        _record(office, session, scheme, "scheme.closed", actor)


# --- looking ---


def definition(scheme: Scheme) -> Definition:
    """Return the scheme as it applies: its file, with what the authority set for itself."""
    return replace(
        read_cached(scheme.source),
        name=Text(scheme.name_fr, scheme.name_en),
        summary=Text(scheme.summary_fr, scheme.summary_en),
        territories=tuple(scheme.territories.split()),
        validity_months=scheme.validity_months,
        promise_days=scheme.promise_days,
        answer_by=scheme.answer_by,
        opinions=scheme.opinions,
        zone=scheme.zone,
        opens=scheme.opens_at,
        closes=scheme.closes_at,
    )


def window(scheme: Scheme, now: datetime) -> Window:
    """Say whether applications are taken at `now`."""
    envelope = read_cached(scheme.source).envelope
    if scheme.closes_at is not None and now >= scheme.closes_at:
        return Window.OVER
    if not scheme.is_open:
        return Window.SHUT
    if scheme.opens_at is not None and now < scheme.opens_at:
        return Window.NOT_YET
    if envelope is not None and scheme.committed >= envelope.amount:
        return Window.SPENT
    return Window.OPEN


def left(scheme: Scheme) -> int | None:
    """Return what is left of the envelope; None where there is none."""
    envelope = read_cached(scheme.source).envelope
    return None if envelope is None else envelope.amount - scheme.committed


def of_authority(session: Session, authority: Organisation) -> Sequence[Scheme]:
    """Return the authority's schemes by French name."""
    query = select(Scheme).where(Scheme.authority_id == authority.id).order_by(col(Scheme.name_fr))
    return session.exec(query).all()


def get(session: Session, authority: Organisation, scheme_id: str, *, lock: bool = False) -> Scheme:
    """Return a scheme of this authority. Raises `UnknownScheme`, for somebody else's too."""
    scheme = session.get(Scheme, scheme_id, with_for_update=lock)
    if scheme is None or scheme.authority_id != authority.id:
        raise UnknownScheme
    return scheme


def name(scheme: Scheme, language: str) -> str:
    """Return the scheme's name in the reader's language."""
    return scheme.name_fr if language == "fr" else scheme.name_en


def by_slug(session: Session, authority: Organisation, slug: str) -> Scheme:
    """Return the authority's scheme of this short name. Raises `UnknownScheme`."""
    query = select(Scheme).where(Scheme.authority_id == authority.id, Scheme.slug == slug)
    scheme = session.exec(query).first()
    if scheme is None:
        raise UnknownScheme
    return scheme


def all_open(session: Session) -> Sequence[tuple[Scheme, Organisation]]:
    """Return the schemes that authorities of this service have opened, whatever their dates, by authority."""
    query = (
        select(Scheme, Organisation)
        .join(Organisation, col(Organisation.id) == Scheme.authority_id)
        .where(col(Scheme.is_open).is_(True))
        .order_by(col(Organisation.name_fr), col(Scheme.name_fr))
    )
    return [(scheme, authority) for scheme, authority in session.exec(query)]


# --- rules ---


def _columns(settings: Settings) -> dict[str, Any]:
    return {
        "name_fr": settings.name.fr.strip(),
        "name_en": settings.name.en.strip(),
        "summary_fr": settings.summary.fr.strip(),
        "summary_en": settings.summary.en.strip(),
        "territories": " ".join(settings.territories),
        "validity_months": settings.validity_months,
        "promise_days": settings.promise_days,
        "answer_by": settings.answer_by,
        "opinions": settings.opinions,
        "zone": settings.zone,
        "opens_at": settings.opens,
        "closes_at": settings.closes,
    }


def _check(file: Definition, given: Settings) -> None:
    """Refuse what goes beyond the file or contradicts itself. Raises `InvalidSettings`."""
    wrong: dict[str, str] = {}
    for name, text, longest in (("name", given.name, LONGEST_LABEL), ("summary", given.summary, LONGEST_TEXT)):
        for language in ("fr", "en"):
            if not 1 <= len(text.read_in(language).strip()) <= longest:
                wrong[f"{name}_{language}"] = N_("Write this text; both languages are shown.")
    if not set(given.territories) <= set(file.territories) or bool(given.territories) != bool(file.territories):
        wrong["territories"] = N_("Choose at least one of the territories that the scheme's file names.")
    if given.validity_months is not None and not 1 <= given.validity_months <= 600:
        wrong["validity_months"] = N_("Enter a number of months from 1 to 600, or nothing for no end date.")
    if not 1 <= given.promise_days <= 730:
        wrong["promise_days"] = N_("Enter a number of days from 1 to 730.")
    if not 0 <= given.opinions <= 50:
        wrong["opinions"] = N_("Enter a number from 0 to 50.")
    if given.opens is not None and given.closes is not None and given.opens >= given.closes:
        wrong["closes"] = N_("The closing lies before the opening.")
    if wrong:
        raise InvalidSettings(wrong)


def _record(office: Office, session: Session, scheme: Scheme, act: str, actor: str) -> None:
    audit.record(
        session,
        actor=actor,
        organisation_id=scheme.authority_id,
        act=act,
        subject=scheme.id,
        now=office.clock(),
        scheme=scheme.slug,
    )
