"""What can be done with programmes: create, change, archive, find."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlmodel import Session, col, select

from issuer.addresses import machine_origin
from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme, ProgrammeSkill, Stream
from kit.i18n import N_
from kit.problems import NotFound, Unprocessable
from vc.text import composed

LONGEST_TITLE = 200
LONGEST_TEXT = 4000
MOST_HOURS = 5000
MOST_SKILLS = 30
LANGUAGES = ("fr", "en", "nl", "de", "iu", "cr")
"""Languages of instruction that the form offers; data, to be extended."""

_SLUG = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class SkillText:
    """One skill of a public framework, as it is entered."""

    name_fr: str
    name_en: str
    framework: str
    code: str
    url: str
    target_type: str = "ceasn:Competency"


@dataclass(frozen=True)
class ProgrammeText:
    """Everything about a programme that people write."""

    title_fr: str
    title_en: str
    description_fr: str
    description_en: str
    criteria_fr: str
    criteria_en: str
    hours: int
    stream: Stream
    language: str
    valid_months: int | None = None
    skills: Sequence[SkillText] = ()


class InvalidProgramme(Unprocessable):
    """Some fields are not acceptable; `fields` maps each to a sentence (English source text)."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(errors=[{"at": name, "reason": reason} for name, reason in fields.items()])
        self.fields = fields


def create(
    office: Office, session: Session, organisation: Organisation, text: ProgrammeText, *, actor: str, slug: str = ""
) -> Programme:
    """Create a programme; its address comes from `slug` or its French title and never changes.

    Raises `InvalidProgramme`.
    """
    _check(text)
    chosen = _free_slug(session, organisation, slug or text.title_fr)
    programme = Programme(
        organisation_id=organisation.id,
        slug=chosen,
        achievement_id=f"{machine_origin(office.settings)}/o/{organisation.slug}/p/{chosen}",
        created_at=office.clock(),
        **_members(text),
    )
    session.add(programme)
    session.flush()
    _replace_skills(session, programme, text.skills)
    _recorded(office, session, programme, "programme.created", actor)
    return programme


def change(office: Office, session: Session, programme: Programme, text: ProgrammeText, *, actor: str) -> None:
    """Change a programme's texts; credentials that were issued keep what they say. Raises `InvalidProgramme`."""
    _check(text)
    for name, value in _members(text).items():
        setattr(programme, name, value)
    session.add(programme)
    _replace_skills(session, programme, text.skills)
    _recorded(office, session, programme, "programme.changed", actor)


def archive(office: Office, session: Session, programme: Programme, *, actor: str) -> None:
    """Take a programme out of the lists; nothing is deleted."""
    programme.archived_at = office.clock()
    session.add(programme)
    _recorded(office, session, programme, "programme.archived", actor)


def restore(office: Office, session: Session, programme: Programme, *, actor: str) -> None:
    """Put an archived programme back."""
    programme.archived_at = None
    session.add(programme)
    _recorded(office, session, programme, "programme.restored", actor)


def of_organisation(session: Session, organisation: Organisation, *, archived: bool = False) -> list[Programme]:
    """Return an organisation's programmes by French title; the archived ones only when asked for."""
    query = select(Programme).where(Programme.organisation_id == organisation.id)
    if not archived:
        query = query.where(col(Programme.archived_at).is_(None))
    return list(session.exec(query.order_by(col(Programme.title_fr))).all())


def get(session: Session, organisation: Organisation, programme_id: str) -> Programme:
    """Return a programme of this organisation. Raises `NotFound`, for somebody else's too."""
    programme = session.get(Programme, programme_id)
    if programme is None or programme.organisation_id != organisation.id:
        raise NotFound
    return programme


def by_slug(session: Session, organisation: Organisation, slug: str) -> Programme:
    """Return the programme at this address. Raises `NotFound`."""
    query = select(Programme).where(Programme.organisation_id == organisation.id, Programme.slug == slug)
    programme = session.exec(query).first()
    if programme is None:
        raise NotFound
    return programme


def skills(session: Session, programme: Programme) -> list[ProgrammeSkill]:
    """Return the programme's skills in their order."""
    query = select(ProgrammeSkill).where(ProgrammeSkill.programme_id == programme.id)
    return list(session.exec(query.order_by(col(ProgrammeSkill.position))).all())


# --- rules ---


def _check(text: ProgrammeText) -> None:
    wrong: dict[str, str] = {}
    for name in ("title_fr", "title_en"):
        if not 1 <= len(getattr(text, name).strip()) <= LONGEST_TITLE:
            wrong[name] = N_("A title has 1 to 200 characters.")
    for name in ("description_fr", "description_en", "criteria_fr", "criteria_en"):
        if not 1 <= len(getattr(text, name).strip()) <= LONGEST_TEXT:
            wrong[name] = N_("Write 1 to 4,000 characters; credentials show this text.")
    if not 1 <= text.hours <= MOST_HOURS:
        wrong["hours"] = N_("Enter a whole number of hours, from 1 to 5,000. Example: 45")
    if text.valid_months is not None and not 1 <= text.valid_months <= 600:
        wrong["valid_months"] = N_("Enter a number of months from 1 to 600, or nothing for no end date.")
    if text.language not in LANGUAGES:
        wrong["language"] = N_("Choose the language of instruction.")
    if len(text.skills) > MOST_SKILLS or not all(_is_complete(skill) for skill in text.skills):
        wrong["skills"] = N_("Each skill needs a name in both languages, a framework and an https address.")
    if wrong:
        raise InvalidProgramme(wrong)


def _is_complete(skill: SkillText) -> bool:
    texts = (skill.name_fr, skill.name_en, skill.framework)
    return all(1 <= len(text.strip()) <= LONGEST_TITLE for text in texts) and _is_web_address(skill.url)


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
    except ValueError:  # brackets that hold no IPv6 address
        return False
    return address.scheme in ("https", "http") and bool(address.hostname)


def _members(text: ProgrammeText) -> dict[str, Any]:
    return {
        "title_fr": composed(text.title_fr),
        "title_en": composed(text.title_en),
        "description_fr": composed(text.description_fr),
        "description_en": composed(text.description_en),
        "criteria_fr": composed(text.criteria_fr),
        "criteria_en": composed(text.criteria_en),
        "hours": text.hours,
        "stream": text.stream,
        "language": text.language,
        "valid_months": text.valid_months,
    }


def _replace_skills(session: Session, programme: Programme, chosen: Sequence[SkillText]) -> None:
    session.exec(delete(ProgrammeSkill).where(col(ProgrammeSkill.programme_id) == programme.id))
    for position, skill in enumerate(chosen):
        said = {name: composed(value) for name, value in vars(skill).items()}
        session.add(ProgrammeSkill(programme_id=programme.id, position=position, **said))
    session.flush()


def _free_slug(session: Session, organisation: Organisation, title: str) -> str:
    """An address part from a title: ASCII, short, and taken by no other programme of the organisation."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    base = "-".join(_SLUG.findall(plain))[:50].strip("-") or "programme"
    query = select(Programme.slug).where(Programme.organisation_id == organisation.id)
    taken = set(session.exec(query).all())
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _recorded(office: Office, session: Session, programme: Programme, act: str, actor: str) -> None:
    now: datetime = office.clock()
    audit.record(
        session, actor=actor, organisation_id=programme.organisation_id, act=act, subject=programme.id, now=now
    )
