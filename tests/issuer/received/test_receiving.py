"""An authority on another deployment: what it signed is checked, published by the institution, and kept up to date."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from issuer.accreditation import in_force
from issuer.accreditation import service as accreditation
from issuer.received import checking, looking, service, verifying
from issuer.received.looking import Received
from issuer.received.models import Acceptance, CameBy, ReceivedEdition
from issuer.received.verifying import NotAccepted
from issuer.upkeep import run_errands
from tests.issuer.college import ACTOR
from tests.issuer.received.two_deployments import Abroad, changed
from vc.findings import Report, Verdict
from vc.held_recognition import Refusal
from vc.policy import PUBLIC, Anchors, Authority
from vc.proofs import SUITES
from vc.recognition import Standing
from vc.verify import verify_credential

FEBRUARY = datetime(2026, 2, 1, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def abroad(tmp_path: Path) -> Abroad:
    return Abroad.open(tmp_path)


def received(abroad: Abroad) -> list[Received]:
    with abroad.college.office.database.reading() as session:
        return looking.of_organisation(session, abroad.college.organisation.id)


def bring(abroad: Abroad, document: bytes) -> Received:
    [made] = service.receive(
        abroad.college.office, abroad.college.organisation, document, came_by=CameBy.FILE, actor=ACTOR
    )
    return next(one for one in received(abroad) if one.recognition.id == made.id)


def send(abroad: Abroad, document: bytes, kind: str = "application/vc") -> Any:
    return abroad.college.client.post(
        "/o/riviere/recognitions", content=document, headers={"content-type": kind, "accept": "application/json"}
    )


def verdict(abroad: Abroad, credential: bytes) -> Report:
    """What an employer says who trusts the authority elsewhere, asking both deployments."""
    return verify_credential(
        credential,
        anchors=Anchors.of(Authority(abroad.authority.did, {"fr": "Office wallon"}, "BE-WAL")),
        policy=PUBLIC,
        accepted_suites=frozenset(SUITES),
        fetcher=abroad.net,
        now=abroad.clock(),
    )


def authorities(abroad: Abroad) -> list[str]:
    with abroad.college.office.database.reading() as session:
        return in_force.authorities(session, abroad.college.programme.achievement_id, "fr", now=abroad.clock())


def test_brought_published_and_found_by_an_employer(abroad: Abroad) -> None:
    credential = abroad.college.bodies(abroad.college.issue()[0].credential or "")[0]
    assert verdict(abroad, credential).verdict is Verdict.VALID_NOT_RECOGNISED
    document = abroad.signed(abroad.accredit())
    one = bring(abroad, document)
    assert [edition.body for edition in one.editions] == [document], "byte for byte"
    assert abroad.whois() == [json.loads(document)]
    assert verdict(abroad, credential).verdict is Verdict.VALID
    assert authorities(abroad) == ["Office wallon"]
    assert "Office wallon" in abroad.college.visit().look("/fr/o/riviere/p/analyse-python").text


def test_brought_twice_is_kept_once(abroad: Abroad) -> None:
    document = abroad.signed(abroad.accredit())
    assert bring(abroad, document).recognition.id == bring(abroad, document).recognition.id
    with abroad.college.office.database.reading() as session:
        assert len(session.exec(select(ReceivedEdition)).all()) == 1


def test_the_authoritys_own_list_may_be_brought_whole(abroad: Abroad) -> None:
    abroad.accredit()
    abroad.accredit("FOR-2026-0008", institution_did="did:web:other.example")
    listed = abroad.client.get("/o/forem/accreditations").content
    bring(abroad, listed)
    assert len(received(abroad)) == 1, "what is about others is left out"


def test_withdrawn_there_found_out_here(abroad: Abroad) -> None:
    """The closed copy is fetched and published: accredited then, withdrawn since, in an employer's verdict too."""
    made = abroad.accredit()
    bring(abroad, abroad.signed(made))
    credential = abroad.college.bodies(abroad.college.issue()[0].credential or "")[0]
    abroad.withdraw(made, at=NOVEMBER)
    run_errands(abroad.college.office)
    assert authorities(abroad) == ["Office wallon"], "not due yet"
    abroad.clock.set(abroad.clock() + service.CHECK_EVERY)
    run_errands(abroad.college.office)
    assert authorities(abroad) == []
    [one] = received(abroad)
    assert one.ending is not None
    assert one.ending.valid_until == NOVEMBER
    assert len(abroad.whois()) == 2
    report = verdict(abroad, credential)
    assert report.recognition is not None
    [answer] = report.recognition.answers
    assert (answer.then, answer.today, answer.ended) == (Standing.RECOGNISED, Standing.WITHDRAWN, NOVEMBER)


