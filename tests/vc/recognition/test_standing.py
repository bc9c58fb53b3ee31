"""Accredited then? Accredited today? By whom? Withdrawal later does not erase."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.world import NOW, World, moment
from vc import recognition
from vc.credential import check, multibase_digest
from vc.findings import Answer, Headline, Report, Tone, Verdict
from vc.limits import Limits
from vc.lint import lint
from vc.policy import PUBLIC, Anchors, Authority
from vc.recognition import AuthorityAnswer, Standing


@pytest.fixture
def world() -> World:
    return World()


def answer(report: Report) -> AuthorityAnswer:
    (only,) = report.recognition.answers
    assert isinstance(only, AuthorityAnswer)
    return only


def test_recognised_then_and_today(world: World) -> None:
    report = world.verify(world.issue())
    assert (answer(report).then, answer(report).today) == (Standing.RECOGNISED, Standing.RECOGNISED)
    finding = report["accreditation"].findings[0]
    assert finding.code == "accredited"
    assert finding.data["name"] == "Talent committee"
    assert report["issuer"].has(type(report["issuer"].findings[-1]))


def test_withdrawal_later_does_not_erase(world: World) -> None:
    credential = world.issue(completed="2026-10-15")
    world.withdraw_accreditation(at="2026-11-01")
    report = world.verify(credential)
    assert (answer(report).then, answer(report).today) == (Standing.RECOGNISED, Standing.WITHDRAWN)
    assert answer(report).ended == moment("2026-11-01")
    assert report.verdict is Verdict.VALID
    assert report["accreditation"].findings[0].code == "accreditation_ended"


def test_withdrawn_before_completion(world: World) -> None:
    world.withdraw_accreditation(at="2026-09-01")
    report = world.verify(world.issue(completed="2026-10-15"))
    assert (answer(report).then, answer(report).today) == (Standing.WITHDRAWN, Standing.WITHDRAWN)
    assert report.verdict is Verdict.VALID_NOT_RECOGNISED
    assert report.headline is Headline.NOT_ACCREDITED
    assert report["accreditation"].tone is Tone.ATTENTION
    assert report.verified, "the credential itself is genuine"


def test_withdrawn_and_nobody_says_when(world: World) -> None:
    credential = world.issue()
    world.withdraw_accreditation(at="2026-11-01", publish_end=False)
    report = world.verify(credential)
    assert (answer(report).then, answer(report).today) == (Standing.NOT_CHECKED, Standing.WITHDRAWN)
    assert report.verdict is Verdict.UNDECIDED


def test_the_end_may_come_stapled_instead(world: World) -> None:
    """A verifier that keeps the authority's list has what the institution no longer publishes."""
    credential = world.issue()
    world.withdraw_accreditation(at="2026-11-01")
    kept = world.institution.recognitions.pop()
    assert world.verify(credential, recognitions=[kept]).verdict is Verdict.VALID


def test_suspended_then_and_after(world: World) -> None:
    before, during = world.issue(completed="2026-09-15"), world.issue(completed="2026-11-10")
    world.withdraw_accreditation(at="2026-11-01", reason="suspended")
    assert answer(world.verify(before)).then is Standing.RECOGNISED
    report = world.verify(during)
    assert (answer(report).then, answer(report).today) == (Standing.SUSPENDED, Standing.SUSPENDED)


def test_withdrawn_after_a_suspension(world: World) -> None:
    """Two closed copies of one recognition: it held until the first, and the second says what it is today."""
    days = {"2026-09-15": Standing.RECOGNISED, "2026-10-10": Standing.SUSPENDED, "2026-11-05": Standing.WITHDRAWN}
    credentials = {day: world.issue(completed=day) for day in days}
    world.withdraw_accreditation(at="2026-10-01", reason="suspended")
    world.withdraw_accreditation(at="2026-11-01")
    for day, standing in days.items():
        found = answer(world.verify(credentials[day]))
        assert (found.then, found.today) == (standing, Standing.WITHDRAWN)
        assert found.ended == moment("2026-11-01")


def test_withdrawn_after_a_renewal_that_followed_a_suspension(world: World) -> None:
    during, after = world.issue(completed="2026-09-15"), world.issue(completed="2026-10-15")
    world.withdraw_accreditation(at="2026-09-01", reason="suspended")
    world.accredit(since="2026-10-01")
    world.withdraw_accreditation(at="2026-11-01")
    assert (answer(world.verify(during)).then, answer(world.verify(during)).today) == (
        Standing.SUSPENDED,
        Standing.WITHDRAWN,
    )
    assert answer(world.verify(after)).then is Standing.RECOGNISED


