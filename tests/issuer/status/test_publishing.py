"""A list is signed once per interval, by one replica, whoever asks and however much is revoked; and holds nobody up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from issuer import crash_points
from issuer.app import build_app
from issuer.issuance import states
from issuer.status import publishing
from issuer.status import service as status
from issuer.status.models import PublishedList, Purpose
from issuer.status.publishing import interval
from tests.issuer.college import ACTOR, PUBLIC_URL, College, settings
from vc.status.bitstring import Bitstring


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, learners=6, database_url=database_url)


@pytest.fixture
def path(college: College) -> str:
    """The revocation list's address, once everybody has a credential."""
    [outcome, *_] = college.issue()
    [address] = [
        one["statusListCredential"]
        for one in college.document(outcome)["credentialStatus"]
        if one["statusPurpose"] == "revocation"
    ]
    return str(address).partition("8001")[2]


def revoke(college: College, number: int) -> None:
    credential = sorted(college.credentials(), key=lambda one: one.id)[number]
    with college.office.database.unit() as session:
        states.revoke(college.office, session, credential, reason="Erreur", actor=ACTOR)


def revoked(answer: Response) -> int:
    bits = Bitstring.from_encoded(answer.json()["credentialSubject"]["encodedList"])
    return sum(bits[index] for index in range(len(bits)))


def age_allowed(answer: Response) -> int:
    return int(answer.headers["cache-control"].rpartition("max-age=")[2])


def test_the_first_change_of_a_list_waits_for_nothing(college: College, path: str) -> None:
    assert revoked(college.client.get(path)) == 0
    revoke(college, 0)
    assert revoked(college.client.get(path)) == 1


def test_I_DUR_3_many_revocations_are_one_signature_and_seen_within_the_interval(college: College, path: str) -> None:
    revoke(college, 0)
    first = college.client.get(path)
    for number in range(1, 6):
        revoke(college, number)
        again = college.client.get(path)
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    college.clock.advance(seconds=interval(college.office).total_seconds())
    assert revoked(college.client.get(path)) == 6


def test_no_cache_keeps_a_list_beyond_the_interval_of_a_change(college: College, path: str) -> None:
    revoke(college, 0)
    assert age_allowed(college.client.get(path)) == 60, "signed just now: the next one comes in a minute"
    college.clock.advance(seconds=20)
    assert age_allowed(college.client.get(path)) == 40
    college.clock.advance(minutes=5)
    assert age_allowed(college.client.get(path)) == 60, "a change from now on would be signed at once"
    assert college.client.get(path).json()["credentialSubject"]["ttl"] == 60_000


def test_HEAD_answers_as_GET_without_the_list(college: College, path: str) -> None:
    got, asked = college.client.get(path), college.client.head(path)
    assert asked.status_code == 200
    assert {**asked.headers, "x-request-id": ""} == {**got.headers, "x-request-id": ""}
    known = {"if-none-match": got.headers["etag"]}
    assert college.client.head(path, headers=known).status_code == 304
    assert college.client.get(path, headers={"if-none-match": "*"}).status_code == 304


def test_readers_at_once_on_several_replicas_make_one_signature(
    college: College, path: str, database_url: str, tmp_path: Path
) -> None:
    replica = build_app(settings(tmp_path, database_url=database_url), clock=college.clock)
    revoke(college, 0)
    assert signatures_made_by(readers_at_once(path, college.app, replica)) == 1


def test_the_first_readers_of_a_new_list_at_once_all_get_it(
    college: College, database_url: str, tmp_path: Path
) -> None:
    replica = build_app(settings(tmp_path, database_url=database_url), clock=college.clock)
    with college.office.database.unit() as session:
        purpose, length = Purpose.REVOCATION, status.MIN_LENGTH
        place = status.take_index(session, college.organisation.id, purpose=purpose, length=length, now=college.clock())
    path = f"/o/riviere/status/{place.list_id}"
    assert signatures_made_by(readers_at_once(path, college.app, replica)) == 1


def readers_at_once(path: str, *replicas: FastAPI) -> Callable[[], None]:
    """Twelve readers, shared among the replicas, who all get a list."""

    def read() -> None:
        clients = [TestClient(replica, base_url=PUBLIC_URL) for replica in replicas] * (12 // len(replicas))
        with ThreadPoolExecutor(len(clients)) as readers:
            answers = list(readers.map(lambda client: client.get(path), clients))
        assert {one.status_code for one in answers} == {200}

    return read


def signatures_made_by(work: Callable[[], None]) -> int:
    passed: list[str] = []
    remove = crash_points.install(passed.append)
    work()
    remove()
    return passed.count("list-rebuild-before-write")


def test_while_a_list_is_being_signed_others_read_issue_and_revoke(college: College, path: str) -> None:
    before = college.client.get(path).content
    revoke(college, 0)
    seen: list[bytes] = []

    def meanwhile(name: str) -> None:
        if name == "list-rebuild-before-write":
            remove()
            seen.append(college.client.get(path).content)
            revoke(college, 1)
            assert college.issue(college.enrol(1))[0].credential

    remove = crash_points.install(meanwhile)
    after = college.client.get(path)
    assert seen == [before], "what is published, and no second signature"
    assert revoked(after) == 1


def die_while_signing(college: College, path: str) -> None:
    class Died(BaseException):
        pass

    def die(name: str) -> None:
        if name == "list-rebuild-before-switch":
            raise Died

    remove = crash_points.install(die)
    with pytest.raises(Died):
        publishing.publish(college.office, "riviere", path.rpartition("/")[2])
    remove()


def test_D_KIL_a_signer_that_dies_holds_the_list_up_for_one_turn(college: College, path: str) -> None:
    revoke(college, 0)
    die_while_signing(college, path)
    assert revoked(college.client.get(path)) == 0, "still the other's turn"
    college.clock.advance(seconds=publishing.TURN.total_seconds())
    assert revoked(college.client.get(path)) == 1


def test_D_KIL_the_turn_of_a_clock_that_was_ahead_holds_nobody_up(college: College, path: str) -> None:
    revoke(college, 0)
    college.clock.advance(hours=1)
    die_while_signing(college, path)
    college.clock.advance(hours=-1)
    assert revoked(college.client.get(path)) == 1


def test_issuing_signs_no_list_that_can_be_relied_on(college: College, path: str) -> None:
    revoke(college, 0)
    before = college.client.get(path).content
    revoke(college, 1)
    college.clock.advance(minutes=2)
    college.issue(college.enrol(1))
    with college.office.database.reading() as session:
        kept = session.get_one(PublishedList, path.rpartition("/")[2])
    assert kept.body == before
