"""The import of a class register: preview, correct, take over, take back.

An upload is kept as cells. Every look at it checks all rows again against the register as it is now; taking over
writes all good rows in one transaction or none, and bad rows never hold good ones back. Importing the same rows again
changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from issuer.audit import service as audit
from issuer.cohorts import register, register_file, rows
from issuer.cohorts.headings import REQUIRED, RegisterField, guessed
from issuer.cohorts.models import Cohort, ImportState, Participant, RegisterImport
from issuer.cohorts.register import PERSON, Change, Known
from issuer.cohorts.register_file import Row, Sheet
from issuer.cohorts.rows import CellError, Learner
from issuer.completions.models import Completion
from issuer.issuance.models import IssuedCredential
from issuer.office import Office
from issuer.programmes.models import Programme
from kit.i18n import N_
from kit.problems import Conflict, NotFound
from kit.tables import write_csv

MAX_FILE_NAME = 200


@dataclass(frozen=True)
class PlannedRow:
    """A good row and what it would do."""

    learner: Learner
    change: Change


@dataclass(frozen=True)
class Preview:
    """An upload, checked against the register of this moment."""

    upload: RegisterImport
    sheet: Sheet
    columns: Mapping[RegisterField, int]
    planned: Sequence[PlannedRow]
    errors: Sequence[CellError]

    @property
    def missing_columns(self) -> list[RegisterField]:
        """The required fields that no column was found for."""
        return [field for field in REQUIRED if field not in self.columns]

    def count(self, change: Change) -> int:
        """How many good rows would do this."""
        return sum(row.change is change for row in self.planned)

    @property
    def to_take_over(self) -> int:
        """How many rows taking over would write."""
        return len(self.planned) - self.count(Change.SAME)

    @property
    def bad_lines(self) -> list[int]:
        """The lines that hold at least one error."""
        return sorted({error.line for error in self.errors})


def upload(
    office: Office, session: Session, cohort: Cohort, *, file_name: str, data: bytes, actor: str
) -> RegisterImport:
    """Keep an uploaded register for preview. Raises `register_file.FileRefused`."""
    sheet = register_file.read(data)
    kept = RegisterImport(
        cohort_id=cohort.id,
        file_name=file_name[:MAX_FILE_NAME],
        state=ImportState.PREVIEWED,
        sheet=_dumped(sheet),
        columns=json.dumps(guessed(sheet.headings)),
        created_by=actor,
        created_at=office.clock(),
    )
    session.add(kept)
    session.flush()
    return kept


def get(session: Session, cohort: Cohort, upload_id: str) -> RegisterImport:
    """Return an upload of this cohort. Raises `NotFound`."""
    kept = session.get(RegisterImport, upload_id)
    if kept is None or kept.cohort_id != cohort.id:
        raise NotFound
    return kept


def recent(session: Session, cohort: Cohort, limit: int = 10) -> Sequence[RegisterImport]:
    """Return the last uploads of a cohort, newest first."""
    query = select(RegisterImport).where(RegisterImport.cohort_id == cohort.id)
    return session.exec(query.order_by(col(RegisterImport.created_at).desc()).limit(limit)).all()


def correct(
    session: Session,
    kept: RegisterImport,
    *,
    columns: Mapping[RegisterField, int] | None = None,
    cells: Mapping[tuple[int, RegisterField], str] | None = None,
) -> None:
    """Change what the columns mean, or cells by line and field. Raises `Conflict` once it was taken over."""
    _only_previewed(kept)
    sheet, present = _sheet(kept), _columns(kept)
    if columns is not None:
        present = {field: place for field, place in columns.items() if 0 <= place < len(sheet.headings)}
        kept.columns = json.dumps(present)
    if cells:
        kept.sheet = _dumped(Sheet(sheet.headings, tuple(_corrected(row, present, cells) for row in sheet.rows)))
    session.add(kept)


def preview(session: Session, kept: RegisterImport, cohort: Cohort, programme: Programme, *, today: date) -> Preview:
    """Check every row of an upload, and say what taking it over would do."""
    sheet, columns = _sheet(kept), _columns(kept)
    if any(field not in columns for field in REQUIRED):
        return Preview(kept, sheet, columns, (), ())
    known = register.known(session, cohort)
    language = programme.language if programme.language in ("fr", "en") else "fr"
    planned: list[PlannedRow] = []
    errors: list[CellError] = []
    first_line: dict[str, int] = {}
    for row in sheet.rows:
        found = rows.checked(row.line, _cells(row, columns), starts_on=cohort.starts_on, today=today, language=language)
        if isinstance(found, list):
            errors.extend(found)
            continue
        earlier = first_line.setdefault(found.learner_number, row.line)
        clash = register.clash(found, earlier, known.get(found.learner_number))
        if clash is not None:
            errors.append(clash)
        else:
            planned.append(PlannedRow(found, register.change(found, known.get(found.learner_number))))
    return Preview(kept, sheet, columns, planned, errors)


def take_over(
    office: Office, session: Session, kept: RegisterImport, cohort: Cohort, programme: Programme, *, actor: str
) -> Preview:
    """Write all good rows, in the caller's transaction. Raises `Conflict` when it was done before.

    Returns the preview that was carried out.
    """
    _only_previewed(kept)
    now = office.clock()
    plan = preview(session, kept, cohort, programme, today=now.date())
    known = register.known(session, cohort)
    undo: dict[str, list[Any]] = {"participants": [], "completions": [], "changed": []}
    for row in plan.planned:
        if row.change is not Change.SAME:
            _write(session, row.learner, known.get(row.learner.learner_number), cohort, undo, actor=actor, now=now)
    kept.state, kept.committed_at, kept.undo = ImportState.COMMITTED, now, json.dumps(undo)
    session.add(kept)
    session.flush()
    audit.record(
        session,
        actor=actor,
        organisation_id=programme.organisation_id,
        act="register.imported",
        subject=kept.id,
        now=now,
        new=plan.count(Change.NEW),
        updated=plan.count(Change.UPDATE),
        refused=len(plan.bad_lines),
    )
    return plan


def take_back(office: Office, session: Session, kept: RegisterImport, programme: Programme, *, actor: str) -> None:
    """Undo a take-over. Raises `Conflict` once a credential was issued from it, or when it was undone before."""
    if kept.state is not ImportState.COMMITTED:
        raise Conflict(advice=N_("Only a register that was taken over can be taken back."))
    undo = json.loads(kept.undo)
    touched = set(undo["completions"]) | {change["completion_id"] for change in undo["changed"]}
    issued = select(IssuedCredential.id).where(col(IssuedCredential.completion_id).in_(touched - {None}))
    later = select(Completion.id).where(
        col(Completion.participant_id).in_(undo["participants"]), col(Completion.id).not_in(undo["completions"])
    )
    if session.exec(issued).first() is not None or session.exec(later).first() is not None:
        raise Conflict(
            advice=N_(
                "Credentials or later completions rest on this register: it stays. "
                "Correct single people on the cohort’s page, and revoke what was issued wrongly."
            )
        )
    for completion_id in undo["completions"]:
        session.delete(session.get_one(Completion, completion_id))
    session.flush()
    for participant_id in undo["participants"]:
        session.delete(session.get_one(Participant, participant_id))
    for change in undo["changed"]:
        _restore(session, change)
    kept.state = ImportState.UNDONE
    session.add(kept)
    audit.record(
        session,
        actor=actor,
        organisation_id=programme.organisation_id,
        act="register.taken-back",
        subject=kept.id,
        now=office.clock(),
    )


def errors_csv(plan: Preview, *, error_heading: str, sentences: Mapping[int, str]) -> bytes:
    """Return the bad rows as they were uploaded, with one more column that says what is wrong with each."""
    bad = set(plan.bad_lines)
    width = len(plan.sheet.headings)
    lines = (
        [*(row.cells + ("",) * (width - len(row.cells)))[:width], sentences[row.line]]
        for row in plan.sheet.rows
        if row.line in bad
    )
    return write_csv([*plan.sheet.headings, error_heading], lines)


# --- how an upload is kept ---


def _dumped(sheet: Sheet) -> str:
    return json.dumps({"headings": sheet.headings, "rows": [[row.line, *row.cells] for row in sheet.rows]})


def _sheet(kept: RegisterImport) -> Sheet:
    stored = json.loads(kept.sheet)
    return Sheet(tuple(stored["headings"]), tuple(Row(row[0], tuple(row[1:])) for row in stored["rows"]))


def _columns(kept: RegisterImport) -> dict[RegisterField, int]:
    return {RegisterField(field): place for field, place in json.loads(kept.columns).items()}


def _cells(row: Row, columns: Mapping[RegisterField, int]) -> dict[RegisterField, str]:
    return {field: row.cells[place] for field, place in columns.items() if place < len(row.cells)}


def _corrected(row: Row, columns: Mapping[RegisterField, int], cells: Mapping[tuple[int, RegisterField], str]) -> Row:
    changed = list(row.cells)
    for field, place in columns.items():
        new = cells.get((row.line, field))
        if new is not None:
            changed.extend([""] * (place + 1 - len(changed)))
            changed[place] = new[: register_file.MAX_CELL].strip()
    return Row(row.line, tuple(changed))


def _only_previewed(kept: RegisterImport) -> None:
    if kept.state is not ImportState.PREVIEWED:
        raise Conflict(advice=N_("This register was taken over already. Import the file again to change something."))


# --- taking over and back ---


def _write(
    session: Session,
    learner: Learner,
    known: Known | None,
    cohort: Cohort,
    undo: dict[str, list[Any]],
    *,
    actor: str,
    now: datetime,
) -> None:
    if known is None:
        person = Participant(
            cohort_id=cohort.id, learner_number=learner.learner_number, created_at=now, **_person(learner)
        )
        session.add(person)
        undo["participants"].append(person.id)
        completion = None
    else:
        person, completion = known.participant, known.completion
        undo["changed"].append(_before(person, completion))
        for name, value in _person(learner).items():
            setattr(person, name, value)
        session.add(person)
    if learner.completed_on is None:
        return
    if completion is None:
        completion = Completion(
            participant_id=person.id,
            programme_id=cohort.programme_id,
            completed_on=learner.completed_on,
            recorded_at=now,
            recorded_by=actor,
        )
        undo["completions"].append(completion.id)
    completion.completed_on, completion.result = learner.completed_on, learner.result
    session.add(completion)


def _person(learner: Learner) -> dict[str, str]:
    return {name: getattr(learner, name) for name in PERSON}


def _before(person: Participant, completion: Completion | None) -> dict[str, Any]:
    return {
        "participant_id": person.id,
        "person": {name: getattr(person, name) for name in PERSON},
        "completion_id": completion.id if completion else None,
        "completed_on": completion.completed_on.isoformat() if completion else None,
        "result": completion.result if completion else "",
    }


def _restore(session: Session, before: Mapping[str, Any]) -> None:
    person = session.get_one(Participant, before["participant_id"])
    for name, value in before["person"].items():
        setattr(person, name, value)
    session.add(person)
    if before["completion_id"] is not None:
        completion = session.get_one(Completion, before["completion_id"])
        completion.completed_on = date.fromisoformat(before["completed_on"])
        completion.result = before["result"]
        session.add(completion)
