"""The documentation keeps up with the code: links lead somewhere, and nothing that people use goes unexplained."""

import importlib
import json
import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import uvicorn

from kit.settings import ServiceSettings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LANGUAGES = ("en", "fr")
ROLES = ("institution", "authority", "learner", "employer", "operator", "developer")

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """Every Markdown page of the repository, as git knows them (new ones included)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def links(page: Path) -> list[str]:
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [target for target in LINK.findall(prose) if "://" not in target and not target.startswith("mailto:")]


def anchors(page: Path) -> set[str]:
    """The fragment of each heading, as code hosts make them."""
    prose = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        name, _, fragment = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_under_docs_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        waiting.extend((page.parent / link.partition("#")[0]).resolve() for link in links(page))
    assert {page for page in pages() if page.is_relative_to(DOCS)} - reached == set()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_role_has_a_page_in_each_language(language: str, role: str) -> None:
    page = DOCS / language / f"{role}.md"
    other = "fr" if language == "en" else "en"
    assert f"../{other}/{role}.md" in links(page), "a page leads to the same page in the other language"


def test_both_languages_have_the_same_pages() -> None:
    english, french = ({page.name for page in (DOCS / language).glob("*.md")} for language in LANGUAGES)
    assert english == french


def test_both_languages_show_the_same_commands() -> None:
    for page in (DOCS / "en").glob("*.md"):
        commands, commandes = (
            re.findall(r"^\s*(?:\$ )?((?:make|passport) \S+)", "\n".join(FENCE.findall(text)), re.MULTILINE)
            for text in (page.read_text("utf-8"), (DOCS / "fr" / page.name).read_text("utf-8"))
        )
        assert commands == commandes, page.name


def test_every_dependency_is_explained_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"].values()
    ours = [*project["project"]["dependencies"], *(name for group in groups for name in group)]
    peers = json.loads((ROOT / "tests/peers/package.json").read_text(encoding="utf-8"))["dependencies"]
    declared = {re.split(r"[\[<>=!~; ]", name)[0] for name in ours} | set(peers)
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", (DOCS / "dependencies.md").read_text("utf-8"), re.MULTILINE)
    explained = [name for name in rows if name not in ("package", "---")]
    assert sorted(explained) == sorted(declared)


def test_the_locks_name_no_address() -> None:
    locks = [*(ROOT / "requirements").glob("*.txt"), ROOT / "tests/peers/package-lock.json"]
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text or lock.suffix == ".json", lock
        assert '"resolved"' not in text, lock
        assert not re.search(r"^--?(index|extra|find|trusted)", text, re.MULTILINE), lock


def test_every_lock_line_has_a_hash() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        pinned = re.findall(r"^([a-z0-9.\-]+==.*)$", lock.read_text(encoding="utf-8"), re.MULTILINE)
        assert pinned, lock
        assert all(line.endswith("\\") for line in pinned), lock


def test_every_decision_is_listed() -> None:
    folder = DOCS / "decisions"
    dated = {page.name for page in folder.glob("2*.md")}
    assert dated == {link for link in links(folder / "README.md") if link.startswith("2")}


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)
    explained = (ROOT / "README.md").read_text("utf-8") + (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    missing = [target for target in targets if f"make {target}" not in explained]
    assert targets
    assert missing == []


def test_every_setting_is_explained() -> None:
    explained = (DOCS / "settings.md").read_text(encoding="utf-8")
    named = {item.name for kind in settings_classes() for item in fields(kind)} - {"secret"} | {"secret_file"}
    assert {name for name in named if f"| `{name.upper()}` |" not in explained} == set()


def settings_classes() -> list[type[ServiceSettings]]:
    """The settings of every service, found where each keeps them."""
    for service in ("issuer", "verifier", "wallet_demo"):
        importlib.import_module(f"{service}.settings")
    return [ServiceSettings, *ServiceSettings.__subclasses__()]


def test_the_proxy_hangs_up_on_idle_connections_before_the_services_do() -> None:
    """The services leave uvicorn's time as it is."""
    proxy = (DOCS / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    upstreams = re.findall(r"upstream \w+ +\{.*?\}", proxy, re.DOTALL)
    kept = [re.search(r"keepalive_timeout (\d+)s;", block) for block in upstreams]
    assert len(kept) == 3
    assert all(found is not None and int(found[1]) < uvicorn.Config("").timeout_keep_alive for found in kept)