def test_suspended_and_reinstated_there(abroad: Abroad) -> None:
    made = abroad.accredit()
    bring(abroad, abroad.signed(made))
    accreditation.suspend(abroad.office, abroad.authority, made.id, reason="Enquête", at=FEBRUARY, actor=ACTOR)
    accreditation.reinstate(abroad.office, abroad.authority, made.id, reason="Levée", at=NOVEMBER, actor=ACTOR)
    abroad.clock.set(abroad.clock() + service.CHECK_EVERY)
    assert checking.check_due(abroad.college.office) == 1
    assert len(received(abroad)) == 2, "the new recognition of an authority that is known is published by itself"
    assert authorities(abroad) == ["Office wallon"]
    assert len(abroad.whois()) == 3


def test_an_authority_that_does_not_answer(abroad: Abroad) -> None:
    """The last answer counts for a week, then no more: a missing answer is never a yes."""
    bring(abroad, abroad.signed(abroad.accredit()))
    abroad.net.down.add("localhost:8009")
    abroad.clock.set(abroad.clock() + service.CHECK_EVERY)
    checking.check_due(abroad.college.office)
    [one] = received(abroad)
    assert "not reached" in one.authority.trouble
    assert authorities(abroad) == ["Office wallon"]
    abroad.clock.set(abroad.clock() + looking.STALE_AFTER)
    assert authorities(abroad) == []
    abroad.net.down.clear()
    checking.check_due(abroad.college.office)
    assert authorities(abroad) == ["Office wallon"]
    assert received(abroad)[0].authority.trouble == ""


def test_two_rounds_at_once_ask_once(abroad: Abroad) -> None:
    bring(abroad, abroad.signed(abroad.accredit()))
    abroad.clock.set(abroad.clock() + service.CHECK_EVERY)
    assert [checking.check_due(abroad.college.office), checking.check_due(abroad.college.office)] == [1, 0]


# --- sent by anybody ---


def test_sent_by_an_authority_that_nobody_knows_waits(abroad: Abroad) -> None:
    document = abroad.signed(abroad.accredit())
    assert send(abroad, document).status_code == 202
    assert abroad.whois() == []
    assert authorities(abroad) == []
    [one] = received(abroad)
    assert (one.recognition.acceptance, one.authority.next_check_at) == (Acceptance.AWAITING, None)
    with abroad.college.office.database.unit() as session:
        service.publish(abroad.college.office, session, abroad.college.organisation, one.recognition.id, actor=ACTOR)
    checking.check_due(abroad.college.office)
    assert authorities(abroad) == ["Office wallon"]
    assert abroad.whois() == [json.loads(document)]


def test_sent_by_an_authority_that_is_known_is_published(abroad: Abroad) -> None:
    made = abroad.accredit()
    bring(abroad, abroad.signed(made))
    abroad.withdraw(made, at=NOVEMBER)
    answer = send(abroad, abroad.signed(made))
    assert (answer.status_code, answer.json()["state"]) == (201, "published")
    assert authorities(abroad) == []


def test_what_staff_removed_stays_removed(abroad: Abroad) -> None:
    made = abroad.accredit()
    one = bring(abroad, abroad.signed(made))
    with abroad.college.office.database.unit() as session:
        service.remove(abroad.college.office, session, abroad.college.organisation, one.recognition.id, actor=ACTOR)
    assert abroad.whois() == []
    abroad.withdraw(made, at=NOVEMBER)
    answer = send(abroad, abroad.signed(made))
    assert answer.json()["state"] == "removed"
    assert abroad.whois() == []


