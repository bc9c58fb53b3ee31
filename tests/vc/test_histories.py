"""An issuer with a history (did:webvh): today's keys, and those of the day when a credential was signed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import contexts
from keys import PrivateKey
from tests.keys.dids.test_did_webvh import HOME, KEYS, NOW, START, Log, Shelf, altered, put
from vc import times
from vc.findings import Report
from vc.policy import PUBLIC, Anchors
from vc.proofs import SUITES, data_integrity
from vc.verify import verify_credential

THEN = replace(PUBLIC, keys_as_of_signing=True)
MONTH = timedelta(days=30)


@dataclass
class Issuer:
    """An issuer whose document has one key at a time: a new one each month, and the old ones no more."""

    log: Log

    def sign(self, key: PrivateKey, at: datetime) -> dict[str, Any]:
        document = {
            "@context": [contexts.CREDENTIALS_V2],
            "type": ["VerifiableCredential"],
            "issuer": self.log.did,
            "validFrom": times.stamp(START),
            "credentialSubject": {"id": "did:example:mira"},
        }
        return data_integrity.sign(
            document,
            signer=key,
            verification_method=f"{self.log.did}#key-1",
            suite="eddsa-jcs-2022",
            created=at,
        )

    def judged(self, credential: dict[str, Any], policy: Any) -> Report:
        return verify_credential(
            json.dumps(credential),
            anchors=Anchors.none(),
            policy=policy,
            accepted_suites=frozenset(SUITES),
            fetcher=Shelf(f"{HOME}/did.jsonl", b"".join(self.log.lines)),
            now=NOW,
        )


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(Log.of(3))


def test_the_newest_key_is_good_either_way(issuer: Issuer) -> None:
    credential = issuer.sign(KEYS[2], START + 3 * MONTH)
    assert issuer.judged(credential, PUBLIC).verified
    assert issuer.judged(credential, THEN).verified


def test_a_key_of_then_counts_where_the_policy_asks_for_then(issuer: Issuer) -> None:
    credential = issuer.sign(KEYS[0], START + timedelta(days=1))
    assert not issuer.judged(credential, PUBLIC).verified
    assert issuer.judged(credential, THEN).verified


@pytest.mark.parametrize(
    ("key", "at"),
    [
        (KEYS[2], START + timedelta(days=1)),  # a key of today, made to look old
        (KEYS[0], START + MONTH),  # a key that had been replaced at that moment
        (KEYS[0], START - timedelta(days=1)),  # before the identifier existed
        (KEYS[5], START + timedelta(days=1)),  # a key that it never published
    ],
)
def test_V_DID_1_a_proof_that_is_dated_wrongly_never_counts(issuer: Issuer, key: PrivateKey, at: datetime) -> None:
    report = issuer.judged(issuer.sign(key, at), THEN)
    assert not report.verified
    assert "INVALID" in " ".join(report.problems) or "PROOF" in " ".join(report.problems)


def test_V_DID_1_a_log_that_was_tampered_with_proves_nothing_newer(issuer: Issuer) -> None:
    old, new = issuer.sign(KEYS[0], START + timedelta(days=1)), issuer.sign(KEYS[2], START + 3 * MONTH)
    altered(issuer.log, 2, put("versionTime", value="2026-01-02T00:00:00Z"))
    assert not issuer.judged(new, PUBLIC).verified
    assert not issuer.judged(new, THEN).verified
    assert issuer.judged(old, THEN).verified, "the versions around that day are whole"
