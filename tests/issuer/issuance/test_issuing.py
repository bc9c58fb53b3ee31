"""Prepare, then sign: each completion one credential, and nothing half-checked reaches the key."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from issuer import crash_points
from issuer.audit import service as audit
from issuer.cohorts.models import Participant
from issuer.issuance import service as issuance
from issuer.issuance import states
from issuer.issuance.intents import Intent
from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.issuance.outcomes import Outcome, OutcomeKind
from issuer.programmes.models import Programme
from issuer.status.models import StatusList
from tests.issuer.college import ACTOR, College
from vc.findings import Headline, Verdict

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, database_url=database_url)


def test_what_is_issued_verifies_for_somebody_who_only_asks_over_http(college: College) -> None:
    college.accredit()
    for outcome in college.issue():
        report = college.verify(college.document(outcome))
        assert report.verdict is Verdict.VALID, report.findings


def test_a_credential_is_an_open_badge_with_exactly_the_two_contexts(college: College) -> None:
    document = college.document(college.issue()[1])
    assert document["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    subject = document["credentialSubject"]
    assert subject["achievement"]["id"] == college.programme.achievement_id
    assert subject["result"][0]["value"] == "82"
    assert subject["identifier"][0]["identityHash"] == "Éloïse Boréalis-1"
    assert {entry["statusPurpose"] for entry in document["credentialStatus"]} == {"revocation", "suspension"}


def test_a_credential_says_nothing_of_the_person_beyond_name_and_result(college: College) -> None:
    for outcome in college.issue():
        text = json.dumps(college.document(outcome), ensure_ascii=False)
        assert "courriel.example" not in text
        assert "2043" not in text


def test_every_subject_has_a_name_of_its_own(college: College) -> None:
    subjects = {college.document(outcome)["credentialSubject"]["id"] for outcome in college.issue()}
    assert len(subjects) == 3
    assert all(subject.startswith("urn:uuid:") for subject in subjects)


def test_I_DBL_2_a_second_attempt_is_reported_as_already_issued(college: College) -> None:
    first = college.issue()
    second = college.issue()
    assert [one.kind for one in second] == [OutcomeKind.ALREADY_ISSUED] * 3
    assert [one.credential for one in second] == [one.credential for one in first]
    assert len(college.credentials()) == 3


def test_I_DBL_2_one_completion_named_many_times_is_issued_once(college: College) -> None:
    [outcome] = college.issue([college.completions[0]] * 500)
    assert outcome.kind is OutcomeKind.ISSUED
    assert len(college.credentials()) == 1


def test_I_DBL_2_attempts_at_the_same_time_issue_once(college: College) -> None:
    kinds: list[OutcomeKind] = []
    threads = [threading.Thread(target=lambda: kinds.extend(one.kind for one in college.issue())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(kinds)[OutcomeKind.ISSUED] == 3
    assert set(kinds) <= {OutcomeKind.ISSUED, OutcomeKind.ALREADY_ISSUED, OutcomeKind.IN_PROGRESS}
    assert len(college.credentials()) == 3


def while_one_waits(college: College, first: Callable[[], object], second: Callable[[College], object]) -> None:
    """Do `first`, and at the moment when its rows are locked and nothing is committed, `second` in another process."""
    elsewhere = college.replica()
    doing = threading.Thread(target=second, args=(elsewhere,))

    def begin_the_second(name: str) -> None:
        if name == "indexes-taken" and doing.ident is None:
            doing.start()
            _await_a_waiting_unit(college)

    remove = crash_points.install(begin_the_second)
    first()
    doing.join()
    remove()
    elsewhere.office.database.dispose()


def _await_a_waiting_unit(college: College) -> None:
    database = college.office.database
    if database.is_sqlite:  # which tells nobody who waits for the one turn that there is
        time.sleep(0.1)
        return
    waiting = text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    for _ in range(500):
        with database.reading() as session:
            if session.connection().execute(waiting).first() is not None:
                return
        time.sleep(0.01)
    pytest.fail("the second unit waits for nothing")


@pytest.mark.parametrize(("first", "second"), [([0], [0]), ([1], [0, 1, 2]), ([0, 1, 2], [2]), ([0, 1], [2, 1])])
def test_I_DBL_2_a_unit_that_waited_for_another_sees_what_that_one_recorded(
    college: College, first: list[int], second: list[int]
) -> None:
    """On a server it did not, when it read: recording the same fails there, and it is done again for the others."""
    mine: list[Outcome] = []
    theirs: list[Outcome] = []

    def of(numbers: list[int]) -> list[str]:
        return [college.completions[number] for number in numbers]

    while_one_waits(
        college,
        lambda: mine.extend(college.issue(of(first))),
        lambda elsewhere: theirs.extend(elsewhere.issue(of(second))),
    )
    assert [one.kind for one in mine] == [OutcomeKind.ISSUED] * len(first)
    for number, outcome in zip(second, theirs, strict=True):
        met = {OutcomeKind.IN_PROGRESS, OutcomeKind.ALREADY_ISSUED} if number in first else {OutcomeKind.ISSUED}
        assert outcome.kind in met
    kept = college.credentials()
    assert sorted(one.completion_id for one in kept) == sorted(of(list({*first, *second})))
    assert {one.state for one in kept} == {CredentialState.ISSUED}
    named = {one.completion_id: one.id for one in kept}
    assert all(outcome.credential == named[outcome.completion_id] for outcome in (*mine, *theirs))
    with college.office.database.reading() as session:
        assert audit.verify_chain(session)
        assert {one.next_position for one in session.exec(select(StatusList))} == {len(kept)}, "no place is burnt"


def test_I_DBL_2_two_corrections_at_once_are_one(college: College) -> None:
    [outcome, *_] = college.issue()
    revoked = college.credential(outcome)
    with college.office.database.unit() as session:
        states.revoke(college.office, session, revoked, reason="Nom mal écrit", actor=ACTOR)
    corrections: list[Outcome] = []
    refused: list[issuance.WrongState] = []

    def correct(place: College) -> None:
        corrections.append(
            issuance.issue_corrected(place.office, revoked.id, organisation_id=college.organisation.id, actor=ACTOR)
        )

    def be_refused(place: College) -> None:
        with pytest.raises(issuance.WrongState) as caught:
            correct(place)
        refused.append(caught.value)

    while_one_waits(college, lambda: correct(college), be_refused)
    assert len(refused) == 1
    assert [one.kind for one in corrections] == [OutcomeKind.ISSUED]
    assert [one.id for one in college.credentials() if one.replaces_id == revoked.id] == [corrections[0].credential]


class Numbered(issuance.Errand):
    """Issues for completions of the college, the last of which gets a number that is `taken`, so many times."""

    def __init__(self, college: College, completions: Sequence[str], taken: str, *, times: int) -> None:
        super().__init__(college.organisation.id, ACTOR)
        self._completions, self._taken, self._left = completions, taken, times
        self.met: list[str] = []
        """The numbers that it was to have otherwise."""

    def wanted(self, _session: Session) -> Sequence[str]:
        return self._completions

    def begun(self, session: Session, begun: Sequence[Intent]) -> None:
        self.met.append(begun[-1].number)
        if self._left:
            self._left -= 1
            taking = update(IssuedCredential).where(col(IssuedCredential.id) == begun[-1].id)
            session.connection().execute(taking.values(number=self._taken))


def test_a_number_that_somebody_has_is_another_one_at_the_next_try(college: College) -> None:
    first, *others = college.completions
    taken = college.credential(college.issue([first])[0]).number
    errand = Numbered(college, others, taken, times=2)
    outcomes = issuance.carry_out(college.office, errand)
    assert [outcomes[one].kind for one in others] == [OutcomeKind.ISSUED] * 2
    kept = {one.completion_id: one.number for one in college.credentials()}
    assert len(kept) == len(set(kept.values())) == 3
    assert kept[others[-1]] == errand.met[-1]
    assert len(set(errand.met)) == 3, "each try has a number of its own"
    with college.office.database.reading() as session:
        assert audit.verify_chain(session)


def test_what_meets_others_again_and_again_is_an_error_and_leaves_nothing(college: College) -> None:
    first, *others = college.completions
    [before] = college.issue([first])
    errand = Numbered(college, others, college.credential(before).number, times=100)
    with pytest.raises(IntegrityError):
        issuance.carry_out(college.office, errand)
    assert 1 < len(errand.met) < 10
    assert [one.id for one in college.credentials()] == [before.credential]
    assert {one.kind for one in college.issue(others)} == {OutcomeKind.ISSUED}


def test_I_AUZ_1_somebody_elses_completion_is_as_unknown_as_none(college: College) -> None:
    outcomes = issuance.issue(
        college.office, [college.completions[0], "no-such"], organisation_id=college.authority.id, actor=ACTOR
    )
    assert [one.kind for one in outcomes] == [OutcomeKind.UNKNOWN] * 2
    assert college.credentials() == []


def test_I_LNT_1_a_draft_that_breaks_a_rule_never_reaches_the_key(college: College) -> None:
    with college.office.database.unit() as session:
        programme = session.get_one(Programme, college.programme.id)
        programme.criteria_fr = "x" * 6_000
        session.add(programme)
    outcomes = college.issue()
    assert {one.kind for one in outcomes} == {OutcomeKind.REFUSED}
    assert all("criteria" in one.reasons[0] for one in outcomes)
    assert {one.state for one in college.credentials()} == {CredentialState.VOID}
    assert [body for one in college.credentials() for body in college.bodies(one.id)] == []


def test_I_LNT_1_one_bad_row_does_not_stop_the_good_ones(college: College) -> None:
    with college.office.database.unit() as session:
        person = session.exec(select(Participant)).all()[1]
        person.given_name = "Zoé\x07"
        session.add(person)
    kinds = sorted(one.kind for one in college.issue())
    assert kinds == [OutcomeKind.ISSUED, OutcomeKind.ISSUED, OutcomeKind.REFUSED]


def test_after_a_refusal_the_corrected_row_is_issued(college: College) -> None:
    with college.office.database.unit() as session:
        person = session.exec(select(Participant)).all()[0]
        name, person.given_name = person.given_name, "Zo\x07"
        session.add(person)
    college.issue()
    with college.office.database.unit() as session:
        person = session.get_one(Participant, person.id)
        person.given_name = name
        session.add(person)
    assert [one.kind for one in college.issue()].count(OutcomeKind.ISSUED) == 1
    assert all(one.settled for one in college.issue())


def test_I_INJ_1_template_and_sql_syntax_in_a_name_is_signed_as_typed(college: College) -> None:
    strange = "{{7*7}} ${x} '); DROP TABLE participant;-- <b>É</b>"
    with college.office.database.unit() as session:
        person = session.exec(select(Participant)).all()[0]
        person.given_name, person.family_name = strange, ""
        session.add(person)
    document = next(
        found
        for found in map(college.document, college.issue())
        if "DROP" in found["credentialSubject"]["identifier"][0]["identityHash"]
    )
    assert document["credentialSubject"]["identifier"][0]["identityHash"] == strange


def test_a_chunk_does_not_lose_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuance, "CHUNK", 2)
    college = College.open(tmp_path, learners=5)
    assert [one.completion_id for one in college.issue()] == college.completions


# --- afterlife ---


def test_revoked_suspended_and_reinstated_are_what_a_verifier_sees(college: College) -> None:
    [outcome, *_] = college.issue()
    document, credential = college.document(outcome), college.credential(outcome)
    college.accredit()
    steps = [
        (states.suspend, Headline.SUSPENDED),
        (states.reinstate, Headline.VALID_HOLDER_UNCONFIRMED),
        (states.revoke, Headline.REVOKED),
    ]
    for act, headline in steps:
        with college.office.database.unit() as session:
            act(college.office, session, credential, reason="Erreur de dossier", actor=ACTOR)
        assert college.verify(document).headline is headline
        college.clock.advance(minutes=1)  # the interval in which the list is signed once


def test_revoking_is_for_good(college: College) -> None:
    credential = college.credential(college.issue()[0])
    with college.office.database.unit() as session:
        states.revoke(college.office, session, credential, reason="Erreur", actor=ACTOR)
    for act in (states.revoke, states.suspend, states.reinstate):
        with pytest.raises(issuance.WrongState), college.office.database.unit() as session:
            act(college.office, session, credential, reason="Encore", actor=ACTOR)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_an_act_without_a_reason_is_refused(college: College, reason: str) -> None:
    credential = college.credential(college.issue()[0])
    with pytest.raises(states.ReasonMissing), college.office.database.unit() as session:
        states.revoke(college.office, session, credential, reason=reason, actor=ACTOR)
    assert college.credential(college.issue()[0]).state is CredentialState.ISSUED


def test_a_corrected_version_takes_the_place_of_the_revoked_one(college: College) -> None:
    [outcome, *_] = college.issue()
    revoked = college.credential(outcome)
    with college.office.database.unit() as session:
        states.revoke(college.office, session, revoked, reason="Nom mal écrit", actor=ACTOR)
    again = issuance.issue_corrected(college.office, revoked.id, organisation_id=college.organisation.id, actor=ACTOR)
    assert again.kind is OutcomeKind.ISSUED
    corrected = college.credential(again)
    assert corrected.replaces_id == revoked.id
    assert college.issue()[0].credential == corrected.id
    with pytest.raises(issuance.WrongState):
        issuance.issue_corrected(college.office, revoked.id, organisation_id=college.organisation.id, actor=ACTOR)


def test_a_revoked_credential_is_not_issued_again_by_the_next_batch(college: College) -> None:
    [outcome, *_] = college.issue()
    with college.office.database.unit() as session:
        states.revoke(college.office, session, college.credential(outcome), reason="Fraude", actor=ACTOR)
    assert college.issue()[0].kind is OutcomeKind.ALREADY_ISSUED


def test_I_DUR_1_bytes_never_change(college: College) -> None:
    [outcome, *_] = college.issue()
    before = college.bodies(outcome.credential or "")
    with college.office.database.unit() as session:
        states.suspend(college.office, session, college.credential(outcome), reason="Doute", actor=ACTOR)
    college.clock.advance(days=400)
    assert college.bodies(outcome.credential or "") == before


# --- crashes ---


def test_I_DUR_4_an_intent_left_behind_ends_as_void_and_can_be_issued_again(college: College) -> None:
    remove = crash_points.install(_stop_at("before-commit"))
    with pytest.raises(_Stopped):
        college.issue()
    remove()
    assert {one.state for one in college.credentials()} == {CredentialState.INTENT}
    assert {one.kind for one in college.issue()} == {OutcomeKind.IN_PROGRESS}
    college.clock.advance(seconds=60)
    assert issuance.recover(college.office) == 3
    assert issuance.recover(college.office) == 0
    assert {one.kind for one in college.issue()} == {OutcomeKind.ISSUED}


def test_I_DUR_4_a_slow_signer_whose_intent_was_voided_stores_nothing(college: College) -> None:
    def sweep(name: str) -> None:
        if name == "before-commit":
            college.clock.advance(seconds=60)
            issuance.recover(college.office)

    remove = crash_points.install(sweep)
    assert {one.kind for one in college.issue()} == {OutcomeKind.INTERRUPTED}
    remove()
    assert [body for one in college.credentials() for body in college.bodies(one.id)] == []
    assert {one.kind for one in college.issue()} == {OutcomeKind.ISSUED}


def test_a_correction_that_dies_leaves_the_revoked_credential_in_its_place(college: College) -> None:
    [outcome, *_] = college.issue()
    revoked = college.credential(outcome)
    with college.office.database.unit() as session:
        states.revoke(college.office, session, revoked, reason="Erreur", actor=ACTOR)
    remove = crash_points.install(_stop_at("after-signing"))
    with pytest.raises(_Stopped):
        issuance.issue_corrected(college.office, revoked.id, organisation_id=college.organisation.id, actor=ACTOR)
    remove()
    college.clock.advance(seconds=60)
    issuance.recover(college.office)
    assert college.issue()[0].credential == revoked.id


class _Stopped(BaseException):
    """The process would have died here."""


def _stop_at(point: str) -> Callable[[str], None]:
    def handler(name: str) -> None:
        if name == point:
            raise _Stopped

    return handler


POINTS_OF_ISSUING = [
    *("before-intent", "indexes-taken", "after-intent", "draft-linted", "before-signing", "after-signing"),
    *("before-commit", "after-commit", "between-chunks"),
]

ISSUE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from issuer import crash_points
from issuer.app import build_app
from issuer.issuance import service as issuance
from tests.issuer.college import ACTOR, settings

folder, database_url, organisation, point, passes, *completions = sys.argv[1:]
left = int(passes)

def die(name):
    global left
    if name == point:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

crash_points.install(die)
issuance.CHUNK = 2
office = build_app(settings(Path(folder), database_url=database_url)).state.office
for start in range(0, len(completions), 3):
    batch = completions[start:start + 3]
    for outcome in issuance.issue(office, batch, organisation_id=organisation, actor=ACTOR):
        print(outcome.kind.value, outcome.completion_id, outcome.credential, flush=True)
print("finished", flush=True)
"""


