"""Checking many credentials at once: every kind of upload, the worker, the table, the files out, hostile uploads."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kit.problems import NotFound, TooManyRequests
from tests.packs import pack_of
from tests.verifier.conftest import Counter, counter_for
from tests.world import World
from verifier import upkeep
from verifier.base import Screening
from verifier.checking import Checker
from verifier.desk import Desk
from verifier.opening import MAX_DOCUMENT
from verifier.screening import service, unpacking, worker
from verifier.screening.unpacking import Item, UploadRefused, items

LINK = "https://wallet.example/s/abc"


@pytest.fixture
def desk(counter: Counter) -> Desk:
    """The verifier's desk, with nobody checking in the background: the tests say when."""
    found: Desk = counter.client.app.state.desk  # type: ignore[attr-defined]  # Starlette's own attribute
    return found


@pytest.fixture
def counter(world: World, tmp_path: Path) -> Counter:
    """A verifier whose background does not run."""
    return counter_for(world, tmp_path)


def lines(*documents: Any) -> bytes:
    return "\n".join(json.dumps(one) for one in documents).encode()


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in files.items():
            made.writestr(name, body)
    return buffer.getvalue()


def screened(desk: Desk, data: bytes) -> tuple[Screening, list[tuple[str, str, str]]]:
    """Upload, check everything; return (label, kind, headlines or trouble) of each item."""
    made = service.start(desk, items(data), name="cohort.csv", owner="me", address="10.0.0.1")
    while worker.work_once(desk):
        pass
    with desk.database.reading() as session:
        screening = service.of_owner(session, made.id, "me")
        found = [
            (one.label, one.kind, one.trouble or ",".join(r["headline"] for r in json.loads(one.results)))
            for one in service.answered(session, screening)
        ]
    return screening, found


# --- every kind of upload gives the same answers ---


def test_json_lines_and_a_json_list_give_one_answer_each(counter: Counter, desk: Desk) -> None:
    good = counter.world.issue()
    bad = {**good, "name": "Brain surgery"}
    expected = [("1", "ok", "valid_holder_unconfirmed"), ("2", "bad", "altered")]
    screening, answers = screened(desk, lines(good, bad))
    assert (screening.state, answers) == ("done", expected)
    assert screened(desk, json.dumps([good, bad], indent=2).encode())[1] == expected
    assert screened(desk, json.dumps(good, indent=1).encode())[1] == expected[:1]


def test_an_archive_gives_one_answer_for_each_file(counter: Counter, desk: Desk) -> None:
    files = {
        "anna.json": lines(counter.world.issue()),
        "ben.txt": b"no credential at all",
        "ben.png": b"\x89PNG\r\n\x1a\n",
        "__MACOSX/anna.json": b"left out",
        "big.json": b"[" * (MAX_DOCUMENT + 1),
    }
    assert screened(desk, archive(**files))[1] == [
        ("anna.json", "ok", "valid_holder_unconfirmed"),
        ("ben.txt", "unk", "unreadable"),
        (
            "ben.png",
            "unk",
            "This picture carries no credential, or more than one. Ask the person for the original file.",
        ),
        ("big.json", "unk", unpacking.TOO_LARGE),
    ]


def test_a_table_of_links_keeps_what_stands_beside_them(counter: Counter, desk: Desk) -> None:
    counter.world.net.serve(LINK, counter.world.present(counter.world.issue(), domain=LINK))
    table = f"Nom;Prénom;Lien\r\nRoy;Anna;{LINK}\r\nNguyen;Ben;\r\nCôté;Cléo;https://gone.example/s/1\r\n"
    expected = [
        ("2: Roy Anna", "ok", "valid_holder_unconfirmed"),
        ("3: Nguyen Ben", "unk", unpacking.NO_LINK),
        ("4: Côté Cléo", "unk", "The link could not be opened. It may have ended, or its host may be away."),
    ]
    assert screened(desk, table.encode("cp1252"))[1] == expected
    assert screened(desk, table.replace(";", ",").encode("utf-8-sig"))[1] == expected


def test_a_presentation_that_was_tampered_with_counts_for_nothing(counter: Counter, desk: Desk) -> None:
    presentation = counter.world.present(counter.world.issue(), domain=LINK)
    counter.world.net.serve(LINK, {**presentation, "holder": counter.world.learner("eve").did})
    [(_, kind, headline)] = screened(desk, f"{LINK}\n".encode())[1]
    assert (kind, headline) != ("ok", "valid")
    assert kind == "bad"


