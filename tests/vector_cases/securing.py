"""The vectors of what secures a document: proofs, canonical forms, keys, tokens."""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from contexts import Profile
from keys import PrivateKey, PublicKey
from keys.multibase import decode, decode_base58, encode_base58, encode_base64url
from tests import jose_suite
from tests.vc.canonical import test_rdf_canon as rdf_canon
from tests.vc.proofs import test_vectors as proofs
from tests.vc.vectors import FOLDER, load, text
from tests.vector_cases.case import Case, done, refused
from vc.canonical import jcs
from vc.jose import sd_jwt
from vc.proofs import data_integrity
from vc.proofs.ecdsa_sd_2023 import BaseProof, SelectiveDisclosure, derive

# --- proofs ---------------------------------------------------------------------------------------


def integrity_proofs() -> Iterator[Case]:
    for path in proofs.SIGNED:
        yield Case(path.split("/")[0], f"{path} verifies", done(proofs.test_published_signed_document_verifies, path))
    for case in proofs.STEPS:
        yield Case(
            case[0].split("/")[0], f"{case[0]} step by step", done(proofs.test_every_step_is_the_published_one, *case)
        )
    for name, *given in proofs.EDDSA:
        reproduced = proofs.test_ed25519_signatures_are_reproduced_byte_for_byte
        yield Case("eddsa", f"{name} signed alike", done(reproduced, name, *given))
    yield Case("eddsa", "proof chain signed alike", done(proofs.test_a_proof_chain_is_reproduced_byte_for_byte))
    for file in sorted((FOLDER / "ecdsa").glob("ecdsa-[jr]*/**/signed*.json")):
        yield Case("ecdsa", f"{file.relative_to(FOLDER)} signed alike", partial(signed_alike, file))


def signed_alike(path: Any) -> bool:
    """ECDSA: the published signatures are deterministic (RFC 6979), as ours."""
    signed = json.loads(path.read_text())
    proof = signed["proof"]
    curve = "p384" if "p384" in str(path) else "p256"
    made = data_integrity.sign(
        {name: value for name, value in signed.items() if name != "proof"},
        signer=proofs.secret(f"ecdsa/{curve}KeyPair.json"),
        verification_method=proof["verificationMethod"],
        suite=proof["cryptosuite"],
        created=datetime.fromisoformat(proof["created"]),
        profile=Profile.CONFORMANCE,
    )
    return bool(made["proof"] == proof)


def selective_disclosure() -> Iterator[Case]:
    for name in ("employ", "prc"):
        yield Case("ecdsa-sd", f"{name}: derived proof verifies", partial(derived_verifies, name))
        yield Case("ecdsa-sd", f"{name}: base proof is refused", partial(base_refused, name))
        yield Case("ecdsa-sd", f"{name}: base proof made alike", partial(base_alike, name))
        yield Case("ecdsa-sd", f"{name}: derived alike", partial(derived_alike, name))


def base_refused(case: str) -> bool:
    return refused(lambda: proofs.verify(sd_file(case, "addSignedSDBase.json")))


def sd_file(case: str, name: str) -> Any:
    return load("ecdsa", "ecdsa-sd-2023", case, name)


def derived_verifies(name: str) -> bool:
    proofs.verify(sd_file(name, "derivedRevealDocument.json"))
    return True


def base_alike(name: str) -> bool:
    """With the published random values, the base proof is the published one, byte for byte."""
    material, signed = load("ecdsa", "ecdsa-sd-2023", "SDKeyMaterial.json"), sd_file(name, "addSignedSDBase.json")
    published = BaseProof.decoded(signed["proof"]["proofValue"])
    made = SelectiveDisclosure(published.mandatory_pointers).base_proof(
        {member: value for member, value in signed.items() if member != "proof"},
        sd_file(name, "addProofConfig.json"),
        signer=PrivateKey.from_multikey(material["baseKeyPair"]["secretKeyMultibase"]),
        profile=Profile.CONFORMANCE,
        hmac_key=bytes.fromhex(material["hmacKeyString"]),
        proof_key=PrivateKey.from_multikey(material["proofKeyPair"]["secretKeyMultibase"]),
    )
    return bool(made.encoded() == signed["proof"]["proofValue"])


def derived_alike(name: str) -> bool:
    expected = sd_file(name, "derivedRevealDocument.json")
    pointers = load("ecdsa", f"{'employ' if name == 'employ' else 'prCred'}Selective.json")
    made = derive(sd_file(name, "addSignedSDBase.json"), selective_pointers=pointers, profile=Profile.CONFORMANCE)
    return bool(made == expected)


def bbs() -> Iterator[Case]:
    for path in sorted((FOLDER / "bbs").glob("**/derivedRevealDocument.json")):
        document = json.loads(path.read_text())
        yield Case("bbs", str(path.parent.name), done(proofs.verify, document))


# --- canonical forms ------------------------------------------------------------------------------


