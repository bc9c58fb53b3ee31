"""French and English, equal: English source texts in the code, French in `<package>/locale/fr.po` (gettext).

Catalogues are read when a service starts; there is nothing to compile. `python -m kit.i18n update PACKAGE` adds the
texts that a package's code and templates use to its catalogue; a test fails while one is without French.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from gettext import NullTranslations
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

LANGUAGES = ("fr", "en")
LOCALES = {"fr": "fr_CA", "en": "en_CA"}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]

Text = str | tuple[str, str]
"""A source text, or singular and plural."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark `text` for the catalogues where it is written, to be translated where it is shown."""
    return text


class PoTranslations(NullTranslations):
    """Translations straight from .po catalogues; the first one that knows a text wins."""

    def __init__(self, catalogs: list[Catalog]) -> None:
        super().__init__()
        self._single: dict[str, str] = {}
        self._plural: dict[str, tuple[str, ...]] = {}
        for message in (message for catalog in reversed(catalogs) for message in catalog):
            if not message.id or not message.string or message.fuzzy:
                continue
            if isinstance(message.id, (list, tuple)):
                self._plural[message.id[0]] = tuple(message.string)
            else:
                self._single[message.id] = str(message.string)

    def gettext(self, message: str) -> str:
        """Return the translation, or the source text where there is none."""
        return self._single.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for `n`; in French zero and one are singular."""
        forms = self._plural.get(msgid1)
        if forms is None:
            return super().ngettext(msgid1, msgid2, n)
        return forms[0] if n < 2 else forms[-1]


@cache
def translations(package: str, language: str) -> NullTranslations:
    """Return the texts of `package` and of the kit in `language`, as they stood when they were first asked for."""
    if language == "en":
        return NullTranslations()
    return PoTranslations([catalog(name, language) for name in dict.fromkeys((package, "kit"))])


def catalog(package: str, language: str) -> Catalog:
    """Read a package's catalogue; an empty one where it has none."""
    path = catalog_path(package, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def catalog_path(package: str, language: str) -> Path:
    """Where a package's catalogue stands."""
    return Path(str(resources.files(package))) / "locale" / f"{language}.po"


class Writer:
    """Dates and numbers as people of one language write them, in one time zone."""

    def __init__(self, language: str, timezone: str) -> None:
        self.locale = Locale.parse(LOCALES[language])
        self.zone = ZoneInfo(timezone)

    def date(self, value: date | datetime | str) -> str:
        """For example 12 juin 2026, or June 12, 2026."""
        moment = _moment(value)
        if isinstance(moment, datetime):
            moment = _local(moment, self.zone).date()
        text = dates.format_date(moment, "long", locale=self.locale)
        return text.replace("1 ", "1er ", 1) if self.locale.language == "fr" and moment.day == 1 else text

    def datetime(self, value: datetime | str) -> str:
        """For example 22 novembre 2026 à 9 h 42, or November 22, 2026 at 9:42 a.m."""
        moment = _moment(value)
        if not isinstance(moment, datetime):
            return self.date(moment)
        local = _local(moment, self.zone)
        time = dates.format_time(local, "short", tzinfo=local.tzinfo, locale=self.locale)
        return f"{self.date(moment)} {'à' if self.locale.language == 'fr' else 'at'} {time.removeprefix('0')}"

    def number(self, value: float) -> str:
        """With the separators of the language."""
        return numbers.format_decimal(value, locale=self.locale)


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """`moment` on the clocks of `zone`; in UTC where these would show a year that no calendar here has."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment.astimezone(UTC)


def _moment(value: date | datetime | str) -> date | datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value


# --- keeping catalogues complete ---


def used_texts(package: str) -> Iterator[tuple[str, int, Text]]:
    """Yield file, line and text of everything in `package` that is shown to people."""
    folder = Path(str(resources.files(package)))
    found = extract_from_dir(str(folder), method_map=METHODS, keywords=KEYWORDS, comment_tags=())
    for file, line, text, _comments, _context in found:
        yield file, line, (text[0], text[1]) if isinstance(text, tuple) else text


def untranslated(package: str, language: str = "fr") -> list[Text]:
    """Return the texts that `package` uses and neither its catalogue nor the kit's has, in order, once each."""
    known = {
        message.id if isinstance(message.id, str) else tuple(message.id)
        for name in dict.fromkeys((package, "kit"))
        for message in catalog(name, language)
        if message.id and _is_complete(message)
    }
    return list(dict.fromkeys(text for _, _, text in used_texts(package) if text not in known))


def _is_complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return all(strings) and not message.fuzzy


def update(package: str, language: str = "fr") -> int:
    """Write the package's catalogue anew, keeping its translations; return how many texts lack one."""
    old, new = catalog(package, language), Catalog(locale=language, fuzzy=False, header_comment="")
    shared = {message.id for message in catalog("kit", language)} if package != "kit" else set()
    for _file, _line, text in used_texts(package):
        if text in shared:
            continue
        kept = old.get(text[0] if isinstance(text, tuple) else text)
        new.add(text, kept.string if kept else None)
    path = catalog_path(package, language)
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, omit_header=True, no_location=True, width=0, sort_output=False)
    return len(untranslated(package, language))


def main(arguments: list[str]) -> int:
    """`python -m kit.i18n update PACKAGE...`"""
    if len(arguments) < 2 or arguments[0] != "update":
        sys.stderr.write("usage: python -m kit.i18n update PACKAGE...\n")
        return 2
    for package in arguments[1:]:
        sys.stdout.write(f"{package}: {update(package)} texts without French\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
