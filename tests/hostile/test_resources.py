"""Budgets: time, fetches, readers that meet nonsense, and mutations found by chance (V-DOS, V-TAM-1)."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys import InvalidKey, PublicKey
from keys.dids import DidDocument, DidError, split_did, split_key_address
from keys.multibase import InvalidEncoding, decode
from tests.hostile.formats import (
    EDWARDS,
    FORMATS,
    OVER_RDF,
    V2,
    Document,
    by,
    disclosed,
    draft,
    enveloped,
    integrity,
    token,
    verify,
    verify_presentation,
)
from tests.reports import refused
from tests.world import World
from vc import schemas, securing, strict_json
from vc.canonical import rdfc
from vc.canonical.rdfc10 import canonicalize_dataset
from vc.errors import ProofTransformationError, VcError
from vc.jose import jws, sd_jwt
from vc.proofs.ecdsa_sd_2023 import BaseProof, DerivedProof
from vc.status.bitstring import Bitstring
from vc.status.token_list import TokenStatusList


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Processor time, so that a busy machine fails nobody."""
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


def subjects(count: int, **members: Any) -> list[Document]:
    return [{"type": ["AchievementSubject"], "licenseNumber": str(n), **members} for n in range(count)]


def alike(count: int) -> list[Document]:
    return [{"type": ["AchievementSubject"], "result": [{"type": ["Result"]}] * 7} for _ in range(count)]


HEAVY: dict[str, Document] = {
    "2 000 subjects": {"credentialSubject": subjects(2000)},
    "a thousand alike": {"credentialSubject": alike(120)},
    "9 000 tags": {
        "credentialSubject": {
            "achievement": {"id": "urn:a", "type": ["Achievement"], "tag": [str(n) for n in range(9000)]}
        }
    },
    "3 000 languages": {"name": [{"@value": str(n), "@language": "en"} for n in range(3000)]},
    "9 000 types": {"type": ["VerifiableCredential", *(f"urn:t:{n}" for n in range(9000))]},
    "15 long texts": {"name": [{"@value": chr(97 + n) * 60_000, "@language": "en"} for n in range(15)]},
    "long identifier": {"id": "urn:" + "a" * 60_000},
    "long date": {"validFrom": "2026-01-01T00:00:00." + "1" * 60_000 + "Z"},
    "long language": {"name": {"@value": "x", "@language": "a-" * 30_000}},
    "long did": {"issuer": "did:key:z" + "1" * 60_000},
    "9 000 words without meaning": {f"x{n}": "1" for n in range(9000)},
}


@pytest.mark.parametrize("name", ["eddsa-rdfc-2022", "vc+jwt"])
@pytest.mark.parametrize("members", HEAVY.values(), ids=HEAVY)
def test_V_DOS_1_V_DOS_5_V_DOS_7_heavy_documents(name: str, members: Document) -> None:
    if name == "vc+jwt":
        secured: Any = enveloped("application/vc+jwt", token({**draft(), **members}))
    else:
        secured = {**FORMATS[name](draft()), **members}
    with within(2):
        assert not verify(secured).verified or name == "vc+jwt"


@pytest.mark.parametrize(
    "text", ["did:key:z" + "1" * 100_000, "z" + "1" * 100_000, "u" + "A" * 1_000_001, "z" * 60_000]
)
def test_V_DOS_1_long_encodings_are_not_decoded(text: str) -> None:
    with within(0.1):
        for read in (decode, PublicKey.from_multikey, lambda t: split_key_address(f"{t}#{t}")):
            with pytest.raises((InvalidEncoding, InvalidKey, DidError)):
                read(text)


def test_V_DOS_4_V_DOS_7_proofs_times_size_is_bounded() -> None:
    """Sixteen good proofs over a large document: each alone is within its limits."""
    document = by(EDWARDS, draft(credentialSubject=subjects(1000)))
    signed = document
    for number in range(6):
        signed = integrity("eddsa-rdfc-2022", signed, key=EDWARDS, proof_id=f"urn:p:{number}")
    with within(2):
        assert refused(verify(signed), "MALFORMED_VALUE_ERROR")


