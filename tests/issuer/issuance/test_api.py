"""Credentials for other systems: one call issues, one key means one credential, everything stays in the house."""

import threading
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issuer import crash_points
from issuer.issuance import overview
from issuer.issuance import service as issuance
from issuer.staff.models import Role
from issuer.staff.service import Scope
from tests.issuer.college import College
from vc.findings import Headline

URL = "/api/v1/credentials"


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=2, database_url=database_url)


@pytest.fixture
def system(college: College) -> TestClient:
    return college.api(Scope.ISSUE, Scope.READ, Scope.STATUS)


def entry(number: str = "N-1", **changes: Any) -> dict[str, Any]:
    return {
        "programme": "analyse-python",
        "cohort": "2026-A",
        "participant": {"learnerNumber": number, "givenName": "Aimé", "familyName": "Troisaisons"},
        "completedOn": "2026-06-12",
        "result": "91 %",
    } | changes


def key(value: str) -> dict[str, str]:
    return {"idempotency-key": value}


def test_a_completion_is_issued_in_one_call(college: College, system: TestClient) -> None:
    answer = system.post(URL, json={"completionId": college.completions[0]})
    assert answer.status_code == 201
    issued = answer.json()
    assert issued["state"] == "issued"
    assert college.verify(issued["verifiableCredential"]).verified
    assert system.get(f"{URL}/{issued['id']}").json() == issued
    assert college.bodies(issued["id"])[0] in answer.content  # as it was signed, byte for byte


def test_a_person_another_system_knows_is_registered_and_issued_in_one_call(
    college: College, system: TestClient
) -> None:
    issued = system.post(URL, json=entry(), headers=key("request-0001")).json()
    subject = issued["verifiableCredential"]["credentialSubject"]
    assert subject["identifier"][0]["identityHash"] == "Aimé Troisaisons"
    assert subject["result"][0]["value"] == "91"


def test_a_name_is_composed_as_in_a_register_that_is_imported(college: College, system: TestClient) -> None:
    """Else it could not be signed, and the register would keep the name that nobody can sign."""
    person = {"learnerNumber": "N-1", "givenName": unicodedata.normalize("NFD", "Aimé"), "familyName": "Troisaisons"}
    issued = system.post(URL, json=entry(participant=person)).json()
    subject = issued["verifiableCredential"]["credentialSubject"]
    assert subject["identifier"][0]["identityHash"] == "Aimé Troisaisons"


