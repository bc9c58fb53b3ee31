"""Signing and verifying Open Badges by several ways that differ in one thing each.

compiled    the product as it runs, on shapes that it knows
reference   the same pipeline, with every document going the reference way (`vc.canonical.rdfc`)
pyld        PyLD used with care and nothing of ours: `expand`, to see what it drops; `normalize` of what it made
pyld-bare   PyLD's `normalize` alone, which signs and verifies things that the document does not show
raw         the signature alone, of 64 bytes
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, cast

import base58
from pyld import jsonld

import contexts
from bench.badges import badge
from bench.measure import Subject
from contexts import Profile
from keys import KeyType, PrivateKey, dids
from keys.dids import did_key
from keys.fetching import NoNetwork
from vc.canonical import rdfc
from vc.proofs import SUITES, Suite, data_integrity
from vc.proofs.suites import HashThenSign

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STAMP = "2026-11-22T12:00:00Z"
SIGNED = 200
"""Signed badges that are verified in turns."""

_KEY_TYPES = {"eddsa-rdfc-2022": KeyType.ED25519, "ecdsa-rdfc-2019": KeyType.P256, "eddsa-jcs-2022": KeyType.ED25519}
_BY_REFERENCE = "-by-reference"


class Issuer:
    """A key with its did:key, and badges signed with it."""

    def __init__(self, suite: str, key: PrivateKey) -> None:
        self.suite = suite
        self.key = key
        self.did = did_key.did_for(self.key.public_key)
        self.method = did_key.verification_method_for(self.key.public_key)
        self.signed = [json.loads(json.dumps(self.sign(number))) for number in range(SIGNED)]

    def sign(self, number: int) -> dict[str, Any]:
        """Build and sign the badge of learner `number`."""
        return data_integrity.sign(
            badge(number, issuer=self.did),
            signer=self.key,
            verification_method=self.method,
            suite=self.suite,
            created=NOW,
        )

    def verify(self, number: int) -> None:
        """Check the proof of one of the signed badges, did:key worked out anew."""
        data_integrity.verify(
            self.signed[number % SIGNED],
            accepted_suites=frozenset({self.suite}),
            purpose="assertionMethod",
            controller=self.did,
            resolver=resolve,
            now=NOW,
        )


resolve = partial(dids.resolve, fetcher=NoNetwork())


def _by_reference(suite: str) -> str:
    """The name, in the product's table of suites, of `suite` with the compiled path left out."""

    def digest(document: Mapping[str, Any], *, hash_name: str, profile: Profile) -> bytes:
        canonical = rdfc.canonicalize(document, hash_name=hash_name, profile=profile)
        return hashlib.new(hash_name, canonical.encode()).digest()

    name = suite + _BY_REFERENCE
    table = cast(dict[str, Suite], SUITES)
    table[name] = replace(SUITES[suite], name=name, transform=HashThenSign(digest))
    return name


class PyldIssuer:
    """The same with PyLD, hashlib, cryptography and base58. `careful`: see what expansion drops."""

    def __init__(self, issuer: Issuer, *, careful: bool) -> None:
        self._issuer = issuer
        self._careful = careful

    def sign(self, number: int) -> dict[str, Any]:
        document = badge(number, issuer=self._issuer.did)
        proof = {
            "type": "DataIntegrityProof",
            "cryptosuite": self._issuer.suite,
            "created": STAMP,
            "verificationMethod": self._issuer.method,
            "proofPurpose": "assertionMethod",
        }
        signature = self._issuer.key.sign(self._hash_data(document, proof))
        return {**document, "proof": {**proof, "proofValue": "z" + base58.b58encode(signature).decode()}}

    def verify(self, number: int) -> None:
        signed = self._issuer.signed[number % SIGNED]
        document = {name: value for name, value in signed.items() if name != "proof"}
        proof = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
        signature = base58.b58decode(signed["proof"]["proofValue"][1:])
        key = resolve(self._issuer.did).verification_method(self._issuer.method, purpose="assertionMethod")
        assert key.public_key.verify(signature, self._hash_data(document, proof))

    def _hash_data(self, document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
        options = {**proof, "@context": document["@context"]}
        return self._digest(options) + self._digest(document)

    def _digest(self, part: Any) -> bytes:
        return hashlib.sha256(canonical_by_pyld(part, careful=self._careful).encode()).digest()


def canonical_by_pyld(document: Mapping[str, Any], *, careful: bool = True) -> str:
    """What PyLD makes of a document; `careful`: after a look at what it drops."""
    part: Any = document
    if careful:
        dropped: list[str] = []
        part = jsonld.expand(part, _PYLD, on_property_dropped=dropped.append)
        assert not dropped
    canonical: str = jsonld.normalize(part, _PYLD)
    return canonical


@cache
def _context(url: str) -> dict[str, Any]:
    return {**contexts.document_loader(url, {}), "tag": "static"}


def _load(url: str, _: Mapping[str, Any]) -> dict[str, Any]:
    return _context(url)  # "static" lets PyLD keep what it made of the context: its quickest way


_PYLD = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load, "base": None}


def subjects() -> list[Subject]:
    """All that is measured in turns: `sign.` and `verify.` of suite and way."""
    found = []
    for suite, key_type in _KEY_TYPES.items():
        key = PrivateKey.generate(key_type)
        issuer = Issuer(suite, key)
        if "rdfc" in suite:
            found += _pair(suite, "compiled", issuer.sign, issuer.verify)
            reference = Issuer(_by_reference(suite), key)
            found += _pair(suite, "reference", reference.sign, reference.verify)
            for way, careful in (("pyld", True), ("pyld-bare", False)):
                pyld = PyldIssuer(issuer, careful=careful)
                found += _pair(suite, way, pyld.sign, pyld.verify)
        else:
            found += _pair(suite, "compiled", issuer.sign, issuer.verify)
        found += _pair(suite, "raw", *raw(key))
    return found


def _pair(suite: str, way: str, sign: Callable[[int], object], verify: Callable[[int], object]) -> list[Subject]:
    return [Subject(f"sign.{suite}.{way}", sign), Subject(f"verify.{suite}.{way}", verify)]


def raw(key: PrivateKey) -> tuple[Callable[[int], object], Callable[[int], object]]:
    """The signature alone, over 64 bytes as long as the hash data, by the same library."""
    message = bytes(64)
    signature = key.sign(message)
    return lambda _: key.sign(message), lambda _: key.public_key.verify(signature, message)
