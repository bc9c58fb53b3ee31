"""What every test may ask for: a Chromium, pages that cannot leave this machine, the shared vectors."""

import ipaddress
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright

from tests import chromium as browser
from tests import databases, passphrases

ROOT = Path(__file__).resolve().parent.parent
VECTORS = ROOT.parent / "shared" / "vectors"

PageOpener = Callable[..., Page]


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The shared test vectors; they are third-party material and stay outside the repository."""
    if not VECTORS.is_dir():
        pytest.skip("the shared vectors (../shared/vectors) are not on this machine")
    return VECTORS


@pytest.fixture(scope="session", autouse=True)
def _cheap_passphrases() -> Iterator[None]:
    with passphrases.cheap():
        yield


@pytest.fixture
def real_cost(_cheap_passphrases: None) -> Iterator[None]:
    """Passphrases cost in this test what they cost in production."""
    with passphrases.real():
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[databases.Server]:
    """A running PostgreSQL, one per test process."""
    wheel = databases.find()
    if wheel is None:
        if databases.required():
            pytest.fail(databases.LEFT_OUT)
        pytest.skip(databases.LEFT_OUT)
    with databases.running(wheel) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database; a test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'passport.sqlite3'}"
        return
    server: databases.Server = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium, for the tests of one file.

    One file, not the session: while Playwright's synchronous interface is up, its event loop occupies the
    thread, and a test elsewhere that calls `asyncio.run` would be refused.
    """
    executable = browser.find()
    if executable is None:
        if browser.required():
            pytest.fail(browser.LEFT_OUT)
        pytest.skip(browser.LEFT_OUT)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=browser.arguments())
        yield running
        running.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[PageOpener]:
    """Opens pages, each in a context of its own (`open_page(locale="en-CA", java_script_enabled=False)`).

    When the test ends it fails if a page asked an address outside this machine for anything, broke its own
    content security policy, or threw a script error. Requests to the outside are stopped as they are made.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def keep_inside(route: Route) -> None:
        if _on_this_machine(route.request.url):
            route.continue_()
        else:
            complaints.append(f"asked the outside for {route.request.url}")
            route.abort()

    def hear(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_one(**options: Any) -> Page:
        context = chromium.new_context(**{"locale": "fr-CA", "timezone_id": "America/Montreal"} | options)
        contexts.append(context)
        context.route("**/*", keep_inside)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(open_page: PageOpener) -> Page:
    """One page in the default locale (fr-CA); see `open_page` for what it is held to."""
    return open_page()


def _on_this_machine(url: str) -> bool:
    address = urlsplit(url)
    if address.scheme in {"about", "blob", "data"}:
        return True
    host = address.hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: one process more than cores, as tests with a browser or a service of their own wait for it."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark whatever drives a browser, so that `-m "not browser"` needs no one's memory; in several processes, sort.

    Files that drive a browser take longest, and come first; then those with many tests before those with few. So no
    process is left with a long file when the others have ended (`--no-loadscope-reorder` keeps the order).
    """
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    if hasattr(config, "workerinput"):
        tests = Counter(item.path for item in items)
        browsing = {item.path for item in items if item.get_closest_marker("browser")}
        items.sort(key=lambda item: (item.path not in browsing, -tests[item.path], item.path))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say loudly, at the very end, which browser tests did not run."""
    left_out = [
        report.nodeid
        for report in terminalreporter.stats.get("skipped", [])
        if "every test marked `browser` is left out" in str(report.longrepr)
    ]
    if left_out:
        terminalreporter.section("BROWSER TESTS LEFT OUT", sep="!", red=True, bold=True)
        terminalreporter.line(browser.LEFT_OUT)
        for nodeid in left_out:
            terminalreporter.line(f"  {nodeid}")