def test_expired_since_and_not_yet_then() -> None:
    world = World(accredited=False)
    world.accredit(since="2026-01-01", until="2026-10-31")
    assert answer(world.verify(world.issue(completed="2025-12-31"))).then is Standing.NOT_YET
    report = world.verify(world.issue(completed="2026-10-15"))
    assert (answer(report).then, answer(report).today) == (Standing.RECOGNISED, Standing.EXPIRED)
    late = world.verify(world.issue(completed="2026-11-15"))
    assert answer(late).then is Standing.EXPIRED
    assert late.headline is Headline.NOT_ACCREDITED


def test_a_renewed_accreditation_counts_from_its_own_start() -> None:
    world = World(accredited=False)
    world.accredit(since="2025-01-01", until="2025-12-31")
    world.accredit(since="2026-06-01")
    assert answer(world.verify(world.issue(completed="2025-06-01"))).then is Standing.RECOGNISED
    assert answer(world.verify(world.issue(completed="2026-03-01"))).then is Standing.EXPIRED
    assert answer(world.verify(world.issue(completed="2026-07-01"))).then is Standing.RECOGNISED


def test_another_programme_of_the_same_college(world: World) -> None:
    report = world.verify(world.issue("Pottery"))
    assert answer(report).then is Standing.WRONG_PROGRAMME
    assert report["issuer"].answer is Answer.PASSED, "the college itself is known"
    assert report.headline is Headline.NOT_ACCREDITED
    assert not [url for url in world.net.requests if "schemas" in url], "worked out, not fetched"


def test_never_recognised(world: World) -> None:
    report = world.verify(world.issue("Pottery", issuer="Unknown Institute"))
    assert answer(report).then is Standing.NEVER
    assert report.headline is Headline.ISSUER_NOT_RECOGNISED


def test_one_authority_of_several_is_enough(world: World) -> None:
    forem = world.organisation("Forem")
    anchors = Anchors(world.anchors.authorities | {Authority(forem.did, {"fr": "Forem"}, "BE-WAL")})
    report = world.verify(world.issue(), anchors=anchors)
    standings = {a.authority.did: a.then for a in report.recognition.answers}
    assert standings == {world.authority.did: Standing.RECOGNISED, forem.did: Standing.NEVER}
    assert report.verdict is Verdict.VALID


def test_an_authority_that_is_no_anchor_counts_for_nothing_and_is_asked_who_recognises_it(world: World) -> None:
    report = world.verify(world.issue(), anchors=Anchors.of(Authority("did:web:forem.example", {}, "BE-WAL")))
    assert report.headline is Headline.ISSUER_NOT_RECOGNISED
    asked = [url.removeprefix(world.authority.origin) for url in world.net.requests if "talent" in url]
    assert asked == ["/.well-known/did.json", "/whois.vp"], "and its status lists are nobody's business"


def test_nobody_is_asked_where_nobody_is_trusted(world: World) -> None:
    world.verify(world.issue(), anchors=Anchors.none())
    assert not [url for url in world.net.requests if "talent" in url or "whois" in url]


# --- what cannot be checked -----------------------------------------------------------------------


@pytest.mark.parametrize("part", ["whois", "talent-committee.example/.well-known", "talent-committee.example/status"])
def test_what_does_not_answer_is_not_a_no(world: World, part: str) -> None:
    credential = world.issue()
    world.unreachable(part)
    report = world.verify(credential)
    assert report["accreditation"].answer is Answer.NOT_CHECKED
    assert report.verdict is Verdict.UNDECIDED
    assert report.headline is Headline.INCOMPLETE
    assert report.verified, "trust is not part of `verified`"


@pytest.mark.parametrize("page", [b"", b"<html>", b'{"a":1,"a":2}', b"[]"])
def test_a_whois_page_that_is_no_presentation(world: World, page: bytes) -> None:
    world.net.serve(f"{world.institution.origin}/whois.vp", page)
    assert world.verify(world.issue())["accreditation"].answer is Answer.NOT_CHECKED


def test_no_accreditation_published_is_an_answer(world: World) -> None:
    world.institution.recognitions.clear()
    assert world.verify(world.issue()).headline is Headline.ISSUER_NOT_RECOGNISED


# --- forgeries ------------------------------------------------------------------------------------


