"""What we sign verifies with somebody else's library, and what that library signs verifies here.

The peer gets documents and nothing else: the contexts that the credential names, the issuer's DID document as it
would be published, and the status lists. Issue 2, "What it must show", item 3.
"""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import contexts
from keys import KeyType, PrivateKey
from keys.dids import did_key
from passport.cli import main
from tests.node import Peer
from tests.peers.college import COLLEGE, LISTS, NOW, College, badge, judged, vocabulary
from vc.achievement import Achievement, Alignment, Result, ResultDescription, open_badge
from vc.policy import PUBLIC, Anchors
from vc.proofs import data_integrity
from vc.securing import EVERYTHING_READ
from vc.status import bitstring
from vc.verify import verify_presentation


@pytest.fixture
def learner() -> PrivateKey:
    return PrivateKey.generate(KeyType.ED25519)


@pytest.fixture
def college() -> College:
    return College()


# --- ours there ---


@pytest.mark.parametrize("status_index", [None, 94_567])
def test_our_credential_verifies_there(
    peer: Peer, college: College, learner: PrivateKey, status_index: int | None
) -> None:
    credential = college.sign(
        badge(college.did, learner=did_key.did_for(learner.public_key), status_index=status_index)
    )
    answer = peer("verify-credential", credential=credential, documents=vocabulary() | college.published())
    assert answer == {"verified": True, "errors": []}


def test_our_credential_altered_is_refused_there(peer: Peer, college: College, learner: PrivateKey) -> None:
    credential = college.sign(badge(college.did, learner=did_key.did_for(learner.public_key)))
    credential["credentialSubject"]["result"][0]["value"] = "97"
    answer = peer("verify-credential", credential=credential, documents=vocabulary() | college.published())
    assert answer["verified"] is False


@pytest.mark.parametrize("purpose", LISTS)
def test_our_status_lists_are_read_there(peer: Peer, college: College, learner: PrivateKey, purpose: str) -> None:
    credential = college.sign(badge(college.did, learner=did_key.did_for(learner.public_key), status_index=3))
    college.bits[purpose].set(3)
    answer = peer("verify-credential", credential=credential, documents=vocabulary() | college.published())
    assert answer["verified"] is False
    assert any(f"set: {purpose}" in error for error in answer["errors"])


def test_our_presentation_verifies_there(peer: Peer, college: College, learner: PrivateKey) -> None:
    holder = did_key.did_for(learner.public_key)
    presentation = data_integrity.sign(
        {
            "@context": [contexts.CREDENTIALS_V2],
            "type": ["VerifiablePresentation"],
            "holder": holder,
            "verifiableCredential": [college.sign(badge(college.did, learner=holder))],
        },
        signer=learner,
        verification_method=did_key.verification_method_for(learner.public_key),
        suite="eddsa-rdfc-2022",
        created=NOW,
        purpose="authentication",
        challenge="n-0S6_WzA2Mj",
        domain="https://employer.example",
    )
    documents = vocabulary() | college.published()
    asked = {"challenge": "n-0S6_WzA2Mj", "domain": "https://employer.example"}
    answer = peer("verify-presentation", presentation=presentation, documents=documents, **asked)
    assert answer == {"verified": True, "errors": []}
    other = asked | {"challenge": "another"}
    assert peer("verify-presentation", presentation=presentation, documents=documents, **other)["verified"] is False


def test_what_the_office_drafts_verifies_there(peer: Peer, college: College, learner: PrivateKey) -> None:
    """The builder of the services, with all that it can say: both languages, alignment, result, credits, name."""
    result = ResultDescription(id="urn:uuid:0d6f4c9e-0000-4ab5-86b8-0f3d1d0a0003", name="Result", result_type="Percent")
    draft = open_badge(
        credential_id="urn:uuid:5f3f7cb4-5e0c-4a3f-9a80-5f1d0ac0a004",
        issuer=college.did,
        issuer_name="Collège du Nord",
        subject=did_key.did_for(learner.public_key),
        achievement=Achievement(
            id=f"{COLLEGE}/programmes/data",
            name="Analyse de données 101",
            description="Nettoyer, décrire et présenter des données",
            criteria="Réussir le projet final.",
            criteria_url=f"{COLLEGE}/fr/programmes/data",
            language="fr-CA",
            alignments=(Alignment(name="analyser des données", url="https://esco.example/skill/1", code="S2.7"),),
            result_descriptions=(result,),
            credits_available=45,
            tags=("données",),
        ),
        names={"fr": "Analyse de données 101", "en": "Data analysis 101"},
        descriptions={"fr": "Une microcertification", "en": "A microcredential"},
        started=NOW - timedelta(days=90),
        completed=NOW - timedelta(days=1),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=1000),
        results=[Result(result.id, value="87")],
        credits_earned=45,
        status=[bitstring.entry(list_url=url, index=7, purpose=purpose) for purpose, url in LISTS.items()],
    )
    answer = peer("verify-credential", credential=college.sign(draft), documents=vocabulary() | college.published())
    assert answer == {"verified": True, "errors": []}


def test_what_the_command_line_issues_verifies_there(peer: Peer, tmp_path: Path) -> None:
    store = ("--store", str(tmp_path / "keys.json"))
    assert main(["keys", "create", "me", *store]) == 0
    out = tmp_path / "mira.json"
    texts = ("--issuer-name", "Northern College", "--title", "Data analysis 101", "--criteria", "The final project")
    assert main(["issue", "--key", "me", *texts, "--learner", "Mira Tremblay", "--output", str(out), *store]) == 0
    answer = peer("verify-credential", credential=json.loads(out.read_text("utf-8")), documents=vocabulary())
    assert answer == {"verified": True, "errors": []}


# --- theirs here ---


def test_their_credential_verifies_here(peer: Peer, learner: PrivateKey) -> None:
    draft = badge("did:example:set-by-the-peer", learner=did_key.did_for(learner.public_key))
    draft["issuer"] = "did:example:set-by-the-peer"
    credential = peer("issue", credential=draft, documents=vocabulary())["credential"]
    report = judged(credential)
    assert report.verified, [finding.sentence for finding in report.findings]

    altered = copy.deepcopy(credential)
    altered["credentialSubject"]["achievement"]["name"] = "Analyse de données 102"
    assert not judged(altered).verified


def test_their_presentation_verifies_here(peer: Peer, college: College) -> None:
    """The holder is the peer's fresh did:key, which it tells us once the presentation is made."""
    credential = college.sign(badge(college.did, learner="did:example:somebody-else"))
    asked: dict[str, Any] = {"challenge": "c-71", "domain": "https://employer.example"}
    documents = vocabulary() | college.published()
    answer = peer("present", credential=credential, documents=documents, **asked)
    assert answer["did"].startswith("did:key:z6Mk")
    report = verify_presentation(
        answer["presentation"],
        anchors=Anchors.none(),
        policy=PUBLIC,
        accepted_suites=EVERYTHING_READ,
        fetcher=college.on_the_web(),
        now=datetime.now(UTC),
        **asked,
    )
    assert report.holder == answer["did"]
    assert report.credentials[0]["holder"].answer.value == "failed", "somebody else's credential stays so"
