"""From findings to checks, `verified`, verdict and headline: the design language's table, rule by rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from vc import errors
from vc import findings as found
from vc.findings import Answer, Finding, Headline, PresentationReport, Report, Tone, Verdict

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LIST = "https://college.example/status/1"
DOCUMENT: dict[str, Any] = {"type": ["VerifiableCredential"]}

PROOF = found.ProofVerified("eddsa-rdfc-2022", "did:web:c.example#1")
KEY = found.IssuerKeyProven("did:web:c.example")
KNOWN = found.IssuerRecognised("did:web:c.example", "College", "did:web:a.example")
STRANGE = found.IssuerNotRecognised("did:web:c.example")
ACCREDITED = found.Accredited("did:web:a.example", "Committee", NOW)
UNACCREDITED = found.NotAccredited("https://c.example/p")
CLEAR = found.NotRevoked("revocation", LIST)
REVOKED = found.Revoked(LIST, 7)
SUSPENDED = found.Suspended(LIST, 7)
CURRENT = found.InForce(NOW, None)
EXPIRED = found.Expired(NOW)
EARLY = found.NotYetValid(NOW)
HELD = found.HolderProven("did:key:z")
STOLEN = found.HolderMismatch("urn:uuid:1", "presented by did:key:y")
ALONE = found.HolderNotAsked()
ALTERED = found.ContentAltered()
SILENT = found.StatusNotObtained(errors.STATUS_RETRIEVAL_ERROR, "no answer")
GOOD = (PROOF, KEY, KNOWN, ACCREDITED, CLEAR, CURRENT)


def report(*findings: Finding, document: dict[str, Any] | None = DOCUMENT) -> Report:
    return Report(findings, credential=document)


@pytest.mark.parametrize(
    ("findings", "headline", "verdict", "verified"),
    [
        ((found.CannotBeRead("x"), ALONE), Headline.UNREADABLE, Verdict.UNDECIDED, False),
        ((found.Malformed("x"), ALONE), Headline.UNREADABLE, Verdict.NOT_VALID, False),
        ((ALTERED, ALONE), Headline.ALTERED, Verdict.NOT_VALID, False),
        (
            (found.IssuerKeyForeign("did:web:c.example", errors.INVALID_VERIFICATION_METHOD, "x"), ALONE),
            Headline.ALTERED,
            Verdict.NOT_VALID,
            False,
        ),
        (
            (found.IssuerDocumentRefused("did:web:c.example", "x"), ALONE),
            Headline.ISSUER_NOT_RECOGNISED,
            Verdict.NOT_VALID,
            False,
        ),
        ((PROOF, KEY, STRANGE, UNACCREDITED, REVOKED, CURRENT, STOLEN), Headline.REVOKED, Verdict.NOT_VALID, False),
        ((*GOOD[:4], CLEAR, EXPIRED, STOLEN), Headline.WRONG_HOLDER, Verdict.NOT_VALID, False),
        (
            (PROOF, KEY, STRANGE, UNACCREDITED, CLEAR, CURRENT, ALONE),
            Headline.ISSUER_NOT_RECOGNISED,
            Verdict.VALID_NOT_RECOGNISED,
            True,
        ),
        (
            (PROOF, KEY, STRANGE, UNACCREDITED, CLEAR, EXPIRED, ALONE),
            Headline.ISSUER_NOT_RECOGNISED,
            Verdict.NOT_VALID,
            False,
        ),
        (
            (PROOF, KEY, KNOWN, UNACCREDITED, CLEAR, CURRENT, ALONE),
            Headline.NOT_ACCREDITED,
            Verdict.VALID_NOT_RECOGNISED,
            True,
        ),
        ((*GOOD[:4], SUSPENDED, EXPIRED, ALONE), Headline.SUSPENDED, Verdict.NOT_VALID, False),
        ((*GOOD[:4], CLEAR, EXPIRED, ALONE), Headline.EXPIRED, Verdict.NOT_VALID, False),
        ((*GOOD[:4], CLEAR, EARLY, ALONE), Headline.NOT_YET_VALID, Verdict.NOT_VALID, False),
        ((*GOOD[:4], SILENT, CURRENT, ALONE), Headline.INCOMPLETE, Verdict.UNDECIDED, False),
        ((*GOOD[:4], found.NoStatusList(), CURRENT, HELD), Headline.INCOMPLETE, Verdict.UNDECIDED, True),
        (
            (PROOF, KEY, KNOWN, found.AccreditationNotChecked("x"), CLEAR, CURRENT, HELD),
            Headline.INCOMPLETE,
            Verdict.UNDECIDED,
            True,
        ),
        ((*GOOD, ALONE), Headline.VALID_HOLDER_UNCONFIRMED, Verdict.VALID, True),
        ((*GOOD, HELD), Headline.VALID, Verdict.VALID, True),
    ],
    ids=range(18),
)
def test_the_first_matching_rule_gives_the_headline(
    findings: tuple[Finding, ...], headline: Headline, verdict: Verdict, verified: bool
) -> None:
    made = report(*findings)
    assert made.headline is headline
    assert made.verdict is verdict
    assert made.verified is verified


def test_no_nested_no_under_a_yes() -> None:
    """`verified` is the AND of every decisive finding, and needs a proven document."""
    assert report(*GOOD, HELD).verified
    assert not report(*GOOD, HELD, document=None).verified
    for bad in (ALTERED, REVOKED, SILENT, EXPIRED, STOLEN):
        assert not report(*GOOD, HELD, bad).verified


def test_a_check_without_findings_was_not_reached() -> None:
    made = report(ALTERED)
    assert made["status"].answer is Answer.NOT_CHECKED
    assert made["status"].has(found.NotReached)


def test_failed_beats_unknown_beats_passed_within_a_check() -> None:
    assert report(CLEAR, SILENT)["status"].answer is Answer.NOT_CHECKED
    assert report(CLEAR, SILENT, REVOKED)["status"].answer is Answer.FAILED


def test_tones_are_the_four_silhouettes() -> None:
    assert report(*GOOD, ALONE)["integrity"].tone is Tone.PASS
    assert report(REVOKED)["status"].tone is Tone.FAIL
    assert report(SUSPENDED)["status"].tone is Tone.ATTENTION
    assert report(STRANGE)["issuer"].tone is Tone.ATTENTION
    assert report(SILENT)["status"].tone is Tone.UNKNOWN
    assert report(SUSPENDED, REVOKED)["status"].tone is Tone.FAIL


def test_every_finding_has_a_code_of_its_own_and_speaks() -> None:
    kinds = [kind for kind in vars(found).values() if isinstance(kind, type) and issubclass(kind, Finding)]
    kinds.remove(Finding)
    assert len({kind.code for kind in kinds}) == len(kinds)
    for finding in (*GOOD, REVOKED, SUSPENDED, EXPIRED, EARLY, STOLEN, SILENT, ALTERED, STRANGE, UNACCREDITED):
        assert json.dumps(finding.data)
        assert finding.sentence.endswith(".")


def test_a_presentation_is_as_good_as_its_worst_credential() -> None:
    good, bad = report(*GOOD, HELD), report(*GOOD[:4], REVOKED, CURRENT, HELD)
    proven = (PROOF, HELD)
    assert PresentationReport(proven, (good, good), "did:key:z", DOCUMENT).verdict is Verdict.VALID
    mixed = PresentationReport(proven, (good, bad), "did:key:z", DOCUMENT)
    assert mixed.verdict is Verdict.NOT_VALID
    assert mixed.headline is Headline.REVOKED
    assert not mixed.verified
    assert list(mixed) == [good, bad]


def test_a_presentation_that_was_not_proven_is_never_good() -> None:
    refusal = found.HolderProofRefused(errors.INVALID_CHALLENGE_ERROR, "x")
    unproven = PresentationReport((refusal,), (report(*GOOD, refusal),))
    assert not unproven.verified
    assert unproven.verdict is Verdict.NOT_VALID
    assert unproven.headline is Headline.WRONG_HOLDER
    assert unproven.problems == ("INVALID_CHALLENGE_ERROR",)
    assert PresentationReport((found.CannotBeRead("x"),)).headline is Headline.UNREADABLE
    assert PresentationReport(()).verdict is Verdict.UNDECIDED