def test_I_DBL_1_the_same_key_gives_the_same_answer(college: College, system: TestClient) -> None:
    first, second = (system.post(URL, json=entry(), headers=key("request-0001")) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len(college.credentials()) == 1


def test_I_DBL_1_the_same_key_with_another_body_is_409(college: College, system: TestClient) -> None:
    system.post(URL, json=entry(), headers=key("request-0001"))
    answer = system.post(URL, json=entry(result="92 %"), headers=key("request-0001"))
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("idempotency-key-reused")
    assert len(college.credentials()) == 1


def test_I_DBL_1_a_hundred_requests_with_one_key_at_once_are_one_credential(
    college: College, system: TestClient
) -> None:
    answers: list[tuple[int, str]] = []

    def ask() -> None:
        answer = system.post(URL, json=entry(), headers=key("request-0001"))
        answers.append((answer.status_code, answer.text))

    threads = [threading.Thread(target=ask) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} == {201}
    assert len({body for _, body in answers}) == 1
    assert len(college.credentials()) == 1


def test_I_DBL_1_a_key_whose_first_try_died_gets_its_credential_on_the_next(
    college: College, system: TestClient
) -> None:
    class Stopped(BaseException):
        pass

    def stop(name: str) -> None:
        if name == "after-signing":
            raise Stopped

    remove = crash_points.install(stop)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - the test client wraps what ended the request
        system.post(URL, json=entry(), headers=key("request-0001"))
    remove()
    college.clock.advance(seconds=60)
    issuance.recover(college.office)
    answer = system.post(URL, json=entry(), headers=key("request-0001"))
    assert answer.status_code == 201
    assert answer.json()["state"] == "issued"


def test_I_DBL_2_without_a_key_a_second_call_says_already_issued(college: College, system: TestClient) -> None:
    first = system.post(URL, json=entry()).json()
    for headers in ({}, key("request-0002")):
        answer = system.post(URL, json=entry(), headers=headers)
        assert answer.status_code == 409
        assert answer.json()["credential"] == first["id"]


def test_a_draft_that_breaks_a_rule_is_422_with_the_reasons(college: College, system: TestClient) -> None:
    body = entry(participant={"learnerNumber": "N-9", "givenName": "Zoé\u0007", "familyName": "X"})
    answer = system.post(URL, json=body)
    assert answer.status_code == 422
    assert "not clean" in answer.json()["reasons"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"completionId": None},
        {"completionId": "x", "cohort": "2026-A"},
        {"completionId": "x", "state": "issued"},
        {"completionId": 3},
        entry(completedOn="12 juin 2026"),
        entry(completedOn="2999-01-01"),
        entry(participant={"learnerNumber": "1"}),
        entry(participant={"learnerNumber": "1", "givenName": "A", "familyName": "B", "role": "admin"}),
        entry(participant={"learnerNumber": "1", "givenName": "A", "familyName": "B", "email": "no address"}),
        entry(result=82),
    ],
)
def test_I_AUZ_2_what_is_not_ours_to_take_is_422(system: TestClient, wrong: dict[str, Any]) -> None:
    answer = system.post(URL, json=wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_unknown_completions_programmes_and_cohorts_are_404(system: TestClient) -> None:
    for body in ({"completionId": "none"}, entry(programme="none"), entry(cohort="none")):
        assert system.post(URL, json=body).status_code == 404


def test_status_changes_are_what_a_verifier_sees(college: College, system: TestClient) -> None:
    issued = system.post(URL, json=entry()).json()
    college.accredit()
    for state, headline in (
        ("suspended", Headline.SUSPENDED),
        ("issued", Headline.VALID_HOLDER_UNCONFIRMED),
        ("revoked", Headline.REVOKED),
    ):
        answer = system.post(f"{URL}/{issued['id']}/status", json={"state": state, "reason": "Erreur"})
        assert answer.json()["state"] == state
        assert college.verify(issued["verifiableCredential"]).headline is headline
        college.clock.advance(minutes=1)  # the interval in which the list is signed once
    assert system.post(f"{URL}/{issued['id']}/status", json={"state": "issued", "reason": "x"}).status_code == 409
    corrected = system.post(f"{URL}/{issued['id']}/correction")
    assert corrected.status_code == 201
    assert corrected.json()["replaces"] == issued["id"]


def test_a_status_change_needs_a_reason(system: TestClient) -> None:
    issued = system.post(URL, json=entry()).json()
    for reason in ("", "  ", "x" * 501):
        answer = system.post(f"{URL}/{issued['id']}/status", json={"state": "revoked", "reason": reason})
        assert answer.status_code == 422


def test_the_list_is_searched_by_every_word(college: College, system: TestClient) -> None:
    college.issue()
    system.post(URL, json=entry())
    assert system.get(URL).json()["total"] == 3
    assert system.get(URL, params={"q": "aimé trois"}).json()["total"] in (0, 1)  # case outside ASCII: the database's
    assert system.get(URL, params={"q": "troisaisons N-1"}).json()["total"] == 1
    assert system.get(URL, params={"q": "%"}).json()["total"] == 0
    assert system.get(URL, params={"state": "revoked"}).json()["total"] == 0
    assert system.get(URL, params={"page": 99}).json()["page"] == 1


def test_I_AUZ_1_another_organisations_credentials_are_as_unknown_as_none(college: College, system: TestClient) -> None:
    issued = system.post(URL, json=entry()).json()
    stranger = college.api(*Scope, organisation=college.authority)
    for identifier in (issued["id"], "none"):
        assert stranger.get(f"{URL}/{identifier}").status_code == 404
        body = {"state": "revoked", "reason": "x"}
        assert stranger.post(f"{URL}/{identifier}/status", json=body).status_code == 404
        assert stranger.post(f"{URL}/{identifier}/correction").status_code == 404
    assert stranger.post(URL, json={"completionId": college.completions[0]}).status_code == 404
    assert stranger.post(URL, json=entry("N-2")).status_code == 404
    assert stranger.get(URL).json()["total"] == 0


def test_each_call_needs_its_scope(college: College) -> None:
    reader = college.api(Scope.READ)
    assert reader.get(URL).status_code == 200
    assert reader.post(URL, json=entry()).status_code == 403
    assert reader.post(f"{URL}/x/status", json={"state": "revoked", "reason": "x"}).status_code == 403
    assert TestClient(college.app).get(URL).status_code == 401


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(member=st.sampled_from([*entry(), "completionId"]), value=ANYTHING)
def test_V_JSON_4_a_member_of_any_type_is_never_a_server_error(
    college: College, system: TestClient, member: str, value: Any
) -> None:
    answer = system.post(URL, json=entry() | {member: value})
    assert answer.status_code in (201, 400, 404, 409, 422)  # 400: text with NUL or half a surrogate pair


def test_a_long_list_goes_on_from_the_last_one_seen(
    college: College, system: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "PAGE", 2)
    college.issue(college.enrol(5))
    seen: list[str] = []
    answer = system.get(URL).json()
    while answer["next"] is not None:
        seen += [one["id"] for one in answer["credentials"]]
        answer = system.get(URL, params={"after": answer["next"]}).json()
    seen += [one["id"] for one in answer["credentials"]]
    assert sorted(seen) == sorted(one.id for one in college.credentials())
    assert system.get(URL, params={"after": "somebody else's"}).status_code == 404


def test_a_list_is_counted_so_far_and_no_further(
    college: College, system: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "COUNTED", 3)
    college.issue(college.enrol(5))
    assert system.get(URL).json()["total"] == 3
    visit = college.visit(college.organisation, role=Role.READER)
    assert "Plus de 3 attestations" in visit.look("/fr/office/credentials").text
