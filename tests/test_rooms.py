"""The rooms of a service, and the order among them.

A service is one folder per noun. In each, `models` says what is kept; pages and APIs, which alone know a web framework,
show it; and between the two stands what can be done. Among rooms:

    shown     may call upon any room
    done      knows nothing of what is shown, and no two rooms need each other
    kept      knows only what else is kept

So whoever reads a room from its models upwards meets no room that needs this one first. The tests read it from the
source, as `tests.test_arrows` does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import issuer
from tests.test_arrows import MAY_IMPORT, ROOT, SERVICES, WEB, Import, imports_of, modules_of

NEEDED_BOTH_WAYS = {
    ("issuance", "hand_over"),  # what is handed over was issued; revoking ends the invitations that are open
}
"""What the first needs of the second is left out of the order."""


@cache
def statements_in(file: Path) -> tuple[Import, ...]:
    return tuple(imports_of(file))


@cache
def rooms_of(service: str) -> list[str]:
    return sorted(
        file.parent.name for file in (ROOT / service).glob("*/__init__.py") if file.parent.name != "migrations"
    )


def modules_in(service: str, room: str) -> list[Path]:
    return modules_of(f"{service}/{room}")


@cache
def is_shown(file: Path) -> bool:
    return any(found.is_of(WEB) for found in statements_in(file))


def imported(service: str, found: Import) -> tuple[str, Path] | None:
    """The room that is imported from, and the module: of `issuer.status.models.Purpose` the file of the models."""
    own, room, *rest = *found.name.split("."), "", ""
    if own != service or room not in rooms_of(service):
        return None
    folder = ROOT / service / room
    module = folder / f"{rest[0]}.py"
    return room, module if module.exists() else folder / "__init__.py"


def between_rooms(service: str) -> Iterator[tuple[str, Path, Import, str, Path]]:
    """Every import of one room from another: where it stands, and what it reaches."""
    for room in rooms_of(service):
        for file in modules_in(service, room):
            for found in statements_in(file):
                reached = imported(service, found)
                if reached is not None and reached[0] != room:
                    yield room, file, found, *reached


def test_the_issuer_introduces_its_rooms() -> None:
    introduced = set(re.findall(r"\w+", issuer.__doc__ or ""))
    assert set(rooms_of("issuer")) - introduced == set()


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_kept_knows_only_what_else_is_kept(service: str) -> None:
    found = [
        str(statement)
        for _, file, statement, _, reached in between_rooms(service)
        if file.name == "models.py" and reached.name != "models.py"
    ]
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_can_be_done_knows_nothing_of_what_is_shown(service: str) -> None:
    found = [
        str(statement)
        for room in rooms_of(service)
        for file in modules_in(service, room)
        if not is_shown(file)
        for statement in statements_in(file)
        if (reached := imported(service, statement)) is not None and is_shown(reached[1])
    ]
    assert found == []


@pytest.mark.parametrize("service", SERVICES)
def test_no_two_rooms_need_each_other(service: str) -> None:
    needs = needs_of(service)
    for room, other in NEEDED_BOTH_WAYS:
        needs[room].discard(other)
    assert circle_in(needs) == []


def test_what_is_left_out_of_the_order_is_needed() -> None:
    needs = needs_of("issuer")
    assert {(room, other) for room, other in NEEDED_BOTH_WAYS if other not in needs[room]} == set()


def needs_of(service: str) -> dict[str, set[str]]:
    """For each room, the rooms without which what it does cannot be done; models are everybody's."""
    needs: dict[str, set[str]] = defaultdict(set)
    for room, file, _, other, reached in between_rooms(service):
        if not is_shown(file) and not is_shown(reached) and reached.name != "models.py":
            needs[room].add(other)
    return needs


def circle_in(needs: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_two_modules_need_each_other(package: str) -> None:
    """Not for a type alone either: what both need stands in a third."""
    needs = {
        name_of(file): {found for one in statements_in(file) if (found := module_in(one.name)) != name_of(file)}
        for file in modules_of(package)
    }
    assert circle_in(needs) == []


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def module_in(name: str) -> str:
    """The module that an imported name stands in; of a library, its first name."""
    while "." in name and not (path := ROOT / name.replace(".", "/")).with_suffix(".py").exists():
        if (path / "__init__.py").exists():
            break
        name = name.rpartition(".")[0]
    return name


def test_a_circle_is_seen() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}}) == []
    assert sorted(set(circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}}))) == ["a", "b", "c"]
