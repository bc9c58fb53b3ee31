"""The pages of jobs: from the cohort to the outcome file, in both languages, and free of axe violations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from issuer.issuance import pages as issuance_pages
from issuer.jobs import entries
from issuer.jobs.chunks import Step, work_on_next
from issuer.jobs.leases import Leases
from issuer.staff.models import Role
from tests.issuer.college import College, Visit

REGISTER = "Matricule;Prénom;Nom;Date de réussite\nA1;Éloïse;Boréalis;2026-06-12\nA2;;Sans;2026-06-12\n".encode()


@pytest.fixture
def college(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> College:
    monkeypatch.setattr(entries, "CHUNK", 2)
    return College.open(tmp_path, learners=5)


@pytest.fixture
def visit(college: College) -> Visit:
    return college.visit(college.organisation)


def work(college: College, job: str, steps: int = 100) -> None:
    for _ in range(steps):
        if work_on_next(college.office, job.rpartition("/")[2], Leases()) is not Step.DONE:
            return


def uploaded(visit: Visit, college: College, lang: str, file: bytes) -> str:
    """Send a register; returns where the answer leads to, or the page that says what is wrong."""
    page = f"/{lang}/office/cohorts/{college.cohort.id}/job-file"
    token = visit.look(page).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = visit.client.post(
        page, data={"csrf_token": token}, files={"file": ("r.csv", file)}, headers={"accept": "text/html"}
    )
    return answer.headers["location"] if answer.status_code == 303 else f"{answer.status_code} {answer.text}"


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_register_is_issued_and_its_outcomes_are_taken_home(college: College, visit: Visit, lang: str) -> None:
    assert visit.look(f"/{lang}/office/jobs").status_code == 200
    job = uploaded(visit, college, lang, REGISTER)
    shown = visit.look(job).text
    assert '<progress id="progress" max="2" value="0">' in shown
    fragment = visit.client.get(f"{job}?seen=running", headers={"x-fragment": "1"})
    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    work(college, job)
    onward = visit.client.get(f"{job}?seen=running", headers={"x-fragment": "1"})
    assert onward.headers["x-see-other"] == job
    done = visit.look(job).text
    assert "A2" in done
    file = visit.look(f"{job}/outcomes.csv")
    assert len(file.content.decode("utf-8-sig").splitlines()) == 3
    assert len(visit.look(f"{job}/outcomes.csv?only=refused").text.splitlines()) == 2
    assert job.rpartition("/")[2] in visit.look(f"/{lang}/office/jobs?cohort={college.cohort.id}").text


def test_a_large_class_becomes_a_job_that_can_be_paused_and_cancelled(
    college: College, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuance_pages, "AT_ONCE", 3)
    form = visit.look(f"/fr/office/cohorts/{college.cohort.id}/issue").text
    action = re.search(r'action="([^"]+/job)"', form)
    assert action, "a class above the limit is offered as a job"
    job = visit.send(action[1], page=f"/fr/office/cohorts/{college.cohort.id}/issue").headers["location"]
    work(college, job, steps=1)
    for act, word in (("pause", "Suspendue"), ("resume", "En cours"), ("cancel", "Annulée")):
        assert visit.send(f"{job}/{act}", page=job).status_code == 303
        assert word in visit.look(job).text
    assert len(college.credentials()) == 2
    assert visit.send(f"{job}/pause", page=job).status_code == 409


def test_a_file_that_is_no_register_says_what_to_do(college: College, visit: Visit) -> None:
    said = uploaded(visit, college, "fr", b"Nom;Ville\nA;B\n")
    assert said.startswith("422")
    assert "Il manque une colonne" in said
    assert uploaded(visit, college, "en", b"").startswith("422")


def test_I_AUZ_1_jobs_are_for_their_own_college_and_a_reader_only_looks(college: College, visit: Visit) -> None:
    job = uploaded(visit, college, "fr", REGISTER)
    assert college.visit(college.authority).look(job).status_code == 404
    reader = college.visit(college.organisation, role=Role.READER)
    assert reader.look(job).status_code == 200
    assert f"{job}/pause" not in reader.look(job).text
    assert reader.send(f"{job}/pause", page=job).status_code == 403