def test_many_that_wait_leave_no_room(abroad: Abroad, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_AWAITING", 1)
    assert send(abroad, abroad.signed(abroad.accredit())).status_code == 202
    assert send(abroad, abroad.signed(abroad.accredit("FOR-2026-0008"))).status_code == 429


def test_many_from_one_address(abroad: Abroad) -> None:
    answers = [send(abroad, b"{}").status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]


# --- refused ---


def hostile(abroad: Abroad, name: str) -> bytes:
    match name:
        case "forged":
            return changed(abroad.signed(abroad.accredit("FOR-1")), validUntil="2099-01-01T00:00:00Z")
        case "foreign":
            return abroad.signed(abroad.accredit("FOR-2", institution_did="did:web:other.example"))
        case "borrowed":
            return abroad.signed(abroad.accredit("FOR-3", achievement_id="https://other.example/p/soudure"))
        case "a learner's":
            return abroad.college.bodies(abroad.college.issue()[0].credential or "")[0]
        case _:
            return b"%PDF-1.7"


HOSTILE = {
    "forged": Refusal.FORGED,
    "foreign": Refusal.SOMEONE_ELSES,
    "borrowed": Refusal.OTHER_TRAINING,
    "a learner's": Refusal.OTHER_KIND,
    "no document": Refusal.UNREADABLE,
}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Abroad:
    """Two deployments for tests in which nothing is taken in."""
    return Abroad.open(tmp_path_factory.mktemp("abroad"))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_by_every_way_in(untouched: Abroad, name: str) -> None:
    """V-TAM-1, V-ISS-1, V-TYP-1: refused with the reason, whoever brings them; nothing is kept."""
    abroad = untouched
    document = hostile(abroad, name)
    with pytest.raises(NotAccepted) as refused:
        bring(abroad, document)
    assert refused.value.refusal is HOSTILE[name]
    sent = send(abroad, document)
    assert (sent.status_code, sent.json()["reason"]) == (422, HOSTILE[name].value)
    desk = abroad.college.visit(abroad.college.organisation)
    abroad.net.files["https://files.example/a.json"] = document
    new = "/en/office/recognitions/new"
    shown = desk.send(new, page=new, link="https://files.example/a.json")
    assert shown.status_code == 422
    assert verifying.SENTENCES[HOSTILE[name]].replace("’", "&#39;") in shown.text.replace("’", "&#39;")
    assert received(abroad) == []
    assert abroad.whois() == []


def test_an_authority_out_of_reach_decides_nothing(abroad: Abroad) -> None:
    document = abroad.signed(abroad.accredit())
    abroad.net.down.add("localhost:8009")
    answer = send(abroad, document)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert received(abroad) == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"x" * (service.MAX_BYTES + 1), "application/vc", 413),
        (b'{"a":1,"a":2}', "application/vc", 422),
    ],
)
def test_not_even_a_delivery(untouched: Abroad, body: bytes, kind: str, status: int) -> None:
    assert send(untouched, body, kind).status_code == status


def test_nobody_there(untouched: Abroad) -> None:
    answer = untouched.college.client.post(
        "/o/nobody/recognitions", content=b"{}", headers={"content-type": "application/vc"}
    )
    assert answer.status_code == 404


# --- the office ---


def test_a_file_and_a_link_in_the_office(abroad: Abroad) -> None:
    made = abroad.accredit()
    desk = abroad.college.visit(abroad.college.organisation)
    link = "https://localhost:8009/o/forem/accreditations"
    taken = desk.send("/fr/office/recognitions/new", page="/fr/office/recognitions/new", link=link)
    assert taken.status_code == 303
    page = taken.headers["location"].partition("?")[0]
    assert "Office wallon" in desk.look(taken.headers["location"]).text
    assert desk.send(f"{page}/remove", page=page).status_code == 303
    assert abroad.whois() == []
    assert desk.send(f"{page}/publish", page=page).status_code == 303
    assert len(abroad.whois()) == 1
    abroad.withdraw(made, at=NOVEMBER)
    assert desk.send(f"{page}/check", page=page).status_code == 303
    assert "Retirée" in desk.look(page).text
    [edition, *_] = received(abroad)[0].editions
    assert (
        json.loads(desk.look(f"{page}/editions/{edition.id}").content)["id"]
        == received(abroad)[0].recognition.credential_id
    )
    assert desk.send(f"{page}/nonsense", page=page).status_code == 404


@pytest.mark.parametrize("link", ["", "https://nowhere.example/a", "http://localhost:8009/x"])
def test_nothing_at_the_address(untouched: Abroad, link: str) -> None:
    desk = untouched.college.visit(untouched.college.organisation)
    answer = desk.send("/en/office/recognitions/new", page="/en/office/recognitions/new", link=link)
    assert answer.status_code == 422
    assert "errsum" in answer.text


def test_an_authority_has_no_such_desk(untouched: Abroad) -> None:
    office = untouched.college.visit(untouched.college.authority)
    assert office.look("/fr/office/recognitions").status_code == 404


@pytest.mark.parametrize("weeks", [0, 60 * 4])
def test_what_is_over_is_shown_and_not_counted(abroad: Abroad, weeks: int) -> None:
    bring(abroad, abroad.signed(abroad.accredit(valid_until=datetime(2027, 1, 1, tzinfo=UTC))))
    abroad.clock.set(abroad.clock() + timedelta(weeks=weeks))
    assert authorities(abroad) == (["Office wallon"] if not weeks else [])
    assert len(abroad.whois()) == 1


def test_on_either_database(tmp_path: Path, database_url: str) -> None:
    abroad = Abroad.open(tmp_path, database_url=database_url)
    made = abroad.accredit()
    document = abroad.signed(made)
    several = [(abroad.college.office, abroad.college.organisation, document)] * 6
    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(lambda each: service.deliver(*each), several))
    assert len({one.id for one in sent}) == 1, "kept once, however many bring it at once"
    bring(abroad, document)
    abroad.withdraw(made, at=NOVEMBER)
    abroad.clock.set(abroad.clock() + service.CHECK_EVERY)
    assert checking.check_due(abroad.college.office) == 1
    assert len(abroad.whois()) == 2
