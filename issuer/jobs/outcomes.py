"""The outcomes of a job in words, and as a file that is written as it is read: never all of it in memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from issuer.cohorts.register_file import FileRefused
from issuer.jobs import service
from issuer.jobs.models import Job, JobRow, RowOutcome
from issuer.office import Office
from kit.i18n import N_
from kit.tables import CSV_MEDIA_TYPE, csv_text

WORDS = {
    RowOutcome.ISSUED: N_("Issued"),
    RowOutcome.ALREADY_ISSUED: N_("Was issued already"),
    RowOutcome.REFUSED: N_("Not issued"),
    RowOutcome.CANCELLED: N_("Cancelled"),
}
_HEADINGS = (N_("Line"), N_("Learner number"), N_("Outcome"), N_("Credential number"), N_("Reason"))


def sentence_of(office: Office, language: str, refused: FileRefused) -> str:
    """Return why a file was refused, in words."""
    column = office.pages.translate(language, refused.column) if refused.column else ""
    said = office.pages.translate(language, refused.sentence, column=column)
    if not refused.line:
        return said
    return office.pages.translate(language, N_("Line %(line)s:"), line=refused.line) + " " + said


def reasons(office: Office, language: str, row: JobRow) -> list[str]:
    """Return why a row was refused, in words. What the lint says is in English, as everywhere."""
    said = []
    for about, sentence, line in service.reasons_of(row):
        words = office.pages.translate(language, sentence)
        if line:
            words = office.pages.translate(language, sentence, line=line)
        said.append(f"{office.pages.translate(language, about)} – {words}" if about else words)
    return said


def all_rows(office: Office, job: Job, outcome: RowOutcome | None) -> Iterator[tuple[JobRow, str | None]]:
    """Yield the rows that have their outcome, with the numbers of their credentials, in the order of the lines."""
    after = 0
    while True:
        with office.database.reading() as session:
            found = service.rows_of(session, job, after=after, outcome=outcome)
        if not found:
            return
        yield from found
        after = found[-1][0].line


def as_file(office: Office, job: Job, *, language: str, outcome: RowOutcome | None = None) -> Response:
    """Return the outcomes as a CSV to download, in which no cell can act as a formula (I-CSV-1)."""
    name = office.pages.translate(language, N_("outcomes"))
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}-{job.id[:8]}.csv",
        "cache-control": "no-store",
    }
    text = _csv(office, job, language, outcome)
    return StreamingResponse(text, media_type=CSV_MEDIA_TYPE, headers=headers)


def _csv(office: Office, job: Job, language: str, outcome: RowOutcome | None) -> Iterator[bytes]:
    say = office.pages.translate
    yield codecs.BOM_UTF8 + csv_text([[say(language, heading) for heading in _HEADINGS]]).encode()
    for row, number in all_rows(office, job, outcome):
        why = " / ".join(reasons(office, language, row))
        cells = [str(row.line), row.learner_number, say(language, WORDS[row.outcome]), number or "", why]
        yield csv_text([cells]).encode()
