"""What tests ask of a verifier's report."""

from __future__ import annotations

from vc.findings import PresentationReport, Report, Verdict


def refused(report: Report | PresentationReport, *problems: str) -> bool:
    """Not verified, nothing of it told as valid, and for the reasons named, perhaps among others."""
    assert not report.verified
    assert report.verdict is not Verdict.VALID
    assert set(problems) <= set(report.problems), report.problems
    return True
