"""The accessibility scanner axe-core on an open page; with it, no page of ours may have a violation."""

from __future__ import annotations

from importlib import resources
from typing import Any

from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SCRIPT = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


def violations(page: Page) -> list[str]:
    """Return what axe finds, one line per rule with the elements concerned.

    The script runs through the debugger, so that the page's content security policy stays as it is.
    """
    page.wait_for_load_state("load")  # sizes and colours are those of the stylesheet
    page.evaluate(_SCRIPT)
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
    return [
        f"{one['id']}: {one['help']} — " + "; ".join(node["html"][:160] for node in one["nodes"][:3])
        for one in found["violations"]
    ]
