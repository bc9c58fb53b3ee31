"""Status lists: places once and for ever, bits that are seen, a signed list that is always fresh."""

import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session, select

from issuer import crash_points
from issuer.issuance import states
from issuer.status import publishing
from issuer.status import service as status
from issuer.status.models import Purpose, StatusList, StatusSegment
from issuer.status.service import Place
from tests.issuer.college import ACTOR, College
from vc.status.bitstring import Bitstring


@pytest.fixture
def college(tmp_path: Path, database_url: str) -> College:
    return College.open(tmp_path, database_url=database_url)


def take(college: College, count: int) -> list[Place]:
    return take_of_each(college, count, [Purpose.REVOCATION])[Purpose.REVOCATION]


def take_of_each(
    college: College, count: int, purposes: Sequence[Purpose] = (Purpose.REVOCATION, Purpose.SUSPENSION)
) -> dict[Purpose, list[Place]]:
    with college.office.database.unit() as session:
        return status.take_indexes(
            session,
            college.organisation.id,
            purposes=purposes,
            count=count,
            length=status.MIN_LENGTH,
            now=college.clock(),
        )


def is_set(session: Session, place: Place) -> bool:
    """Whether the bit stands as set in the database, before any list is signed."""
    number, bit = divmod(place.index, 4096)
    kept = session.get(StatusSegment, (place.list_id, number))
    return kept is not None and bool(kept.bits[bit // 8] & 0x80 >> bit % 8)


def test_I_DUR_2_no_place_is_given_twice_also_over_full_lists(college: College) -> None:
    take(college, status.MIN_LENGTH - 3)
    around = take(college, 10)
    assert len({place.list_id for place in around}) == 2
    assert len(set(around)) == 10
    with college.office.database.reading() as session:
        numbers = [one.number for one in session.exec(select(StatusList))]
    assert sorted(numbers) == [1, 2]


def test_I_DUR_2_a_unit_rolled_back_gave_nothing_away(college: College) -> None:
    with college.office.database.reading() as session:  # rolled back, whatever was done in it
        status.take_indexes(
            session,
            college.organisation.id,
            purposes=[Purpose.REVOCATION],
            count=5,
            length=status.MIN_LENGTH,
            now=college.clock(),
        )
    assert len(set(take(college, 5) + take(college, 5))) == 10


@pytest.mark.parametrize("left", [0, 3, 9, 10])
@pytest.mark.parametrize("fuller", Purpose)
def test_I_DUR_2_where_one_list_is_full_and_the_other_is_not_each_gives_what_it_has(
    college: College, fuller: Purpose, left: int
) -> None:
    before = {purpose: set(places) for purpose, places in take_of_each(college, 4).items()}
    before[fuller] |= set(take_of_each(college, status.MIN_LENGTH - 4 - left, [fuller])[fuller])
    taken = take_of_each(college, 10)
    assert {purpose: len(places) for purpose, places in taken.items()} == dict.fromkeys(Purpose, 10)
    for purpose, places in taken.items():
        assert len(set(places)) == 10
        assert not before[purpose] & set(places)
    with college.office.database.reading() as session:
        positions = {(one.purpose, one.number): one.next_position for one in session.exec(select(StatusList))}
        purposes = {one.id: one.purpose for one in session.exec(select(StatusList))}
    [other] = set(Purpose) - {fuller}
    follows = {} if left == 10 else {(fuller, 2): 10 - left}
    assert positions == {(fuller, 1): status.MIN_LENGTH, (other, 1): 14, **follows}
    assert all(purposes[place.list_id] is purpose for purpose, places in taken.items() for place in places)


def test_I_DUR_2_the_lists_of_one_organisation_are_not_those_of_another(college: College) -> None:
    mine = take_of_each(college, 2)
    theirs = take_of_each(replace(college, organisation=college.authority), 2)
    lists = [{place.list_id for place in taken[purpose]} for taken in (mine, theirs) for purpose in Purpose]
    assert [len(one) for one in lists] == [1] * 4
    assert len(set.union(*lists)) == 4


@pytest.mark.parametrize("fuller", Purpose)
def test_I_DUR_2_D_RAC_many_at_once_fill_one_list_before_the_other(college: College, fuller: Purpose) -> None:
    """Neither a place twice, nor a deadlock, nor a list too many where several find it full at the same time."""
    take_of_each(college, 1)
    take_of_each(college, status.MIN_LENGTH - 1 - 25, [fuller])
    elsewhere = college.replica()
    taken: list[dict[Purpose, list[Place]]] = []

    def take_some(place: College) -> None:
        for _ in range(4):
            taken.append(take_of_each(place, 3))

    threads = [threading.Thread(target=take_some, args=(place,)) for place in (college, elsewhere) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elsewhere.office.database.dispose()
    assert len(taken) == 32
    for purpose in Purpose:
        places = [place for one in taken for place in one[purpose]]
        assert len(places) == len(set(places)) == 32 * 3
    with college.office.database.reading() as session:
        numbers = sorted((one.purpose, one.number) for one in session.exec(select(StatusList)))
    assert numbers == sorted([(Purpose.REVOCATION, 1), (Purpose.SUSPENSION, 1), (fuller, 2)])


def test_lists_below_the_minimum_are_refused(college: College) -> None:
    with pytest.raises(ValueError, match="at least"), college.office.database.unit() as session:
        status.take_index(
            session, college.organisation.id, purpose=Purpose.REVOCATION, length=1024, now=college.clock()
        )


def list_path(college: College, purpose: str = "revocation") -> str:
    [outcome, *_] = college.issue()
    entries = college.document(outcome)["credentialStatus"]
    address: str = next(one["statusListCredential"] for one in entries if one["statusPurpose"] == purpose)
    return address.removeprefix("https://localhost:8001")


def test_the_list_is_a_signed_credential_of_the_organisation(college: College) -> None:
    answer = college.client.get(list_path(college))
    document = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age" in answer.headers["cache-control"]
    assert document["issuer"] == college.organisation.did
    assert document["credentialSubject"]["statusPurpose"] == "revocation"
    assert document["credentialSubject"]["ttl"] == 60_000
    assert len(Bitstring.from_encoded(document["credentialSubject"]["encodedList"])) == 131_072
    assert document["proof"]["verificationMethod"].startswith(college.organisation.did)


def test_K_USE_1_lists_and_credentials_are_signed_with_different_keys(college: College) -> None:
    path = list_path(college)
    of_list = college.client.get(path).json()["proof"]["verificationMethod"]
    of_credential = college.document(college.issue()[0])["proof"]["verificationMethod"]
    assert of_list != of_credential


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("application/vc", "application/vc"),
        ("application/vc+ld+json", "application/vc+ld+json"),
        ("text/html,application/xhtml+xml", "application/json"),
        ("application/ld+json, application/json", "application/json"),
    ],
)
def test_the_media_type_follows_the_question(college: College, accept: str, expected: str) -> None:
    answer = college.client.get(list_path(college), headers={"accept": accept})
    assert answer.headers["content-type"] == expected
    assert answer.headers["vary"] == "accept"


def test_an_unchanged_list_is_answered_with_304(college: College) -> None:
    path = list_path(college)
    etag = college.client.get(path).headers["etag"]
    assert college.client.get(path, headers={"if-none-match": etag}).status_code == 304
    assert college.client.get(path, headers={"if-none-match": f'W/{etag}, "x"'}).status_code == 304
    assert college.client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_I_DUR_3_an_acknowledged_revocation_is_in_every_list_after_it(college: College) -> None:
    path = list_path(college)
    before = college.client.get(path)
    credential = college.credential(college.issue()[0])
    with college.office.database.unit() as session:
        states.revoke(college.office, session, credential, reason="Erreur", actor=ACTOR)
    after = college.client.get(path)
    assert after.headers["etag"] != before.headers["etag"]
    bits = Bitstring.from_encoded(after.json()["credentialSubject"]["encodedList"])
    assert bits[credential.revocation_index] == 1
    assert sum(1 for index in range(len(bits)) if bits[index]) == 1


def test_I_DUR_3_times_of_published_lists_only_go_up_when_the_clock_goes_back(college: College) -> None:
    path = list_path(college)
    first = college.client.get(path).json()["validFrom"]
    credential = college.credential(college.issue()[0])
    college.clock.advance(days=-400)
    with college.office.database.unit() as session:
        states.suspend(college.office, session, credential, reason="Doute", actor=ACTOR)
    for purpose_path in (path, list_path(college, "suspension")):
        assert college.client.get(purpose_path).json()["validFrom"] >= first


def test_a_list_is_signed_afresh_before_it_ends(college: College) -> None:
    path = list_path(college)
    first = college.client.get(path).json()
    college.clock.advance(minutes=10)
    assert college.client.get(path).json() == first
    college.clock.advance(minutes=25)
    second = college.client.get(path).json()
    assert second["validUntil"] > first["validUntil"]
    assert second["credentialSubject"]["encodedList"] == first["credentialSubject"]["encodedList"]


def test_a_revocation_while_the_list_is_being_signed_is_not_lost(college: College) -> None:
    path = list_path(college)
    credential = college.credential(college.issue()[0])
    college.clock.advance(hours=2)

    def revoke_in_between(name: str) -> None:
        if name == "list-rebuild-before-write":
            remove()
            with college.office.database.unit() as session:
                states.revoke(college.office, session, credential, reason="Erreur", actor=ACTOR)

    remove = crash_points.install(revoke_in_between)
    college.client.get(path)
    bits = Bitstring.from_encoded(college.client.get(path).json()["credentialSubject"]["encodedList"])
    assert bits[credential.revocation_index] == 1


def test_the_lists_of_another_organisation_are_not_served_under_this_one(college: College) -> None:
    path = list_path(college)
    assert college.client.get(path.replace("/o/riviere/", "/o/cqm/")).status_code == 404
    assert college.client.get("/o/riviere/status/none").status_code == 404
    assert college.client.get("/o/none/status/none").status_code == 404


def test_many_readers_of_an_outdated_list_all_get_a_good_one(college: College) -> None:
    path = list_path(college)
    college.clock.advance(hours=2)
    answers: list[dict[str, str]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(json.loads(college.client.get(path).content))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 12
    assert len({one["validFrom"] for one in answers}) == 1


def test_a_set_bit_can_be_cleared_and_each_change_counts(college: College) -> None:
    [place] = take(college, 1)
    with college.office.database.unit() as session:
        status.set_bit(session, place, value=True)
        status.set_bit(session, place, value=True)
        assert is_set(session, place)
        status.set_bit(session, place, value=False)
        assert not is_set(session, place)
    assert publishing.publish(college.office, "riviere", place.list_id).version == 2


def test_a_revocation_changes_one_small_row(college: College) -> None:
    places = take(college, 3)
    with college.office.database.unit() as session:
        for place in places:
            status.set_bit(session, place, value=True)
    with college.office.database.reading() as session:
        segments = session.exec(select(StatusSegment)).all()
    assert {len(one.bits) for one in segments} == {512}
    assert {one.number for one in segments} == {place.index // 4096 for place in places}
    assert sum(byte.bit_count() for one in segments for byte in one.bits) == 3


def test_a_place_that_no_list_has_is_refused(college: College) -> None:
    [place] = take(college, 1)
    for wrong in (Place(place.list_id, status.MIN_LENGTH), Place("none", 1)):
        with pytest.raises(LookupError), college.office.database.unit() as session:
            status.set_bit(session, wrong, value=True)
        with pytest.raises(LookupError), college.office.database.unit() as session:
            status.set_bit(session, wrong, value=False)


def test_D_RAC_bits_of_one_segment_set_at_once_are_all_kept(college: College) -> None:
    places = take(college, 24)

    def mark(place: Place) -> None:
        with college.office.database.unit() as session:
            status.set_bit(session, Place(place.list_id, place.index % 64), value=True)

    threads = [threading.Thread(target=mark, args=(place,)) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with college.office.database.reading() as session:
        assert all(is_set(session, Place(place.list_id, place.index % 64)) for place in places)