def test_V_DOS_7_a_presentation_of_heavy_tokens_is_bounded() -> None:
    world = World()
    name = [{"@value": str(n), "@language": "en"} for n in range(1000)]
    held = [enveloped("application/vc+jwt", token(draft(name=name, id=f"urn:c:{n}"))) for n in range(12)]
    shown = world.present(*held)
    with within(2):
        report = verify_presentation(shown, world=world)
    assert refused(report)
    assert "over_limit" in [finding.code for finding in report.all_findings]


@pytest.mark.parametrize("size", [6, 10, 30, 200])
def test_V_DOS_7_cliques_rings_and_grids(size: int) -> None:
    nodes = [f"_:n{number}" for number in range(size)]
    clique = [(a, "<urn:p>", b, "") for a in nodes for b in nodes if a != b]
    ring = [(a, "<urn:p>", nodes[(n + 1) % size], "") for n, a in enumerate(nodes)]
    with within(2):
        for graph in (clique[:15_000], ring):
            try:
                canonicalize_dataset(graph)
            except ProofTransformationError:
                continue


def test_V_DOS_5_patterns_of_schemas_take_linear_time() -> None:
    address = "https://schemas.example/evil"
    rules = {
        "$id": address,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {"name": {"pattern": "^(a+)+$"}},
    }
    entry = {"id": address, "type": "JsonSchema"}
    with within(0.1):
        answer = schemas.check({"name": "a" * 60_000 + "!"}, entry, bundle={address: json.dumps(rules).encode()})
    assert answer.outcome is schemas.Outcome.FAILURE


def test_V_DOS_6_ten_addresses_at_most() -> None:
    world = World()
    entries = [
        {**world.draft()["credentialStatus"][0], "statusListCredential": f"https://list{n}.example/"} for n in range(8)
    ]
    held = [world.issue(credentialStatus=entries) for _ in range(3)]
    assert refused(verify_presentation(world.present(*held), world=world), "STATUS_RETRIEVAL_ERROR")
    assert len(world.net.requests) <= 10
    assert len(set(world.net.requests)) == len(world.net.requests)


def test_V_TAM_1_a_derived_proof_does_not_split_one_node_into_two() -> None:
    """Statements are signed one by one: a node could come apart into two that share its name."""
    document = draft()
    document["credentialSubject"] = {
        "id": document["credentialSubject"]["id"],
        "type": ["AchievementSubject"],
        "result": [{"type": ["Result"], "value": "100", "status": "Completed"}],
    }
    signed = disclosed(document)
    assert verify(signed).verified
    proof = DerivedProof.decoded(signed["proof"]["proofValue"])
    name = proof.labels[0]
    for labels in ({0: name, 1: name}, {0: name, 1: proof.labels.get(1, name), 2: name}):
        bent = DerivedProof(proof.base_signature, proof.public_key, proof.signatures, labels, proof.mandatory_indexes)
        assert refused(verify({**signed, "proof": {**signed["proof"], "proofValue": bent.encoded()}}))


# --- chance ---------------------------------------------------------------------------------------

