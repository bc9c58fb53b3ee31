"""Presentations that are somebody else's, another's, old, or none (P-RPL, P-BND, P-DM, V-PRF-4, V-TYP)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hostile.formats import DID, FORMATS, V2, by_hand, draft, enveloped, token, verify_presentation
from tests.reports import refused
from tests.world import World
from vc.jose.envelopes import VP_JWT


@pytest.fixture
def world() -> World:
    return World()


def presented(world: World, held: Any) -> dict[str, Any]:
    """Signed by the learner, whatever is held."""
    me = world.learner()
    document = {"@context": [V2], "type": ["VerifiablePresentation"], "holder": me.did, "verifiableCredential": held}
    bound = {"challenge": "c-1", "domain": "https://employer.example"}
    return by_hand(document, key=me.key, suite="eddsa-jcs-2022", proofPurpose="authentication", **bound)


@pytest.mark.parametrize("made_for", ["c-2", "c-", "c-1 ", "C-1", "", ["c-1"], ["c-1", "c-2"], {"@value": "c-1"}, None])
def test_P_RPL_1_for_this_challenge_alone(world: World, made_for: Any) -> None:
    shown = world.present(world.issue(), challenge=made_for, sign={"suite": "eddsa-jcs-2022"})
    assert refused(verify_presentation(shown, world=world), "INVALID_CHALLENGE_ERROR")


@pytest.mark.parametrize(
    "made_for",
    [
        "https://employer.example.else.example",
        "https://employer.example/",
        "http://employer.example",
        "https://Employer.example",
        "https://employer.exámple",
        ["https://employer.example", "https://else.example"],
        "",
        None,
    ],
)
def test_P_RPL_2_for_this_verifier_alone(world: World, made_for: Any) -> None:
    shown = world.present(world.issue(), domain=made_for, sign={"suite": "eddsa-jcs-2022"})
    assert refused(verify_presentation(shown, world=world), "INVALID_DOMAIN_ERROR")


@pytest.mark.parametrize("challenge", ["c-1", None])
def test_P_BND_1_somebody_elses_credential_with_or_without_a_challenge(world: World, challenge: str | None) -> None:
    mine, hers = world.issue(), world.issue(learner="lea")
    for credentials in ((hers,), (mine, hers), (hers, mine)):
        report = verify_presentation(world.present(*credentials), world=world, challenge=challenge)
        assert refused(report, "HOLDER_BINDING_ERROR")
        assert hers["id"] in " ".join(finding.sentence for finding in report.all_findings)


def test_P_BND_1_a_holder_is_who_signs(world: World) -> None:
    hers = world.issue(learner="lea")
    assert refused(verify_presentation(world.present(hers, holder=world.learner("lea").did), world=world))


def test_P_BND_1_token_by_another_than_its_holder(world: World) -> None:
    hers, me = world.issue(learner="lea"), world.learner()
    document = world.present(hers, holder=world.learner("lea").did)
    bare = {name: value for name, value in document.items() if name != "proof"}
    signed = VP_JWT.sign(
        bare, signer=me.key, kid=me.verification_method, audience="https://employer.example", nonce="c-1"
    )
    assert refused(verify_presentation(enveloped("application/vp+jwt", signed), world=world))


def test_P_DM_1_V_PRF_4_what_is_presented_is_secured_credentials(world: World) -> None:
    good = world.issue()
    unsigned = {name: value for name, value in good.items() if name != "proof"}
    shown = world.present(good)
    for held in (
        unsigned,
        shown,
        enveloped("application/vp+jwt", token(shown, typ="vp+jwt")),
        {"type": "VerifiableCredential"},
    ):
        for credentials in ([held], [good, held]):
            assert refused(verify_presentation(presented(world, credentials), world=world))


@pytest.mark.parametrize("held", [None, [], "https://else.example/c", ["https://else.example/c"], [None], [[]], 5, ""])
def test_P_DM_1_by_address_or_not_at_all(world: World, held: Any) -> None:
    assert refused(verify_presentation(presented(world, held), world=world))
    assert world.net.requests == []


def test_V_TYP_1_neither_is_the_other(world: World) -> None:
    credential, shown = world.issue(), world.present(world.issue())
    assert refused(verify_presentation(credential, world=world))
    assert refused(world.verify(shown))
    both = {**world.draft(), "type": ["VerifiableCredential", "VerifiablePresentation"], "holder": DID}
    assert refused(world.verify(FORMATS["ecdsa-jcs-2019"](both)))


def test_V_DOS_4_two_thousand_credentials(world: World) -> None:
    shown = {**world.present(world.issue()), "verifiableCredential": [{"type": "VerifiableCredential"}] * 2000}
    report = verify_presentation(shown, world=world)
    assert next(finding.code for finding in report.findings) == "over_limit"


def test_V_TAM_1_one_tampered_among_good_ones(world: World) -> None:
    good, bad = world.issue(), {**world.issue(), "name": "A better name"}
    assert refused(verify_presentation(world.present(good, bad), world=world), "CRYPTOGRAPHIC_SECURITY_ERROR")


def test_a_draft_is_no_lie() -> None:
    """The table above would prove nothing if honest ones were refused too."""
    world = World()
    assert verify_presentation(world.present(world.issue(), world.issue()), world=world).verified
    assert verify_presentation(presented(world, [world.issue()]), world=world).verified
    assert draft()["issuer"]["id"] == DID
