"""The W3C data model suite's documents: each gets its stated verdict, when issued or when verified."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from contexts import Profile
from tests.vc.vectors import listed, load, needs_vectors
from tests.world import NOW, Party, World
from vc.errors import VcError
from vc.lint import blocking, lint
from vc.policy import PUBLIC, Anchors, Policy
from vc.verify import verify_credential, verify_presentation

CASES = listed("vcdm2-inputs", "cases.json")
CREDENTIALS = [case for case in CASES if case["kind"] == "credential"]
PRESENTATIONS = [case for case in CASES if case["kind"] == "presentation"]

# What the samples need: contexts and terms of the suite, statuses it invents, presentations that present nothing.
SUITE = Policy(
    acceptance=PUBLIC.acceptance,
    contexts=Profile.CONFORMANCE,
    inline_contexts="report",
    insecure_accept_any_presenter=True,
    insecure_ignore_unknown_status=True,
    insecure_accept_empty_presentation=True,
)
pytestmark = needs_vectors


@cache
def world() -> World:
    return World()


def signer() -> Party:
    return world().learner("suite")


def issued(document: dict[str, Any]) -> dict[str, Any] | None:
    """The document signed, or None where the issuer refuses it."""
    draft = document if "issuer" in document else {**document, "issuer": signer().did}
    draft = with_own_id(draft)
    findings = lint(draft, issuer=signer().did, required_status=frozenset(), contexts=None, profile=Profile.CONFORMANCE)
    tolerated = {"missing_member"}  # this product's own wishes
    if [f for f in blocking(findings) if f.code not in tolerated]:
        return None
    try:
        return signer().sign(draft, created=NOW - timedelta(minutes=1), profile=Profile.CONFORMANCE)
    except VcError:
        return None


def with_own_id(document: dict[str, Any]) -> dict[str, Any]:
    """An issuer object that leaves its id to the issuing service gets it."""
    issuer = document["issuer"]
    if isinstance(issuer, dict) and "id" not in issuer:
        return {**document, "issuer": {**issuer, "id": signer().did}}
    if issuer in ("did:example:issuer", "did:example:alice"):
        return {**document, "issuer": signer().did}
    return document


def problems(document: dict[str, Any]) -> tuple[str, ...]:
    report = verify_credential(
        document,
        anchors=Anchors.none(),
        policy=SUITE,
        accepted_suites=frozenset({"eddsa-rdfc-2022"}),
        fetcher=world().net,
        now=NOW,
    )
    assert report.verified is (not report.problems)
    return report.problems


OUT_OF_DATE = ("VALIDITY_PERIOD_ERROR",)  # some good samples lie in the past or far ahead


@pytest.mark.parametrize("case", CREDENTIALS, ids=lambda case: case["file"])
def test_V_DM_1_credential_has_its_verdict(case: dict[str, Any]) -> None:
    signed = issued(load("vcdm2-inputs", case["file"]))
    if case["expected"].startswith("reject"):
        assert signed is None or problems(signed)
    else:
        assert signed is not None
        assert problems(signed) in ((), OUT_OF_DATE)


@pytest.mark.parametrize("case", PRESENTATIONS, ids=lambda case: case["file"])
def test_V_DM_1_presentation_has_its_verdict(case: dict[str, Any]) -> None:
    template = load("vcdm2-inputs", case["file"])
    assert presented(template) is (case["expected"] == "accept") or case["expected"] == "unspecified"


def presented(template: dict[str, Any]) -> bool:
    document = dict(template)
    held = document.get("verifiableCredential")
    if isinstance(held, list):
        document["verifiableCredential"] = [sign_if_plain(credential) for credential in held]
    document = with_own_holder(document)
    try:
        signed = signer().sign(
            document, created=NOW, purpose="authentication", challenge="c", domain="d", profile=Profile.CONFORMANCE
        )
    except VcError:
        return False
    report = verify_presentation(
        signed,
        challenge="c",
        domain="d",
        anchors=Anchors.none(),
        policy=SUITE,
        accepted_suites=frozenset({"eddsa-rdfc-2022"}),
        fetcher=world().net,
        now=NOW,
    )
    if any("EnvelopedVerifiableCredential" in str(c) for c in held or ()):
        # The suite's sample envelope carries an unverifiable token; what counts is that its shape is accepted.
        return not any(finding.code == "malformed" for finding in report.all_findings)
    return report.verified


def sign_if_plain(credential: Any) -> Any:
    if not isinstance(credential, dict) or "VerifiableCredential" not in credential.get("type", ()):
        return credential
    return issued(credential) or credential


def with_own_holder(document: dict[str, Any]) -> dict[str, Any]:
    """The suite's `holder` is the key that signs, where it is a DID at all."""
    holder = document.get("holder")
    if isinstance(holder, str) and holder.startswith("did:key:"):
        return {**document, "holder": signer().did}
    if isinstance(holder, dict) and "id" in holder:
        return {**document, "holder": {**holder, "id": signer().did}}
    return document
