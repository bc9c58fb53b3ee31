"""Which Chromium the browser tests drive, and how it is started.

The system's browser comes first (`PASSPORT_CHROMIUM`, then the usual names in PATH), then one that Playwright
has fetched. `make test` runs `python -m tests.chromium` before the tests: it names the browser that is used,
tries `playwright install chromium` when there is none, and says loudly when that fails too.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

REQUIRED = "required"
MODE_VARIABLE = "PASSPORT_BROWSER_TESTS"

LEFT_OUT = (
    "no Chromium was found: every test marked `browser` is left out. "
    "Install one (Debian: apt-get install chromium; anywhere: .venv/bin/playwright install chromium) "
    "or name it in PASSPORT_CHROMIUM."
)


def required() -> bool:
    """Whether a missing Chromium is an error (`PASSPORT_BROWSER_TESTS=required`) instead of a skip."""
    return os.environ.get(MODE_VARIABLE) == REQUIRED


def find() -> Path | None:
    """The Chromium to drive, or None when this machine has none."""
    if named := os.environ.get("PASSPORT_CHROMIUM"):
        return Path(named)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    with sync_playwright() as playwright:
        fetched = Path(playwright.chromium.executable_path)
    return fetched if fetched.exists() else None


def arguments() -> list[str]:
    """Start-up switches: no calls home, and no sandbox where root could not have one anyway."""
    switches = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-gpu",
        "--disable-quic",
        "--disable-sync",
        "--no-first-run",
    ]
    if os.geteuid() == 0:
        switches.append("--no-sandbox")
    return switches


def main() -> int:
    """Make a Chromium available if that can be done; exit code 1 only where one is required and missing."""
    found = find()
    if found is None:
        print("No Chromium on this machine; asking Playwright for one.", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
        found = find()
    if found is not None:
        print(f"Browser tests will drive {found}.")
        return 0
    print(f"{'=' * 80}\nWARNING: {LEFT_OUT}\n{'=' * 80}")
    return 1 if required() else 0


if __name__ == "__main__":
    sys.exit(main())
