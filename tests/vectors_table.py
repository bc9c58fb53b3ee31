"""Every shared test vector through the engine, as one table: `make vectors`, or `python -m tests.vectors_table`.

Per topic: passed of total, and each exception with its reason. A vector that fails without a reason in `EXCEPTIONS`,
and a reason that is no longer needed, end it with 1. The same table is a test (`tests/test_vectors_table.py`).
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import struct
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import cbor2
import jsonschema
from referencing import Registry

import contexts
from contexts import Profile
from keys import InvalidKey, PrivateKey, PublicKey
from keys.multibase import InvalidEncoding, decode, decode_base58, encode_base58, encode_base64url
from tests import jose_suite
from tests.vc import test_vcdm_vectors as vcdm
from tests.vc.canonical import test_rdf_canon as rdf_canon
from tests.vc.proofs import test_vectors as proofs
from tests.vc.vectors import FOLDER, load, text
from tests.world import World
from vc import baking, schemas, securing
from vc import credential as credentials
from vc import presentation as presentations
from vc.canonical import jcs
from vc.errors import VcError
from vc.findings import Report, Verdict
from vc.jose import jws, sd_jwt
from vc.policy import PUBLIC
from vc.proofs import data_integrity
from vc.proofs.ecdsa_sd_2023 import BaseProof, SelectiveDisclosure, derive
from vc.status.bitstring import Bitstring
from vc.status.token_list import TokenStatusList

Run = Callable[[], bool]


@dataclass(frozen=True)
class Case:
    """One vector. `run` says whether it gave its stated result; a refusal it did not expect is a no."""

    topic: str
    name: str
    run: Run

    def passes(self) -> bool:
        try:
            return self.run()
        except _DOES_NOT_HOLD:
            return False


_DOES_NOT_HOLD = (
    AssertionError,
    VcError,
    jws.InvalidJws,
    ValueError,
    LookupError,
    TypeError,
    jsonschema.ValidationError,
)

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("bbs", "*"): "bbs-2023 is no Recommendation and rests on unfinished IETF drafts: outside our claims, not read",
    ("sd-jwt", "*json_serialization*"): "JSON serialisations are refused (V-JWT-6); RFC 9901 makes them optional",
    ("sd-jwt", "*header_mod"): "its kid is a number, where RFC 7515 section 4.1.4 has a text",
    (
        "token-status-list",
        "*CWT*",
    ): "the CBOR form of the tokens is not read; the JWT form is the one for JWT credentials",
    ("ob3-clr2", "ob30/simple-eddsa-2022.json"): "eddsa-2022 was never a registered suite; its name is not read",
    ("ob3-clr2", "clr20/simple_v1.json"): "its issuer is a urn:uuid, which publishes no keys, and a nameless did:key"
    " signed the credentials in it: the key must be the issuer's (V-ISS-1)",
    ("contexts", "https://w3id.org/security/suites/jws-2020/v1*"): "a suite that is not read: not carried",
    ("contexts", "https://w3id.org/security/suites/secp256k1-2019/v1*"): "a suite that is not read: not carried",
    ("contexts", "https://w3id.org/security/suites/x25519-2019/v1*"): "keys for agreement, not signatures: not carried",
}
"""Topic and pattern of the names, with the reason why these do not give their stated result here."""


# --- proofs ---------------------------------------------------------------------------------------


def done(check: Callable[..., Any], *arguments: Any) -> Run:
    """A check that raises where it does not hold, as a case."""

    def run() -> bool:
        check(*arguments)
        return True

    return run


def refused(action: Callable[[], Any]) -> bool:
    try:
        action()
    except (VcError, jws.InvalidJws, InvalidKey, InvalidEncoding, LookupError):
        return True
    return False


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


# --- status lists ---------------------------------------------------------------------------------


def bitstrings() -> Iterator[Case]:
    positive = load("bitstring-status-list", "positive.json")
    given = {**positive["from_specification"], "status_size": 1}
    for number, case in enumerate([given, *positive["generated"]]):
        yield Case("bitstring", f"list {number}", partial(one_bitstring, case))
    for case in load("bitstring-status-list", "negative.json"):
        bad = case["encodedList"]
        yield Case("bitstring", case["about"], partial(refused, partial(Bitstring.from_encoded, bad)))


def one_bitstring(case: Mapping[str, Any]) -> bool:
    bits = Bitstring.from_encoded(case["encodedList"], size=case["status_size"])
    again = Bitstring.from_encoded(bits.encoded(), size=case["status_size"])
    listed = {int(index): value for index, value in case["set"].items()}
    everywhere = all(again[i] == listed.get(i, 0) for i in (*listed, *range(0, len(bits), 97)))
    return len(bits) == case["entries"] and everywhere and set_entries(bits) == len(listed)


def set_entries(bits: Any) -> int:
    return sum(1 for index in range(len(bits)) if bits[index])


def token_lists() -> Iterator[Case]:
    for case in load("token-status-list", "encoding-small.json"):
        yield Case("token-status-list", f"small, {case['bits']} bit", partial(small_token_list, case))
    for bits in (1, 2, 8):
        case = load("token-status-list", f"encoding-{bits}bit.json")
        yield Case("token-status-list", f"large, {bits} bit", partial(large_token_list, case))
        yield Case("token-status-list", f"large, {bits} bit, bytes of the CBOR form", partial(same_bytes, case))
    tokens = load("token-status-list", "tokens.json")
    yield Case("token-status-list", "token as JWT", lambda: token_of_list(tokens["status_list_jwt"]))
    for name in ("status_list_cwt_hex", "referenced_token_cwt_hex"):
        yield Case("token-status-list", f"{name} (CWT)", lambda: False)


def small_token_list(case: Mapping[str, Any]) -> bool:
    listed = TokenStatusList.from_encoded(case["json"]["lst"], bits=case["bits"])
    values = [listed[index] for index in range(len(listed))]
    per_byte = 8 // case["bits"]
    packed = bytes(
        sum(value << case["bits"] * place for place, value in enumerate(values[start : start + per_byte]))
        for start in range(0, len(values), per_byte)
    )
    again = TokenStatusList.from_encoded(TokenStatusList.of(values, bits=case["bits"]).encoded(), bits=case["bits"])
    return packed.hex() == case["byte_array_hex"] and [again[i] for i in range(len(again))] == values


def large_token_list(case: Mapping[str, Any]) -> bool:
    listed = TokenStatusList.from_encoded(case["json"]["lst"], bits=case["bits"])
    marked = {index: listed[index] for index in range(len(listed)) if listed[index]}
    return len(listed) == case["size"] and marked == {int(i): v for i, v in case["status"].items() if v}


def same_bytes(case: Mapping[str, Any]) -> bool:
    listed = cbor2.loads(bytes.fromhex(case["cbor_hex"]))
    return bool(base64.urlsafe_b64encode(listed["lst"]).rstrip(b"=").decode() == case["json"]["lst"])


def token_of_list(token: str) -> bool:
    """The example's key is not published, so its signature is not checked; all the rest is."""
    claims = jws.read(token, typ="statuslist+jwt").unverified_claims()
    listed = TokenStatusList.from_encoded(claims["status_list"]["lst"], bits=claims["status_list"]["bits"])
    return [listed[index] for index in range(16)] == [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]


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


