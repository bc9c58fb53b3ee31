"""Status lists over HTTPS: the verifier reads its neighbour's list, and sees a status as soon as it is set."""

from __future__ import annotations

from typing import Any

import pytest

from keys.multibase import decode_base64url
from tests.conformance.live import Live, draft
from vc.status.bitstring import MINIMUM_ENTRIES, Bitstring


def entry(secured: dict[str, Any], purpose: str) -> dict[str, Any]:
    [found] = [one for one in secured["credentialStatus"] if one["statusPurpose"] == purpose]
    return dict(found)


def set_status(live: Live, body: dict[str, Any]) -> int:
    return live.post(live.issuer("status")["status"], body).status_code


def test_entries_and_lists_have_their_form(live: Live) -> None:
    secured = live.issued(draft(), "status")
    for purpose in ("revocation", "suspension"):
        found = entry(secured, purpose)
        assert found["type"] == "BitstringStatusListEntry"
        assert 0 <= int(found["statusListIndex"]) < MINIMUM_ENTRIES
        assert found["id"] != found["statusListCredential"]
        answer = live.client.get(found["statusListCredential"])
        assert answer.headers["content-type"] == "application/json"
        listed = answer.json()
        assert listed["issuer"] == live.issuer("status")["did"]
        assert listed["credentialSubject"]["statusPurpose"] == purpose
        assert decode_base64url(listed["credentialSubject"]["encodedList"][1:])[:2] == b"\x1f\x8b"
        assert live.verify(listed).status_code == 200


@pytest.mark.parametrize("accept", ["application/vc", "application/vc+ld+json", "application/ld+json"])
def test_a_list_comes_in_the_type_that_is_asked_for(live: Live, accept: str) -> None:
    url = entry(live.issued(draft(), "status"), "revocation")["statusListCredential"]
    assert live.client.get(url, headers={"accept": accept}).headers["content-type"] == accept


def test_V_STA_1_a_revocation_is_seen_at_once_and_is_for_good(live: Live) -> None:
    secured, other = live.issued(draft(), "status"), live.issued(draft(), "status")
    assert live.verify(secured).status_code == 200
    body = {"credentialId": secured["id"], "credentialStatus": entry(secured, "revocation"), "status": True}
    assert set_status(live, body) == 200
    answer = live.verify(secured)
    assert answer.status_code == 400
    assert [problem["title"] for problem in answer.json()["problemDetails"]] == ["CREDENTIAL_REVOKED"]
    assert live.verify(other).status_code == 200
    assert set_status(live, {**body, "status": False}) == 400


def test_a_suspension_ends(live: Live) -> None:
    secured = live.issued(draft(), "status")
    body = {"credentialId": secured["id"], "credentialStatus": {"type": "BitstringStatusListEntry"}}
    body["credentialStatus"]["statusPurpose"] = "suspension"
    assert set_status(live, body) == 200
    assert live.verify(secured).status_code == 400
    assert set_status(live, {**body, "status": False}) == 200
    assert live.verify(secured).status_code == 200


def test_every_copy_of_a_credential_is_meant_where_no_place_is_named(live: Live) -> None:
    same = draft()
    copies = [live.issued(same, "status") for _ in range(2)]
    status = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
    assert set_status(live, {"credentialId": same["id"], "credentialStatus": status}) == 200
    assert [live.verify(one).status_code for one in copies] == [400, 400]


BAD: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no entry": {"credentialId": "urn:x:1"},
    "an unknown credential": {"credentialId": "urn:x:1", "credentialStatus": {"statusPurpose": "revocation"}},
    "no purpose": {"credentialId": "urn:x:1", "credentialStatus": {}},
    "text for a status": {"credentialStatus": {"statusPurpose": "revocation"}, "status": "true"},
    "a number for an id": {"credentialId": 7, "credentialStatus": {"statusPurpose": "revocation"}},
}


@pytest.mark.parametrize("body", BAD.values(), ids=list(BAD))
def test_what_names_no_status_is_refused(live: Live, body: dict[str, Any]) -> None:
    assert set_status(live, body) == 400


def test_V_STA_2_a_place_outside_the_lists_is_refused(live: Live) -> None:
    known = entry(live.issued(draft(), "status"), "revocation")
    changes: list[dict[str, Any]] = [
        {"statusListCredential": "https://elsewhere.example/list"},
        {"statusListIndex": str(len(Bitstring()))},
        {"statusListIndex": "-1"},
        {"statusPurpose": "suspension"},
    ]
    assert [set_status(live, {"credentialStatus": {**known, **change}}) for change in changes] == [400] * 4
    gone = known["statusListCredential"] + "0"
    assert set_status(live, {"credentialStatus": {**known, "statusListCredential": gone, "id": "urn:x:1"}}) == 404
    assert live.client.get(gone).status_code == 404
