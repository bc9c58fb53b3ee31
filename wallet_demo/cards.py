"""Reading a credential for people: what a card shows, in the reader's language where the issuer wrote it.

The document comes from outside: every member is taken only when it has the shape that the card needs, and
left out otherwise. Nothing here says whether it is true; `Checked` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from kit.crest import initials
from vc import times
from vc.achievement import in_language
from vc.errors import MalformedValueError
from wallet_demo.checking import Checked, subject_of

SOON = timedelta(days=60)
_INKS = {"CA-QC": "qc", "CA-ON": "on", "BE": "be"}
_SOLID = frozenset({"valid", "valid_holder_unconfirmed"})
_NAMED = frozenset({"issuer_not_recognised", "altered", "unreadable"})


@dataclass(frozen=True)
class Skill:
    """A skill that the training is aligned to; `framework` may be empty, `url` only if it is a web address."""

    name: str
    framework: str
    url: str | None


@dataclass(frozen=True)
class Card:
    """What is shown of one credential. Dates are moments in UTC or None."""

    title: str
    title_language: str | None
    """Set when the title is not in the reader's language."""
    description: str
    kind: str
    issuer: str
    issuer_host: str
    initials: str
    ink: str
    number: str
    issued: datetime | None
    until: datetime | None
    completed: datetime | None
    holder_name: str
    credits: str
    criteria: str
    results: tuple[tuple[str, str], ...]
    """What was measured, if the issuer named it, and the value or status."""
    skills: tuple[Skill, ...]
    authorities: tuple[str, ...]
    state: str
    """in_force, soon, expired, or the code of the verdict's headline."""
    days_left: int | None
    is_expired: bool
    recognised: bool
    """False: the official look of a card is not lent to this issuer."""

    @property
    def may_be_printed(self) -> bool:
        """Whether a paper may look official: in force, by a recognised issuer, and it says for whom."""
        return self.recognised and self.state in ("in_force", "soon") and bool(self.holder_name)

    @property
    def issued_on(self) -> date | None:
        """`issued`, as people read it."""
        return day_of(self.issued)

    @property
    def until_on(self) -> date | None:
        """`until`, as people read it."""
        return day_of(self.until)

    @property
    def completed_on(self) -> date | None:
        """`completed`, as people read it."""
        return day_of(self.completed)


def card(document: Mapping[str, Any], checked: Checked, *, language: str, now: datetime) -> Card:
    """Return what a card shows of `document`, of which `checked` is the last check."""
    subject = subject_of(document)
    achievement = _mapping(subject.get("achievement"))
    issuer = document.get("issuer")
    issuer_name = checked.institution or _text(_mapping(issuer).get("name")) or _issuer_id(document)
    title, title_language = _title(document, achievement, language)
    until = _moment(document, "validUntil", "expirationDate")
    state = _state(checked, until, now)
    return Card(
        title=title,
        title_language=title_language,
        description=in_language(document.get("description"), language) or _text(achievement.get("description")),
        kind=_text(achievement.get("achievementType")),
        issuer=issuer_name,
        issuer_host=_host(_issuer_id(document)),
        initials=initials(issuer_name),
        ink=_ink(checked.territory),
        number=_number(document),
        issued=_moment(document, "validFrom", "issuanceDate"),
        until=until,
        completed=_moment(subject, "activityEndDate") or _moment(document, "awardedDate"),
        holder_name=_holder_name(subject),
        credits=_credits(subject, achievement),
        criteria=_text(_mapping(achievement.get("criteria")).get("narrative")),
        results=tuple(_results(subject)),
        skills=tuple(_skills(achievement)),
        authorities=tuple(name_in(names, language) for names in checked.authorities),
        state=state,
        is_expired=until is not None and until <= now,
        days_left=max(0, (until - now).days) if state == "soon" and until else None,
        recognised=checked.headline not in _NAMED,
    )


def day_of(moment: datetime | None) -> date | None:
    """Midnight UTC is how issuers write a calendar day: the same day in any time zone. Other moments stay."""
    return moment.date() if moment is not None and moment.time() == time() else moment


def _state(checked: Checked, until: datetime | None, now: datetime) -> str:
    """The last check's word, made current: dates pass without anybody checking again."""
    if checked.headline not in _SOLID:
        return checked.headline
    if until is not None and until <= now:
        return "expired"
    return "soon" if until is not None and until - now <= SOON else "in_force"


def _title(document: Mapping[str, Any], achievement: Mapping[str, Any], language: str) -> tuple[str, str | None]:
    name = document.get("name")
    in_reader = in_language(name, language)
    if in_reader is None:
        original = _text(achievement.get("inLanguage"))
        title = _text(achievement.get("name"))
        return title or "—", original if title and original and not original.lower().startswith(language) else None
    languages = {_text(_mapping(one).get("@language")).lower()[:2]: True for one in _list(name)}
    foreign = next(iter(languages), "") if languages and language not in languages else ""
    return in_reader, foreign or None


def _skills(achievement: Mapping[str, Any]) -> Iterator[Skill]:
    for one in _list(achievement.get("alignment")):
        name = _text(_mapping(one).get("targetName"))
        if name:
            url = _text(_mapping(one).get("targetUrl"))
            safe = urlsplit(url).scheme in ("http", "https") if url else False
            yield Skill(name, _text(_mapping(one).get("targetFramework")), url if safe else None)


def _results(subject: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    described = {
        _text(_mapping(one).get("id")): _mapping(one)
        for one in _list(_mapping(subject.get("achievement")).get("resultDescription"))
    }
    for one in _list(subject.get("result")):
        result = _mapping(one)
        description = described.get(_text(result.get("resultDescription")), {})
        value = _text(result.get("value")) or _text(result.get("status"))
        if value:
            sign = "\u00a0%" if description.get("resultType") == "Percent" else ""
            yield _text(description.get("name")), value + sign


def _credits(subject: Mapping[str, Any], achievement: Mapping[str, Any]) -> str:
    value = subject.get("creditsEarned", achievement.get("creditsAvailable"))
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _holder_name(subject: Mapping[str, Any]) -> str:
    """The name in the credential itself; institutions here write none, others do."""
    for one in _list(subject.get("identifier")):
        identity = _mapping(one)
        if identity.get("identityType") == "name" and identity.get("hashed") is False:
            return _text(identity.get("identityHash"))
    return _text(subject.get("name"))


def _number(document: Mapping[str, Any]) -> str:
    identifier = _text(document.get("id"))
    return identifier.rstrip("/").rpartition("/")[2].rpartition(":")[2][:40]


def name_in(names: Mapping[str, str], language: str) -> str:
    """In the reader's language, else in English, else in any."""
    return names.get(language) or names.get("en") or next(iter(names.values()), "")


def _ink(territory: str) -> str:
    return _INKS.get(territory) or _INKS.get(territory[:2]) or "qc"


def _issuer_id(document: Mapping[str, Any]) -> str:
    issuer = document.get("issuer")
    return issuer if isinstance(issuer, str) else _text(_mapping(issuer).get("id"))


def _host(identifier: str) -> str:
    """The web host behind an issuer's identifier, or the identifier itself."""
    if identifier.startswith("did:web:"):
        return identifier.split(":")[2].replace("%3A", ":")
    return urlsplit(identifier).netloc or identifier


def _moment(document: Mapping[str, Any], *names: str) -> datetime | None:
    for name in names:
        try:
            return times.parse(document.get(name), path="")
        except MalformedValueError:
            continue
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