# --- schemas and documents ------------------------------------------------------------------------


def json_schemas() -> Iterator[Case]:
    groups = load("vc-json-schema", "cases.json")
    for kind, folder in (("JsonSchema", "jsonschema"), ("JsonSchemaCredential", "jsonschemacredential")):
        for dialect in ("2020-12", "2019-09", "Draft-7"):
            for case in (case for group in groups[kind].values() for case in group):
                name = f"{kind} {dialect} {case['number']}: {case['description']}"
                yield Case("vc-json-schema", name, partial(one_schema_case, (folder, dialect), case))


def one_schema_case(folder: tuple[str, str], case: Mapping[str, Any]) -> bool:
    credential = load("vc-json-schema", *folder, f"{case['cred_number']}-credential.json")
    entry = credential["credentialSchema"]
    bundle = {entry["id"]: text("vc-json-schema", *folder, f"{case['schema_number']}-schema.json").encode()}
    return schemas.check(credential, entry, bundle=bundle).outcome.value == case["expected_result"]


def data_model() -> Iterator[Case]:
    for case in vcdm.CREDENTIALS:
        yield Case("vcdm2-inputs", case["file"], done(vcdm.test_V_DM_1_credential_has_its_verdict, case))
    for case in vcdm.PRESENTATIONS:
        yield Case("vcdm2-inputs", case["file"], done(vcdm.test_V_DM_1_presentation_has_its_verdict, case))


