"""(11) What a credential carries inside: the credentials of a learner record, others anywhere, and endorsements.

The parts of a record count for the record, and any other credential for what it stands in: one bad one spoils it.
Endorsements are opinions, told beside the answer; but a forged one is no opinion.
How a credential is judged is handed in, since a part is judged by the same story as the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from vc import achievement, clr, enclosed, endorsement
from vc import credential as credentials
from vc import findings as found
from vc.credential import Credential, entries
from vc.findings import Answer, Finding, Report
from vc.verify.run import Document, Run


def parts(
    run: Run, credential: Credential, judge: Callable[[Run, Document, Sequence[Finding]], Report]
) -> tuple[Report, ...]:
    """Every credential in a learner record, judged like one that came alone."""
    held = clr.parts_of(credential.document, limit=run.policy.limits.credentials)
    within = replace(run, inside_record=True)
    return tuple(judge(within, part, (found.HolderNotAsked(),)) for part in held)


def others(run: Run, credential: Credential, judge_alone: Callable[[Run, Document], Report]) -> tuple[Report, ...]:
    """Every credential that stands elsewhere inside, by itself."""
    return tuple(judge_alone(run, one) for one in enclosed.enclosed_in(credential.document))


def of_parts(parts: Sequence[Report]) -> Iterator[Finding]:
    """What is wrong with any part is wrong with the whole; which part it was, is told beside it."""
    for part in parts:
        name = str((part.credential or {}).get("id", "?"))
        if part.verified:
            yield found.PartVerified(name)
            continue
        yield found.PartNotVerified(name)
        yield from (finding for finding in part.findings if finding.decisive and finding.answer is not Answer.PASSED)


def accreditation_of_parts(record: Credential, parts: Sequence[Report]) -> Iterator[Finding]:
    """A learner record is accredited as far as what it holds is.

    A part of a programme whose credential is held too needs no accreditation of its own, if that is of the record's
    issuer: only who teaches the whole can say what is a part of it.
    """
    taught = {
        achievement.programme_of(part.credential): part
        for part in parts
        if part.credential is not None and credentials.issuer_of(part.credential) == record.issuer
    }
    wholes = clr.wholes_in(record.document)
    said: dict[Finding, None] = {}
    for part in parts:
        programme = achievement.programme_of(part.credential) if part.credential is not None else None
        whole = taught.get(wholes[programme], part) if programme in wholes else part
        accredited = part["accreditation"].answer is Answer.PASSED
        said.update(dict.fromkeys((part if accredited else whole)["accreditation"].findings))
    yield from said


def endorsements(
    run: Run, credential: Credential, judge_alone: Callable[[Run, Document], Report]
) -> tuple[tuple[Finding, Report], ...]:
    """Every endorsement in it, by itself. Who recognises the endorser is not asked."""
    judged = [
        (embedded, judge_alone(run, embedded.source)) for embedded in endorsement.embedded_in(credential.document)
    ]
    return tuple((_endorsed(embedded, report), report) for embedded, report in judged)


def forged(endorsements: Iterable[Report]) -> Iterator[Report]:
    """Those that somebody altered, or that nobody signed: whoever put one in asks to be believed by a lie.

    One that ran out, was withdrawn or cannot be looked up now is no lie, and costs the badge nothing.
    """
    for report in endorsements:
        if Answer.FAILED in (report["integrity"].answer, report["issuer"].answer):
            yield report


def _endorsed(embedded: endorsement.Embedded, report: Report) -> Finding:
    if not report.verified or report.credential is None:
        wrong = next((f.sentence for f in report.findings if f.answer is not Answer.PASSED), "it cannot be read")
        return found.EndorsementNotProven(wrong.rstrip("."))
    endorsed, comment = endorsement.endorsed_by(report.credential)
    if endorsement.CREDENTIAL_TYPE not in entries(report.credential.get("type")):
        return found.EndorsementNotProven("the credential in its place is no endorsement")
    if endorsed is None or endorsed != embedded.about:
        return found.EndorsementNotProven("it is about something else than what carries it")
    return found.Endorsed(str(credentials.issuer_of(report.credential)), endorsed, comment)
