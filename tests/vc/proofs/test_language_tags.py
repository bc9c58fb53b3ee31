"""Signatures of processors that leave `fr-CA` as it is written, where ours makes it `fr-ca`: both are JSON-LD."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

import contexts
from keys import KeyType, PrivateKey, dids
from keys.dids import did_key
from keys.fetching import NoNetwork
from keys.multibase import encode_base58
from vc.canonical import digest_as_written, rdfc
from vc.effort import Effort
from vc.errors import CryptographicSecurityError
from vc.proofs import SUITES, data_integrity

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEYS = {
    "eddsa-rdfc-2022": PrivateKey.generate(KeyType.ED25519),
    "ecdsa-rdfc-2019": PrivateKey.generate(KeyType.P256),
}


def credential(suite: str, *tags: str) -> dict[str, Any]:
    """One without blank nodes, whose statements can be written by hand."""
    return {
        "@context": [contexts.CREDENTIALS_V2],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "issuer": did_key.did_for(KEYS[suite].public),
        "name": [{"@value": "Analyse", "@language": tag} for tag in tags],
        "credentialSubject": {"id": "did:example:learner"},
    }


def signed_elsewhere(suite: str, *tags: str) -> dict[str, Any]:
    """The credential as somebody signs it whose processor changes no language tag."""
    document = credential(suite, *tags)
    lines = [
        "<urn:uuid:1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
        " <https://www.w3.org/2018/credentials#VerifiableCredential> .\n",
        *(f'<urn:uuid:1> <https://schema.org/name> "Analyse"@{tag} .\n' for tag in tags),
        "<urn:uuid:1> <https://www.w3.org/2018/credentials#credentialSubject> <did:example:learner> .\n",
        f"<urn:uuid:1> <https://www.w3.org/2018/credentials#issuer> <{document['issuer']}> .\n",
    ]
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": "2026-11-22T10:00:00Z",
        "verificationMethod": did_key.verification_method_for(KEYS[suite].public),
        "proofPurpose": "assertionMethod",
    }
    options = rdfc.canonicalize({"@context": document["@context"], **proof})
    hashes = [hashlib.sha256(text.encode()).digest() for text in (options, "".join(sorted(lines)))]
    return {**document, "proof": {**proof, "proofValue": encode_base58(KEYS[suite].sign(b"".join(hashes)))}}


def verify(document: dict[str, Any]) -> data_integrity.VerifiedProofs:
    return data_integrity.verify(
        document,
        accepted_suites=frozenset(SUITES),
        purpose="assertionMethod",
        controller=document["issuer"],
        resolver=lambda did: dids.resolve(did, fetcher=NoNetwork()),
        now=NOW,
    )


@pytest.mark.parametrize("suite", KEYS)
@pytest.mark.parametrize("tags", [("fr",), ("fr-CA",), ("en-CA", "fr-CA", "zh-Hant-TW"), ("en", "fr-CA")])
def test_what_was_signed_with_tags_as_they_are_written_verifies(suite: str, tags: tuple[str, ...]) -> None:
    assert verify(signed_elsewhere(suite, *tags)).proofs


@pytest.mark.parametrize("suite", KEYS)
def test_V_TAM_1_a_tag_of_another_language_or_another_text_does_not(suite: str) -> None:
    signed = signed_elsewhere(suite, "fr-CA", "en-CA")
    for change in ({"@language": "fr-FR"}, {"@language": "fr-Ca"}, {"@value": "Analyses"}):
        altered = {**signed, "name": [{**signed["name"][0], **change}, signed["name"][1]]}
        with pytest.raises(CryptographicSecurityError):
            verify(altered)


def test_there_is_no_other_form_where_nothing_is_in_capitals_or_one_tag_is_spelt_in_two_ways() -> None:
    assert digest_as_written(credential("eddsa-rdfc-2022", "fr", "en-ca")) is None
    assert digest_as_written(credential("eddsa-rdfc-2022", "fr-CA", "fr-ca")) is None


def test_V_DOS_1_the_work_for_the_other_form_is_counted_beforehand() -> None:
    plain, capitals = Effort(limit=100), Effort(limit=100)
    plain.spend(credential("eddsa-rdfc-2022", "fr"))
    capitals.spend(credential("eddsa-rdfc-2022", "fr-CA"))
    assert capitals.asked == 2 * plain.asked
