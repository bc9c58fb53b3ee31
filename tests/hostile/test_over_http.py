"""The verifier's API: status codes, problem names, budgets (V-JSON, V-UNI-2, V-OPT, V-DOS, V-ERR, P-RPL-1)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import free_port, served
from tests.world import World
from verifier.app import build_app
from verifier.settings import VerifierSettings

CREDENTIALS, PRESENTATIONS = "/credentials/verify", "/presentations/verify"


@dataclass
class Verifier:
    """A verifier that is asked over HTTP, in a world of its own."""

    world: World
    client: httpx.Client

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.client.post(path, content=content, headers={"content-type": "application/json", **headers})


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verifier]:
    world, folder, port = World(), Path(tmp_path_factory.mktemp("verifier")), free_port()
    settings = VerifierSettings(
        public_url=f"http://localhost:{port}", data_dir=folder, secret=b"s" * 32, remember_seconds=0
    )
    app = build_app(settings, clock=lambda: world.now, fetcher=world.net)
    with served(app, port) as origin, httpx.Client(base_url=origin, timeout=30) as client:
        yield Verifier(world, client)


def names(answer: httpx.Response) -> list[str]:
    return [problem["title"] for problem in answer.json().get("problemDetails", [])]


BODIES: dict[str, Any] = {
    "V-JSON-1 member twice": '{"verifiableCredential":{},"verifiableCredential":{}}',
    "V-JSON-1 member twice, escaped": '{"verifiableCredential":{"id":"urn:a","\\u0069d":"urn:b"}}',
    "V-JSON-2 NaN": '{"verifiableCredential":{"a":NaN}}',
    "V-JSON-2 Infinity": '{"verifiableCredential":{"a":-Infinity}}',
    "V-JSON-2 1e400": '{"verifiableCredential":{"a":1e400}}',
    "V-JSON-2 hexadecimal": '{"verifiableCredential":{"a":0x10}}',
    "V-JSON-2 leading zero": '{"verifiableCredential":{"a":010}}',
    "V-JSON-2 bytes after": '{"verifiableCredential":{}} {}',
    "V-JSON-2 comment": '{"verifiableCredential":{}/* */}',
    "V-JSON-2 5 000 digits": '{"verifiableCredential":{"a":' + "9" * 5000 + "}}",
    "V-JSON-3 2^53": '{"verifiableCredential":{"a":9007199254740992}}',
    "V-UNI-2 lone surrogate": '{"verifiableCredential":{"a":"\\ud800"}}',
    "V-UNI-2 NUL": '{"verifiableCredential":{"a":"\\u0000"}}',
    "V-UNI-2 overlong": b'{"verifiableCredential":{"a":"\xc0\xaf"}}',
    "V-UNI-2 UTF-16": '{"verifiableCredential":{}}'.encode("utf-16"),
    "V-DOS-1 nested arrays": "[" * 500_000,
    "V-DOS-1 nested objects": '{"a":' * 100_000,
    "V-DOS-1 wide": "[" + "1," * 400_000 + "1]",
    "V-DOS-1 long text": json.dumps({"verifiableCredential": {"a": "x" * 70_000}}),
    "V-DOS-1 long name": json.dumps({"verifiableCredential": {"x" * 70_000: 1}}),
    "V-JSON-4 empty": "",
}


@pytest.mark.parametrize("path", [CREDENTIALS, PRESENTATIONS])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_V_JSON_1_V_UNI_2_V_DOS_1_bodies(verifier: Verifier, path: str, body: Any) -> None:
    started = time.perf_counter()
    answer = verifier.post(path, body)
    assert time.perf_counter() - started < 1
    assert answer.status_code == 400
    assert names(answer) == ["PARSING_ERROR"]
    assert answer.json()["verified"] is False
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", [CREDENTIALS, PRESENTATIONS])
@pytest.mark.parametrize("body", ["null", "[]", '"x"', "5", "true", "{}"])
def test_V_JSON_4_bodies_that_are_no_request(verifier: Verifier, path: str, body: str) -> None:
    answer = verifier.post(path, body)
    assert (answer.status_code, answer.json()["verified"]) == (400, False)


@pytest.mark.parametrize("value", [None, [], "x", 5, True, [{}]])
def test_V_JSON_4_members_of_another_type(verifier: Verifier, value: Any) -> None:
    assert verifier.post(CREDENTIALS, {"verifiableCredential": value}).status_code == 400
    assert verifier.post(PRESENTATIONS, {"verifiablePresentation": value}).status_code == 400
    assert verifier.post(CREDENTIALS, {"verifiableCredential": {}, "options": value or 5}).status_code in (400, 422)


def test_V_DOS_2_other_encodings_and_sizes(verifier: Verifier) -> None:
    assert verifier.post(CREDENTIALS, b"{}", **{"content-encoding": "gzip"}).status_code == 415
    refusal = verifier.post(CREDENTIALS, b"{}", **{"content-type": "text/plain"})
    assert (refusal.status_code, refusal.json()["verified"]) == (415, False)
    assert verifier.post(CREDENTIALS, b" " * 2_000_000).status_code == 413


@pytest.mark.parametrize(
    "options",
    [
        {"checks": []},
        {"checks": None},
        {"challenge": None},
        {"challenge": ""},
        {"domain": None},
        {"now": "2020-01-01T00:00:00Z"},
        {"didDocuments": {}},
        {"documentLoader": {}},
        {"anchors": "everyone"},
        {"checks": ["nothing"]},
        {"oneTimeChallenge": True},
    ],
)
def test_V_OPT_1_options_do_not_weaken(verifier: Verifier, options: dict[str, Any]) -> None:
    forged = {**verifier.world.issue(), "name": "A better name"}
    if "oneTimeChallenge" not in options:
        assert verifier.post(CREDENTIALS, {"verifiableCredential": forged, "options": options}).status_code == 422
    shown = verifier.world.present(verifier.world.issue())
    assert verifier.post(PRESENTATIONS, {"verifiablePresentation": shown, "options": options}).status_code == 422


def test_V_OPT_1_a_narrower_list_of_checks_still_runs_them_all(verifier: Verifier) -> None:
    forged = {**verifier.world.issue(), "name": "A better name"}
    answer = verifier.post(CREDENTIALS, {"verifiableCredential": forged, "options": {"checks": ["validity"]}})
    assert answer.status_code == 200
    assert answer.json()["verified"] is False
    assert "integrity" in answer.json()["results"]


@pytest.mark.parametrize("count", [17, 2000])
def test_V_DOS_4_proofs_and_credentials_over_the_limit(verifier: Verifier, count: int) -> None:
    credential = verifier.world.issue()
    shown = verifier.world.present(credential)
    verifier.world.net.requests.clear()
    proofs = {**credential, "proof": [{"type": "x"}] * count}
    held = {**shown, "verifiableCredential": [{"type": "VerifiableCredential"}] * (count + 4)}
    for path, body in ((CREDENTIALS, {"verifiableCredential": proofs}), (PRESENTATIONS, {"presentation": held})):
        answer = verifier.post(path, body)
        assert answer.status_code == 400
        assert answer.json()["verified"] is False
        assert names(answer) == ["MALFORMED_VALUE_ERROR"]
    assert verifier.world.net.requests == []


def test_V_PRF_6_a_credential_for_a_challenge_and_domain(verifier: Verifier) -> None:
    plain = verifier.world.issue()
    bound = verifier.world.issue(sign={"challenge": "c-1", "domain": "here"})
    for credential, options, expected in (
        (plain, {"challenge": "c-1"}, ["INVALID_CHALLENGE_ERROR"]),
        (plain, {"domain": "here"}, ["INVALID_DOMAIN_ERROR"]),
        (bound, {"challenge": "c-2", "domain": "here"}, ["INVALID_CHALLENGE_ERROR"]),
        (bound, {"challenge": "c-1", "domain": "there"}, ["INVALID_DOMAIN_ERROR"]),
        (bound, {"challenge": "c-1", "domain": "here"}, []),
    ):
        answer = verifier.post(CREDENTIALS, {"verifiableCredential": credential, "options": options})
        assert names(answer) == expected
        assert answer.json()["verified"] is not bool(expected)


def test_P_RPL_1_a_challenge_of_ours_is_good_once(verifier: Verifier) -> None:
    challenge = verifier.client.post("/challenges").json()["challenge"]
    shown = verifier.world.present(verifier.world.issue(), challenge=challenge)
    body = {"verifiablePresentation": shown, "options": {"challenge": challenge}}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: verifier.post(PRESENTATIONS, body), range(24)))
    assert [answer.json()["verified"] for answer in answers].count(True) == 1
    assert all(names(answer) == ["INVALID_CHALLENGE_ERROR"] for answer in answers if not answer.json()["verified"])


@pytest.mark.parametrize(
    "lie",
    [
        {"validFrom": "0001-01-01T00:00:00Z"},
        {"validUntil": "9999-12-31T23:59:59Z"},
        {"awardedDate": "0001-01-01T00:00:00Z"},
        {"awardedDate": "9999-12-31T23:59:59Z"},
        {"name": {"@value": "x", "@language": "xx-zz-" + "a" * 8}},
    ],
)
def test_V_ERR_1_whatever_is_signed_is_answered(verifier: Verifier, lie: dict[str, Any]) -> None:
    answer = verifier.post(CREDENTIALS, {"verifiableCredential": verifier.world.issue(**lie)})
    assert answer.status_code == 200
    assert isinstance(answer.json()["verified"], bool)