def test_a_share_pack_says_of_which_day_its_copies_speak(counter: Counter, desk: Desk) -> None:
    data = archive(**{"pack.json": pack_of(counter.world, counter.world.issue())})
    counter.world.unreachable("status")
    address = posted(counter, data)
    worker.work_once(desk)
    assert "from the copies in the file." in counter.client.get(address).text


# --- uploads that are refused, and hostile ones ---


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b" \n ", "empty"),
        (b"name;mail\r\nRoy;a@b.example\r\n", "no credential and no link"),
        (b"PK\x03\x04 broken", "archive cannot be read"),
        (archive(**{"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "spreadsheet"),
        (archive(**{".DS_Store": b"x"}), "no credential and no link"),
        (b'[{"a": 1}, ', "breaks off"),
        (b'[{"a": 1} {"b": 2}]', "breaks off"),
        (b"[" * 100_000, "breaks off"),
        (b"\xef\xbb\xbf", "empty"),
        ("\u00a0\u2003".encode(), "empty"),
        (b"a" * 200_000 + b";https://wallet.example/s/abc\n", "neither a list"),
        (b"https://wallet.example/s/abc" + b";" * 200 + b"\n", "neither a list"),
        (b"https://wallet.example/s/abc\n" * 20_002, "20,000"),
        (b"a;b\n" * 3_000_000, "larger than 10 MB"),
    ],
)
def test_an_upload_without_anything_to_check_says_why(desk: Desk, data: bytes, said: str) -> None:
    with pytest.raises(UploadRefused) as refused:
        service.start(desk, items(data), name="x", owner="me", address="10.0.0.1")
    assert said in refused.value.sentence
    with desk.database.reading() as session:
        assert service.all_of_owner(session, "me") == [], "nothing is kept of it"


def test_an_archive_that_unpacks_to_far_too_much_is_refused() -> None:
    zeros = b"0" * MAX_DOCUMENT
    bomb = archive(**{f"{n}.json": zeros for n in range(201)})
    assert len(bomb) < 1_000_000
    with pytest.raises(UploadRefused, match="200 MB"):
        list(items(bomb))


def test_v_dos_2_of_an_archive_no_more_is_unpacked_than_counts() -> None:
    too_large = b"0" * (MAX_DOCUMENT + 1)
    bomb = archive(**{f"{n}.json": too_large for n in range(300)})
    before = time.process_time()
    assert {one.trouble for one in items(bomb)} == {unpacking.TOO_LARGE}
    assert time.process_time() - before < 0.5, "a second and more if all of it is unpacked"

    many = archive(a=b"1")
    entry = many[many.index(b"PK\x01\x02") : many.index(b"PK\x05\x06")]
    with pytest.raises(UploadRefused, match="20,000"):
        list(items(many + entry * 50_001))


def test_v_json_4_what_no_database_keeps_is_no_fault_of_ours(desk: Desk) -> None:
    """NUL, which PostgreSQL does not keep, and lone surrogates, which nobody does."""
    for link in (r"https://x.example/\ud800", r"https://x.example/\u0000"):
        (item,) = items(f'["{link}"]'.encode())
        assert item.link == "", "a document then, and none that can be read"
    (item,) = items(b"a\0b;https://wallet.example/s/abc\n")
    assert item.label == "1: a\ufffdb"
    assert service.start(desk, items(lines({})), name="a\0b", owner="me", address="10.0.0.1").name == "a\ufffdb"


def test_lines_end_where_lines_of_json_end_and_nowhere_else() -> None:
    assert len(list(items('{"name": "a\u2028b"}\r\n{"name": "c\u0085d"}\n'.encode()))) == 2


def test_more_than_the_limit_is_refused_before_anything_is_checked() -> None:
    with pytest.raises(UploadRefused, match="20,000"):
        list(items(b'{"a":1}\n' * 20_001))


def test_one_owner_cannot_take_all_the_room(desk: Desk) -> None:
    for _ in range(service.MOST_OPEN):
        service.start(desk, items(b'{"a":1}\n'), name="x", owner="me", address="10.0.0.1")
    with pytest.raises(service.TooManyScreenings):
        service.start(desk, items(b'{"a":1}\n'), name="x", owner="me", address="10.0.0.1")
    assert service.start(desk, items(b'{"a":1}\n'), name="x", owner="another", address="10.0.0.1")


def test_one_address_cannot_upload_without_end(desk: Desk) -> None:
    for n in range(service.UPLOADS):
        service.start(desk, items(b'{"a":1}\n'), name="x", owner=f"somebody {n}", address="10.0.0.9")
    with pytest.raises(TooManyRequests):
        service.start(desk, items(b'{"a":1}\n'), name="x", owner="somebody else", address="10.0.0.9")
    assert service.start(desk, items(b'{"a":1}\n'), name="x", owner="somebody else", address="10.0.0.10")


def test_an_upload_that_is_still_being_read_is_checked_by_nobody_and_holds_nobody_up(desk: Desk) -> None:
    def slowly() -> Iterator[Item]:
        for n in range(600):
            if n == 550:  # the first of them are kept by now
                assert not worker.work_once(desk)
                service.start(desk, items(b'{"a":1}\n'), name="y", owner="another", address="10.0.0.2")
            yield Item(str(n), b"{}")

    made = service.start(desk, slowly(), name="x", owner="me", address="10.0.0.1")
    assert (made.state, made.total) == ("checking", 600)


# --- the worker ---


def test_a_worker_that_died_is_followed_by_another(counter: Counter, desk: Desk) -> None:
    made = service.start(desk, items(lines(*[counter.world.issue()] * 3)), name="x", owner="me", address="10.0.0.1")
    assert worker.take(desk) is not None, "and then it dies"
    assert not worker.work_once(desk), "another one leaves alone what somebody holds"
    counter.world.now += timedelta(minutes=7)
    assert worker.work_once(desk)
    with desk.database.reading() as session:
        found = service.of_owner(session, made.id, "me")
        assert (found.state, service.counts(session, found).by_kind) == ("done", {"ok": 3})


def test_a_fault_with_one_item_costs_no_other_its_answer(
    counter: Counter, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = Checker.whatever

    def faulty(self: Checker, document: Any, *, domain: str | None) -> Any:
        if b"meets a bug" in document:
            raise ZeroDivisionError
        return checked(self, document, domain=domain)

    monkeypatch.setattr(Checker, "whatever", faulty)
    good = counter.world.issue()
    _, answers = screened(desk, lines(good, {"name": "meets a bug"}, good))
    assert [kind for _, kind, _ in answers] == ["ok", "unk", "ok"]
    assert "fault on our side" in answers[1][2]


def test_those_who_wait_are_served_in_turn(desk: Desk, counter: Counter) -> None:
    many = service.start(desk, items(b'{"a":1}\n' * (3 * worker.CHUNK)), name="many", owner="a", address="10.0.0.1")
    counter.world.now += timedelta(seconds=1)
    few = service.start(desk, items(b'{"a":1}\n' * 2), name="few", owner="b", address="10.0.0.1")
    for _ in range(2):
        counter.world.now += timedelta(seconds=1)
        worker.work_once(desk)
    with desk.database.reading() as session:
        assert service.of_owner(session, few.id, "b").state == "done"
        assert service.of_owner(session, many.id, "a").state == "checking"


def test_what_could_not_be_decided_is_asked_again_and_nothing_else(counter: Counter, desk: Desk) -> None:
    table = f"x;{LINK}\ny;\n"
    made, answers = screened(desk, table.encode())
    assert [kind for _, kind, _ in answers] == ["unk", "unk"]
    counter.world.net.serve(LINK, counter.world.present(counter.world.issue(), domain=LINK))
    with desk.database.unit() as session:
        service.go_on(session, service.of_owner(session, made.id, "me", lock=True), now=desk.clock())
    while worker.work_once(desk):
        pass
    with desk.database.reading() as session:
        found = service.of_owner(session, made.id, "me")
        assert service.counts(session, found).by_kind == {"ok": 1, "unk": 1}


def test_after_a_day_everything_is_forgotten(counter: Counter, desk: Desk) -> None:
    made, _ = screened(desk, lines(counter.world.issue()))
    counter.world.now += service.LIFETIME + timedelta(seconds=1)
    upkeep.tidy(desk)
    with desk.database.reading() as session, pytest.raises(NotFound):
        service.of_owner(session, made.id, "me")


# --- pages ---


def posted(counter: Counter, data: bytes, *, language: str = "en") -> str:
    """Upload through the form; return the address of the screening."""
    token = counter.token(f"/{language}/many")
    answer = counter.client.post(
        f"/{language}/many", data={"csrf_token": token}, files={"file": ("cohort.csv", data)}, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text[:2000]
    return str(answer.headers["location"])


def act(counter: Counter, address: str, what: str) -> int:
    token = counter.token(address)
    return counter.client.post(f"{address}/{what}", data={"csrf_token": token}, follow_redirects=False).status_code


@pytest.mark.parametrize(("language", "word"), [("en", "Document altered"), ("fr", "Document modifié")])
def test_the_page_goes_from_progress_to_the_table(counter: Counter, desk: Desk, language: str, word: str) -> None:
    good = counter.world.issue()
    address = posted(counter, lines(good, {**good, "name": "=1+1"}), language=language)
    assert "<progress" in counter.client.get(address).text
    assert "x-see-other" not in counter.client.get(f"{address}/state").headers
    while worker.work_once(desk):
        pass
    assert counter.client.get(f"{address}/state").headers["x-see-other"] == address
    page = counter.client.get(address).text
    assert word in page
    assert "Northern College" in page
    assert word not in counter.client.get(f"{address}?kind=ok").text
    assert "Northern College" in counter.client.get(f"{address}/0").text, "the whole verdict of one"


def test_the_files_say_what_the_page_says_and_no_cell_is_a_formula(counter: Counter, desk: Desk) -> None:
    address = posted(counter, archive(**{"=cmd.json": lines(counter.world.issue())}))
    worker.work_once(desk)
    body = counter.client.get(f"{address}/answers.csv").content.decode("utf-8-sig")
    headings, row = csv.reader(io.StringIO(body), delimiter=";")
    assert row[:2] == ["'=cmd.json", "Valid credential, holder to be confirmed"]
    assert "Talent committee" in row[headings.index("Accreditation")]
    book = openpyxl.load_workbook(io.BytesIO(counter.client.get(f"{address}/answers.xlsx").content))
    assert [[cell.value or "" for cell in line] for line in book.active.iter_rows()] == [headings, row]


def test_nobody_else_sees_it(counter: Counter) -> None:
    address = posted(counter, lines(counter.world.issue()))
    counter.client.cookies.clear()
    for what in ("", "/state", "/0", "/answers.csv", "/answers.xlsx"):
        assert counter.client.get(address + what).status_code == 404


def test_stop_continue_and_delete(counter: Counter, desk: Desk) -> None:
    address = posted(counter, lines(*[counter.world.issue()] * 2))
    assert act(counter, address, "stop") == 303
    assert not worker.work_once(desk)
    assert act(counter, address, "stop") == 409
    assert act(counter, address, "go-on") == 303
    assert worker.work_once(desk)
    assert act(counter, address, "delete") == 303
    assert counter.client.get(address).status_code == 404


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_form_without_a_file_says_so_at_the_field(counter: Counter, language: str) -> None:
    token = counter.token(f"/{language}/many")
    answer = counter.client.post(f"/{language}/many", data={"csrf_token": token})
    assert answer.status_code == 422
    assert re.search(r'id="file-error">[^<]+<', answer.text)


def test_an_address_that_is_no_link_says_so(counter: Counter) -> None:
    answer = counter.client.get("/fr/check", params={"link": "bonjour"})
    assert answer.status_code == 422
    assert "bonjour" in answer.text


# --- programs ---


def test_a_program_sends_asks_and_fetches(counter: Counter, desk: Desk) -> None:
    good = counter.world.issue()
    sent = counter.client.post("/api/v1/screenings", content=lines(good, good), headers={"accept": "application/json"})
    assert sent.status_code == 202
    address, auth = f"/api/v1/screenings/{sent.json()['id']}", {"authorization": f"Bearer {sent.json()['token']}"}
    assert counter.client.get(address).status_code == 401
    assert counter.client.get(address, headers={"authorization": "Bearer other"}).status_code == 404
    assert counter.client.get(address, headers=auth).json() | {"expires": ""} == {
        "id": sent.json()["id"],
        "state": "checking",
        "total": 2,
        "done": 0,
        "kinds": {},
        "expires": "",
    }
    worker.work_once(desk)
    assert counter.client.get(address, headers=auth).json()["kinds"] == {"ok": 2}
    first, second = map(json.loads, counter.client.get(f"{address}/answers", headers=auth).text.splitlines())
    assert first["credentials"][0]["headline"] == "valid_holder_unconfirmed"
    assert set(first["credentials"][0]["accreditation"]) == {"fr", "en"}
    assert second["position"] == 1
    assert counter.client.delete(address, headers=auth).status_code == 204
    assert counter.client.get(address, headers=auth).status_code == 404


@pytest.mark.parametrize("data", [b"", b"hello", b"[1,"])
def test_a_program_that_sends_nothing_of_use_gets_a_problem(counter: Counter, data: bytes) -> None:
    answer = counter.client.post("/api/v1/screenings", content=data, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_service_checks_by_itself(counter: Counter) -> None:
    with counter.client:
        sent = counter.client.post("/api/v1/screenings", content=lines(counter.world.issue())).json()
        address, auth = f"/api/v1/screenings/{sent['id']}", {"authorization": f"Bearer {sent['token']}"}
        deadline = time.monotonic() + 20
        while counter.client.get(address, headers=auth).json()["state"] == "checking":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert counter.client.get(address, headers=auth).json()["kinds"] == {"ok": 1}