def canonical_json() -> Iterator[Case]:
    for path in sorted((FOLDER / "jcs" / "input").glob("*.json")):

        def document(path: Any = path) -> bool:
            made = jcs.canonicalize(json.loads(path.read_text()))
            return made == (path.parent.parent / "output" / path.name).read_bytes()

        yield Case("jcs", path.name, document)
    for line in text("jcs", "es6-numbers.txt").splitlines():
        bits, expected = line.split(",", 1)

        def number(bits: str = bits, expected: str = expected) -> bool:
            value = float_of(bits)
            return jcs.canonicalize(value).decode() == expected

        yield Case("jcs", f"number {bits}", number)


def float_of(bits: str) -> float:
    value: float = struct.unpack(">d", bytes.fromhex(bits.rjust(16, "0")))[0]
    return value


def canonical_rdf() -> Iterator[Case]:
    for case in rdf_canon.CASES:
        yield Case("rdf-canon", case["id"], done(rdf_canon.test_suite_case, case))


# --- keys -----------------------------------------------------------------------------------------


def multibase() -> Iterator[Case]:
    """Rows in `z` and `u` are read and written alike; every other base is refused."""
    for name in ("basic", "leading_zero", "two_leading_zeros", "case_insensitivity"):
        rows = list(csv.reader(text("multibase", f"{name}.csv").splitlines(), skipinitialspace=True))
        expected = rows[0][1].encode().decode("unicode_escape").encode("latin-1")
        for encoding, written in rows[1:]:
            yield Case("multibase", f"{name} {encoding}", partial(one_base, encoding, written, expected))


def one_base(encoding: str, written: str, expected: bytes) -> bool:
    if encoding == "base58btc":
        return decode(written) == expected and encode_base58(expected) == written
    if encoding == "base64url":
        return decode(written) == expected and "u" + encode_base64url(expected) == written
    return refused(lambda: decode(written))


def did_keys() -> Iterator[Case]:
    for name in ("ed25519-x25519", "nist-curves", "bls12381", "rsa", "secp256k1", "x25519"):
        for did, case in load("did-key", f"{name}.json").items():
            yield Case("did-key", did, partial(one_did_key, did, case, name))


def one_did_key(did: str, case: Any, name: str) -> bool:
    """Keys that sign here are read as published; every other kind is refused."""
    written = did.removeprefix("did:key:")
    method = case.get("verificationMethod") or case.get("verificationKeyPair") or {}
    if name not in ("ed25519-x25519", "nist-curves") or not isinstance(method, dict):
        return refused(lambda: PublicKey.from_multikey(written))
    if "publicKeyBase58" in method:
        return PublicKey.from_multikey(written).raw == decode_base58(method["publicKeyBase58"])
    return PublicKey.from_multikey(written).jwk == method["publicKeyJwk"]


# --- tokens ---------------------------------------------------------------------------------------


def selective_tokens() -> Iterator[Case]:
    for path in sorted((FOLDER / "sd-jwt").glob("*/*/verified_contents.json")):
        folder = path.parent
        yield Case("sd-jwt", f"{folder.parent.name}/{folder.name}", partial(one_sd_jwt, folder))


def one_sd_jwt(folder: Any) -> bool:
    keys = load("sd-jwt", "keys.json")
    shown = next(folder.glob("sd_jwt_presentation.*")).read_text().strip()
    binding: Any = sd_jwt.NO_KEY_BINDING
    if (folder / "kb_jwt_payload.json").exists():
        made = json.loads((folder / "kb_jwt_payload.json").read_text())["iat"]
        binding = sd_jwt.RequireKeyBinding(
            audience=keys["audience"][folder.parent.name],
            nonce=keys["key_binding_nonce"],
            now=datetime.fromtimestamp(made, UTC),
        )
    token = sd_jwt.read(shown, typ=frozenset({"example+sd-jwt", "dc+sd-jwt"}))
    issuer = PublicKey.from_jwk(keys["issuer_public_jwk"])
    claims = token.verify(issuer, accepted_algs=frozenset({"ES256"}), key_binding=binding)
    return bool(claims == json.loads((folder / "verified_contents.json").read_text()))


def secured_by_jose_and_cose() -> Iterator[Case]:
    for case in load("vc-jose-cose", "cases.json"):
        yield Case("vc-jose-cose", f"{case['number']} {case['name']}", partial(one_jose_case, case))


def one_jose_case(case: Mapping[str, Any]) -> bool:
    method = load("vc-jose-cose", case["key_file"])
    source, paths = text("vc-jose-cose", case["input_file"]), case.get("disclosure_paths", ())
    answer = jose_suite.run(case["fn"], case["feature"], source, method, paths)
    if case["fn"] == "issue" and answer.result == "success":
        again = jose_suite.run("verify", case["feature"], answer.data, method)
        return again.result == "success" == case["expected_result"]
    return bool(answer.result == case["expected_result"])
