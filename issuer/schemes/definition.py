"""A scheme as it is written: a TOML file, read strictly into a `Definition` (`issuer.schemes.reading`).

Nothing about a scheme is code. A file that is wrong in any way is refused as a whole, and the refusal names the line
and the field: a member that nobody reads is a mistake too, since somebody meant something by it.

    name.fr, name.en            what people call it
    summary.fr, summary.en      what it is for, for whoever thinks of applying
    grants                      "accreditation" (signed and published) or "participation" (published, not signed)
    admits                      kinds of organisation that may apply, of `KINDS`
    streams, territories        what an application may ask for; none means that the scheme makes no difference
    validity_months             how long an approval holds; none means without end
    promise_days                days in which the committee means to answer
    answer_by                   a day by which it answers instead, whenever one applied
    opinions                    individual opinions that a decision needs
    opens, closes, zone         local times, to the minute, and the zone of their clocks
    envelope                    amount, currency, and the question in which applicants ask for their part of it
    [[track]], [[condition]], [[section]], [[question]]
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kit.i18n import N_

LONGEST_LABEL = 300
LONGEST_TEXT = 4_000

KINDS = {
    "npo": N_("Non-profit organization"),
    "college": N_("College"),
    "university": N_("University"),
    "indigenous-institute": N_("Indigenous institute"),
    "school-board": N_("Training centre of a school board"),
    "private-training": N_("Private training firm"),
    "enterprise": N_("Enterprise that trains its employees"),
    "union": N_("Union or union federation"),
    "public-body": N_("Public body"),
}
"""Kinds of organisation, as applicants name theirs."""
STREAMS = ("upskilling", "reskilling")
FILE_KINDS = ("pdf", "docx", "odt", "xlsx", "ods", "png", "jpg")


class Grant(StrEnum):
    """What an approval is."""

    ACCREDITATION = "accreditation"
    PARTICIPATION = "participation"


class QuestionType(StrEnum):
    """What kind of answer a question takes."""

    TEXT = "text"
    LONG_TEXT = "long-text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes-no"
    ATTACHMENT = "attachment"


@dataclass(frozen=True)
class Text:
    """The same words in both languages."""

    fr: str
    en: str

    def read_in(self, language: str) -> str:
        """Return the words in `language`, French unless it is English."""
        return self.en if language == "en" else self.fr


@dataclass(frozen=True)
class Option:
    """One of several answers, tracks or sections: its key in data, its name for people."""

    key: str
    name: Text


@dataclass(frozen=True)
class Track:
    """A way through the scheme with terms of its own, such as a rate."""

    key: str
    name: Text
    terms: Text | None


@dataclass(frozen=True)
class Question:
    """One question of the form."""

    key: str
    type: QuestionType
    label: Text
    help: Text | None
    section: str
    required: bool
    must_be_yes: bool
    """The scheme admits nobody who answers no."""
    tracks: tuple[str, ...]
    """Asked only on these tracks; empty means on all."""
    options: tuple[Option, ...]
    least: int | None
    most: int | None
    longest: int
    """Characters that an answer in text may have."""
    accepts: tuple[str, ...]
    """Kinds of file that an attachment may be."""

    def is_asked_on(self, track: str) -> bool:
        """Say whether somebody who chose `track` is asked."""
        return not self.tracks or track in self.tracks


@dataclass(frozen=True)
class Envelope:
    """A sum that is spent until nothing is left, in whole units of its currency."""

    amount: int
    currency: str
    question: str
    """The key of the question that says how much is asked for."""


@dataclass(frozen=True)
class Definition:
    """A whole scheme."""

    key: str
    name: Text
    summary: Text
    grants: Grant
    admits: tuple[str, ...]
    streams: tuple[str, ...]
    territories: tuple[str, ...]
    validity_months: int | None
    promise_days: int
    answer_by: date | None
    opinions: int
    opens: datetime | None
    """The first moment at which applications are taken, in UTC."""
    closes: datetime | None
    """The end of the last minute in which they are, in UTC (exclusive)."""
    zone: str
    envelope: Envelope | None
    tracks: tuple[Track, ...]
    conditions: tuple[Text, ...]
    sections: tuple[Option, ...]
    questions: tuple[Question, ...]

    def asked(self, track: str) -> tuple[Question, ...]:
        """Return the questions of somebody who chose `track`, in their order."""
        return tuple(one for one in self.questions if one.is_asked_on(track))

    def question(self, key: str) -> Question | None:
        """Return the question called `key`."""
        return next((one for one in self.questions if one.key == key), None)

    def track(self, key: str) -> Track | None:
        """Return the track called `key`."""
        return next((one for one in self.tracks if one.key == key), None)


def end_of_minute(moment: datetime | None) -> datetime | None:
    """Return the end of the last minute: whoever reads "until 23:59" may send while clocks show 23:59."""
    return None if moment is None else moment + timedelta(minutes=1)


def in_zone(local: datetime, zone: str) -> datetime | None:
    """Return the moment at which clocks in `zone` show `local`; None when that happens twice or never."""
    early, late = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    return early.astimezone(UTC) if early.utcoffset() == late.utcoffset() else None
