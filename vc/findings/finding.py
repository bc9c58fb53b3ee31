"""What one finding is: a typed value with an answer, the data it rests on, and a sentence made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar

from vc.errors import ProblemType


class Answer(Enum):
    """The three answers. NOT_CHECKED is never a yes."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class Tone(Enum):
    """How an answer is shown: the four silhouettes of the design language."""

    PASS = "pass"  # noqa: S105 - a tone, not a password
    FAIL = "fail"
    ATTENTION = "attention"
    UNKNOWN = "unknown"


class CheckName(Enum):
    """The six questions, in their order."""

    INTEGRITY = "integrity"
    ISSUER = "issuer"
    ACCREDITATION = "accreditation"
    STATUS = "status"
    VALIDITY = "validity"
    HOLDER = "holder"


TONES = {Answer.PASSED: Tone.PASS, Answer.FAILED: Tone.FAIL, Answer.NOT_CHECKED: Tone.UNKNOWN}


@dataclass(frozen=True)
class Finding:
    """One thing that was found out. The fields of the subclass are its data; `sentence` is made from them."""

    code: ClassVar[str] = ""
    check: ClassVar[CheckName]
    answer: ClassVar[Answer]
    decisive: ClassVar[bool] = True
    aside: ClassVar[bool] = False
    """Told beside a check without being part of its answer."""
    attention: ClassVar[bool] = False
    template: ClassVar[str] = ""
    templates: ClassVar[Mapping[str, str]] = {}
    """For a finding that is worded by its `how`: the sentence for each."""
    problem_type: ClassVar[ProblemType | None] = None
    """What is wrong, where that is the same each time; else a field `refusal` names it."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = "".join("_" + c.lower() if c.isupper() else c for c in cls.__name__).lstrip("_")

    @property
    def data(self) -> dict[str, Any]:
        """The fields, as JSON can carry them (times as text with `Z`)."""
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}

    @property
    def problem(self) -> str | None:
        """The standard's name of the problem, None where nothing is wrong."""
        named: ProblemType | None = getattr(self, "refusal", self.problem_type)
        return named.name if named else None

    @property
    def wording(self) -> str:
        """The English sentence with gaps for the data: what catalogues translate."""
        return self.templates.get(str(getattr(self, "how", "")), self.template)

    @property
    def sentence(self) -> str:
        """One English sentence, for APIs and terminals. Pages translate by `code`."""
        return self.wording.format(**{name: _said(value) for name, value in self.data.items()})

    @property
    def tone(self) -> Tone:
        return Tone.ATTENTION if self.attention else TONES[self.answer]

    def __str__(self) -> str:
        return self.sentence


def plain(value: Any) -> Any:
    """`value` as JSON can carry it."""
    if isinstance(value, (datetime, date)):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (tuple, list, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, ProblemType):
        return value.name
    if isinstance(value, Enum):
        return value.value
    return value


def _said(value: Any) -> str:
    """`value` inside a sentence."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)
