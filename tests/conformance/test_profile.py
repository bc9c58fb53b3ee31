"""The profile itself: the manifest's shape, the data model's own samples over HTTP, and each rule it relaxes."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

import contexts
from issuer.conformance.issuers import ISSUERS
from kit.conformance import RELAXED_BY_DEFAULT, RELAXED_FOR_SAMPLES, Relaxed
from tests.conformance.live import DID, Live, draft, running, signed
from tests.vc.vectors import listed, load, needs_vectors

ROOT = Path(__file__).resolve().parents[2]
CASES = [case for case in listed("vcdm2-inputs", "cases.json") if case["kind"] == "credential"]


def test_the_manifest_says_what_there_is(live: Live) -> None:
    assert live.manifest.keys() == {"origin", "certificate", "issuers", "verifier", "verifierForSamples"}
    assert [one["name"] for one in live.manifest["issuers"]] == list(ISSUERS)
    for one in live.manifest["issuers"]:
        assert one.keys() == {"name", "did", "format", "suite", "keyType", "issue", "derive", "status"}
        assert one["did"].startswith("did:key:z")
        assert one["issue"].startswith(live.manifest["origin"])
        assert bool(one["derive"]) is (one["suite"] == "ecdsa-sd-2023")
        assert bool(one["status"]) is (one["name"] == "status")
    assert len({one["did"] for one in live.manifest["issuers"]}) == len(ISSUERS)
    assert live.manifest["verifier"]["relaxed"] == sorted(RELAXED_BY_DEFAULT)
    assert set(live.manifest["verifierForSamples"]["relaxed"]) == RELAXED_BY_DEFAULT | RELAXED_FOR_SAMPLES
    assert live.manifest["certificate"].startswith("-----BEGIN CERTIFICATE-----")


def test_only_whoever_trusts_the_certificate_gets_an_answer(live: Live) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(live.manifest["origin"] + "/healthz")
    assert live.client.get(live.manifest["origin"] + "/readyz").status_code == 200


@needs_vectors
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_V_DM_1_the_data_models_samples_have_their_verdict(live: Live, case: dict[str, Any]) -> None:
    document = load("vcdm2-inputs", case["file"])
    own, issuer = live.issuer()["did"], document.get("issuer", ...)
    if isinstance(issuer, dict):
        document["issuer"] = {"id": own, **issuer}
    elif issuer is not None:
        document["issuer"] = own if issuer is ... or str(issuer).startswith("did:") else issuer
    answer = live.issue(document)
    if case["expected"] != "accept":
        assert answer.status_code == 400 or "issuer" in case["file"]
        return
    assert answer.status_code == 201, answer.text
    verdict = live.verify(answer.json()["verifiableCredential"]).json()
    tolerated = {"VALIDITY_PERIOD_ERROR"} if "credentialStatus" not in document else UNDECIDED
    assert verdict["verified"] or {one["title"] for one in verdict["problemDetails"]} <= tolerated


UNDECIDED = {"STATUS_RETRIEVAL_ERROR", "STATUS_VERIFICATION_ERROR"}
"""A sample's own kind of status, or its list at an address of the examples, cannot be looked up."""


def superseded() -> dict[str, Any]:
    [digest] = [
        one
        for one in contexts.related_resource_digests(contexts.CREDENTIALS_V2, superseded=True)
        if len(one) == 64 and one != contexts.digest(contexts.CREDENTIALS_V2)
    ]
    sri = "sha256-" + base64.b64encode(bytes.fromhex(digest)).decode()
    return {"relatedResource": [{"id": contexts.CREDENTIALS_V2, "digestSRI": sri}]}


def presented(**changes: Any) -> dict[str, Any]:
    shown = {"@context": [contexts.CREDENTIALS_V2], "type": ["VerifiablePresentation"], "holder": DID, **changes}
    return signed(shown, purpose="authentication", challenge="c-1", domain="d.example")


def test_every_rule_holds_where_it_is_not_relaxed(tmp_path: Path) -> None:
    """As a deployment without the profile reads, but for the form of its answers."""
    asked = {"challenge": "c-1", "domain": "d.example"}
    with running(tmp_path, relaxed=frozenset()) as strict:
        assert strict.verify(signed(draft())).status_code == 200
        assert strict.verify_presentation(presented(), **asked).status_code == 400
        assert strict.verify_presentation(presented(verifiableCredential=[signed(draft())]), **asked).status_code == 400
        mine = draft(credentialSubject={"id": DID})
        assert strict.verify_presentation(presented(verifiableCredential=[signed(mine)]), **asked).status_code == 200
        did = strict.issuer()["did"]
        for changes in (
            {"@context": [contexts.CREDENTIALS_V2, contexts.EXAMPLES_V2]},
            {"name": {"@value": "Soins", "@language": "fr", "@direction": "ltr"}},
            superseded(),
        ):
            assert strict.issue(draft(issuer=did, **changes)).status_code == 400


def test_V_OPT_1_unknown_options_and_checks_are_refused_here_too(live: Live) -> None:
    assert live.verify(signed(draft()), insecure=True).status_code == 422
    assert live.verify(signed(draft()), checks=[]).status_code == 422
    assert live.verify(signed(draft()), checks=["nothing"]).status_code == 422


def test_V_STA_3_a_status_of_an_unknown_kind_is_refused_here_too(live: Live) -> None:
    unknown = {"id": "urn:x:1", "type": "https://x.example/#Status"}
    assert live.verify(signed(draft(credentialStatus=unknown))).status_code == 400


def test_the_superseded_digest_is_accepted_under_its_name(live: Live) -> None:
    live.issued(draft(**superseded()))


def test_the_standards_page_lists_every_rule_that_the_profile_relaxes() -> None:
    page = (ROOT / "docs/standards.md").read_text("utf-8")
    assert set(Relaxed) == set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))


def test_the_manifest_is_json_that_anyone_reads(live: Live) -> None:
    assert json.loads(json.dumps(live.manifest)) == live.manifest