def specification_examples() -> Iterator[Case]:
    for folder in ("verifiable-credential", "verifiable-presentation"):
        schema = load("vcdm-json-schema", folder, f"{folder}-schema.json")
        for path in sorted((FOLDER / "vcdm-json-schema" / folder).glob("example-*.json")):
            yield Case("vcdm-json-schema", f"{folder}/{path.name}", partial(one_example, path, schema))


def one_example(path: Any, schema: Any) -> bool:
    """It fits the schema, and our own rules for its shape accept it."""
    document = json.loads(path.read_text())
    kinds = ("verifiable-credential", "verifiable-presentation")
    both = [load("vcdm-json-schema", kind, f"{kind}-schema.json") for kind in kinds]
    registry: Registry[Any] = Registry().with_contents((one["$id"], one) for one in both)
    jsonschema.Draft202012Validator(schema, registry=registry).validate(document)
    check = credentials.check if path.parent.name == "verifiable-credential" else presentations.check
    check(document, profile=Profile.CONFORMANCE)
    return True


def open_badges() -> Iterator[Case]:
    for case in load("ob3-clr2", "cases.json"):
        yield Case("ob3-clr2", case["file"], partial(one_badge, case))


def one_badge(case: Mapping[str, Any]) -> bool:
    """Valid ones are genuine here, invalid ones not; "warning" stands for the old 1.1 form, which is read."""
    report = judged_badge(case["file"])
    if case["expected"] == "unspecified":
        return True
    return report.verified is (case["expected"] in ("valid", "warning"))


def judged_badge(name: str) -> Report:
    """The samples name their key in the fragment of their issuer's address, or bring it in the token's header. Neither
    proves an issuer here, so the address serves a document that publishes just these keys."""
    world, data = World(), (FOLDER / "ob3-clr2" / name).read_bytes()
    if name.endswith((".png", ".svg")):
        data = baking.unbake(data).encode()
    for address, fragments in verification_methods(data).items():
        methods = [
            {"id": f"{address}#{key}", "type": "Multikey", "controller": address, "publicKeyMultibase": key}
            for key in sorted(fragments)
        ]
        world.net.serve(served_at(address), {"id": address, "assertionMethod": methods})
    for issuer, jwk in header_keys(data).items():
        method = {"id": f"{issuer}#key", "type": "JsonWebKey", "controller": issuer, "publicKeyJwk": jwk}
        world.net.serve(served_at(issuer), {"id": issuer, "assertionMethod": [method]})
    listed = FOLDER / "ob3-clr2" / "ob30" / "bit-string-list" / "testlist"
    world.net.serve(LIST_OF_SAMPLES, listed.read_bytes())
    return world.verify(data, accepted_suites=securing.EVERYTHING_READ, policy=PUBLIC)


LIST_OF_SAMPLES = (
    "https://raw.githubusercontent.com/1EdTech/digital-credentials-public-validator/refs/heads/main/inspector-vc/src/"
    "test/resources/ob30/bit-string-list/testlist"
)


def verification_methods(data: bytes) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            method = value.get("verificationMethod")
            if isinstance(method, str) and "#z6Mk" in method:
                address, _, fragment = method.partition("#")
                found.setdefault(address, set()).add(fragment)
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    if data.lstrip().startswith(b"{"):
        walk(json.loads(data))
    return found


def header_keys(data: bytes) -> dict[str, Any]:
    """The key that a token brings along, for its issuer to publish."""
    try:
        token = jws.split(data.decode("ascii").strip())
    except (jws.InvalidJws, UnicodeDecodeError):
        return {}
    jwk = token.header.get("jwk")
    return {token.unverified_claims()["iss"]: jwk} if jwk else {}


def served_at(address: str) -> str:
    if not address.startswith("did:web:"):
        return address
    host, *path = address.removeprefix("did:web:").split(":")
    return f"https://{host}/{'/'.join(path) or '.well-known'}/did.json"


