"""verify_credential: what two readers could understand differently is not read, and never shown as verified."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

import contexts
from contexts import Profile
from tests.reports import refused
from tests.world import World
from vc import securing
from vc.findings import Answer, Headline, Tone, Verdict
from vc.jose.envelopes import VC_JWT
from vc.policy import PUBLIC

# --- JSON -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": 1, "\\u0061": 2}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e400}',
        '{"a": 01}',
        '{"a": 0x1}',
        '{"a": 1} x',
        '{"a": 9007199254740993}',
        '{"a": ' + "1" * 5000 + "}",
        '{"a": "\\ud800"}',
        '{"a": "\\u0000"}',
        "[" * 100_000,
        '{"a":' * 50 + "1" + "}" * 50,
        "null",
        "[]",
        '"text"',
        "7",
        "",
        b"\xff\xfe{\x00}\x00",
        b'{"a": "\xc0\x80"}',
    ],
    ids=range(21),
)
def test_V_JSON_1_V_JSON_2_V_JSON_4_V_UNI_2_V_DOS_1_what_two_readers_could_read_differently_is_not_read(
    world: World, text: str | bytes
) -> None:
    report = world.verify(text)
    assert refused(report, "PARSING_ERROR")
    assert report.headline is Headline.UNREADABLE
    assert world.net.requests == []


def test_V_JSON_1_a_doubled_member_in_a_signed_credential(world: World) -> None:
    text = json.dumps(world.issue())
    name = '"awardedDate": "2026-10-15T00:00:00Z"'
    assert name in text
    assert refused(world.verify(text.replace(name, f'"awardedDate": "2020-01-01T00:00:00Z", {name}')), "PARSING_ERROR")
    assert refused(world.verify(text.replace(name, f'{name}, "awardedDate": "2020-01-01T00:00:00Z"')), "PARSING_ERROR")


def test_V_JSON_3_a_whole_float_is_shown_as_it_was_signed(world: World) -> None:
    draft = world.draft()
    draft["credentialSubject"]["achievement"]["creditsAvailable"] = 45.0
    shown = world.verify(json.dumps(world.sign(draft))).credential
    assert shown is not None
    assert json.dumps(shown["credentialSubject"]["achievement"]["creditsAvailable"]) == "45"


# --- vocabulary -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ("https://www.w3.org/ns/credentials/V2", "MALFORMED_VALUE_ERROR"),
        ("http://www.w3.org/ns/credentials/v2", "MALFORMED_VALUE_ERROR"),
        ("https://evil.example/context", "MALFORMED_VALUE_ERROR"),
        (contexts.EXAMPLES_V2, "MALFORMED_VALUE_ERROR"),
        (contexts.UNDEFINED_TERMS_V2, "MALFORMED_VALUE_ERROR"),
        ("file:///etc/passwd", "MALFORMED_VALUE_ERROR"),
        (None, "MALFORMED_VALUE_ERROR"),
        (7, "MALFORMED_VALUE_ERROR"),
        ([], "MALFORMED_VALUE_ERROR"),
        ({"@vocab": "https://example.org/#"}, "MALFORMED_VALUE_ERROR"),
        ({"@base": "https://example.org/"}, "MALFORMED_VALUE_ERROR"),
        ({"@import": contexts.CREDENTIALS_V2}, "MALFORMED_VALUE_ERROR"),
        ({"@propagate": False}, "MALFORMED_VALUE_ERROR"),
        ({"idx": "@index"}, "MALFORMED_VALUE_ERROR"),
        ({"other": {"@id": "@id"}}, "MALFORMED_VALUE_ERROR"),
        ({"x": {"@reverse": "https://example.org/#x"}}, "MALFORMED_VALUE_ERROR"),
        ({"x": {"@id": "https://example.org/#x", "@container": "@index"}}, "MALFORMED_VALUE_ERROR"),
        ({"x": None}, "MALFORMED_VALUE_ERROR"),
        ({"x": {"@id": "https://example.org/#x", "@context": "https://evil.example/"}}, "MALFORMED_VALUE_ERROR"),
        ({f"t{n}": f"https://example.org/#{n}" for n in range(50_000)}, "MALFORMED_VALUE_ERROR"),
    ],
    ids=range(20),
)
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_V_LD_2_V_DOS_3_only_contexts_of_the_bundle(world: World, context: Any, problem: str, suite: str) -> None:
    credential = world.issue(sign={"suite": suite})
    bent = {**credential, "@context": [*credential["@context"], context]}
    if suite == "eddsa-jcs-2022":
        bent["proof"] = {**credential["proof"], "@context": bent["@context"]}
    text = json.dumps(bent)
    assert not world.verify(text).verified
    assert world.net.requests == []


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_V_LD_2_a_protected_term_cannot_be_given_another_meaning(world: World, suite: str) -> None:
    credential = world.issue(sign={"suite": suite})
    context = [*credential["@context"], {"name": "https://example.org/#name"}]
    assert refused(world.verify({**credential, "@context": context}))


def test_V_LD_2_a_context_outside_the_bundle_means_that_nothing_is_known(world: World) -> None:
    credential = world.issue()
    report = world.verify({**credential, "@context": [*credential["@context"], "https://other.example/v1"]})
    assert report["integrity"].answer is Answer.NOT_CHECKED
    assert report.verdict is Verdict.UNDECIDED
    assert report.headline is Headline.INCOMPLETE


def test_V_LD_2_context_order_is_meaning(world: World) -> None:
    credential = world.issue()
    assert refused(world.verify({**credential, "@context": credential["@context"][::-1]}), "MALFORMED_VALUE_ERROR")


INLINE: dict[str, Any] = {
    "@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3, {"shoeSize": "https://example.org/#shoe"}]
}


def test_inline_terms_are_read_and_reported_where_the_policy_says_so(world: World) -> None:
    draft = world.draft(**INLINE)
    draft["credentialSubject"]["shoeSize"] = "42"
    report = world.verify(world.sign(draft), policy=replace(PUBLIC, inline_contexts="report"))
    assert report.verified
    assert report["integrity"].tone is Tone.PASS
    assert [f.data for f in report["integrity"].findings if f.code == "inline_terms_reported"] == [
        {"terms": ["shoeSize"]}
    ]


@pytest.mark.parametrize(
    "inline", [{"@vocab": "https://x.example/#"}, {"@context": {"grade": "https://x.example/#grade"}}]
)
def test_V_LD_2_words_given_wholesale_are_read_only_where_the_policy_says_so(world: World, inline: Any) -> None:
    draft = world.draft()
    draft["@context"] = [*draft["@context"], inline]
    draft["credentialSubject"]["grade"] = "A"
    credential = world.sign(draft)
    assert refused(world.verify(credential), "MALFORMED_VALUE_ERROR")
    assert world.verify(credential, policy=replace(PUBLIC, inline_contexts="report-any-word")).verified


def test_V_LD_2_inline_terms_are_not_read_also_when_signed_and_nothing_is_said_of_them(world: World) -> None:
    report = world.verify(world.sign(world.draft(**INLINE)))
    assert refused(report, "MALFORMED_VALUE_ERROR")
    assert report.verdict is Verdict.UNDECIDED
    assert report.headline is Headline.INCOMPLETE


def test_test_suites_contexts_need_the_conformance_profile(world: World) -> None:
    draft = world.draft()
    draft["@context"] = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3, contexts.EXAMPLES_V2]
    signed = world.sign(draft, profile=Profile.CONFORMANCE)
    assert not world.verify(signed).verified
    assert world.verify(signed, policy=replace(PUBLIC, contexts=Profile.CONFORMANCE)).verified


def test_V_LD_1_a_term_that_nothing_defines_is_refused_by_name(world: World) -> None:
    report = world.verify({**world.issue(), "bonusPoints": "100"})
    assert refused(report, "DATA_LOSS_DETECTION_ERROR")
    assert report["integrity"].findings[0].data == {"terms": ["bonusPoints"]}
    assert report.headline is Headline.ALTERED


def test_V_LD_1_in_a_token_the_word_is_at_fault_and_not_the_seal(world: World) -> None:
    draft = world.draft()
    draft["credentialSubject"]["bonus"] = "1"
    college = world.institution
    token = VC_JWT.sign(draft, signer=college.key, kid=college.verification_method)
    report = world.verify(token, accepted_suites=securing.EVERYTHING_READ)
    assert refused(report, "DATA_LOSS_DETECTION_ERROR")
    assert [finding.code for finding in report["integrity"].findings] == ["words_without_meaning"]
    assert report.headline is Headline.UNREADABLE


def test_V_LD_3_an_identifier_described_twice_differently_is_refused(world: World) -> None:
    """RDF would merge both descriptions: a claim could move from one to the other unseen."""
    draft = world.draft()
    achieved = draft["credentialSubject"]["achievement"]
    achieved["creator"] = {"id": world.institution.did, "type": ["Profile"], "name": "Northern College"}
    credential = world.sign(draft)
    assert world.verify(credential).verified
    name = credential["issuer"].pop("name")
    credential["issuer"]["legalName"] = name
    assert refused(world.verify(credential), "DATA_LOSS_DETECTION_ERROR")


# --- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Ame\u0301lie", "pay\u200bpal", "evil\u202egnp.exe", "Сollege", "bell\u0007"])
def test_V_UNI_1_misleading_text_is_shown_with_a_mark(world: World, name: str) -> None:
    draft = world.draft()
    draft["credentialSubject"]["achievement"]["name"] = name
    report = world.verify(world.sign(draft))
    assert report.verified
    marks = [f for f in report.findings if f.code == "misleading_text"]
    assert marks[0].data["path"] == "/credentialSubject/achievement/name"
    assert report.credential is not None
    assert report.credential["credentialSubject"]["achievement"]["name"] == name


def test_V_UNI_1_another_normal_form_is_another_text(world: World) -> None:
    draft = world.draft()
    draft["credentialSubject"]["achievement"]["name"] = "Amélie"
    credential = world.sign(draft)
    credential["credentialSubject"]["achievement"]["name"] = "Ame\u0301lie"
    assert refused(world.verify(credential), "CRYPTOGRAPHIC_SECURITY_ERROR")


# --- shape ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"type": None},
        {"type": []},
        {"type": "OpenBadgeCredential"},
        {"type": [7]},
        {"type": {"a": 1}},
        {"@context": None},
        {"@context": contexts.CREDENTIALS_V2},
        {"@context": []},
        {"@context": [contexts.OPEN_BADGES_V3, contexts.CREDENTIALS_V2]},
        {"issuer": None},
        {"issuer": "northern-college"},
        {"issuer": ["did:web:northern-college.example"]},
        {"issuer": {"name": "Northern College"}},
        {"issuer": {"id": ["did:web:northern-college.example"]}},
        {"credentialSubject": None},
        {"credentialSubject": "did:example:a"},
        {"credentialSubject": {}},
        {"credentialSubject": []},
        {"credentialSubject": [{}]},
        {"id": 7},
        {"id": ["urn:uuid:1"]},
        {"id": "not a url"},
        {"id": ""},
        {"name": 7},
        {"name": {"@value": "x", "extra": "y"}},
        {"name": {"@value": "x", "@language": "not a tag"}},
        {"description": []},
        {"evidence": [{"name": "x"}]},
        {"evidence": "x"},
        {"termsOfUse": {}},
        {"refreshService": {"id": "https://x.example/"}},
        {"credentialSchema": {"type": "JsonSchema"}},
        {"credentialStatus": {"id": "https://x.example/"}},
        {"credentialStatus": []},
        {"relatedResource": [{"id": "https://x.example/"}]},
        {"relatedResource": [{"id": contexts.CREDENTIALS_V2, "digestSRI": "sha384-" + "A" * 64}]},
        {"issuanceDate": "2026-01-01T00:00:00Z"},
        {"expirationDate": "2026-01-01T00:00:00Z"},
        {"vc": {}},
    ],
    ids=lambda c: str(c)[:50],
)
def test_V_DM_1_V_TIM_3_bad_shapes_are_refused_before_anything_is_fetched(
    world: World, changes: dict[str, Any]
) -> None:
    credential = {n: v for n, v in {**world.issue(), **changes}.items() if v is not None}
    report = world.verify(credential)
    assert refused(report)
    assert {"MALFORMED_VALUE_ERROR", "DATA_LOSS_DETECTION_ERROR"} & set(report.problems)
    if "MALFORMED_VALUE_ERROR" in report.problems:
        assert world.net.requests == []


@pytest.mark.parametrize(
    "time",
    [
        "2026-10-16",
        "2026-10-16T24:00:01Z",
        "2026-02-30T00:00:00Z",
        "2026-10-16T00:00:00Z\n",
        "２０２６-10-16T00:00:00Z",
        "2026-10-16T00:00:00+15:00",
        "-2026-10-16T00:00:00Z",
        "99999-10-16T00:00:00Z",
        "yesterday",
        7,
        1e20,
        ["2026-10-16T00:00:00Z"],
        {"@value": "2026-10-16T00:00:00Z"},
        True,
        "1" * 60_000,
    ],
    ids=lambda t: str(t)[:24],
)
@pytest.mark.parametrize("member", ["validFrom", "validUntil"])
def test_V_TIM_3_V_DOS_5_what_is_no_time_is_refused(world: World, member: str, time: Any) -> None:
    assert refused(world.verify({**world.issue(), member: time}), "MALFORMED_VALUE_ERROR")


@pytest.mark.parametrize("member", ["validFrom", "validUntil"])
def test_V_TIM_3_a_signed_time_without_zone_is_refused(world: World, member: str) -> None:
    time = "2026-10-16T00:00:00" if member == "validFrom" else "2036-10-16T00:00:00"
    draft = {**world.draft(valid_until=None), member: time}
    assert refused(world.verify(world.sign(draft)), "MALFORMED_VALUE_ERROR")


@pytest.mark.parametrize(
    "time", ["2026-10-15T24:00:00Z", "2026-10-16T00:00:00.123456789Z", "2026-10-16T03:00:00-06:00"]
)
def test_legal_times_are_read(world: World, time: str) -> None:
    assert world.verify(world.sign(world.draft(validFrom=time))).verified