@pytest.mark.parametrize("point", POINTS_OF_ISSUING)
@pytest.mark.parametrize("passes", [1, 2])
def test_D_KIL_killed_at_each_crash_point_loses_and_doubles_nothing(
    tmp_path: Path, database_url: str, point: str, passes: int
) -> None:
    """I-DUR-1 to I-DUR-5: what was acknowledged is there, no index is given twice, every intent ends, chain good."""
    college = College.open(tmp_path, learners=6, database_url=database_url)
    run = subprocess.run(
        [
            *(
                sys.executable,
                "-c",
                ISSUE_AND_DIE,
                str(tmp_path),
                database_url,
                college.organisation.id,
                point,
                str(passes),
            ),
            *college.completions,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    acknowledged = [line.split() for line in run.stdout.splitlines()]

    if college.office.database.is_sqlite:
        [checked] = sqlite3.connect(tmp_path / "passport.sqlite3").execute("PRAGMA integrity_check").fetchone()
        assert checked == "ok"
    college.clock.set(datetime.now(UTC) + timedelta(minutes=5))  # the child ran on the machine's clock
    issuance.recover(college.office)
    states_now = Counter(one.state for one in college.credentials())
    assert states_now[CredentialState.INTENT] == 0

    for _kind, _completion, credential in acknowledged:
        assert len(college.bodies(credential)) == 1
    finished = {one.completion_id: one for one in college.issue()}
    assert all(one.settled for one in finished.values())
    for _kind, completion, credential in acknowledged:
        assert finished[completion].credential == credential

    everything = college.credentials()
    for place in ("revocation", "suspension"):
        given = [(getattr(one, f"{place}_list_id"), getattr(one, f"{place}_index")) for one in everything]
        assert len(set(given)) == len(given)
    in_force = [one for one in everything if one.state is CredentialState.ISSUED]
    assert len(in_force) == 6
    assert all(len(college.bodies(one.id)) == 1 for one in in_force)
    with college.office.database.reading() as session:
        assert audit.verify_chain(session)
        assert all(one.next_position <= one.length for one in session.exec(select(StatusList)))


def test_I_DUR_2_places_taken_by_many_at_once_are_all_different(college: College) -> None:
    more = college.enrol(40)
    threads = [threading.Thread(target=college.issue, args=([one],)) for one in more]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with college.office.database.reading() as session:
        found = session.exec(select(IssuedCredential)).all()
    places = [(one.revocation_list_id, one.revocation_index) for one in found]
    assert len(places) == len(set(places)) == 40
