"""Jobs for other systems: a register or a cohort goes in, 202 and an address come out, each row can be asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from issuer.jobs.chunks import Step, work_on_next
from issuer.jobs.leases import Leases
from issuer.staff.service import Scope
from tests.issuer.college import College

URL = "/api/v1/jobs"
WHERE = {"programme": "analyse-python", "cohort": "2026-A"}
CSV = {"content-type": "text/csv"}
REGISTER = (
    "Matricule;Prénom;Nom;Date de réussite\n"
    "A1;Éloïse;Boréalis;2026-06-12\n"
    "A2;;Sansprénom;2026-06-12\n"
    "=A3;Aimé;Troisaisons;2026-06-12\n"
).encode()
LINES = b"\n".join(
    json.dumps(
        {"learnerNumber": number, "givenName": "Zoé", "familyName": "Automne", "completedOn": "2026-06-12"}
    ).encode()
    for number in ("B1", "B2")
)


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College.open(tmp_path, learners=2)


@pytest.fixture
def system(college: College) -> TestClient:
    return college.api(Scope.ISSUE, Scope.READ)


def work(college: College, job_id: str) -> None:
    while work_on_next(college.office, job_id, Leases()) is Step.DONE:
        pass


def test_a_register_in_csv_is_taken_and_each_row_has_its_outcome(college: College, system: TestClient) -> None:
    answer = system.post(URL, content=REGISTER, params=WHERE, headers=CSV)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"].endswith(f"{URL}/{job['id']}")
    assert (job["state"], job["total"], job["done"]) == ("running", 3, 0)
    work(college, job["id"])
    job = system.get(f"{URL}/{job['id']}").json()
    assert (job["state"], job["issued"], job["refused"]) == ("done", 2, 1)
    assert system.get(URL).json()["jobs"] == [job]

    rows = [
        json.loads(line)
        for line in system.get(
            f"{URL}/{job['id']}/outcomes", headers={"accept": "application/x-ndjson"}
        ).text.splitlines()
    ]
    assert [(row["line"], row["learnerNumber"], row["outcome"]) for row in rows] == [
        (2, "A1", "issued"),
        (3, "A2", "refused"),
        (4, "=A3", "issued"),
    ]
    assert rows[0]["number"].startswith("QC-")
    assert "The name is missing" in rows[1]["reasons"][0]
    found = system.get(f"/api/v1/credentials/{rows[0]['credential']}").json()
    assert college.verify(found["verifiableCredential"]).verified


def test_I_CSV_1_no_cell_of_the_outcome_file_acts_as_a_formula(college: College, system: TestClient) -> None:
    job = system.post(URL, content=REGISTER, params=WHERE, headers=CSV).json()
    work(college, job["id"])
    file = system.get(f"{URL}/{job['id']}/outcomes")
    assert file.headers["content-type"].startswith("text/csv")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Line;Learner number;Outcome;Credential number;Reason"
    assert len(lines) == 4
    assert lines[3].startswith("4;'=A3;Issued;QC-")
    refused = system.get(f"{URL}/{job['id']}/outcomes", params={"outcome": "refused"}).text.splitlines()
    assert len(refused) == 2


def test_json_lines_and_a_whole_cohort(college: College, system: TestClient) -> None:
    lines = system.post(URL, content=LINES, params=WHERE, headers={"content-type": "application/x-ndjson"}).json()
    work(college, lines["id"])
    assert system.get(f"{URL}/{lines['id']}").json()["issued"] == 2
    cohort = system.post(URL, json=WHERE)
    assert cohort.status_code == 202
    work(college, cohort.json()["id"])
    assert system.get(f"{URL}/{cohort.json()['id']}").json()["issued"] == 2
    assert system.post(URL, json=WHERE).status_code == 422


def test_I_DBL_1_the_same_key_names_the_same_job(college: College, system: TestClient) -> None:
    headers = {**CSV, "idempotency-key": "register-0001"}
    first = system.post(URL, content=REGISTER, params=WHERE, headers=headers).json()
    again = system.post(URL, content=REGISTER, params=WHERE, headers=headers)
    assert (again.status_code, again.json()["id"]) == (202, first["id"])
    other = system.post(URL, content=REGISTER + b"A9;B;C;2026-06-12\n", params=WHERE, headers=headers)
    assert other.status_code == 409
    assert len(system.get(URL).json()["jobs"]) == 1


def test_a_job_is_paused_resumed_cancelled_and_no_more(college: College, system: TestClient) -> None:
    address = f"{URL}/{system.post(URL, content=REGISTER, params=WHERE, headers=CSV).json()['id']}"
    assert system.post(f"{address}/pause").json()["state"] == "paused"
    assert system.post(f"{address}/pause").status_code == 409
    assert system.post(f"{address}/resume").json()["state"] == "running"
    cancelled = system.post(f"{address}/cancel").json()
    assert (cancelled["state"], cancelled["cancelled"]) == ("cancelled", 3)
    assert system.post(f"{address}/retry").status_code == 409
    assert system.post(f"{address}/destroy").status_code == 422


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "text/csv", 422),
        (b"Nom\nA\n", "text/csv", 422),
        (b"{}", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'{"programme": "analyse-python", "cohort": "2026-A", "role": "x"}', "application/json", 422),
        (b"not json", "application/x-ndjson", 422),
        (b"PK\x03\x04", "application/zip", 415),
    ],
)
def test_what_is_no_register_starts_nothing(system: TestClient, content: bytes, kind: str, status: int) -> None:
    answer = system.post(URL, content=content, params=WHERE, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert system.get(URL).json()["jobs"] == []


def test_I_AUZ_1_jobs_of_another_organisation_are_as_unknown_as_none(college: College, system: TestClient) -> None:
    job = system.post(URL, json=WHERE).json()
    stranger = college.api(Scope.ISSUE, Scope.READ, organisation=college.authority)
    for address in (f"{URL}/{job['id']}", f"{URL}/{job['id']}/outcomes"):
        assert stranger.get(address).status_code == 404
    assert stranger.post(f"{URL}/{job['id']}/cancel").status_code == 404
    assert stranger.post(URL, json=WHERE).status_code == 404
    assert stranger.post(URL, content=REGISTER, params=WHERE, headers=CSV).status_code == 404


def test_I_DOS_1_a_register_over_the_limit_is_413(college: College, system: TestClient) -> None:
    headers = {**CSV, "content-length": str(1 << 30)}
    assert system.post(URL, content=REGISTER, params=WHERE, headers=headers).status_code == 413
