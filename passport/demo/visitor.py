"""A person at a browser, for the demo's road: opens pages, fills forms, follows where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

from passport.demo.town import DemoFailed
from passport.words import N_


class Form:
    """One form of a page: where it goes and the values it comes with."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.values: dict[str, str] = {}


class Page(HTMLParser):
    """An opened page: its address, forms, links, headline and text."""

    def __init__(self, address: str, html: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.headline = ""
        self.answers: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect forms with what they carry, and links."""
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(urljoin(self.address, named.get("action") or self.address)))
        elif tag == "input" and self.forms and named.get("type") in ("hidden", None, "text"):
            self.forms[-1].values[named.get("name", "")] = named.get("value", "")
        elif tag == "a" and named.get("href"):
            self.links.append(urljoin(self.address, named["href"]))
        elif tag == "h1":
            self._inside = "h1"
        elif tag == "p" and named.get("class") == "checks__a":
            self._inside = "answer"
            self.answers.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave the headline or the answer."""
        if tag in ("h1", "p"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Collect the headline and the answers of a verdict."""
        if self._inside == "h1":
            self.headline += data
        elif self._inside == "answer":
            self.answers[-1] += data

    def form(self, action: str) -> Form:
        """The form whose address ends so. Raises `DemoFailed`."""
        for form in self.forms:
            if form.action.split("?")[0].endswith(action):
                return form
        raise DemoFailed(N_("the page {page} has no form for {action}"), page=self.address, action=action)

    def link(self, part: str) -> str:
        """The first link that holds this. Raises `DemoFailed`."""
        for link in self.links:
            if part in link:
                return link
        raise DemoFailed(N_("the page {page} has no link with {part}"), page=self.address, part=part)


class Visitor:
    """A browser with its own cookies."""

    def __init__(self, language: str) -> None:
        headers = {"accept": "text/html", "accept-language": language}
        self._browser = httpx.Client(headers=headers, follow_redirects=True, timeout=30)

    def open(self, address: str) -> Page:
        """Open a page. Raises `DemoFailed` when it says no."""
        return self._page(self._browser.get(address))

    def send(self, form: Form, values: Mapping[str, str]) -> Page:
        """Send a form with its own values and these, and open where it leads."""
        return self._page(self._browser.post(form.action, data={**form.values, **values}))

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()

    @staticmethod
    def _page(answer: httpx.Response) -> Page:
        if answer.status_code >= 400:
            page = Page(str(answer.url), answer.text)
            sentence = N_("{page} answered {status}: {headline}")
            raise DemoFailed(sentence, page=answer.url, status=answer.status_code, headline=page.headline.strip())
        return Page(str(answer.url), answer.text)