# --- what we carry --------------------------------------------------------------------------------


def carried_contexts() -> Iterator[Case]:
    for row in load("contexts", "index.json"):
        yield Case("contexts", f"{row['url']} ({row['file']})", partial(one_context, row))


def one_context(row: Mapping[str, Any]) -> bool:
    """We know the published bytes by their digest, and our file says the same."""
    published = (FOLDER / "contexts" / row["file"]).read_bytes()
    profile = {contexts.UNDEFINED_TERMS_V2: Profile.UNDEFINED_TERMS}.get(row["url"], Profile.CONFORMANCE)
    same = contexts.load(row["url"], profile=profile) == json.loads(published)
    known = hashlib.sha256(published).hexdigest() in contexts.related_resource_digests(row["url"], superseded=True)
    return known and (same or "superseded" in row["file"])


def pilot_data() -> Iterator[Case]:
    """MyCreds' pilot: read, and "could not be checked", neither valid nor forged."""
    for name in ("academic-award-2023.json", "academic-award-revocable-2022.json"):

        def run(name: str = name) -> bool:
            report = World().verify((FOLDER / "mycreds" / name).read_bytes(), accepted_suites=securing.EVERYTHING_READ)
            return report.verdict is Verdict.UNDECIDED

        yield Case("mycreds", name, run)


TOPICS: tuple[Callable[[], Iterator[Case]], ...] = (
    integrity_proofs,
    selective_disclosure,
    bbs,
    canonical_json,
    canonical_rdf,
    multibase,
    did_keys,
    bitstrings,
    token_lists,
    selective_tokens,
    secured_by_jose_and_cose,
    json_schemas,
    data_model,
    specification_examples,
    open_badges,
    carried_contexts,
    pilot_data,
)


# --- the table ------------------------------------------------------------------------------------


@dataclass
class Row:
    """One topic's outcome."""

    topic: str
    passed: int = 0
    total: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Table:
    """`explained`: name and reason of what did not pass, and need not. `unexplained`: what has to be looked into."""

    rows: tuple[Row, ...]
    explained: tuple[tuple[str, str, str], ...]
    unexplained: tuple[str, ...]


def reason_for(topic: str, name: str) -> tuple[tuple[str, str], str] | None:
    return next((item for item in EXCEPTIONS.items() if item[0][0] == topic and fnmatchcase(name, item[0][1])), None)


def run_all() -> Table:
    rows: dict[str, Row] = {}
    explained: list[tuple[str, str, str]] = []
    unexplained: list[str] = []
    needed = set()
    for case in (case for topic in TOPICS for case in topic()):
        row = rows.setdefault(case.topic, Row(case.topic))
        started = time.perf_counter()
        passed = case.passes()
        row.seconds += time.perf_counter() - started
        row.passed, row.total = row.passed + passed, row.total + 1
        excuse = reason_for(case.topic, case.name)
        if excuse is not None and not passed:
            needed.add(excuse[0])
            explained.append((case.topic, case.name, excuse[1]))
        elif passed is (excuse is not None):
            unexplained.append(
                f"{case.topic}: {case.name}" + (" (passes; its exception is out of date)" if passed else "")
            )
    unexplained += [f"{topic}: {name} (an exception that nothing needs)" for topic, name in EXCEPTIONS.keys() - needed]
    return Table(tuple(rows.values()), tuple(explained), tuple(unexplained))


def main() -> int:
    if not FOLDER.is_dir():
        print("the shared test vectors (../shared/vectors) are not on this machine")
        return 1
    table = run_all()
    for row in table.rows:
        print(f"{row.topic:20} {row.passed:5} of {row.total:5}   {row.seconds:6.1f} s")
    reasons: dict[tuple[str, str], list[str]] = {}
    for topic, name, reason in table.explained:
        reasons.setdefault((topic, reason), []).append(name)
    for (topic, reason), names in reasons.items():
        print(f"\nexception, {topic}: {reason}")
        for name in names:
            print(f"    {name}")
    for line in table.unexplained:
        print(f"\nUNEXPLAINED  {line}")
    return 1 if table.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
