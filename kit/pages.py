"""Pages for people: Jinja2 templates in French and English, strict CSP, no script needed.

Templates stand in `<package>/templates` and extend `base.html` of the kit; a service may put its own frame between
(`frame=`). In every template: `_`, `ngettext`, `lang`, `url(path)`, `date`, `datetime`, `number`, `ico`, `glyph`,
`qr`, `csrf_field()`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import Depends
from jinja2 import BytecodeCache, ChoiceLoader, Environment, FileSystemLoader, PackageLoader, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from kit import qr
from kit.csrf import FIELD, attach_cookie, csrf_token
from kit.i18n import LANGUAGES, LOCALES, Writer, translations
from kit.problems import NotFound, Problem, request_id
from kit.settings import ServiceSettings

_SPRITE_PLACE = Markup("<!-- symbols -->")
_SYMBOL = re.compile(r'<symbol id="([\w-]+)".*?</symbol>', re.DOTALL)
_USED = re.compile(r'href="#([\w-]+)"')
_QUALITY = re.compile(r"\s*([a-zA-Z-]+|\*)\s*(?:;\s*q=([0-9.]+))?\s*\Z")


def _lang(lang: str) -> str:
    if lang not in LANGUAGES:
        raise NotFound
    return lang


Lang = Annotated[str, Depends(_lang)]
"""The `{lang}` of a page's address: fr or en; anything else is a 404."""


def preferred_language(request: Request) -> str:
    """Return the language of the address, else what the browser asks for, else French."""
    first = request.url.path.split("/")[1:2]
    if first and first[0] in LANGUAGES:
        return first[0]
    wanted = (_QUALITY.match(part) for part in request.headers.get("accept-language", "").split(",")[:20])
    ranked = sorted(
        ((float(match[2] or 1), match[1].lower()[:2]) for match in wanted if match and _is_number(match[2])),
        key=lambda item: -item[0],
    )
    return next((language for _, language in ranked if language in LANGUAGES), LANGUAGES[0])


def other_language(request: Request) -> str:
    """Return the language that the page is not in, to which its switch leads."""
    return LANGUAGES[1 - LANGUAGES.index(preferred_language(request))]


def _is_number(text: str | None) -> bool:
    return text is None or (text.count(".") <= 1 and text.strip(".") != "")


class Pages:
    """Renders the templates of one service."""

    def __init__(self, package: str, settings: ServiceSettings, *, frame: str = "base.html") -> None:
        self._settings = settings
        self._frame = frame
        self._environments = {language: _environment(package, settings, language) for language in LANGUAGES}

    def render(self, request: Request, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Return the page `name`, in the language of the request's address.

        The switch to the other language leads to the same address by GET; a page that answers a form and can be had
        again otherwise says where (`other_language_path`).
        """
        response = HTMLResponse(self.text(request, name, **context), status_code=status)
        response.headers["cache-control"] = "no-store"
        attach_cookie(request, response)
        return response

    def text(self, request: Request, name: str, **context: Any) -> str:
        """Return a page or fragment as text, with the symbols that it uses."""
        language = preferred_language(request)
        page = self._environments[language].get_template(name).render(self._about(request) | context)
        return page.replace(_SPRITE_PLACE, _symbols_for(page), 1)

    def problem(self, request: Request, problem: Problem) -> HTMLResponse:
        """Return the page that says what happened, whether anything is lost, and what to do."""
        shown = {"title": problem.title, "advice": problem.advice, "errors": problem.members.get("errors", ())}
        return self.render(
            request,
            "problem.html",
            status=problem.status,
            frame=self._frame,
            problem=shown,
            reference=request_id(request),
        )

    def translate(self, language: str, text: str, **values: object) -> str:
        """Return `text` in `language`, for what is said outside templates (mail, files)."""
        gettext = cast(Callable[[str], str], self._environments[language].globals["plain_gettext"])
        said = gettext(text)
        return said % values if values else said

    def writer(self, language: str) -> Writer:
        """Return what writes dates and numbers in `language`."""
        return Writer(language, self._settings.timezone)

    def _about(self, request: Request) -> dict[str, Any]:
        other = other_language(request)
        return {
            "request": request,
            "other_language_path": _in_language(request, other),
            "other_locale_tag": LOCALES[other].replace("_", "-"),
            "csrf_field": lambda: Markup('<input type="hidden" name="{}" value="{}">').format(
                FIELD, csrf_token(request)
            ),
        }


class _Compiled(BytecodeCache):
    """Templates as compiled once in this process: the French and the English page are the same program."""

    def __init__(self) -> None:
        self._programs: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill `bucket` unless its template is new here; Jinja drops what was compiled from another text."""
        if program := self._programs.get(bucket.key):
            bucket.bytecode_from_string(program)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._programs[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def _environment(package: str, settings: ServiceSettings, language: str) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), FileSystemLoader(Path(__file__).parent / "templates")]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_COMPILED,
    )
    texts, writer = translations(package, language), Writer(language, settings.timezone)
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.globals.update(
        ngettext=_counted(cast(Callable[..., str], environment.globals["ngettext"]), writer),
        lang=language,
        locale_tag=LOCALES[language].replace("_", "-"),
        plain_gettext=texts.gettext,
        banner=settings.banner,
        sprite_place=_SPRITE_PLACE,
        url=lambda path: f"/{language}{path}",
        date=writer.date,
        datetime=writer.datetime,
        number=writer.number,
        glyph=_glyph,
        ico=lambda name: _glyph(f"i-{name}", "ico"),
        qr=qr.svg,
    )
    return environment


def _counted(ngettext: Callable[..., str], writer: Writer) -> Callable[..., str]:
    """Jinja's `ngettext`, with the number written as the language does: 1 500 lignes, or 1,500 rows."""

    @pass_context
    def counted(context: Context, singular: str, plural: str, count: int, **values: object) -> str:
        return ngettext(context, singular, plural, count, **{"num": writer.number(count)} | values)

    return counted


def _glyph(name: str, css_class: str = "") -> Markup:
    attribute = Markup(' class="{}"').format(css_class) if css_class else ""
    return Markup('<svg{} aria-hidden="true"><use href="#{}"/></svg>').format(attribute, name)


@cache
def _symbols() -> dict[str, str]:
    sprite = (Path(__file__).parent / "static" / "sprite.svg").read_text("utf-8")
    return {match[1]: match[0] for match in _SYMBOL.finditer(sprite)}


def _symbols_for(page: str) -> str:
    """The symbols that the page refers to, inlined: no second request, and colours follow the page."""
    used = dict.fromkeys(_USED.findall(page))
    return f'<svg class="symbols" aria-hidden="true">{"".join(_symbols().get(name, "") for name in used)}</svg>'


def _in_language(request: Request, language: str) -> str:
    path = request.url.path
    parts = path.split("/")
    if len(parts) > 1 and parts[1] in LANGUAGES:
        parts[1] = language
        path = "/".join(parts)
    else:
        path = f"/{language}/"
    query = request.url.query if request.method == "GET" else ""
    return f"{path}?{query}" if query else path
