"""Who may change what: one table over every act of the office and of the API (I-AUZ-1).

A route that is not in the table fails the first test; every line of the table is tried by nobody, by a role or scope
too little, by other organisations, and at last by the least that is enough, which does change something.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.routing import iter_route_contexts

from issuer.staff.models import Role
from issuer.staff.service import Scope
from tests.issuer.staff.acts import ALIASES, OFFICE, TABLE, Act
from tests.issuer.staff.ground import Ground

READING = {"GET", "HEAD", "OPTIONS"}
OPEN = {f"{OFFICE}/sign-in", f"{OFFICE}/sign-out"}
"""For everybody; tests/issuer/staff/test_signing_in.py."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """One for all refusals: none of them changes anything."""
    return Ground(tmp_path_factory.mktemp("office"))


def all_of_it(act: Act) -> Role | frozenset[Scope]:
    """The most that anybody can be given."""
    return Role.ADMINISTRATOR if isinstance(act.least, Role) else frozenset(Scope)


def too_little(act: Act) -> list[Role | frozenset[Scope]]:
    """Every role below, or a key with every scope but the one."""
    if isinstance(act.least, Scope):
        return [frozenset(Scope) - {act.least}]
    ladder = [Role.READER, Role.MEMBER, Role.REGISTRAR]
    return [*ladder[: ladder.index(act.least)]] if act.least in ladder else [*ladder]


def test_I_AUZ_1_the_table_names_every_route_that_changes_something(ground: Ground) -> None:
    routes = list(iter_route_contexts(ground.college.app.routes))
    changing = {
        route.path
        for route in routes
        if route.methods and route.methods - READING and route.path and route.path.startswith((OFFICE, "/api/"))
    }
    table = {re.sub(r"\{\w+\}", lambda name: ALIASES.get(name[0], name[0]), act.path) for act in TABLE}
    assert changing == table | OPEN
    assert {method for route in routes for method in route.methods or ()} <= READING | {"POST"}


@pytest.mark.parametrize("act", TABLE, ids=str)
def test_I_AUZ_1_nobody_changes_anything(ground: Ground, act: Act) -> None:
    ground.visit(None, Role.READER)
    before = ground.everything()
    if isinstance(act.least, Scope):
        answer = ground.attempt(act, None, frozenset(Scope))
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        answer = ground.attempt(act, None, Role.READER)
        assert (answer.status_code, answer.headers["location"].split("&")[0]) == (
            303,
            "/fr/office/sign-in?note=ended",
        )
    assert ground.everything() == before


@pytest.mark.parametrize("act", TABLE, ids=str)
def test_I_AUZ_1_too_little_is_403(ground: Ground, act: Act) -> None:
    for power in too_little(act):
        ground.admit(ground.owner(act), power)
        before = ground.everything()
        assert ground.attempt(act, ground.owner(act), power).status_code == 403
        assert ground.everything() == before


@pytest.mark.parametrize("act", [act for act in TABLE if act.names_something], ids=str)
def test_I_AUZ_1_to_other_organisations_it_is_as_if_there_were_nothing(ground: Ground, act: Act) -> None:
    strangers = [*ground.others, ground.college.authority, ground.college.organisation]
    for stranger in (one for one in strangers if one.id != ground.owner(act).id):
        ground.admit(stranger, all_of_it(act))
        before = ground.everything()
        answer = ground.attempt(act, stranger, all_of_it(act))
        assert answer.status_code == 404, (stranger.slug, answer.text)
        assert ground.everything() == before


@pytest.mark.parametrize("act", [act for act in TABLE if not act.any_kind], ids=str)
def test_an_authority_has_no_programmes_and_an_institution_accredits_nothing(ground: Ground, act: Act) -> None:
    for stranger in (one for one in ground.others if one.kind is not act.kind):
        ground.admit(stranger, all_of_it(act))
        before = ground.everything()
        assert ground.attempt(act, stranger, all_of_it(act)).status_code == 404
        assert ground.everything() == before


def test_the_least_that_is_enough_changes_something(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    for act in TABLE:
        power = act.least if isinstance(act.least, Role) else frozenset([act.least])
        ground.admit(ground.owner(act), power)
        before = ground.everything()
        answer = ground.attempt(act, ground.owner(act), power)
        assert answer.status_code in (200, 201, 202, 303), (str(act), answer.text)
        assert ground.everything() != before, str(act)
