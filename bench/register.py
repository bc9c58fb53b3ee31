"""`python -m bench register`: the preview of a class register, from the upload to the page that names every bad row.

Application, database and requests are in this one process; its peak memory is an upper bound of the service's.
"""

from __future__ import annotations

import io
import re
import resource
import tempfile
import time
from pathlib import Path

import openpyxl

from bench.sections import Figures, Pace
from tests.issuer.college import College

HEADINGS = ["Matricule", "Prénom", "Nom", "Courriel", "Langue", "Réussi le", "Résultat"]
ROWS = 5000
BAD_EVERY = 10


def rows(count: int) -> list[list[str]]:
    """A register in which every tenth row is wrong in two cells."""
    made = []
    for number in range(count):
        wrong = number % BAD_EVERY == BAD_EVERY - 1
        email, day = ("nobody", "12 juin") if wrong else (f"n{number}@courriel.example", "2026-06-12")
        made.append([str(2_000_000 + number), "Noor", "Lavallière", email, "fr", day, "92 %"])
    return made


def as_csv(register: list[list[str]]) -> bytes:
    """As a spreadsheet program in Québec saves it."""
    return "\r\n".join(";".join(row) for row in [HEADINGS, *register]).encode("cp1252")


def as_xlsx(register: list[list[str]]) -> bytes:
    """As a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in [HEADINGS, *register]:
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def seconds_to_preview(college: College, name: str, data: bytes, bad: int) -> float:
    """Upload a file, open the page that it leads to, and fetch the file of bad rows, which must be complete."""
    visit = college.visit(college.organisation)
    address = f"/fr/office/cohorts/{college.cohort.id}/import"
    token = re.search(r'name="csrf_token" value="([^"]+)"', visit.look(address).text)
    assert token
    start = time.perf_counter()
    sent = visit.client.post(address, data={"csrf_token": token[1]}, files={"file": (name, data)})
    page = visit.look(sent.headers["location"])
    taken = time.perf_counter() - start
    assert page.status_code == 200
    listed = visit.look(f"{sent.headers['location']}/errors.csv").text
    assert listed.count("12 juin") == bad
    return taken


def measure(_pace: Pace) -> Figures:
    """Seconds from the upload to the page, as CSV and as workbook, and the peak memory of all of it."""
    register = rows(ROWS)
    with tempfile.TemporaryDirectory() as folder:
        college = College.open(Path(folder), learners=0)
        files = {"register.csv": as_csv(register), "register.xlsx": as_xlsx(register)}
        seconds = {
            f"register.seconds.{name}": seconds_to_preview(college, name, data, ROWS // BAD_EVERY)
            for name, data in files.items()
        }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(other={**seconds, "register.peak_mebibytes": peak})