def bent(world: World, change: Any) -> dict[str, Any]:
    """The college's accreditation, changed and signed again by the authority."""
    decision = copy.deepcopy(world.institution.recognitions[0])
    del decision["proof"]
    change(decision)
    return world.authority.sign(decision, created=moment("2026-01-01"))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["credentialSubject"].update(id="did:web:other.example"),
        lambda d: d["credentialSubject"]["recognizedTo"].update(action="verify"),
        lambda d: d["credentialSubject"]["recognizedTo"].update(recognizedBy="did:web:other.example"),
        lambda d: d["credentialSubject"]["recognizedTo"].pop("outputValidation"),
        lambda d: d["credentialSubject"]["recognizedTo"]["outputValidation"].pop("digestMultibase"),
        lambda d: d["credentialSubject"].pop("recognizedTo"),
        lambda d: d.update(type=["VerifiableCredential"]),
    ],
    ids=range(7),
)
def test_an_accreditation_narrows_and_what_fixes_nothing_recognises_nothing(world: World, change: Any) -> None:
    world.institution.recognitions = [bent(world, change)]
    report = world.verify(world.issue())
    assert report["accreditation"].answer is Answer.FAILED
    assert report.verdict is Verdict.VALID_NOT_RECOGNISED


def test_V_ISS_1_an_accreditation_that_the_college_signed_itself(world: World) -> None:
    decision = {n: v for n, v in world.institution.recognitions[0].items() if n != "proof"}
    world.institution.recognitions = [world.institution.sign(decision, created=moment("2026-01-01"))]
    assert world.verify(world.issue()).headline is Headline.ISSUER_NOT_RECOGNISED


def test_V_TAM_1_every_change_of_an_accreditation_makes_it_worthless(world: World) -> None:
    credential = world.issue()
    original = world.institution.recognitions[0]
    for name in list(original):
        world.institution.recognitions = [{n: v for n, v in original.items() if n != name}]
        assert world.verify(credential).verdict is not Verdict.VALID, name
    for change in (
        {"validFrom": "2020-01-01T00:00:00Z"},
        {"validUntil": "2040-01-01T00:00:00Z"},
        {"credentialStatus": original["credentialStatus"][:1]},
    ):
        world.institution.recognitions = [{**original, **change}]
        assert world.verify(credential).verdict is not Verdict.VALID, change


def test_a_programme_that_the_schema_does_not_fix_is_not_believed(world: World) -> None:
    """The recognition may *say* another programme than its schema admits; the schema decides."""
    other = world.programme("Pottery").id
    world.institution.recognitions = [
        bent(world, lambda d: d["credentialSubject"]["recognizedTo"].update(programme=other))
    ]
    assert answer(world.verify(world.issue())).then is Standing.RECOGNISED
    report = world.verify(world.issue("Pottery"))
    assert answer(report).then is not Standing.RECOGNISED


# --- schemas of another make ----------------------------------------------------------------------

SCHEMA_URL = "https://talent-committee.example/schemas/own.json"


def with_schema(world: World, schema: dict[str, Any]) -> bytes:
    """Make the accreditation pin `schema`; returns its bytes."""
    data = json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_URL, **schema}).encode()

    def pin(decision: dict[str, Any]) -> None:
        decision["credentialSubject"]["recognizedTo"].pop("programme")
        decision["credentialSubject"]["recognizedTo"]["outputValidation"] = {
            "id": SCHEMA_URL,
            "type": "JsonSchema",
            "digestMultibase": recognition.digest_multibase(data),
        }

    world.institution.recognitions = [bent(world, pin)]
    return data


def fixing(programme: str) -> dict[str, Any]:
    """A schema of another make than ours, which admits one programme too."""
    named = {"properties": {"id": {"enum": [programme]}}}
    return {"properties": {"credentialSubject": {"properties": {"achievement": named}}}}


TRUNK = fixing("https://northern-college.example/programmes/data-analysis-101")


def test_a_foreign_schema_is_fetched_compared_and_applied(world: World) -> None:
    data = with_schema(world, TRUNK)
    world.net.serve(SCHEMA_URL, data)
    assert answer(world.verify(world.issue())).then is Standing.RECOGNISED
    world.net.serve(SCHEMA_URL, data + b" ")
    report = world.verify(world.issue())
    assert report["accreditation"].answer is Answer.NOT_CHECKED


