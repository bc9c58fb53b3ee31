"""3. Is the training accredited, and by whom: on the day of completion, and today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from vc.findings.finding import Answer, CheckName, Finding


@dataclass(frozen=True)
class NotAW3cCredential(Finding):
    """An SD-JWT VC: another format, whose types and issuers no accreditation speaks about."""

    check = CheckName.ACCREDITATION
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "This is an SD-JWT credential of type {vct}; accreditations speak about W3C credentials."
    vct: str


@dataclass(frozen=True)
class Accredited(Finding):
    """An authority recognised this training on the day of completion, and does today."""

    check = CheckName.ACCREDITATION
    answer = Answer.PASSED
    decisive = False
    template = "The training is accredited by {name}; it was on {on}."
    authority: str
    name: str
    on: datetime


@dataclass(frozen=True)
class AccreditationEnded(Finding):
    """Recognised on the day of completion; no longer today. Withdrawal later does not erase.

    `how`: today's standing (`vc.recognition.Standing`). `since`: when it ended, where that is known. `by`, `of`: for a
    broken chain, whose recognition of whom ended.
    """

    check = CheckName.ACCREDITATION
    answer = Answer.PASSED
    decisive = False
    template = "The training was accredited by {name} on {on}; it no longer is today."
    templates: ClassVar[Mapping[str, str]] = {
        "expired": "The training was accredited by {name} on {on}; the accreditation ended on {since}.",
        "withdrawn": "The training was accredited by {name} on {on}; the accreditation was withdrawn on {since}.",
        "suspended": "The training was accredited by {name} on {on}; the accreditation was suspended on {since}.",
        "chain_broken": "The training was accredited by {name} on {on}; since then, {by} no longer recognizes {of}.",
        "not_checked": "The training was accredited by {name} on {on}; whether it still is could not be checked.",
    }
    authority: str
    name: str
    on: datetime
    how: str
    since: datetime | None
    by: str = ""
    of: str = ""

    @property
    def wording(self) -> str:
        undated = self.since is None and self.how in ("expired", "withdrawn", "suspended")
        return self.template if undated else super().wording


@dataclass(frozen=True)
class AccreditationInForce(Finding):
    """One authority's answer for one day: yes. Shown in the matrix; what decides is `Accredited`."""

    check = CheckName.ACCREDITATION
    answer = Answer.PASSED
    decisive = False
    template = "The accreditation by {name} was in force on {on}."
    authority: str
    name: str
    on: datetime


@dataclass(frozen=True)
class AccreditationNotInForce(Finding):
    """There is an accreditation, and it did not cover the day.

    `how`: the standing on that day. `since`: when it ended, or begins. `by`, `of`: for a broken chain, whose
    recognition of whom was not in force.
    """

    check = CheckName.ACCREDITATION
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "The accreditation by {name} was not in force on {on}."
    templates: ClassVar[Mapping[str, str]] = {
        "expired": "The accreditation by {name} was not in force on {on}: it ended on {since}.",
        "withdrawn": "The accreditation by {name} was not in force on {on}: it was withdrawn on {since}.",
        "suspended": "The accreditation by {name} was not in force on {on}: it was suspended on {since}.",
        "not_yet": "The accreditation by {name} was not in force on {on}: it begins on {since}.",
        "chain_broken": "The accreditation by {name} was not in force on {on}: {by} did not recognize {of} that day.",
        "withdrawn_undated": "The accreditation by {name} was withdrawn; since when is not published.",
        "suspended_undated": "The accreditation by {name} is suspended; since when is not published.",
    }
    authority: str
    name: str
    on: datetime
    how: str
    since: datetime | None = None
    by: str = ""
    of: str = ""

    @property
    def wording(self) -> str:
        undated = self.templates.get(f"{self.how}_undated") if self.since is None else None
        return undated or super().wording


@dataclass(frozen=True)
class AccreditationForAnother(Finding):
    """There is an accreditation of this institution, and this training is not what it is for.

    `how`: the standing. `conditions`: what the accreditation is for; `stated`: what the credential says of itself.
    `by`, `of`: for an authority that went beyond its own recognition, who recognised whom for more.
    """

    check = CheckName.ACCREDITATION
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "The accreditation by {name} is for another training of this institution."
    templates: ClassVar[Mapping[str, str]] = {
        "wrong_stream": "The accreditation by {name} is for another stream ({conditions}); this training is {stated}.",
        "wrong_track": "The accreditation by {name} is for another track ({conditions}); this training is {stated}.",
        "wrong_territory": (
            "The accreditation by {name} is for another territory ({conditions}); this training is given in {stated}."
        ),
        "parent_narrower": "{by} recognizes {of} beyond what {name} allowed; that accreditation does not count.",
    }
    authority: str
    name: str
    how: str
    conditions: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    by: str = ""
    of: str = ""


@dataclass(frozen=True)
class NotAccredited(Finding):
    """No authority among the anchors accredits this training."""

    check = CheckName.ACCREDITATION
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "No accreditation was found for this training."
    programme: str | None


@dataclass(frozen=True)
class NotAccreditedBy(Finding):
    """One authority's answer: it never accredited this training, nor any other of this institution."""

    check = CheckName.ACCREDITATION
    answer = Answer.FAILED
    decisive = False
    attention = True
    template = "No accreditation by {name} was found for this training."
    authority: str
    name: str


@dataclass(frozen=True)
class AccreditationNotChecked(Finding):
    """Something needed for the answer could not be obtained or read. `how`: `undated` where only a date is missing."""

    check = CheckName.ACCREDITATION
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "Whether the training is accredited could not be checked: {detail}."
    templates: ClassVar[Mapping[str, str]] = {
        "undated": "The accreditation has ended, and since when is not published; so it could not be checked.",
    }
    detail: str
    how: str = ""


@dataclass(frozen=True)
class AccreditationByNotChecked(Finding):
    """One authority's answer for one day: it could not be found out. `how`: as `AccreditationNotChecked`."""

    check = CheckName.ACCREDITATION
    answer = Answer.NOT_CHECKED
    decisive = False
    template = "Whether {name} accredits the training could not be checked: {detail}."
    templates: ClassVar[Mapping[str, str]] = {
        "undated": (
            "The accreditation by {name} has ended, and since when is not published; so it could not be checked."
        ),
    }
    authority: str
    name: str
    detail: str
    how: str = ""
