"""What the API answers: VCALM's members, and our findings in three answers with the page's words."""

from __future__ import annotations

from typing import Any

from kit import matrix
from kit.verdicts import Words
from vc import errors
from vc.findings import Answer, Check, Finding, PresentationReport, Report

_PROBLEMS = {problem.name: problem.url for problem in vars(errors).values() if isinstance(problem, errors.ProblemType)}


def credential_answer(report: Report, words: Words) -> dict[str, Any]:
    """Return the body about one credential; `verified` is the AND of everything that was checked."""
    return {
        "verified": report.verified,
        "verdict": report.verdict.value,
        "headline": {"code": report.headline.code, "text": words.headline(report.headline)},
        "checks": [_check(check, report, words) for check in report.checks],
        "problemDetails": problem_details(report.findings),
        "results": {check.name: check.answer.value for check in report.checks},
        "accreditation": matrix.as_json(report),
        "endorsements": [_endorsement(one) for one in report.endorsements if one.verified],
        "credential": report.credential,
    }


def _endorsement(report: Report) -> dict[str, Any]:
    """An endorsement in it: an opinion, told apart, which counts for nothing else."""
    return {"verified": report.verified, "credential": report.credential}


def presentation_answer(report: PresentationReport, words: Words) -> dict[str, Any]:
    """Return the body about a presentation and every credential in it."""
    return {
        "verified": report.verified,
        "verdict": report.verdict.value,
        "headline": {"code": report.headline.code, "text": words.headline(report.headline)},
        "holder": report.holder,
        "presentation": {check.name: _bare_check(check) for check in report.checks},
        "credentials": [credential_answer(one, words) for one in report.credentials],
        "problemDetails": problem_details(report.all_findings),
    }


def problem_details(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Return the problems under their standard names, each finding once (RFC 9457)."""
    return [
        {"type": _PROBLEMS[finding.problem], "title": finding.problem, "status": 400, "detail": finding.sentence}
        for finding in dict.fromkeys(findings)
        if finding.problem is not None and finding.answer is not Answer.PASSED
    ]


def _check(check: Check, report: Report, words: Words) -> dict[str, Any]:
    said = words.check(check, report)
    return {**_bare_check(check), "question": said.question, "text": said.answer, "reason": said.why}


def _bare_check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "answer": check.answer.value,
        "findings": [
            {"code": finding.code, "answer": finding.answer.value, "data": finding.data, "detail": finding.sentence}
            for finding in check.findings
        ],
    }
