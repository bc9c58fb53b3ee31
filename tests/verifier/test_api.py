"""The checks over HTTP: what is accepted, what is refused, in which words and under which problem names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.verifier.conftest import Counter, counter_for
from tests.world import World

CHECKS = ["integrity", "issuer", "accreditation", "status", "validity", "holder"]


def test_a_good_credential(counter: Counter) -> None:
    answer = counter.credential(counter.world.issue())
    assert answer["verified"] is True
    assert answer["verdict"] == "valid"
    assert [check["name"] for check in answer["checks"]] == CHECKS
    assert answer["problemDetails"] == []
    assert answer["credential"]["type"] == ["VerifiableCredential", "OpenBadgeCredential"]


def test_answers_are_in_the_callers_language(counter: Counter) -> None:
    credential = counter.world.issue()
    french, english = (counter.credential(credential, language=language) for language in ("fr-CA", "en"))
    assert french["headline"]["code"] == english["headline"]["code"]
    assert french["headline"]["text"] == "Attestation valide, titulaire à confirmer"
    assert english["headline"]["text"] == "Valid credential, holder to be confirmed"
    assert all(check["question"].endswith("?") for check in french["checks"])


def bent(world: World, how: str) -> dict[str, Any]:
    """A credential that one thing is wrong with."""
    match how:
        case "altered":
            return {**world.issue(), "name": "Brain surgery"}
        case "expired":
            return world.issue(completed="2026-01-10", valid_until="2026-06-01")
        case "revoked":
            revoked = world.issue()
            world.revoke(revoked)
            return revoked
        case "not accredited":
            return world.issue("Pottery")
        case "silent":
            silent = world.issue()
            world.unreachable("northern-college.example/status")
            return silent
    raise AssertionError(how)


@pytest.mark.parametrize(
    ("how", "verified", "verdict", "headline"),
    [
        ("altered", False, "not_valid", "altered"),
        ("expired", False, "not_valid", "expired"),
        ("revoked", False, "not_valid", "revoked"),
        ("not accredited", True, "valid_not_recognised", "not_accredited"),
        ("silent", False, "undecided", "incomplete"),
    ],
)
def test_what_is_wrong_is_said(counter: Counter, how: str, verified: bool, verdict: str, headline: str) -> None:
    answer = counter.credential(bent(counter.world, how))
    assert (answer["verified"], answer["verdict"], answer["headline"]["code"]) == (verified, verdict, headline)
    assert verified or answer["problemDetails"], "a refusal names its problem"
    if headline == "altered":
        assert answer["credential"] is None, "nothing of an altered document is shown as if it were true"


def test_a_presentation_is_for_one_request(counter: Counter) -> None:
    presentation = counter.world.present(counter.world.issue())
    good = counter.presentation(presentation, challenge="c-1", domain="https://employer.example")
    assert good["verified"] is True
    assert good["holder"] == counter.world.learner().did
    assert good["headline"]["code"] == "valid"
    for options in ({"challenge": "c-2"}, {"challenge": "c-1", "domain": "https://other.example"}):
        assert counter.presentation(presentation, **options)["verified"] is False


def test_someone_elses_credential_is_told_apart(counter: Counter) -> None:
    borrowed = counter.world.present(counter.world.issue(learner="mira"), learner="noor")
    answer = counter.presentation(borrowed, challenge="c-1", domain="https://employer.example")
    assert answer["verified"] is False
    assert answer["headline"]["code"] == "wrong_holder"


def test_P_RPL_1_our_challenges_are_good_once(counter: Counter) -> None:
    given = counter.client.post("/challenges").json()["challenge"]
    presentation = counter.world.present(counter.world.issue(), challenge=given)
    first, second = (
        counter.presentation(presentation, challenge=given, domain="https://employer.example") for _ in range(2)
    )
    assert first["verified"] is True
    assert second["verified"] is False
    assert second["problemDetails"][0]["type"].endswith("#INVALID_CHALLENGE_ERROR")


BAD_BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"{}",
    b'{"verifiableCredential":1}',
    b'{"verifiableCredential":[]}',
    b'{"verifiableCredential":{},"verifiableCredential":{}}',
    b'{"verifiableCredential":{},"unknown":1}',
    b'{"verifiableCredential":{},"options":[]}',
    b'{"verifiableCredential":{},"options":{"checks":["none"]}}',
    b'{"verifiableCredential":{},"options":{"skipStatus":true}}',
    b'{"verifiableCredential":{"a":"\\ud800"}}',
    b"\xff\xfe",
    b"[" * 5000,
    b'{"verifiableCredential":' + b'{"a":' * 500 + b"1" + b"}" * 501,
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:40]))
def test_bad_requests_get_a_problem(counter: Counter, body: bytes) -> None:
    answer = counter.client.post("/credentials/verify", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 413, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail"} <= problem.keys()
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_json(counter: Counter, kind: str) -> None:
    body = json.dumps({"verifiableCredential": counter.world.issue()})
    answer = counter.client.post("/credentials/verify", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 415)
    assert answer.json()["verified"] is False


@pytest.mark.parametrize("what", ["credentials", "presentations"])
def test_nothing_at_all_is_not_verified(counter: Counter, what: str) -> None:
    answer = counter.client.post(f"/{what}/verify")
    assert (answer.status_code, answer.json()["verified"]) == (400, False)


def test_more_than_anyone_needs_is_refused_before_it_is_read(counter: Counter) -> None:
    body = b'{"verifiableCredential":"' + b"a" * (12 * 1024 * 1024) + b'"}'
    answer = counter.client.post("/credentials/verify", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_a_share_link_cannot_be_used_to_look_inside_the_house(counter: Counter) -> None:
    credential = counter.world.issue()
    counter.credential(credential)
    hosts = {url.split("/")[2] for url in counter.world.net.requests}
    assert hosts == {"northern-college.example", "talent-committee.example"}


def test_schemas_come_from_the_operators_folder_only(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    folder.mkdir()
    address = "https://schemas.example/badge.json"
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "type": "object",
        "required": ["awardedDate"],
    }
    (folder / "badge.json").write_text(json.dumps(schema))
    counter = counter_for(world, tmp_path, schemas_folder=str(folder))
    named = [{"id": address, "type": "JsonSchema"}]
    with counter.client:
        fits = counter.credential(world.issue(credentialSchema=named))
        breaks = counter.credential(world.issue(credentialSchema=named, awardedDate=None))
        unknown = counter.credential(
            world.issue(credentialSchema=[{"id": "https://schemas.example/other.json", "type": "JsonSchema"}])
        )
    assert (codes(fits) & SCHEMA_CODES, codes(breaks) & SCHEMA_CODES) == ({"schema_fits"}, {"schema_broken"})
    assert codes(unknown) & SCHEMA_CODES == {"schema_not_checked"}
    assert not [url for url in world.net.requests if "schemas.example" in url]


SCHEMA_CODES = {"schema_fits", "schema_broken", "schema_not_checked"}


def codes(answer: dict[str, Any]) -> set[str]:
    """Every finding of an answer."""
    return {finding["code"] for check in answer["checks"] for finding in check["findings"]}
