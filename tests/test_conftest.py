"""The test house itself: pages are confined to this machine, and a missing browser is never silent."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent

A_VISIT_OUTSIDE = """
import pytest
from playwright.sync_api import Error

def test_visit(page):
    with pytest.raises(Error):
        page.goto({url!r})
"""


@pytest.fixture
def site() -> Iterator[str]:
    """One page on loopback."""

    class OnePage(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>Passeport</h1>")

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OnePage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def elsewhere(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A separate pytest run with our conftest, whose outcome can be looked at."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeconftest("from tests.conftest import *  # every fixture and hook of ours")
    pytester.makeini("[pytest]\nmarkers = browser: drives a real Chromium")
    return pytester


@pytest.fixture
def without_chromium(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine whose PATH and Playwright folder hold no browser."""
    monkeypatch.delenv("PASSPORT_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))


def test_a_page_on_this_machine_opens(page: Page, site: str) -> None:
    page.goto(site)
    assert page.inner_text("h1") == "Passeport"


@pytest.mark.usefixtures("chromium")
@pytest.mark.parametrize("url", ["https://fonts.example/a.woff2", "http://192.0.2.1/x"])
def test_an_outside_address_is_stopped_and_reported(elsewhere: pytest.Pytester, url: str) -> None:
    elsewhere.makepyfile(A_VISIT_OUTSIDE.format(url=url))
    result = elsewhere.runpytest_subprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"*asked the outside for {url}*"])


@pytest.mark.usefixtures("without_chromium")
def test_without_a_browser_the_summary_names_what_was_left_out(
    elsewhere: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSPORT_BROWSER_TESTS", raising=False)
    elsewhere.makepyfile("def test_needs_a_page(page): ...")
    result = elsewhere.runpytest_subprocess()
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*BROWSER TESTS LEFT OUT*"])


@pytest.mark.usefixtures("without_chromium")
def test_without_a_browser_a_run_that_requires_one_fails(
    elsewhere: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSPORT_BROWSER_TESTS", "required")
    elsewhere.makepyfile("def test_needs_a_page(page): ...")
    result = elsewhere.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no Chromium was found*"])
