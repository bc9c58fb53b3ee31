"""verify_presentation: who presents, for whom, and all that a presentation can hold."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from keys import KeyType
from keys.dids import did_key
from tests.reports import refused
from tests.world import NOW, Party, World, key_for
from vc.findings import Answer, Headline, Verdict
from vc.policy import PUBLIC


def test_a_good_presentation_passes_all_six_checks(world: World) -> None:
    report = world.verify_presentation(world.present(world.issue()))
    assert report.verified
    assert report.holder == world.learner("mira").did
    assert [check.answer for check in report.credentials[0].checks] == [Answer.PASSED] * 6
    assert report.headline is Headline.VALID
    assert report.verdict is Verdict.VALID


def test_a_holder_who_is_not_stated_is_the_one_who_signs(world: World) -> None:
    report = world.verify_presentation(world.present(world.issue(), holder=None))
    assert report.verified
    assert report.holder == world.learner("mira").did


def test_a_p256_holder_key(world: World) -> None:
    key = key_for("p256 holder", KeyType.P256)
    world.learners["pia"] = Party("pia", did_key.did_for(key.public), key, did_key.verification_method_for(key.public))
    assert world.verify_presentation(world.present(world.issue(learner="pia"), learner="pia")).verified


# --- bound to this request ------------------------------------------------------------------------


@pytest.mark.parametrize("challenge", ["c-2", "c", "c-11", "C-1", "", " c-1"])
def test_P_RPL_1_another_challenge(world: World, challenge: str) -> None:
    presentation = world.present(world.issue(), challenge=challenge)
    report = world.verify_presentation(presentation)
    assert refused(report, "INVALID_CHALLENGE_ERROR")
    assert report.headline is Headline.WRONG_HOLDER


def test_P_RPL_1_no_challenge(world: World) -> None:
    assert refused(world.verify_presentation(world.present(world.issue(), challenge=None)), "INVALID_CHALLENGE_ERROR")


def test_P_RPL_1_a_challenge_moved_in_after_signing(world: World) -> None:
    presentation = world.present(world.issue(), challenge="old")
    for challenge in ("c-1", ["c-1"], {"c-1": 1}):
        bent = {**presentation, "proof": {**presentation["proof"], "challenge": challenge}}
        assert refused(world.verify_presentation(bent))


def test_P_RPL_1_without_a_challenge_nobody_is_proven_to_hold_it(world: World) -> None:
    presentation = world.present(world.issue(), challenge=None)
    report = world.verify_presentation(presentation, challenge=None)
    assert report.credentials[0]["holder"].answer is Answer.NOT_CHECKED


@pytest.mark.parametrize(
    "domain",
    [None, "https://other.example", "https://employer.example/", "https://employer.example.evil.example", "employer"],
)
def test_P_RPL_2_made_for_another_verifier(world: World, domain: str | None) -> None:
    presentation = world.present(world.issue(), domain=domain)
    assert refused(world.verify_presentation(presentation), "INVALID_DOMAIN_ERROR")


def test_P_RPL_2_one_domain_among_several_is_not_this_one(world: World) -> None:
    presentation = world.present(world.issue())
    for domain in (["https://employer.example", "https://other.example"], [], [7]):
        bent = {**presentation, "proof": {**presentation["proof"], "domain": domain}}
        assert refused(world.verify_presentation(bent), "INVALID_DOMAIN_ERROR")


def test_V_PRF_2_an_assertion_is_no_authentication(world: World) -> None:
    presentation = world.present(world.issue(), sign={"purpose": "assertionMethod"})
    assert refused(world.verify_presentation(presentation), "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD")


# --- bound to this person -------------------------------------------------------------------------


def test_P_BND_1_someone_elses_credential_is_named(world: World) -> None:
    mine, other = world.issue(learner="eve"), world.issue(learner="mira")
    report = world.verify_presentation(world.present(mine, other, learner="eve"))
    assert refused(report, "HOLDER_BINDING_ERROR")
    assert report.credentials[0].verified
    finding = report.credentials[1]["holder"].findings[0]
    assert finding.data["credential"] == other["id"]
    assert report.credentials[1].headline is Headline.WRONG_HOLDER


def test_P_BND_1_a_holder_who_is_named_and_does_not_sign(world: World) -> None:
    presentation = world.present(world.issue(), learner="eve", holder=world.learner("mira").did)
    assert refused(world.verify_presentation(presentation), "INVALID_VERIFICATION_METHOD")


def test_P_BND_1_signed_by_several_parties(world: World) -> None:
    presentation = world.present(world.issue(), holder=None)
    eve = world.learner("eve")
    twice = eve.sign(
        presentation, created=NOW, purpose="authentication", challenge="c-1", domain="https://employer.example"
    )
    assert refused(world.verify_presentation(twice))


def test_a_credential_bound_to_nobody_leaves_the_holder_open(world: World) -> None:
    draft = world.draft()
    del draft["credentialSubject"]["id"]
    report = world.verify_presentation(world.present(world.sign(draft)))
    assert report.verified
    assert report.credentials[0]["holder"].answer is Answer.NOT_CHECKED
    assert report.headline is Headline.VALID_HOLDER_UNCONFIRMED


def test_the_test_suites_may_leave_the_binding_out_by_name(world: World) -> None:
    presentation = world.present(world.issue(learner="mira"), learner="eve")
    policy = replace(PUBLIC, insecure_accept_any_presenter=True)
    assert world.verify_presentation(presentation, policy=policy).verified


# --- what it holds --------------------------------------------------------------------------------


def test_V_TAM_1_one_tampered_credential_spoils_the_set(world: World) -> None:
    good, bad = world.issue(), world.issue()
    bad["credentialSubject"]["achievement"]["name"] = "Another"
    report = world.verify_presentation(world.present(good, bad))
    assert refused(report, "CRYPTOGRAPHIC_SECURITY_ERROR")
    assert [r.verified for r in report.credentials] == [True, False]
    assert report.headline is Headline.ALTERED


def test_V_TAM_1_a_credential_swapped_after_presenting(world: World) -> None:
    first, second = world.issue(), world.issue("Data analysis 101", completed="2026-11-01")
    presentation = world.present(first)
    assert refused(world.verify_presentation({**presentation, "verifiableCredential": [second]}))
    for name in ("holder", "type", "verifiableCredential", "proof", "@context"):
        assert refused(world.verify_presentation({n: v for n, v in presentation.items() if n != name}))


def test_V_PRF_4_an_unsigned_presentation_or_credential(world: World) -> None:
    credential = world.issue()
    presentation = world.present(credential)
    assert refused(
        world.verify_presentation({n: v for n, v in presentation.items() if n != "proof"}), "PROOF_VERIFICATION_ERROR"
    )
    unsigned = {n: v for n, v in credential.items() if n != "proof"}
    assert refused(world.verify_presentation(world.present(unsigned)), "PROOF_VERIFICATION_ERROR")


@pytest.mark.parametrize(
    "held",
    [None, [], "https://college.example/1", ["https://college.example/1"], [None], [7], [[]], [{}], {"type": "X"}],
    ids=str,
)
def test_P_DM_1_what_is_no_credential_is_not_fetched(world: World, held: Any) -> None:
    presentation = world.present(world.issue())
    bent = {**presentation, "verifiableCredential": held}
    assert refused(world.verify_presentation(bent))
    assert world.net.requests == []


def test_P_DM_1_a_presentation_that_presents_nothing(world: World) -> None:
    presentation = world.present()
    assert refused(world.verify_presentation(presentation), "MALFORMED_VALUE_ERROR")
    policy = replace(PUBLIC, insecure_accept_empty_presentation=True)
    assert world.verify_presentation(presentation, policy=policy).verified


def test_P_DM_1_a_presentation_inside_a_presentation(world: World) -> None:
    inner = world.present(world.issue())
    presentation = world.present(world.issue())
    assert refused(
        world.verify_presentation({**presentation, "verifiableCredential": [inner]}), "MALFORMED_VALUE_ERROR"
    )


@pytest.mark.parametrize(
    "envelope",
    [
        {"id": "data:application/vc+jwt,x", "type": "EnvelopedVerifiableCredential"},
        {"@context": "https://www.w3.org/ns/credentials/v2", "id": "data:application/vc+jwt,x"},
        {
            "@context": "https://www.w3.org/ns/credentials/v2",
            "id": "https://x.example/",
            "type": "EnvelopedVerifiableCredential",
        },
        {
            "@context": "https://www.w3.org/ns/credentials/v2",
            "id": "data:application/vc+jwt,x",
            "type": "EnvelopedVerifiableCredential",
            "credentialSubject": {"id": "did:example:me"},
        },
        {
            "@context": "https://www.w3.org/ns/credentials/v2",
            "id": "data:text/html,x",
            "type": "EnvelopedVerifiableCredential",
        },
    ],
    ids=range(5),
)
def test_V_ENV_1_an_envelope_has_one_form(world: World, envelope: dict[str, Any]) -> None:
    presentation = world.present(world.issue())
    assert refused(world.verify_presentation({**presentation, "verifiableCredential": [envelope]}))
    assert not world.verify(envelope).verified


def test_V_DOS_4_too_many_credentials_or_proofs_before_the_first_signature(world: World) -> None:
    credential = world.issue()
    presentation = world.present(credential)
    many = {**presentation, "verifiableCredential": [credential] * 21}
    assert refused(world.verify_presentation(many), "MALFORMED_VALUE_ERROR")
    heavy = {**credential, "proof": [credential["proof"]] * 17}
    assert refused(
        world.verify_presentation({**presentation, "verifiableCredential": [heavy]}), "MALFORMED_VALUE_ERROR"
    )
    assert world.net.requests == []


@pytest.mark.parametrize(
    "changes",
    [
        {"type": None},
        {"type": ["VerifiableCredential"]},
        {"@context": None},
        {"@context": ["https://www.w3.org/ns/credentials/examples/v2"]},
        {"holder": "z6Mk"},
        {"holder": {"name": "Acme"}},
        {"holder": ["did:example:a"]},
        {"id": None, "holder": None, "type": "X"},
        {"id": "no url"},
    ],
    ids=str,
)
def test_P_DM_1_bad_shapes(world: World, changes: dict[str, Any]) -> None:
    presentation = {n: v for n, v in {**world.present(world.issue()), **changes}.items() if v is not None}
    assert refused(world.verify_presentation(presentation), "MALFORMED_VALUE_ERROR")


def test_V_TYP_1_a_credential_is_no_presentation(world: World) -> None:
    assert refused(world.verify_presentation(world.issue()), "MALFORMED_VALUE_ERROR")
    assert refused(world.verify_presentation("null"), "PARSING_ERROR")


# --- stapled accreditations -----------------------------------------------------------------------


def test_accreditations_in_the_presentation_are_used_and_are_nobodys_to_hold() -> None:
    world = World(accredited=False)
    decision = world.accredit(publish=False)
    report = world.verify_presentation(world.present(world.issue(), decision))
    assert report.verified
    assert report.verdict is Verdict.VALID
    assert len(report.credentials) == 1


def test_V_TAM_1_a_tampered_accreditation_spoils_the_presentation() -> None:
    world = World(accredited=False)
    decision = copy.deepcopy(world.accredit(publish=False))
    decision["credentialSubject"]["name"] = "Another College"
    report = world.verify_presentation(world.present(world.issue(), decision))
    assert refused(report, "CRYPTOGRAPHIC_SECURITY_ERROR")


def test_a_holder_whose_keys_cannot_be_had_is_unknown(world: World) -> None:
    college = world.institution
    world.learners["staff"] = Party("staff", "did:web:staff.example", college.key, "did:web:staff.example#k")
    report = world.verify_presentation(world.present(world.issue(learner="staff"), learner="staff"))
    assert refused(report, "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT")
    assert report.credentials[0]["holder"].answer is Answer.NOT_CHECKED
    assert report.verdict is Verdict.UNDECIDED


def test_text_is_read_like_the_parsed_document(world: World) -> None:
    assert world.verify_presentation(json.dumps(world.present(world.issue()))).verified


def test_a_stapled_accreditation_whose_authority_does_not_answer_spoils_nothing() -> None:
    world = World()
    stapled = world.institution.recognitions[0]
    world.unreachable("talent-committee")
    report = world.verify_presentation(world.present(world.issue(), stapled))
    assert report.headline is Headline.INCOMPLETE
    assert report.holder is not None
