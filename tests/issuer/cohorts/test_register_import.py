"""A class register goes in: every bad row by line and reason; good rows at once or not at all; twice is once."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from httpx import Response
from openpyxl import Workbook
from sqlmodel import func, select

from issuer.cohorts.models import Participant
from issuer.completions.models import Completion
from tests.issuer.college import College, Visit

HEAD = "Matricule;Prénom;Nom;Courriel;Langue;Réussi le;Résultat"
GOOD = "2043901;Noor;Lavallière;noor@courriel.example;fr;2026-06-12;92 %"
BAD = "2043902;;Tremblay;pas-un-courriel;xx;2026-02-30;88 %"


class Desk:
    """A registrar at the import pages of one cohort."""

    def __init__(self, college: College, language: str = "fr") -> None:
        self.college = college
        self.visit: Visit = college.visit(college.organisation)
        self.base = f"/{language}/office/cohorts/{college.cohort.id}"

    def upload(self, data: bytes, name: str = "registre.csv") -> Response:
        form = self.visit.look(f"{self.base}/import").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        assert token
        return self.visit.client.post(
            f"{self.base}/import", data={"csrf_token": token[1]}, files={"file": (name, data, "text/csv")}
        )

    def previewed(self, text: str | bytes) -> str:
        """Upload, and return the address of the preview."""
        answer = self.upload(text if isinstance(text, bytes) else text.encode())
        assert answer.status_code == 303, re.sub(r"<[^>]+>", " ", answer.text)[-2000:]
        return answer.headers["location"]

    def take_over(self, preview: str) -> Response:
        return self.visit.send(f"{preview}/take-over", page=preview)

    def people(self) -> set[str]:
        """The learner numbers in the database."""
        with self.college.office.database.reading() as session:
            return set(session.exec(select(Participant.learner_number)).all())

    def completions(self) -> int:
        with self.college.office.database.reading() as session:
            return session.exec(select(func.count()).select_from(Completion)).one()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(College.open(tmp_path, learners=0))


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiter_and_encoding_are_found_out(desk: Desk, encoding: str, delimiter: str) -> None:
    text = f"{HEAD}\r\n{GOOD}\r\n".replace(";", delimiter)
    preview = desk.previewed(text.encode(encoding))
    assert "Lavallière" in desk.visit.look(f"{preview}?show=all").text


def test_english_headings_and_a_workbook(desk: Desk) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Student ID", "First name", "Last name", "E-mail", "Completion date", "Grade"])
    sheet.append([2043901, "Noor", "Lavallière", "noor@courriel.example", "2026-06-12", "92 %"])
    kept = io.BytesIO()
    book.save(kept)
    answer = desk.upload(kept.getvalue(), "register.xlsx")
    assert answer.status_code == 303
    desk.take_over(answer.headers["location"])
    assert desk.people() == {"2043901"}


def test_the_register_is_in_the_order_that_people_look_names_up(tmp_path: Path, database_url: str) -> None:
    desk = Desk(College.open(tmp_path, learners=0, database_url=database_url))
    people = ("7;Zoé;Valcartière", "8;Ana;Élan", "9;Tomás;Écureuil", "10;éva;Écureuil", "11;Noé;Dubois")
    desk.take_over(desk.previewed("\n".join((HEAD, *(f"{one};;fr;2026-06-12;" for one in people)))))
    names = re.findall(r'<th role="rowheader" scope="row"><bdi>([^<]+)</bdi>', desk.visit.look(desk.base).text)
    assert names == ["Dubois, Noé", "Écureuil, éva", "Écureuil, Tomás", "Élan, Ana", "Valcartière, Zoé"]


def test_nothing_is_taken_over_by_looking(desk: Desk) -> None:
    desk.visit.look(desk.previewed(f"{HEAD}\n{GOOD}\n"))
    assert desk.people() == set()


@pytest.mark.parametrize(
    ("language", "reasons"),
    [
        ("fr", ["Le nom manque", "adresse courriel", "Écrivez fr ou en", "date"]),
        ("en", ["The name is missing.", "complete e-mail address", "Write fr or en.", "Write the date"]),
    ],
)
def test_every_bad_cell_is_named_in_the_readers_language(tmp_path: Path, language: str, reasons: list[str]) -> None:
    desk = Desk(College.open(tmp_path, learners=0), language)
    preview = desk.previewed(f"{HEAD}\n{GOOD}\n{BAD}\n")
    page = text_of(desk.visit.look(preview).text).lower()
    assert [reason for reason in reasons if reason.lower() not in page] == []
    assert re.search(r"\b3\b", page), "the line in the file"


def test_bad_rows_never_hold_good_ones_back(desk: Desk) -> None:
    preview = desk.previewed(f"{HEAD}\n{BAD}\n{GOOD}\n")
    assert desk.take_over(preview).status_code == 303
    assert desk.people() == {"2043901"}
    assert desk.completions() == 1


def test_the_error_file_can_be_corrected_and_imported(desk: Desk) -> None:
    preview = desk.previewed(f"{HEAD}\n{GOOD}\n{BAD}\n")
    answer = desk.visit.look(f"{preview}/errors.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))
    assert len(rows) == 2
    assert rows[0][:3] == ["Matricule", "Prénom", "Nom"]
    assert rows[1][:4] == ["2043902", "", "Tremblay", "pas-un-courriel"]
    assert rows[1][-1]
    good = ["2043902", "Ève", "Tremblay", "eve@courriel.example", "fr", "2026-06-12", "88 %"]
    desk.take_over(desk.previewed(";".join(rows[0]) + "\n" + ";".join([*good, ""])))
    assert desk.people() == {"2043902"}


def test_cells_can_be_corrected_on_the_page(desk: Desk) -> None:
    preview = desk.previewed(f"{HEAD}\n2043901;Noor;;noor@courriel.example;fr;2026-06-12;92 %\n")
    answer = desk.visit.send(f"{preview}/correct", page=preview, **{"cell.2.family_name": "Lavallière"})
    assert answer.status_code == 303
    desk.take_over(preview)
    assert desk.people() == {"2043901"}


def test_importing_again_changes_nothing(desk: Desk) -> None:
    for _ in range(3):
        desk.take_over(desk.previewed(f"{HEAD}\n{GOOD}\n"))
    assert desk.people() == {"2043901"}
    assert desk.completions() == 1


def test_one_upload_is_taken_over_once(desk: Desk) -> None:
    preview = desk.previewed(f"{HEAD}\n{GOOD}\n")
    assert [desk.take_over(preview).status_code for _ in range(2)] == [303, 409]


def test_two_rows_of_one_person_collide(desk: Desk) -> None:
    other = GOOD.replace("Noor", "Anouk")
    preview = desk.previewed(f"{HEAD}\n{GOOD}\n{other}\n")
    assert re.search(r"\b2\b", text_of(desk.visit.look(preview).text)), "names the line that it collides with"
    desk.take_over(preview)
    with desk.college.office.database.reading() as session:
        assert session.exec(select(Participant.given_name)).all() == ["Noor"]


def test_a_register_can_be_taken_back_until_something_rests_on_it(desk: Desk) -> None:
    preview = desk.previewed(f"{HEAD}\n{GOOD}\n")
    desk.take_over(preview)
    assert desk.visit.send(f"{preview}/take-back", page=preview).status_code == 303
    assert (desk.people(), desk.completions()) == (set(), 0)

    second = desk.previewed(f"{HEAD}\n{GOOD}\n")
    desk.take_over(second)
    with desk.college.office.database.reading() as session:
        completions = list(session.exec(select(Completion.id)).all())
    desk.college.issue(completions)
    assert desk.visit.send(f"{second}/take-back", page=second).status_code == 409
    assert desk.people() == {"2043901"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("spaces.csv", b"  \n \n"),
        ("heading.csv", HEAD.encode()),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8),
        ("broken.xlsx", b"PK\x03\x04" + b"\x00" * 100),
        ("wide.csv", b";".join([b"a"] * 500) + b"\n" + b";".join([b"b"] * 500)),
        ("long.csv", HEAD.encode() + b"\n" + b"x" * 5000 + b";a;b"),
        ("many.csv", HEAD.encode() + b"\n" + b"1;a;b\n" * 20_001),
        ("large.csv", b"a" * (11 * 1024 * 1024)),
    ],
)
def test_files_that_are_no_register_say_what_to_do(desk: Desk, name: str, data: bytes) -> None:
    answer = desk.upload(data, name)
    assert answer.status_code in (303, 413, 422)
    if answer.status_code == 303:
        answer = desk.visit.look(answer.headers["location"])
        assert answer.status_code == 200
    assert "Traceback" not in answer.text
    assert desk.people() == set()


def test_cells_that_a_spreadsheet_would_run_are_defused_in_the_error_file(desk: Desk) -> None:
    row = '2043902;=HYPERLINK("https://attacker.example");;@SUM(1);fr;2026-06-12;+1'
    text = desk.visit.look(f"{desk.previewed(f'{HEAD}{chr(10)}{row}')}/errors.csv").content.decode("utf-8-sig")
    cells = [cell for line in csv.reader(io.StringIO(text), delimiter=";") for cell in line]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@")]


def test_I_AUZ_a_register_is_for_its_own_college_and_for_registrars(desk: Desk) -> None:
    preview = desk.previewed(f"{HEAD}\n{GOOD}\n")
    stranger = desk.college.visit(desk.college.authority)
    assert stranger.look(preview).status_code in (403, 404)
    assert stranger.send(f"{preview}/take-over").status_code in (403, 404)
    assert desk.college.visit().look(preview).status_code in (303, 401)
    assert desk.people() == set()


def test_five_thousand_rows(desk: Desk) -> None:
    """Every bad row of a large register is found; the time is measured by `bench.register`."""
    rows = [f"{number};Noor;Lavallière;n{number}@courriel.example;fr;2026-06-12;92 %" for number in range(5000)]
    bad = {line: line * 7 for line in range(1, 700)}
    for place in bad.values():
        rows[place] = rows[place].replace("2026-06-12", "12 juin")
    preview = desk.previewed("\n".join([HEAD, *rows]))
    with desk.college.office.database.reading() as session:
        kept = json.loads(session.connection().exec_driver_sql("select sheet from register_import").scalar_one())
    assert len(kept["rows"]) == 5000
    listed = desk.visit.look(f"{preview}/errors.csv").content.decode("utf-8-sig")
    assert listed.count("12 juin") == len(bad)
    desk.take_over(preview)
    assert len(desk.people()) == 5000 - len(bad)
