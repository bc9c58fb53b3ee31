"""Reading a scheme's file, strictly: whoever wrote it is told the line and the field of the first mistake."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from issuer.schemes.definition import (
    FILE_KINDS,
    KINDS,
    LONGEST_LABEL,
    LONGEST_TEXT,
    STREAMS,
    Definition,
    Envelope,
    Grant,
    Option,
    Question,
    QuestionType,
    Text,
    Track,
    end_of_minute,
    in_zone,
)

LONGEST_FILE = 100_000
MOST_QUESTIONS = 60
_KEY = re.compile(r"[a-z][a-z0-9-]{0,59}")
_TERRITORY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_CURRENCY = re.compile(r"[A-Z]{3}")


class InvalidScheme(Exception):
    """A scheme's text is not acceptable: at `field`, on `line` (0 when no line is to blame), for `reason`."""

    def __init__(self, field: str, reason: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {field}: {reason}" if line else f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.line = line


def read(text: str) -> Definition:
    """Return the scheme that `text` (TOML) describes. Raises `InvalidScheme`."""
    if len(text) > LONGEST_FILE:
        raise InvalidScheme("file", f"at most {LONGEST_FILE:,} characters")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise InvalidScheme("file", f"not TOML: {error}", line) from None
    try:
        return _definition(_Table(document, ()))
    except _Wrong as wrong:
        raise InvalidScheme(_named(wrong.path), wrong.reason, line_of(text, wrong.path)) from None


# --- reading members strictly ---

Path = tuple[str | int, ...]


class _Wrong(Exception):
    """A member is not acceptable; `path` leads to it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


class _Table:
    """A table of the file; each member is taken once, and `finish` refuses what nobody took."""

    def __init__(self, members: Any, path: Path) -> None:
        if not isinstance(members, dict):
            raise _Wrong(path, "a table is needed here")
        self._left: dict[str, Any] = dict(members)
        self.path = path

    def at(self, name: str) -> Path:
        return (*self.path, name)

    def take(self, name: str, kind: type, what: str, *, required: bool = True) -> Any:
        """A member of a type (`bool` is no `int` here), None where it may be left out."""
        if name not in self._left:
            if required:
                raise _Wrong(self.at(name), "is missing")
            return None
        value = self._left.pop(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise _Wrong(self.at(name), f"{what} is needed")
        return value

    def key(self, name: str = "key") -> str:
        value: str = self.take(name, str, "a short name")
        if not _KEY.fullmatch(value):
            raise _Wrong(self.at(name), "a short name has lower-case letters, digits and hyphens, and begins so")
        return value

    def words(self, name: str, *, longest: int = LONGEST_LABEL) -> Text:
        """A text in both languages."""
        table = _Table(self.take(name, dict, "a text in fr and en"), self.at(name))
        found = {language: table.line(language, longest) for language in ("fr", "en")}
        table.finish()
        return Text(**found)

    def words_if_any(self, name: str) -> Text | None:
        return self.words(name, longest=LONGEST_TEXT) if name in self._left else None

    def line(self, name: str, longest: int) -> str:
        value = str(self.take(name, str, "a text")).strip()
        if not 1 <= len(value) <= longest:
            raise _Wrong(self.at(name), f"a text has 1 to {longest:,} characters")
        return value

    def whole(self, name: str, least: int, most: int, *, required: bool = True) -> int | None:
        value: int | None = self.take(name, int, "a whole number", required=required)
        if value is not None and not least <= value <= most:
            raise _Wrong(self.at(name), f"a number from {least:,} to {most:,} is needed")
        return value

    def flag(self, name: str) -> bool:
        return bool(self.take(name, bool, "true or false", required=False))

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        value: str = self.take(name, str, "a word")
        if value not in allowed:
            raise _Wrong(self.at(name), f"one of {', '.join(allowed)} is needed")
        return value

    def some_of(self, name: str, allowed: Sequence[str] | re.Pattern[str]) -> tuple[str, ...]:
        """A list of distinct words; empty where it is left out."""
        given = self.take(name, list, "a list", required=False) or []
        for place, value in enumerate(given):
            known = isinstance(value, str) and (
                bool(allowed.fullmatch(value)) if isinstance(allowed, re.Pattern) else value in allowed
            )
            if not known:
                hint = "an ISO 3166 code" if isinstance(allowed, re.Pattern) else f"one of {', '.join(allowed)}"
                raise _Wrong((*self.at(name), place), f"{hint} is needed")
        if len(set(given)) != len(given):
            raise _Wrong(self.at(name), "the same is named twice")
        return tuple(given)

    def tables(self, name: str, *, most: int) -> Iterator[_Table]:
        given = self.take(name, list, f"[[{name}]] tables", required=False) or []
        if len(given) > most:
            raise _Wrong(self.at(name), f"at most {most}")
        for place, members in enumerate(given):
            yield _Table(members, (*self.at(name), place))

    def finish(self) -> None:
        """Refuse what is left."""
        for name in self._left:
            raise _Wrong(self.at(name), "there is no such member")


def _definition(table: _Table) -> Definition:
    grants = Grant(table.one_of("grants", tuple(Grant)))
    tracks = tuple(_track(one) for one in table.tables("track", most=20))
    sections = tuple(_option(one) for one in table.tables("section", most=10))
    found = Definition(
        key=table.key(),
        name=table.words("name"),
        summary=table.words("summary", longest=LONGEST_TEXT),
        grants=grants,
        admits=_at_least_one(table, "admits", tuple(KINDS)),
        streams=table.some_of("streams", STREAMS),
        territories=table.some_of("territories", _TERRITORY),
        validity_months=table.whole("validity_months", 1, 600, required=False),
        promise_days=table.whole("promise_days", 1, 730) or 0,
        answer_by=_day(table, "answer_by"),
        opinions=table.whole("opinions", 0, 50) or 0,
        zone=(zone := _zone(table)),
        opens=_moment(table, "opens", zone),
        closes=end_of_minute(_moment(table, "closes", zone)),
        envelope=_envelope(table),
        tracks=tracks,
        conditions=tuple(_words_only(one) for one in table.tables("condition", most=20)),
        sections=sections,
        questions=tuple(
            _question(one, tracks=tracks, sections=sections) for one in table.tables("question", most=MOST_QUESTIONS)
        ),
    )
    table.finish()
    _check_together(table, found)
    return found


def _at_least_one(table: _Table, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
    found = table.some_of(name, allowed)
    if not found:
        raise _Wrong(table.at(name), f"at least one of {', '.join(allowed)} is needed")
    return found


def _zone(table: _Table) -> str:
    zone: str = table.take("zone", str, "the name of a time zone, for example America/Toronto")
    if zone not in available_timezones():
        raise _Wrong(table.at("zone"), "no such time zone; for example America/Toronto")
    return zone


def _moment(table: _Table, name: str, zone: str) -> datetime | None:
    """A local time as a moment; times that a clock shows twice or never are refused."""
    local: datetime | None = table.take(
        name, datetime, "a local date and time, for example 2022-06-08T23:59:00", required=False
    )
    if local is None:
        return None
    if local.tzinfo is not None or local.second or local.microsecond:
        raise _Wrong(table.at(name), "a local time to the minute, without an offset: `zone` gives that")
    moment = in_zone(local, zone)
    if moment is None:
        raise _Wrong(table.at(name), f"clocks in {zone} show that time twice or never")
    return moment


def _day(table: _Table, name: str) -> date | None:
    day: date | None = table.take(name, date, "a day, for example 2022-06-30", required=False)
    if isinstance(day, datetime):
        raise _Wrong(table.at(name), "a day without a time is needed")
    return day


def _words_only(table: _Table) -> Text:
    found = Text(*(table.line(language, LONGEST_TEXT) for language in ("fr", "en")))
    table.finish()
    return found


def _option(table: _Table) -> Option:
    found = Option(table.key(), table.words("name"))
    table.finish()
    return found


def _track(table: _Table) -> Track:
    found = Track(table.key(), table.words("name"), table.words_if_any("terms"))
    table.finish()
    return found


def _envelope(table: _Table) -> Envelope | None:
    members = table.take("envelope", dict, "amount, currency and question", required=False)
    if members is None:
        return None
    inner = _Table(members, table.at("envelope"))
    currency: str = inner.take("currency", str, "an ISO 4217 code")
    if not _CURRENCY.fullmatch(currency):
        raise _Wrong(inner.at("currency"), "an ISO 4217 code is needed, for example CAD")
    found = Envelope(inner.whole("amount", 1, 10**12) or 0, currency, inner.key("question"))
    inner.finish()
    return found


def _question(table: _Table, *, tracks: Sequence[Track], sections: Sequence[Option]) -> Question:
    kind = QuestionType(table.one_of("type", tuple(QuestionType)))
    is_choice, is_number = kind is QuestionType.CHOICE, kind is QuestionType.NUMBER
    is_text = kind in (QuestionType.TEXT, QuestionType.LONG_TEXT)
    longest = table.whole("longest", 1, LONGEST_TEXT, required=False) if is_text else None
    found = Question(
        key=table.key(),
        type=kind,
        label=table.words("label"),
        help=table.words_if_any("help"),
        section=table.one_of("section", [one.key for one in sections]),
        required=table.flag("required"),
        must_be_yes=table.flag("must_be_yes") if kind is QuestionType.YES_NO else False,
        tracks=table.some_of("tracks", [one.key for one in tracks]),
        options=tuple(_option(one) for one in table.tables("option", most=40)) if is_choice else (),
        least=table.whole("least", -(10**12), 10**12, required=False) if is_number else None,
        most=table.whole("most", -(10**12), 10**12, required=False) if is_number else None,
        longest=longest or (200 if kind is QuestionType.TEXT else LONGEST_TEXT),
        accepts=(table.some_of("accepts", FILE_KINDS) or FILE_KINDS) if kind is QuestionType.ATTACHMENT else (),
    )
    table.finish()
    if is_choice and len(found.options) < 2:
        raise _Wrong(table.at("option"), "a choice needs two [[question.option]] or more")
    if found.least is not None and found.most is not None and found.least > found.most:
        raise _Wrong(table.at("least"), "is more than `most`")
    _distinct(table.at("option"), [one.key for one in found.options])
    return found


def _check_together(table: _Table, found: Definition) -> None:
    """What no member says alone."""
    for name, keys in (
        ("track", [one.key for one in found.tracks]),
        ("section", [one.key for one in found.sections]),
        ("question", [one.key for one in found.questions]),
    ):
        _distinct(table.at(name), keys)
    if found.opens and found.closes and found.opens >= found.closes:
        raise _Wrong(table.at("closes"), "lies before `opens`")
    if found.envelope is not None:
        asked = found.question(found.envelope.question)
        if asked is None or asked.type is not QuestionType.NUMBER or not asked.required or asked.tracks:
            raise _Wrong(table.at("envelope"), "`question` names a required question of type number, on all tracks")


def _distinct(path: Path, keys: Sequence[str]) -> None:
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise _Wrong((*path, place, "key"), f"“{key}” is used twice")


# --- where it stands ---

_HEADER = re.compile(r"\[(\[)?\s*([A-Za-z0-9_.-]+)\s*\]")
_MEMBER = re.compile(r"([A-Za-z0-9_.-]+)\s*=")


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line of the member at `path`, or of the nearest table around it that has one."""
    lines = dict(_places(text))
    for length in range(len(path), 0, -1):
        line = lines.get(tuple(path[:length]))
        if line is not None:
            return line
    return 1


def _places(text: str) -> Iterator[tuple[Path, int]]:
    """The path and line of every header and member. Lines inside texts of several lines are no members."""
    here: Path = ()
    counts: dict[Path, int] = {}
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        was_inside, inside = inside, inside ^ (line.count('"""') % 2 == 1)
        if was_inside:
            continue
        if header := _HEADER.match(line.strip()):
            here = _header_path(header[2].split("."), counts, is_list=bool(header[1]))
            yield here, number
        elif member := _MEMBER.match(line.strip()):
            names = member[1].split(".")
            for length in range(1, len(names) + 1):
                yield (*here, *names[:length]), number


def _header_path(names: Sequence[str], counts: dict[Path, int], *, is_list: bool) -> Path:
    """`[[question.option]]` as ("question", 3, "option", 0): the last question so far, its first option."""
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, names[-1])
    if is_list:
        counts[path] = counts.get(path, -1) + 1
        path = (*path, counts[path])
    return path


def _named(path: Sequence[str | int]) -> str:
    """`question[3].label.fr`, as people count: from one."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "file"
