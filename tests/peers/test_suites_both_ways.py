"""Every Data Integrity suite: what we sign verifies there, what they sign verifies here, and altered on neither side.

The other side is Digital Bazaar's libraries, as in `test_both_ways`. For ecdsa-sd-2023 there are three parts to play
(who signs the base proof, who derives from it, who verifies), and each is played by each side.
"""

import copy
import itertools
from typing import Any

import pytest

from keys import KeyType
from tests.node import Peer
from tests.peers.college import College, badge, judged, vocabulary
from vc.proofs import ecdsa_sd_2023
from vc.proofs.suites import selective

LEARNER = "did:example:learner"
SUITES = [
    pytest.param("eddsa-rdfc-2022", KeyType.ED25519, id="eddsa-rdfc-2022"),
    pytest.param("eddsa-jcs-2022", KeyType.ED25519, id="eddsa-jcs-2022"),
    pytest.param("ecdsa-rdfc-2019", KeyType.P256, id="ecdsa-rdfc-2019, P-256"),
    pytest.param("ecdsa-rdfc-2019", KeyType.P384, id="ecdsa-rdfc-2019, P-384"),
    pytest.param("ecdsa-jcs-2019", KeyType.P256, id="ecdsa-jcs-2019, P-256"),
    pytest.param("ecdsa-jcs-2019", KeyType.P384, id="ecdsa-jcs-2019, P-384"),
]
CURVES = {KeyType.ED25519: None, KeyType.P256: "P-256", KeyType.P384: "P-384"}
MANDATORY = ["/issuer", "/validFrom", "/credentialSubject/id", "/credentialSubject/achievement/name"]
CHOSEN = ["/name", "/credentialSubject/result/0", "/credentialSubject/achievement/criteria"]
PLAYERS = [parts for parts in itertools.product(("ours", "theirs"), repeat=3) if "theirs" in parts]


def altered(credential: dict[str, Any]) -> dict[str, Any]:
    """The same credential with a better mark."""
    changed = copy.deepcopy(credential)
    changed["credentialSubject"]["result"][0]["value"] = "97"
    return changed


@pytest.mark.parametrize(("suite", "key_type"), SUITES)
def test_ours_there(peer: Peer, suite: str, key_type: KeyType) -> None:
    college = College(key_type)
    credential = college.sign(badge(college.did, learner=LEARNER), suite)
    documents = vocabulary() | {college.did: college.document}
    answer = peer("verify-credential", credential=credential, documents=documents)
    assert answer == {"verified": True, "errors": []}
    assert peer("verify-credential", credential=altered(credential), documents=documents)["verified"] is False


@pytest.mark.parametrize(("suite", "key_type"), SUITES)
def test_theirs_here(peer: Peer, suite: str, key_type: KeyType) -> None:
    credential = issued_there(peer, suite, key_type)
    assert credential["proof"]["cryptosuite"] == suite
    report = judged(credential)
    assert report.verified, [finding.sentence for finding in report.findings]
    assert not judged(altered(credential)).verified


@pytest.mark.parametrize(("issuer", "holder", "verifier"), PLAYERS)
def test_selective_disclosure(peer: Peer, issuer: str, holder: str, verifier: str) -> None:
    """The base proof of one, what another shows of it, and a third who checks that; nothing unchosen is shown."""
    college = College(KeyType.P256)
    documents = vocabulary() | {college.did: college.document}
    if issuer == "ours":
        base = college.sign(badge(college.did, learner=LEARNER), selective(MANDATORY))
    else:
        base = issued_there(peer, "ecdsa-sd-2023", KeyType.P256, mandatory=MANDATORY)
    if holder == "ours":
        shown = ecdsa_sd_2023.derive(base, selective_pointers=CHOSEN)
    else:
        shown = peer("derive", credential=base, documents=documents, selective=CHOSEN)["credential"]

    assert shown["name"] == "Analyse de données 101"
    assert "alignment" not in shown["credentialSubject"]["achievement"]

    def verified(credential: dict[str, Any]) -> bool:
        if verifier == "ours":
            return judged(credential, college.on_the_web()).verified
        answer: bool = peer("verify-credential", credential=credential, documents=documents)["verified"]
        return answer

    assert verified(shown)
    assert not verified(altered(shown))
    assert not verified(base), "a base proof is for the holder alone"


def issued_there(peer: Peer, suite: str, key_type: KeyType, **options: Any) -> dict[str, Any]:
    """The badge, from the peer's fresh did:key."""
    draft = badge("did:example:set-by-the-peer", learner=LEARNER)
    answer = peer("issue", credential=draft, documents=vocabulary(), suite=suite, curve=CURVES[key_type], **options)
    credential: dict[str, Any] = answer["credential"]
    return credential
