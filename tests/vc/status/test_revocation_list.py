"""1EdTech's list: read, said to be unsigned, and no answer when it is not plain."""

from __future__ import annotations

from typing import Any

import pytest

from tests.world import World
from vc.findings import NotRevoked, Revoked, StatusListUnsigned, StatusNotObtained, Verdict

LIST = "https://northern-college.example/revocations"
ENTRY = {"id": LIST, "type": "1EdTechRevocationList"}
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


def judged(world: World, listed: Any) -> tuple[Any, Any]:
    draft = world.draft(credentialStatus=ENTRY)
    draft["@context"] = [*draft["@context"], EXTENSIONS]
    badge = world.sign(draft)
    if listed is not None:
        world.net.serve(LIST, listed(badge["id"]) if callable(listed) else listed)
    report = world.verify(badge)
    return report, [type(finding) for finding in report["status"].findings]


def test_a_badge_that_is_not_listed_is_good_with_a_remark() -> None:
    report, found = judged(World(), {"id": LIST, "revokedCredential": [{"id": "urn:uuid:other"}]})
    assert found == [StatusListUnsigned, NotRevoked]
    assert report.verdict is Verdict.VALID


@pytest.mark.parametrize("item", [{}, {"revoked": True}, {"revoked": True, "revocationReason": "By mistake"}])
def test_a_badge_that_is_listed_is_revoked(item: dict[str, Any]) -> None:
    for many in (True, False):
        listed = lambda name, many=many: {"revokedCredential": [{"id": name, **item}] if many else {"id": name, **item}}  # noqa: E731 - said where it is used
        report, found = judged(World(), listed)
        assert Revoked in found
        assert report.verdict is Verdict.NOT_VALID


def test_an_entry_that_says_false_does_not_revoke() -> None:
    report, found = judged(World(), lambda name: {"revokedCredential": [{"id": name, "revoked": False}]})
    assert report.verified
    assert NotRevoked in found


@pytest.mark.parametrize(
    "listed",
    [
        None,
        b"<html>",
        [],
        {},
        {"id": "https://other.example/list", "revokedCredential": []},
        {"revokedCredential": ["urn:uuid:1"]},
        {"revokedCredential": [{"revoked": True}]},
        {"revokedCredential": [{"id": "urn:uuid:1", "revoked": "no"}]},
        b'{"revokedCredential": [], "revokedCredential": []}',
    ],
    ids=str,
)
def test_V_STA_1_V_STA_2_a_list_that_is_not_plain_is_no_answer(listed: Any) -> None:
    report, found = judged(World(), listed)
    assert found == [StatusNotObtained]
    assert not report.verified
    assert report.verdict is Verdict.UNDECIDED
