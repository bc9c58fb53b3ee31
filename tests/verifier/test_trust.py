"""An employer chooses whom to trust: packs, an authority by identifier, file or link; what counts, and for whom."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.verifier.conftest import Counter, counter_for
from tests.world import World

LIST = "https://committee.example/list.json"


@pytest.fixture
def stranger(tmp_path: Path) -> Counter:
    """A verifier whose operator trusts nobody."""
    world = World()
    world.anchors = world.trusting()
    return counter_for(world, tmp_path)


def act(counter: Counter, what: str, **form: str | list[str]) -> str:
    """Send a form of the page; return the page that comes of it."""
    token = counter.token("/en/trust")
    answer = counter.client.post(f"/en/trust{what}", data={**form, "csrf_token": token})
    assert answer.status_code in (200, 422), answer.text[:1000]
    return answer.text


def accredited(counter: Counter) -> bool:
    return "Valid credential, holder to be confirmed" in counter.page(json.dumps(counter.world.issue()))


def proposed(page: str) -> str:
    """What the page that asks for a yes would send."""
    return html.unescape(page.partition('name="found" value="')[2].partition('"')[0])


def test_a_pack_that_is_left_out_does_not_count(counter: Counter) -> None:
    assert accredited(counter)
    page = act(counter, "", pack=[])
    assert "Your choice counts" in page
    assert not accredited(counter)
    act(counter, "", pack=["CA-QC"])
    assert accredited(counter)


def test_an_authority_is_added_by_its_identifier_after_a_yes(stranger: Counter) -> None:
    did = stranger.world.authority.did
    page = act(stranger, "/look", text=did)
    assert "Trust this authority?" in page
    assert not accredited(stranger), "looking changes nothing"
    assert "Give it a name" in act(stranger, "/add", found=proposed(page), name=" ")
    assert not accredited(stranger)
    act(stranger, "/add", found=proposed(page), name="My committee")
    assert accredited(stranger)
    assert "Yes, by My committee." in stranger.page(json.dumps(stranger.world.issue()))
    act(stranger, "/remove", did=did)
    assert not accredited(stranger)


def test_an_authority_is_added_by_a_link_to_its_decisions(stranger: Counter) -> None:
    stranger.world.net.serve(LIST, stranger.world.whois(stranger.world.institution))
    page = act(stranger, "/look", text=LIST)
    assert "Talent committee" in page
    act(stranger, "/add", found=proposed(page))
    assert accredited(stranger)


def test_a_list_of_authorities_is_a_file_that_goes_round(counter: Counter, stranger: Counter) -> None:
    body = counter.client.get("/en/trust/authorities.json").content
    token = stranger.token("/en/trust")
    page = stranger.client.post("/en/trust/look", data={"csrf_token": token}, files={"file": ("a.json", body)}).text
    act(stranger, "/add", found=proposed(page))
    assert stranger.client.get("/en/trust/authorities.json").json() == json.loads(body)


def test_what_one_browser_chose_counts_for_no_other(stranger: Counter) -> None:
    act(stranger, "/add", found=proposed(act(stranger, "/look", text=stranger.world.authority.did)), name="Mine")
    assert accredited(stranger)
    other = Counter(stranger.world, TestClient(stranger.client.app, base_url="http://localhost"))
    assert not accredited(other)
    assert stranger.credential(stranger.world.issue())["verdict"] == "valid_not_recognised", "nor for programs"


def test_back_to_the_operators_choice(counter: Counter) -> None:
    act(counter, "", pack=[])
    assert not accredited(counter)
    act(counter, "/anew")
    assert accredited(counter)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did:web:nobody.example",
        "did:web:127.0.0.1",
        "https://nowhere.example/x",
        "[]",
        "{}",
        '[{"did": "x"}]',
        '[{"did": "javascript:x", "names": {}, "territory": ""}]',
        "[" * 5000,
        json.dumps([{"did": f"did:web:a{n}.example", "names": {"en": "A"}, "territory": ""} for n in range(51)]),
    ],
)
def test_what_names_nobody_is_refused_at_the_field(stranger: Counter, text: str) -> None:
    page = act(stranger, "/look", text=text)
    assert 'id="text-error"' in page
    assert "Trust this authority?" not in page


def test_a_name_that_pretends_is_shown_as_text(stranger: Counter) -> None:
    listed = json.dumps([{"did": "did:web:eve.example", "names": {"en": "<b>Ministry</b>"}, "territory": "CA-QC"}])
    page = act(stranger, "/look", text=listed)
    assert "<b>Ministry</b>" not in page
    assert "did:web:eve.example" in page