READERS: dict[str, Callable[[Any], Any]] = {
    "JSON": strict_json.parse,
    "document": securing.read,
    "vc+jwt": lambda data: securing.read(enveloped("application/vc+jwt", data.decode("latin-1"))),
    "vc+sd-jwt": lambda data: securing.read(enveloped("application/vc+sd-jwt", data.decode("latin-1"))),
    "vc+cose": lambda data: securing.read(enveloped("application/vc+cose;base64", data.decode("latin-1"))),
    "JWS": lambda data: jws.read(data.decode("latin-1"), typ="vc+jwt"),
    "SD-JWT": lambda data: sd_jwt.read(data.decode("latin-1"), typ="vc+sd-jwt").unverified_claims(),
    "base proof": lambda data: BaseProof.decoded(data.decode("latin-1")),
    "derived proof": lambda data: DerivedProof.decoded(data.decode("latin-1")),
    "bitstring": lambda data: Bitstring.from_encoded(data.decode("latin-1")),
    "token list": lambda data: TokenStatusList.from_encoded(data.decode("latin-1"), bits=1),
    "multikey": lambda data: PublicKey.from_multikey(data.decode("latin-1")),
    "DID": lambda data: split_did(data.decode("latin-1")),
    "DID document": lambda data: DidDocument.of("did:web:a.example", data),
}
REFUSALS = (VcError, jws.InvalidJws, InvalidKey, InvalidEncoding, DidError)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@settings(max_examples=150, deadline=None)
@given(data=st.one_of(st.binary(max_size=200), st.from_regex(rb"[A-Za-z0-9_.~{}\[\]\":,uz-]{0,80}", fullmatch=True)))
def test_V_JSON_4_readers_refuse_nonsense_in_their_own_words(reader: Callable[[Any], Any], data: bytes) -> None:
    try:
        reader(data)
    except REFUSALS:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, (dict, list)):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, step)
            yield from places(inner, (*path, step))


@pytest.mark.parametrize("name", ["eddsa-jcs-2022", *OVER_RDF])
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_V_TAM_1_no_change_of_any_kind_verifies(name: str, data: st.DataObject) -> None:
    signed = FORMATS[name](draft(validUntil=None))
    changed = copy.deepcopy(signed)
    path = data.draw(st.sampled_from(list(places(signed))))
    holder: Any = changed
    for step in path[:-1]:
        holder = holder[step]
    match data.draw(st.sampled_from(["remove", "replace", "insert", "double"])):
        case "remove":
            del holder[path[-1]]
        case "replace":
            holder[path[-1]] = data.draw(JSON)
        case "insert" if isinstance(holder, dict):
            holder[data.draw(st.text(min_size=1, max_size=8))] = data.draw(JSON)
        case "double" if isinstance(holder, dict):
            holder[f"{path[-1]}2"] = holder[path[-1]]
        case _:
            holder.append(copy.deepcopy(holder[path[-1]]))
    if changed != signed and not only_spelt_otherwise(signed, changed):
        assert refused(verify(changed))


def only_spelt_otherwise(signed: Document, changed: Document) -> bool:
    """One value or an array of one, a text or its value object: the same document to JSON-LD, and to a reader."""
    try:
        same = [rdfc.canonicalize({n: v for n, v in d.items() if n != "proof"}) for d in (signed, changed)]
        proofs = [rdfc.canonicalize({"@context": [V2], **d["proof"]}) for d in (signed, changed)]
    except (VcError, TypeError, KeyError):
        return False
    return same[0] == same[1] and proofs[0] == proofs[1]


def test_V_DOS_1_a_long_document_does_not_keep_others_waiting() -> None:
    """A document of a shape of its own is expanded while a long one is: neither waits until the other is done."""
    finished: list[str] = []
    under_way = threading.Event()

    def expand(name: str, document: Document) -> None:
        under_way.set()
        rdfc.expand(document)
        finished.append(name)

    long = threading.Thread(target=expand, args=("long", draft(credentialSubject=subjects(3000))))
    long.start()
    under_way.wait()
    expand("short", draft(credentialSubject=subjects(1)))
    long.join()
    assert finished == ["short", "long"]


def test_V_DOS_4_what_a_presentation_holds_is_counted_before_its_proof_is_looked_at() -> None:
    world = World()
    wide = [{"type": ["Evidence"], "name": str(number)} for number in range(100)]
    held = [world.issue(evidence=wide) for _ in range(18)]
    shown = world.present(*held)
    world.net.requests.clear()
    report = verify_presentation(shown, world=world)
    assert [finding.code for finding in report.findings] == ["over_limit"]
    assert report.credentials == ()
    assert world.net.requests == []
