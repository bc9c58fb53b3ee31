"""The import arrows of the house, one way only:

    passport ─► issuer, verifier, wallet_demo ─► kit ─► vc ─► keys ─► contexts

A package may import any package below it. The three services never import each other: they meet over HTTP.
The engine (`vc`, `keys`, `contexts`) imports no web framework, no database and no network client; it is
handed a `Fetcher`, a clock and bytes. The tests read this from the source (the syntax tree of every module,
imports inside functions included) and, for what libraries bring along, from a fresh interpreter.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

ENGINE = ("contexts", "keys", "vc")
SERVICES = ("issuer", "verifier", "wallet_demo")

MAY_IMPORT = {
    "contexts": set(),
    "keys": {"contexts"},
    "vc": {"contexts", "keys"},
    "kit": set(ENGINE),
    **{service: {*ENGINE, "kit"} for service in SERVICES},
    "passport": {*ENGINE, "kit", *SERVICES},
}

WEB = {"fastapi", "jinja2", "multipart", "python_multipart", "starlette", "uvicorn"}
DATABASE = {"alembic", "dbos", "psycopg", "sqlalchemy", "sqlite3", "sqlmodel"}
NETWORK = {"aiohttp", "anyio", "h11", "httpcore", "httpx", "requests", "trio", "urllib3", "websockets"}
NETWORK_IN_PYTHON = {
    *("asyncio", "ftplib", "http.client", "http.server", "imaplib", "poplib", "select", "selectors"),
    *("smtplib", "socket", "socketserver", "ssl", "urllib.request", "xmlrpc"),
}
KEPT_OUT_OF_THE_ENGINE = WEB | DATABASE | NETWORK | NETWORK_IN_PYTHON

# Libraries that are the visible half of a declared one: whoever asks for the right side means the left side too.
COMES_WITH = {
    "cachetools": "pyld",
    "markupsafe": "jinja2",
    "pydantic": "fastapi",
    "referencing": "jsonschema",
    "sqlalchemy": "sqlmodel",
    "starlette": "fastapi",
}


@dataclass(frozen=True)
class Import:
    """One import statement: what is imported, where it stands, and whether it waits inside a function."""

    name: str
    file: Path
    line: int
    inside_a_function: bool
    explained: bool

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.name}"

    def is_of(self, modules: set[str]) -> bool:
        return any(self.name == module or self.name.startswith(f"{module}.") for module in modules)


def modules_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports_of(file: Path) -> Iterator[Import]:
    """Every import of `file`; relative ones spelled out, `from a import b` as `a.b`."""
    source = file.read_text(encoding="utf-8")
    lines = source.splitlines()

    def walk(node: ast.AST, *, inside: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom):
                explained = "#" in lines[child.lineno - 1] or lines[child.lineno - 2].lstrip().startswith("#")
                for name in names_of(child, file):
                    yield Import(name, file, child.lineno, inside, explained)
            function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from walk(child, inside=inside or function)

    return walk(ast.parse(source), inside=False)


def names_of(statement: ast.Import | ast.ImportFrom, file: Path) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    package = file.relative_to(ROOT).parent.parts
    above = package[: len(package) - statement.level + 1] if statement.level else ()
    module = ".".join([*above, *([statement.module] if statement.module else [])])
    return [f"{module}.{alias.name}" for alias in statement.names]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_packages_below_it(package: str) -> None:
    above = (MAY_IMPORT.keys() | {"tests", "bench"}) - MAY_IMPORT[package] - {package}
    upward = [str(found) for file in modules_of(package) for found in imports_of(file) if found.is_of(above)]
    assert upward == []


@pytest.mark.parametrize("package", ENGINE)
def test_the_engine_imports_no_web_framework_database_or_network_client(package: str) -> None:
    found = [
        str(statement)
        for file in modules_of(package)
        for statement in imports_of(file)
        if statement.is_of(KEPT_OUT_OF_THE_ENGINE)
    ]
    assert found == []


@pytest.mark.parametrize("package", ENGINE)
def test_the_engine_does_not_log(package: str) -> None:
    logging = {"logging", "structlog", "opentelemetry"}
    found = [str(one) for file in modules_of(package) for one in imports_of(file) if one.is_of(logging)]
    assert found == []


@pytest.mark.parametrize(("folders", "groups"), [(tuple(MAY_IMPORT), ()), (("tests", "bench"), ("dev",))])
def test_every_library_that_is_imported_is_declared(folders: tuple[str, ...], groups: tuple[str, ...]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [*project["project"]["dependencies"], *(n for group in groups for n in project["dependency-groups"][group])]
    declared = {canonical(name) for name in named}
    distributions = packages_distributions()
    undeclared = []
    for found in (one for folder in folders for file in modules_of(folder) for one in imports_of(file)):
        top = found.name.split(".")[0]
        if top in sys.stdlib_module_names or top in (*MAY_IMPORT, "tests", "bench"):
            continue
        providers = {canonical(name) for name in distributions.get(top, [top])}
        if not {COMES_WITH.get(name, name) for name in providers} & declared:
            undeclared.append(str(found))
    assert undeclared == []


def canonical(name: str) -> str:
    """The name of a distribution as registries compare it, without extras and markers."""
    return re.split(r"[\[; ]", name)[0].lower().replace("_", "-")


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_an_import_inside_a_function_gives_its_reason(package: str) -> None:
    silent = [
        str(found)
        for file in modules_of(package)
        for found in imports_of(file)
        if found.inside_a_function and not found.explained
    ]
    assert silent == []


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_every_module_says_what_it_is_for(package: str) -> None:
    mute = [
        str(file.relative_to(ROOT))
        for file in modules_of(package)
        if (source := file.read_text(encoding="utf-8")).strip() and ast.get_docstring(ast.parse(source)) is None
    ]
    assert mute == []


LOAD_AND_LIST = """
import importlib, pkgutil, sys

