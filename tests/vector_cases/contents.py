"""The vectors of what is secured: status lists, schemas, documents, and what this repository carries itself."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import cbor2
import jsonschema
from referencing import Registry

import contexts
from contexts import Profile
from tests.vc import test_vcdm_vectors as vcdm
from tests.vc.vectors import FOLDER, load, text
from tests.vector_cases.case import Case, done, refused
from tests.world import World
from vc import baking, schemas, securing
from vc import credential as credentials
from vc import presentation as presentations
from vc.findings import Report, Verdict
from vc.jose import jws
from vc.policy import PUBLIC
from vc.status.bitstring import Bitstring
from vc.status.token_list import TokenStatusList

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
