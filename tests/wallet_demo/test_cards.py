"""Cards of credentials from anywhere: shown as signed, left out where misshapen, never trusted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.world import World
from wallet_demo.cards import Card, card
from wallet_demo.checking import Checked

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ANSWERS = dict.fromkeys(("integrity", "issuer", "accreditation", "status", "validity", "holder"), "passed")


def checked(headline: str = "valid_holder_unconfirmed", **changes: Any) -> Checked:
    settings = {
        "headline": headline,
        "tone": "pass",
        "verified": True,
        "answers": ANSWERS,
        "authorities": ({"fr": "Comité des talents", "en": "Talent committee"},),
        "institution": None,
        "territory": "CA-QC",
        "at": NOW,
    }
    return Checked(**{**settings, **changes})


@pytest.fixture(scope="module")
def badge() -> dict[str, Any]:
    return World().draft(valid_until="2027-06-01")


def shown(document: dict[str, Any], *, language: str = "fr", **changes: Any) -> Card:
    return card(document, checked(**changes), language=language, now=NOW)


def test_the_title_is_in_the_readers_language(badge: dict[str, Any]) -> None:
    assert shown(badge).title == "Data analysis 101 (fr)"
    assert shown(badge, language="en").title == "Data analysis 101"
    assert shown(badge).title_language is None


def test_the_authority_is_named_in_the_readers_language(badge: dict[str, Any]) -> None:
    assert shown(badge).authorities == ("Comité des talents",)
    assert shown(badge, language="en").authorities == ("Talent committee",)


def test_a_percentage_has_its_sign(badge: dict[str, Any]) -> None:
    described = {"id": "urn:uuid:1", "type": ["ResultDescription"], "name": "Score", "resultType": "Percent"}
    subject = badge["credentialSubject"]
    achievement = {**subject["achievement"], "resultDescription": [described]}
    result = {"type": ["Result"], "resultDescription": "urn:uuid:1", "value": "92"}
    graded = {**badge, "credentialSubject": {**subject, "achievement": achievement, "result": [result]}}
    assert shown(graded).results == (("Score", "92\u00a0%"),)


def test_a_title_in_another_language_says_which(badge: dict[str, Any]) -> None:
    only = {**badge, "name": [{"@value": "Data", "@language": "en"}]}
    assert (shown(only).title, shown(only).title_language) == ("Data", "en")
    none = {name: value for name, value in badge.items() if name != "name"}
    assert (shown(none).title, shown(none).title_language) == ("Data analysis 101", "en")


def test_calendar_days_stay_the_same_day_everywhere(badge: dict[str, Any]) -> None:
    assert shown(badge).until_on == date(2027, 6, 1)


@pytest.mark.parametrize(
    ("until", "headline", "state"),
    [
        (NOW + timedelta(days=61), "valid", "in_force"),
        (NOW + timedelta(days=10), "valid", "soon"),
        (NOW, "valid", "expired"),
        (NOW + timedelta(days=10), "revoked", "revoked"),
        (NOW - timedelta(days=10), "suspended", "suspended"),
    ],
)
def test_time_passes_without_a_new_check(badge: dict[str, Any], until: datetime, headline: str, state: str) -> None:
    document = {**badge, "validUntil": until.isoformat().replace("+00:00", "Z")}
    assert shown(document, headline=headline).state == state


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [[]], [None, 7], {"id": 7}, True, {"@value": 1}])
@pytest.mark.parametrize(
    "member", ["name", "issuer", "credentialSubject", "validFrom", "validUntil", "id", "description", "type"]
)
def test_misshapen_members_are_left_out(badge: dict[str, Any], member: str, value: Any) -> None:
    assert shown({**badge, member: value}).title


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [[]], [None, 7], {"id": 7}, True])
@pytest.mark.parametrize("member", ["achievement", "result", "identifier", "creditsEarned", "activityEndDate"])
def test_misshapen_claims_are_left_out(badge: dict[str, Any], member: str, value: Any) -> None:
    assert shown({**badge, "credentialSubject": {**badge["credentialSubject"], member: value}}).issuer


def test_V_XSS_1_only_web_addresses_become_links(badge: dict[str, Any]) -> None:
    achievement = {**badge["credentialSubject"]["achievement"]}
    achievement["alignment"] = [
        {"targetName": "a", "targetUrl": "javascript:alert(1)"},
        {"targetName": "b", "targetUrl": "data:text/html,x"},
        {"targetName": "c", "targetUrl": "https://esco.example/c"},
    ]
    document = {**badge, "credentialSubject": {**badge["credentialSubject"], "achievement": achievement}}
    assert [skill.url for skill in shown(document).skills] == [None, None, "https://esco.example/c"]


def test_V_UNI_1_text_is_shown_as_signed(badge: dict[str, Any]) -> None:
    decomposed = "E\u0301loi\u0308se"
    assert shown({**badge, "issuer": {"id": "did:web:a.example", "name": decomposed}}).issuer == decomposed


def test_the_name_comes_from_the_trust_source_first(badge: dict[str, Any]) -> None:
    assert shown(badge, institution="Collège du Nord").issuer == "Collège du Nord"


@pytest.mark.parametrize("headline", ["issuer_not_recognised", "altered", "unreadable"])
def test_the_official_look_is_not_lent(badge: dict[str, Any], headline: str) -> None:
    assert not shown(badge, headline=headline).recognised