reached = []
sys.addaudithook(lambda event, args: reached.append((event, args)) if event.startswith("socket.") else None)
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
opened = [event for event, _ in reached if event in ("socket.connect", "socket.getaddrinfo", "socket.bind")]
print(*opened, *sys.modules, sep="\\n")
"""


@pytest.mark.parametrize("package", ENGINE)
def test_loading_the_engine_loads_no_service_library_and_opens_no_connection(package: str) -> None:
    """Also by way of the libraries it uses, in a fresh interpreter with every module of the package loaded.

    Python's own `socket`, `asyncio` and `urllib.request` are not held against it here: PyLD brings the
    modules of its document loaders along even though ours replaces them, and jwcrypto does alike. That none
    is *used* on import is held by an audit hook; that our own code does not name them, by the tests above.
    """
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD_AND_LIST, *sorted(MAY_IMPORT[package]), package],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    unwanted = WEB | DATABASE | NETWORK | {"kit", *SERVICES, "passport"}
    found = [name for name in loaded if name.split(".")[0] in unwanted or name.startswith("socket.")]
    assert found == []


def test_the_arrows_notice_an_import_that_points_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own eyes: plain, relative, conditional and hidden imports are all seen."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    (tmp_path / "vc" / "proofs").mkdir(parents=True)
    file = tmp_path / "vc" / "proofs" / "suite.py"
    file.write_text(
        "import kit.settings\n"
        "from .. import canonical\n"
        "from ...kit import web\n"
        "from http import client\n"
        "if True:\n"
        "    import issuer\n"
        "def f():\n"
        "    import verifier\n"
        "    import wallet_demo  # only when asked for\n",
        encoding="utf-8",
    )
    seen = list(imports_of(file))
    assert [found.name for found in seen] == [
        *("kit.settings", "vc.canonical", "kit.web", "http.client", "issuer", "verifier", "wallet_demo")
    ]
    assert [found.name for found in seen if found.inside_a_function and not found.explained] == ["verifier"]
