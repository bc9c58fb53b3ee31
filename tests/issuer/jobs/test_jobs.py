"""Bulk jobs: taken in once, one outcome for each row, whoever works on them and whatever breaks off."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import col, select

from issuer import crash_points
from issuer.cohorts.models import Participant
from issuer.cohorts.register_file import FileRefused
from issuer.issuance import service as issuance
from issuer.issuance.models import CredentialState
from issuer.issuance.one_call import KeyUsedOtherwise
from issuer.jobs import chunks, entries, service
from issuer.jobs.chunks import Step, work_on_next
from issuer.jobs.leases import LEASE, Leases
from issuer.jobs.models import Job, JobChunk, JobRow, RowOutcome
from issuer.jobs.service import Progress, Standing
from issuer.programmes.models import Programme
from tests.issuer.college import ACTOR, College
from vc.findings import Verdict

HEADINGS = "Matricule;Prénom;Nom;Courriel;Date de réussite;Résultat\n"
DAY = "2026-06-12"


@pytest.fixture
def college(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> College:
    monkeypatch.setattr(entries, "CHUNK", 4)
    return College.open(tmp_path, learners=10, database_url=database_url)


def register(*rows: str) -> io.BytesIO:
    return io.BytesIO((HEADINGS + "\n".join(rows) + "\n").encode())


def good(number: int) -> str:
    return f"A{number};Éloïse;Boréalis-{number};;{DAY};82 %"


def request(college: College, **more: str) -> service.Request:
    return service.Request(college.organisation.id, college.cohort, ACTOR, **more)


def from_file(college: College, *rows: str, **more: str) -> Job:
    return service.start_for_register(college.office, request(college, **more), entries.of_csv(register(*rows)))


def work(college: College, job: Job) -> None:
    """Work on the job until nothing is left to do now."""
    leases = Leases()
    while (step := work_on_next(college.office, job.id, leases)) is not Step.OVER:
        if step is Step.WAIT:
            college.clock.advance(seconds=3)


def far(college: College, job: Job) -> Progress:
    with college.office.database.reading() as session:
        now = service.get(session, college.organisation.id, job.id)
        [progress] = service.progress(session, [now], now=college.clock())
    return progress


def rows(college: College, job: Job) -> dict[int, JobRow]:
    with college.office.database.reading() as session:
        return {row.line: row for row, _ in service.rows_of(session, job)}


def outcomes(college: College, job: Job) -> Counter[str]:
    return Counter(row.outcome.value for row in rows(college, job).values())


def reasons(college: College, job: Job, line: int) -> str:
    return " ".join(sentence for _, sentence, _ in service.reasons_of(rows(college, job)[line]))


# --- from a cohort, from a register ---


def test_a_cohort_is_issued_in_chunks_and_every_credential_verifies(college: College) -> None:
    college.accredit()
    job = service.start_for_cohort(college.office, request(college))
    assert far(college, job).standing is Standing.RUNNING
    work(college, job)
    progress = far(college, job)
    assert (progress.standing, progress.total, progress.issued, progress.percent) == (Standing.DONE, 10, 10, 100)
    assert outcomes(college, job) == {"issued": 10}
    for row in rows(college, job).values():
        report = college.verify(json.loads(college.bodies(row.credential_id or "")[0]))
        assert report.verdict is Verdict.VALID, report.findings


def test_a_cohort_without_anybody_ready_is_no_job(college: College) -> None:
    college.issue()
    with pytest.raises(service.NothingToIssue):
        service.start_for_cohort(college.office, request(college))


def test_I_DBL_3_a_register_gives_each_row_its_outcome(college: College) -> None:
    job = from_file(
        college,
        good(1),
        "A2;;Sansprénom;;2026-06-12;",
        good(3),
        "A4;Aimé;Demain;;2099-01-01;",
        "A5;Aimé;Jamais;;;",
        good(1),
        "A3;Quelqu’un;Autre;;2026-06-12;",
        good(8),
    )
    work(college, job)
    assert outcomes(college, job) == {"issued": 3, "already_issued": 1, "refused": 4}
    assert rows(college, job)[7].outcome is RowOutcome.ALREADY_ISSUED  # the same person and facts again
    assert "The name is missing" in reasons(college, job, 3)
    assert "future" in reasons(college, job, 5)
    assert "day of completion is missing" in reasons(college, job, 6)
    assert reasons(college, job, 8)  # another person under the same number
    assert len(college.credentials()) == 3


def test_I_DBL_2_the_same_register_again_issues_nothing_again(college: College) -> None:
    work(college, from_file(college, good(1), good(2)))
    again = from_file(college, good(1), good(2))
    work(college, again)
    assert outcomes(college, again) == {"already_issued": 2}
    assert len(college.credentials()) == 2


def test_what_the_catalogue_forbids_is_refused_and_can_be_tried_again(college: College) -> None:
    _criteria(college, "x" * 6_000)
    job = from_file(college, good(1), "A2;;Sansprénom;;2026-06-12;", good(3))
    work(college, job)
    assert outcomes(college, job) == {"refused": 3}
    _criteria(college, "Remettre un projet complet.")
    service.retry(college.office, college.organisation.id, job.id, actor=ACTOR)
    assert far(college, job).standing is Standing.RUNNING
    work(college, job)
    assert outcomes(college, job) == {"issued": 2, "refused": 1}
    assert far(college, job).total == 3


def _criteria(college: College, text: str) -> None:
    with college.office.database.unit() as session:
        programme = session.get_one(Programme, college.programme.id)
        programme.criteria_fr = text
        session.add(programme)


def test_I_DBL_1_the_same_key_is_the_same_job(college: College) -> None:
    first = from_file(college, good(1), key="monday-0001", digest="a")
    again = from_file(college, good(1), key="monday-0001", digest="a")
    assert first.id == again.id
    with pytest.raises(KeyUsedOtherwise):
        from_file(college, good(2), key="monday-0001", digest="b")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (HEADINGS, "no rows"),
        ("Prénom;Nom\nA;B\n", "column is missing"),
        (HEADINGS + 'A1;"Aimé;Ouvert\n', "quotation"),
        (HEADINGS + f"A1;{'x' * 1001};B;;{DAY};\n", "1,000"),
    ],
)
def test_a_file_that_is_no_register_starts_nothing(college: College, text: str, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        service.start_for_register(college.office, request(college), entries.of_csv(io.BytesIO(text.encode())))
    with college.office.database.reading() as session:
        assert session.exec(select(Job)).all() == []


@pytest.mark.parametrize(
    "line", ['{"learnerNumber": 7}', '{"isAdmin": "yes"}', "[1]", "{", '{"learnerNumber":"1","learnerNumber":"2"}']
)
def test_I_AUZ_2_json_lines_of_another_shape_are_refused(line: str) -> None:
    with pytest.raises(FileRefused) as refused:
        list(entries.of_json_lines(io.BytesIO(b'{"learnerNumber": "1"}\n' + line.encode())))
    assert refused.value.line == 2


# --- deciding ---


def test_a_paused_job_rests_and_goes_on(college: College) -> None:
    job = service.start_for_cohort(college.office, request(college))
    leases = Leases()
    assert work_on_next(college.office, job.id, leases) is Step.DONE
    service.pause(college.office, college.organisation.id, job.id, actor=ACTOR)
    assert work_on_next(college.office, job.id, leases) is Step.OVER
    assert (far(college, job).standing, far(college, job).done) == (Standing.PAUSED, 4)
    service.resume(college.office, college.organisation.id, job.id, actor=ACTOR)
    work(college, job)
    assert far(college, job).standing is Standing.DONE


def test_a_cancelled_job_keeps_what_is_issued_and_says_so_of_the_rest(college: College) -> None:
    job = service.start_for_cohort(college.office, request(college))
    work_on_next(college.office, job.id, Leases())
    service.cancel(college.office, college.organisation.id, job.id, actor=ACTOR)
    assert far(college, job).standing is Standing.CANCELLED
    assert outcomes(college, job) == {"issued": 4, "cancelled": 6}
    for act in (service.pause, service.resume, service.cancel, service.retry):
        with pytest.raises(service.WrongMoment):
            act(college.office, college.organisation.id, job.id, actor=ACTOR)


def test_I_AUZ_1_somebody_elses_job_is_as_unknown_as_none(college: College) -> None:
    job = service.start_for_cohort(college.office, request(college))
    for act in (service.pause, service.resume, service.cancel, service.retry):
        with pytest.raises(service.UnknownJob):
            act(college.office, college.authority.id, job.id, actor=ACTOR)


# --- breaking off ---


class _Stopped(BaseException):
    """The process would have died here."""


def _stop_at(point: str) -> Callable[[str], None]:
    def handler(name: str) -> None:
        if name == point:
            raise _Stopped

    return handler


@pytest.mark.parametrize("point", ["indexes-taken", "after-intent", "after-signing", "before-commit", "after-commit"])
def test_D_KIL_a_chunk_is_taken_over_as_soon_as_its_lease_runs_out(college: College, point: str) -> None:
    job = service.start_for_cohort(college.office, request(college))
    remove = crash_points.install(_stop_at(point))
    with pytest.raises(_Stopped):
        work_on_next(college.office, job.id, Leases())
    remove()
    college.clock.advance(seconds=LEASE.total_seconds() + 1)
    assert LEASE < issuance.INTENT_LIFETIME
    work(college, job)
    assert outcomes(college, job) == {"issued": 10}
    assert Counter(one.state for one in college.credentials())[CredentialState.ISSUED] == 10
    assert CredentialState.INTENT not in {one.state for one in college.credentials()}


def test_D_KIL_a_worker_that_was_taken_for_dead_writes_nothing(college: College) -> None:
    job = service.start_for_cohort(college.office, request(college))
    others = Leases()

    def overtake(name: str) -> None:
        if name == "before-commit" and not done:
            done.append(name)
            college.clock.advance(seconds=LEASE.total_seconds() + 1)
            assert work_on_next(college.office, job.id, others) is Step.DONE

    done: list[str] = []
    remove = crash_points.install(overtake)
    assert work_on_next(college.office, job.id, Leases()) is Step.DONE
    remove()
    assert far(college, job).done == 4
    work(college, job)
    assert outcomes(college, job) == {"issued": 10}
    issued = [one for one in college.credentials() if one.state is CredentialState.ISSUED]
    assert len(issued) == 10
    assert all(len(college.bodies(one.id)) == 1 for one in issued)


def test_a_lease_that_is_put_off_keeps_its_chunk(college: College) -> None:
    job = service.start_for_cohort(college.office, request(college))
    mine, others = Leases(), Leases()

    def wait(name: str) -> None:
        if name == "before-commit":
            for _ in range(5):
                college.clock.advance(seconds=LEASE.total_seconds() / 2)
                with college.office.database.unit() as session:
                    mine.renew(session, now=college.clock())
            with college.office.database.reading() as session:
                leased = session.exec(select(JobChunk.number).where(col(JobChunk.lease_until) >= college.clock())).all()
            assert leased == [1]

    remove = crash_points.install(wait)
    work_on_next(college.office, job.id, mine)
    remove()
    assert far(college, job).done == 4
    assert work_on_next(college.office, job.id, others) is Step.DONE


def test_a_row_that_somebody_else_issues_for_waits_for_its_outcome(college: College) -> None:
    job = service.start_for_cohort(college.office, request(college))
    remove = crash_points.install(_stop_at("before-commit"))
    with pytest.raises(_Stopped):
        college.issue(college.completions[:1])
    remove()
    assert work_on_next(college.office, job.id, Leases()) is Step.DONE
    assert far(college, job).done == 3
    college.clock.advance(seconds=60)
    issuance.recover(college.office)
    work(college, job)
    assert outcomes(college, job) == {"issued": 10}


def test_a_fault_that_comes_back_pauses_the_job_and_says_so(college: College) -> None:
    job = service.start_for_cohort(college.office, request(college))

    def fail(name: str) -> None:
        if name == "draft-linted":
            raise ArithmeticError

    remove = crash_points.install(fail)
    for _ in range(chunks.MOST_FAULTS):
        assert far(college, job).standing is Standing.RUNNING
        assert work_on_next(college.office, job.id, Leases()) is Step.DONE
        college.clock.advance(seconds=11)
    remove()
    assert far(college, job).standing is Standing.PAUSED
    assert far(college, job).job.trouble == "ArithmeticError"
    service.resume(college.office, college.organisation.id, job.id, actor=ACTOR)
    work(college, job)
    assert outcomes(college, job) == {"issued": 10}


def test_a_register_row_of_somebody_who_has_the_credential_under_other_facts_is_refused(college: College) -> None:
    work(college, from_file(college, good(1)))
    changed = from_file(college, "A1;Autre;Nom;;2026-06-12;82 %")
    work(college, changed)
    assert outcomes(college, changed) == {"refused": 1}
    with college.office.database.reading() as session:
        person = session.exec(select(Participant).where(Participant.learner_number == "A1")).one()
        assert person.given_name == "Éloïse"