def test_a_foreign_schema_may_be_brought_along(world: World) -> None:
    data = with_schema(world, TRUNK)
    assert answer(world.verify(world.issue(), schemas={SCHEMA_URL: data})).then is Standing.RECOGNISED
    assert not [url for url in world.net.requests if url == SCHEMA_URL]
    assert world.verify(world.issue(), schemas={SCHEMA_URL: b"{}"})["accreditation"].answer is Answer.NOT_CHECKED


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"type": {"const": "SomethingElse"}}},
        {"properties": {"type": {"contains": {"const": "OpenBadgeCredential"}}}},
        {},
        {"$ref": "https://evil.example/schema"},
        {"type": 7},
        False,
    ],
    ids=str,
)
def test_a_schema_that_does_not_admit_it_or_reaches_outside_recognises_nothing(world: World, schema: Any) -> None:
    data = with_schema(world, schema if isinstance(schema, dict) else {"not": {}})
    report = world.verify(world.issue(), schemas={SCHEMA_URL: data})
    assert answer(report).then is Standing.WRONG_PROGRAMME
    assert not [url for url in world.net.requests if "evil" in url]


# --- building -------------------------------------------------------------------------------------


def test_the_decision_is_a_sound_credential(world: World) -> None:
    decision = world.institution.recognitions[0]
    draft = {n: v for n, v in decision.items() if n != "proof"}
    assert lint(draft, issuer=world.authority.did, contexts=recognition.CONTEXTS) == ()
    pinned = decision["credentialSubject"]["recognizedTo"]["outputValidation"]
    assert pinned["digestMultibase"].startswith("uEi")
    assert multibase_digest(pinned["digestMultibase"])
    report = world.verify(decision)
    assert report.verified
    assert report["issuer"].answer is Answer.PASSED


def test_the_closed_copy_keeps_its_id_and_loses_status_and_proof(world: World) -> None:
    original = world.institution.recognitions[0]
    ending = recognition.closed(original, at=moment("2026-11-01"), reason="withdrawn")
    assert ending["id"] == original["id"]
    assert "proof" not in ending
    assert "credentialStatus" not in ending
    assert check(ending).valid_until == moment("2026-11-01")
    assert "endReason" not in original["credentialSubject"]["recognizedTo"]


def test_the_schema_is_always_the_same_bytes() -> None:
    first = recognition.programme_schema("https://a.example/s", "https://c.example/p")
    assert first == recognition.programme_schema("https://a.example/s", "https://c.example/p")
    assert first != recognition.programme_schema("https://a.example/s", "https://c.example/q")


def test_V_DOS_6_only_so_many_recognitions_are_read(world: World) -> None:
    for number in range(30):
        world.accredit(f"Programme {number}", purposes=())
    world.institution.recognitions.append(world.institution.recognitions.pop(0))
    policy = replace(PUBLIC, limits=Limits(recognitions=5))
    report = world.verify(world.issue(), policy=policy)
    assert report["accreditation"].answer is Answer.NOT_CHECKED
    assert world.verify(world.issue(), policy=replace(PUBLIC, limits=Limits(recognitions=50))).verdict is Verdict.VALID


def test_conditions_are_carried(world: World) -> None:
    decision = recognition.recognition_credential(
        credential_id="urn:uuid:3",
        authority=world.authority.did,
        authority_name="Talent committee",
        institution=world.institution.did,
        institution_name="Northern College",
        programme="https://northern-college.example/programmes/x",
        schema_url="https://talent-committee.example/schemas/x.json",
        valid_from=moment("2026-01-01"),
        track="employed people",
        stream="upskilling",
        territory="CA-QC",
    )
    action = decision["credentialSubject"]["recognizedTo"]
    assert (action["track"], action["stream"], action["territory"]) == ("employed people", "upskilling", "CA-QC")
    assert not lint(decision, issuer=world.authority.did, contexts=recognition.CONTEXTS, required_status=frozenset())


def test_v_tim_2_a_day_that_is_to_come_has_not_been_accredited() -> None:
    """A recognition that begins next year does not count for a completion stated for the year after."""
    world = World(accredited=False)
    announced = world.accredit(since="2027-01-01", publish=False)
    unsigned = {name: value for name, value in announced.items() if name != "proof"}
    decision = world.authority.sign(unsigned, created=NOW)
    draft = world.draft()
    draft["credentialSubject"]["activityEndDate"] = "2028-06-01T00:00:00Z"

    report = world.verify(world.sign(draft), recognitions=[decision])

    assert report.verdict is Verdict.VALID_NOT_RECOGNISED
    assert report.recognition.as_of_completion == NOW
    assert report.recognition.answers[0].then is Standing.NOT_YET
