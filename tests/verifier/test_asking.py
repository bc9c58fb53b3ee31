"""Asking a candidate by OpenID4VP: one request, one answer, for the browser that asked."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import Response

from tests.databases import Server
from tests.verifier.conftest import Counter, counter_for
from tests.world import World
from vc.openid4vp import parse_request_link
from verifier.asking import service
from verifier.asking.wanted import QUERY_ID


@dataclass
class Asked:
    """A request as the wallet got it."""

    page: str
    response_uri: str
    nonce: str
    client_id: str
    state: str

    def answered(self, counter: Counter, *presentations: dict[str, Any]) -> Response:
        """Post a wallet's answer."""
        token = json.dumps({QUERY_ID: list(presentations)})
        return counter.client.post(
            urlsplit(self.response_uri).path,
            data={"vp_token": token, "state": self.state},
        )


def asked(counter: Counter) -> Asked:
    """Ask for one credential, and read the unsigned form of the request."""
    form = counter.token("/en/ask")
    page = counter.client.post("/en/ask", data={"wanted": "one", "reason": "Junior analyst", "csrf_token": form})
    assert page.status_code == 200
    links = re.findall(r"openid4vp://[^\s\"'<]+", page.text.replace("&amp;", "&"))
    plain = next(link for link in links if "response_uri=" in link)
    members = {name: values[0] for name, values in parse_qs(urlsplit(plain).query).items()}
    assert parse_request_link(plain) is not None
    return Asked(str(page.url.path), members["response_uri"], members["nonce"], members["client_id"], members["state"])


def test_an_answer_becomes_a_verdict(counter: Counter) -> None:
    request = asked(counter)
    world = counter.world
    assert "Verdict" not in counter.client.get(request.page).text
    mine = world.present(world.issue(), challenge=request.nonce, domain=request.client_id)
    assert request.answered(counter, mine).status_code == 200
    page = counter.client.get(request.page).text
    assert "Valid credential" in page
    assert "holder to be confirmed" not in page


@pytest.mark.parametrize("wrong", ["nonce", "audience", "holder", "nothing", "unreadable"])
def test_an_answer_to_something_else_is_refused_and_the_request_stays_open(counter: Counter, wrong: str) -> None:
    request, world = asked(counter), counter.world
    challenge = "another" if wrong == "nonce" else request.nonce
    domain = "https://attacker.example" if wrong == "audience" else request.client_id
    shown = world.present(world.issue(), challenge=challenge, domain=domain)
    if wrong == "holder":
        shown = {**shown, "holder": world.learner("noor").did}
    came = [] if wrong == "nothing" else [{"a": 1}] if wrong == "unreadable" else [shown]
    refused = request.answered(counter, *came)
    assert refused.status_code == 400
    assert refused.json()["error"]
    good = world.present(world.issue(), challenge=request.nonce, domain=request.client_id)
    assert request.answered(counter, good).status_code == 200


def test_P_RPL_1_an_answer_is_taken_once(counter: Counter) -> None:
    request, world = asked(counter), counter.world
    mine = world.present(world.issue(), challenge=request.nonce, domain=request.client_id)
    assert [request.answered(counter, mine).status_code for _ in range(2)] == [200, 410]


def test_P_RPL_1_an_answer_that_came_while_the_request_was_fetched_again_stays(
    world: World, tmp_path: Path, postgresql: Server
) -> None:
    with postgresql.database() as url:
        counter = counter_for(world, tmp_path, database_url=url)
        with counter.client:
            request = asked(counter)
            mine = world.present(world.issue(), challenge=request.nonce, domain=request.client_id)
            database = counter.client.app.state.database  # type: ignore[attr-defined] # Starlette's, with our own state
            with database.unit() as session:
                again = service.open_request(session, request.page.split("/")[3], now=world.now)
                assert request.answered(counter, mine).status_code == 200
                service.opened(session, again)
            assert request.answered(counter, mine).status_code == 410
            assert "Valid credential" in counter.client.get(request.page).text


def test_a_request_has_its_time(counter: Counter) -> None:
    request, world = asked(counter), counter.world
    mine = world.present(world.issue(), challenge=request.nonce, domain=request.client_id)
    world.now += timedelta(minutes=11)
    assert request.answered(counter, mine).status_code == 410


def test_the_verdict_is_for_the_browser_that_asked(counter: Counter) -> None:
    request = asked(counter)
    counter.client.cookies.clear()
    for path in (request.page, f"{request.page}/state"):
        assert counter.client.get(path).status_code == 404


def test_a_candidate_may_say_no(counter: Counter) -> None:
    request = asked(counter)
    path = urlsplit(request.response_uri).path
    said = counter.client.post(path, data={"error": "access_denied", "state": request.state})
    assert said.status_code == 200
    assert request.answered(counter, {}).status_code in (400, 410)
    assert "Valid credential" not in counter.client.get(request.page).text
