"""Learner records: the record holds, and so does every credential in it, or none of it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.world import NOW, World
from vc import clr
from vc.findings import (
    AccreditationForAnother,
    AccreditationNotInForce,
    Headline,
    Malformed,
    OverLimit,
    PartNotVerified,
    PartVerified,
    Report,
    Verdict,
)


@pytest.fixture
def world() -> World:
    return World()


def record(world: World, *credentials: dict[str, Any], **changes: Any) -> dict[str, Any]:
    college = world.institution
    stage, programme = world.programme("Stage one"), world.programme("Data analysis 101")
    draft = clr.learner_record(
        credential_id=f"{college.origin}/records/1",
        issuer=college.did,
        issuer_name=college.name,
        subject=world.learner().did,
        names={"en": "Record", "fr": "Relevé"},
        credentials=credentials,
        valid_from=NOW - timedelta(days=2),
        achievements=(stage, programme),
        associations=(clr.Association("isPartOf", stage.id, programme.id),),
        status=world.status_entries(college, "revocation"),
    )
    return world.sign({**draft, **changes})


def told(report: Report) -> list[type]:
    return [type(finding) for finding in report.findings if isinstance(finding, (PartVerified, PartNotVerified))]


def test_a_record_holds_when_all_of_it_does(world: World) -> None:
    report = world.verify(record(world, world.issue("Data analysis 101"), world.issue("Stage one")))
    assert report.verified, report.problems
    assert told(report) == [PartVerified, PartVerified]
    assert [part.verdict for part in report.parts] == [Verdict.VALID, Verdict.VALID_NOT_RECOGNISED]


Bend = Callable[[World, dict[str, Any]], dict[str, Any]]


def revoked(world: World, credential: dict[str, Any]) -> dict[str, Any]:
    world.revoke(credential)
    return credential


BENT: dict[str, tuple[Bend, Headline]] = {
    "altered": (lambda _, c: {**c, "name": "Another"}, Headline.ALTERED),
    "unsigned": (lambda _, c: {k: v for k, v in c.items() if k != "proof"}, Headline.ALTERED),
    "revoked": (revoked, Headline.REVOKED),
    "expired": (lambda w, _: w.issue(valid_until="2026-11-01"), Headline.EXPIRED),
}


@pytest.mark.parametrize("case", BENT)
def test_V_TAM_1_one_bad_credential_spoils_the_record(world: World, case: str) -> None:
    bend, headline = BENT[case]
    report = world.verify(record(world, world.issue(), bend(world, world.issue())))
    assert not report.verified
    assert report.verdict is Verdict.NOT_VALID
    assert report.headline is headline
    assert told(report) == [PartVerified, PartNotVerified]


def test_V_STA_1_one_that_cannot_be_checked_leaves_the_record_undecided(world: World) -> None:
    other = world.issue(issuer="Southern College")
    world.unreachable("southern-college")
    report = world.verify(record(world, world.issue(), other))
    assert not report.verified
    assert report.verdict is Verdict.UNDECIDED


def test_a_record_does_not_hold_records(world: World) -> None:
    inner = record(world, world.issue())
    with pytest.raises(ValueError, match="no record"):
        record(world, inner)
    outer = clr.learner_record(
        credential_id="urn:uuid:1",
        issuer=world.institution.did,
        issuer_name="x",
        subject=world.learner().did,
        names={"en": "x"},
        credentials=[world.issue()],
        valid_from=NOW,
    )
    outer["credentialSubject"]["verifiableCredential"] = [inner]
    assert isinstance(world.verify(outer).findings[0], Malformed)


def test_V_DOS_4_more_credentials_than_are_looked_at_are_refused(world: World) -> None:
    report = world.verify(record(world, *(world.issue(status=False) for _ in range(21))))
    assert isinstance(report.findings[0], OverLimit)
    assert world.net.requests == []


def test_a_credential_that_names_no_training_is_the_whole_of_nothing(world: World) -> None:
    """What is said of the others is said, and not replaced by what is said of it."""
    world.withdraw_accreditation(at="2026-01-01")
    nameless = world.draft("Stage two")
    del nameless["credentialSubject"]["achievement"]["id"]

    report = world.verify(record(world, world.issue("Data analysis 101"), world.sign(nameless)))

    assert [type(finding) for finding in report["accreditation"].findings] == [
        AccreditationNotInForce,
        AccreditationForAnother,
    ]
