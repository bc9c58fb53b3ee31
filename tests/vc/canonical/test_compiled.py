"""What the compiled canonicalisation learns, what it leaves alone, and what it remembers."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld
from pyld.context_resolver import ContextResolver

import contexts
from contexts import Profile
from tests.vc.canonical.documents import Document
from tests.world import World
from vc import canonical
from vc.canonical import rdfc
from vc.canonical.compiled import CompiledCanonicalization
from vc.canonical.compiled_cache import ESTABLISHED, Limits
from vc.canonical.compiled_shapes import Kind, ShapeUnknown, pinned_members, shape_of
from vc.errors import DataLossDetectionError, ProofTransformationError

BADGE: Document = json.loads((Path(__file__).parent / "badge.json").read_text())
V2 = [contexts.CREDENTIALS_V2]


def credential(**members: Any) -> Document:
    return {"@context": V2, "id": "urn:c", "type": ["VerifiableCredential"], **members}


def filled(compiled: CompiledCanonicalization, document: Document, **options: Any) -> bool:
    """Whether `document` was answered from a template; the answer must be the reference's."""
    before = compiled.statistics.filled
    assert compiled.canonicalize(document, **options) == rdfc.canonicalize(document, **options)
    return compiled.statistics.filled > before


def meets(document: Document, **options: Any) -> CompiledCanonicalization:
    """An instance that has answered `document` twice."""
    compiled = CompiledCanonicalization()
    assert not filled(compiled, document, **options)
    compiled.canonicalize(document, **options)
    return compiled


# Which documents are answered


def entry(number: int) -> Document:
    return {
        "id": f"https://a.example/status/1#{number}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(number),
        "statusListCredential": "https://a.example/status/1",
    }


PROOF_OPTIONS = {
    "@context": BADGE["@context"],
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-11-22T12:00:00Z",
    "verificationMethod": "did:key:z6Mkx#z6Mkx",
    "proofPurpose": "assertionMethod",
}
STATUS_LIST = credential(
    type=["VerifiableCredential", "BitstringStatusListCredential"],
    issuer="did:web:a.example",
    credentialSubject={
        "id": "https://a.example/status/1#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": "u" + "H4sIAAAA" * 2000,
    },
)
PRESENTATION: Document = {
    "@context": V2,
    "type": ["VerifiablePresentation"],
    "holder": "did:key:z6Mkx",
    "verifiableCredential": [BADGE, {**BADGE, "id": "urn:uuid:another"}],
}
SIGNED_PRESENTATION: Document = {
    **PRESENTATION,
    "verifiableCredential": [
        {**BADGE, "proof": {**PROOF_OPTIONS, "proofValue": "z3x"}},
        STATUS_LIST,
    ],
}
LANGUAGES = credential(name=[{"@value": "Nom", "@language": "fr"}, {"@value": "Name", "@language": "en"}])


@pytest.mark.parametrize(
    "document",
    [BADGE, PROOF_OPTIONS, STATUS_LIST, PRESENTATION, LANGUAGES, credential(credentialStatus=[entry(1), entry(2)])],
    ids=["badge", "proof options", "status list", "presentation", "languages", "two status entries"],
)
def test_what_is_signed_every_day_is_answered_from_templates(document: Document) -> None:
    assert filled(meets(document), document)


def test_presentations_of_signed_credentials_are_answered_from_templates() -> None:
    for credential_ in SIGNED_PRESENTATION["verifiableCredential"]:
        for proof in [credential_.get("proof")]:
            if proof:
                proof.pop("@context", None)
    assert filled(meets(SIGNED_PRESENTATION), SIGNED_PRESENTATION)


def test_a_learner_presents_what_is_about_them_from_templates() -> None:
    """The holder is the subject too; a text of the subject's equals a language, which no text is compared with."""
    name = {"@value": "Réussite", "@language": "fr"}
    shown = credential(name=name, credentialSubject={"id": PRESENTATION["holder"], "name": "fr"})
    document = {**PRESENTATION, "verifiableCredential": [shown]}
    assert filled(meets(document), document)


def test_the_whole_road_is_answered_from_templates() -> None:
    """Credential, presentation, proof options, status lists and recognitions, made and checked."""
    world = World()
    for _ in range(3):
        world.verify_presentation(world.present(world.issue()))
    statistics = canonical._quickest.statistics
    before = statistics.referred
    assert world.verify_presentation(world.present(world.issue())).credentials[0].verified
    assert statistics.referred == before


def test_both_hashes_are_answered_from_one_template() -> None:
    compiled = meets(BADGE)
    assert filled(compiled, BADGE, hash_name="sha384")
    assert compiled.cache.known_shapes == 1


def test_an_unknown_hash_is_the_references_to_refuse() -> None:
    compiled = meets(BADGE)
    with pytest.raises(ValueError, match="md5"):
        compiled.canonicalize(BADGE, hash_name="md5")


def test_another_profile_is_another_shape() -> None:
    document = credential(name="n")
    document["@context"] = [contexts.CREDENTIALS_V2, contexts.EXAMPLES_V2]
    compiled = meets(document, profile=Profile.CONFORMANCE)
    assert filled(compiled, document, profile=Profile.CONFORMANCE)
    with pytest.raises(Exception, match="context"):
        compiled.canonicalize(document)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (1, 1.0),
        (1, True),
        (0, False),
        (0.0, -0.0),
        ("a", ["a"]),
        (["a"], ["a", "b"]),
        ({"id": "urn:a"}, ["urn:a"]),
        ([["a"]], ["a"]),
        ({"id": "urn:a", "name": "b"}, {"name": "b", "id": "urn:a"}),
        ({"{": "a"}, {"=": "a"}),
        (["#", "a"], [["#", "a"]]),
    ],
)
def test_what_differs_in_more_than_strings_differs_in_shape(first: Any, second: Any) -> None:
    assert shape_of({"x": first})[0] != shape_of({"x": second})[0]


@pytest.mark.parametrize("member", ["type", "@type", "proofPurpose", "@language", "jsonSchema", "@context"])
def test_strings_that_steer_belong_to_the_shape(member: str) -> None:
    assert shape_of({member: "a"}) != shape_of({member: "b"})
    assert shape_of({member: "a"})[1] == []
    assert shape_of({member: ["a", "b"]})[0] != shape_of({member: ["a"]})[0]


@pytest.mark.parametrize(
    "document",
    [
        [],
        "text",
        None,
        {"@context": [{"p": "https://x.example/p"}]},
        {"@context": None},
        {"a": {"@context": {"name": None}}},
        {"a": object()},
        {"a": 10**5000},
        {"a": b"bytes"},
    ],
)
def test_V_LD_2_contexts_in_place_and_foreign_values_have_no_shape(document: Any) -> None:
    with pytest.raises(ShapeUnknown):
        shape_of(document)


def test_nesting_beyond_python_has_no_shape() -> None:
    document: Document = {}
    for _ in range(5000):
        document = {"a": document}
    with pytest.raises(ShapeUnknown):
        shape_of(document)


def test_a_document_of_a_kind_is_answered_as_the_plain_one() -> None:
    kind = Kind(credential(credentialStatus=[{**entry(1), "id": "one"}], name="two"), ["two", "one", "nowhere"])
    compiled = meets(credential(credentialStatus=[entry(1)], name="first"))
    for number, name in enumerate(["Éloïse", 'a "b"\n', "\x1f", "urn:c"]):
        plain = credential(credentialStatus=[{**entry(1), "id": f"https://a.example/{number}"}], name=name)
        of_kind = kind.document(plain, [name, f"https://a.example/{number}", ""])
        assert of_kind == plain
        assert shape_of(of_kind) == shape_of(plain)
        assert compiled.canonicalize(of_kind) == rdfc.canonicalize(plain)


@pytest.mark.parametrize("member", ["type", "@context", "proofPurpose"])
def test_what_belongs_to_the_shape_makes_no_kind(member: str) -> None:
    with pytest.raises(ShapeUnknown):
        Kind({"name": "a", member: "mark"}, ["mark"])


def test_V_LD_2_every_term_that_steers_is_pinned() -> None:
    """Against what PyLD itself makes of each context of the catalogue, type-scoped contexts included."""
    for address in contexts.CATALOGUE:
        for active in _active_contexts(address):
            for term, mapping in active["mappings"].items():
                if mapping and (mapping.get("@type") in ("@vocab", "@json") or _steers(mapping["@id"])):
                    assert term in pinned_members(), (address, term)


def _steers(meaning: str) -> bool:
    return meaning.startswith("@") and meaning not in ("@id", "@value", "@graph", "@list", "@set")


def _active_contexts(address: str) -> Iterator[dict[str, Any]]:
    processor = jsonld.JsonLdProcessor()
    profile = next(profile for profile in Profile if contexts.CATALOGUE[address].served in profile.serves)
    loader = contexts.document_loader_for(profile)
    options = {"base": None, "processingMode": "json-ld-1.1", "documentLoader": loader}
    options["contextResolver"] = ContextResolver({}, loader)

    def within(active: dict[str, Any], context: Any, depth: int) -> Iterator[dict[str, Any]]:
        inner = processor._process_context(active, context, options, override_protected=True)
        yield inner
        for mapping in inner["mappings"].values() if depth < 3 else ():
            if mapping and mapping.get("@context"):
                yield from within(inner, mapping["@context"], depth + 1)

    yield from within(processor.process_context({}, None, options), address, 0)


# Where it steps aside


@pytest.mark.parametrize(
    "identifier",
    ["http:foo", "relative", "_:b0", "@id", "", "tag:a,2026:x", "https://a b", "https://a.example/\n", "x:y", "cred:x"],
)
def test_V_LD_1_identifiers_that_json_ld_might_change_go_the_reference_way(identifier: str) -> None:
    document = credential(issuer="did:web:a.example")
    compiled = meets(document)
    document["issuer"] = identifier
    before = compiled.statistics.filled
    answers = []
    for canonicalize in (rdfc.canonicalize, compiled.canonicalize):
        try:
            answers.append(canonicalize(document))
        except DataLossDetectionError as refused:
            answers.append(str(refused))
    assert answers[0] == answers[1]
    assert compiled.statistics.filled == before


def test_blank_nodes_that_look_alike_are_told_apart_by_their_neighbours() -> None:
    document = credential(evidence=[_with_two("a", "b"), _with_two("c", "d")])
    compiled = meets(document)
    assert filled(compiled, document)
    for first, second in (("abab", "cd"), ("aa", "aa"), ("ab", "ba"), ("ac", "ad")):
        document["evidence"] = [_with_two(*first[:2]), _with_two(*second)]
        assert filled(compiled, document)


def _with_two(first: str, second: str) -> Document:
    return {"type": ["https://x.example/E"], "https://x.example/p": [{"name": first}, {"name": second}]}


def test_lists_are_answered_from_templates() -> None:
    document = {"@context": V2, "id": "urn:a", "https://x.example/p": {"@list": ["a", "b", "c", "d", "e"]}}
    compiled = meets(document)
    for members in ("vwxyz", "aaaaa", "abbba"):
        document["https://x.example/p"] = {"@list": list(members)}
        assert filled(compiled, document)


def test_V_DOS_2_graphs_too_entangled_are_refused_as_by_the_reference() -> None:
    def tangle(names: str) -> Document:
        inner: list[Document] = [{"name": name} for name in names]
        return credential(evidence=[{"type": ["https://x.example/E"], "https://x.example/p": inner} for _ in names])

    compiled = meets(tangle("abc"))
    assert filled(compiled, tangle("aaa"))
    entangled = tangle("a" * 9)
    outcomes = []
    for canonicalize in (rdfc.canonicalize, compiled.canonicalize, compiled.canonicalize, compiled.canonicalize):
        with pytest.raises(ProofTransformationError) as refused:
            canonicalize(entangled)
        outcomes.append(str(refused.value))
    assert len(set(outcomes)) == 1


def test_an_identifier_described_twice_is_answered_when_both_say_the_same() -> None:
    document = copy.deepcopy(BADGE)
    compiled = meets(document)
    document["credentialSubject"]["achievement"]["creator"] = copy.deepcopy(document["issuer"])
    assert filled(compiled, document)
    document["credentialSubject"]["achievement"]["creator"]["name"] = "Another name"
    with pytest.raises(DataLossDetectionError, match="described twice"):
        compiled.canonicalize(document)


def test_the_same_said_twice_counts_once() -> None:
    document = credential(name=["a", "b"], issuer={"id": "did:a", "name": ["x", "y"]})
    compiled = meets(document)
    document["name"] = ["a", "a"]
    assert filled(compiled, document)
    assert compiled.canonicalize(document).count('"a"') == 1


def test_the_same_said_twice_of_a_blank_node_counts_once() -> None:
    document = credential(credentialSubject=[{"name": ["a", "b"]}, {"name": ["c", "d"]}])
    compiled = meets(document)
    document["credentialSubject"][0]["name"] = ["a", "a"]
    assert filled(compiled, document)


def test_doubles_are_left_to_the_reference() -> None:
    mark = {"@value": "1.50", "@type": "http://www.w3.org/2001/XMLSchema#double"}
    document = {"@context": V2, "id": "urn:a", "https://x.example/mark": mark}
    assert not filled(meets(document), document)


def test_V_UNI_2_lone_surrogates_are_the_references_to_judge() -> None:
    compiled = meets(BADGE)
    for text in ("\ud800", "\udfff", 'a\udfffb"'):
        assert compiled.canonicalize({**BADGE, "name": text}) == rdfc.canonicalize({**BADGE, "name": text})
        alignment = copy.deepcopy(BADGE)
        alignment["credentialSubject"]["achievement"]["alignment"][0]["targetName"] = text
        for canonicalize in (compiled.canonicalize, rdfc.canonicalize):
            with pytest.raises(UnicodeEncodeError):
                canonicalize(alignment)


def test_a_document_is_never_changed() -> None:
    document = copy.deepcopy(PRESENTATION)
    compiled = CompiledCanonicalization()
    for _ in range(4):
        compiled.canonicalize(document)
    assert document == PRESENTATION


def test_the_door_answers_as_the_reference() -> None:
    for _ in range(3):
        assert canonical.canonicalize(BADGE) == rdfc.canonicalize(BADGE)
        canonical.check_data_loss(BADGE)
    with pytest.raises(DataLossDetectionError):
        canonical.check_data_loss({**BADGE, "undefined": "x"})


# What is remembered


def test_the_last_answer_is_given_again_to_the_very_same_document_only() -> None:
    compiled = CompiledCanonicalization(keeps_answers=True)
    document = copy.deepcopy(BADGE)
    for number in (0, 0, 0, 1, 0):
        document["name"] = f"Badge {number}"
        assert compiled.canonicalize(copy.deepcopy(document)) == rdfc.canonicalize(document)
        assert compiled.canonicalize(document, hash_name="sha384") == rdfc.canonicalize(document, hash_name="sha384")
    assert compiled.statistics.repeated == 0  # two hashes in turns
    for _ in range(3):
        assert compiled.canonicalize(copy.deepcopy(document)) == rdfc.canonicalize(document)
    assert compiled.statistics.repeated == 2


def test_V_DOS_3_long_answers_are_not_kept() -> None:
    compiled = CompiledCanonicalization(keeps_answers=True)
    for _ in range(4):
        compiled.canonicalize({**BADGE, "description": "long " * 10_000})
    assert compiled.statistics.repeated == 0


def of_shape(number: int) -> Document:
    return credential(name=["a"] * number)


def test_a_shape_is_learnt_from_its_second_document() -> None:
    compiled = CompiledCanonicalization()
    compiled.canonicalize(BADGE)
    assert (compiled.cache.known_shapes, compiled.cache.sighted_shapes) == (0, 1)
    compiled.canonicalize(BADGE)
    assert (compiled.cache.known_shapes, compiled.cache.sighted_shapes) == (1, 0)
    assert compiled.statistics.learnt == 1


def test_refused_documents_are_not_remembered() -> None:
    compiled = CompiledCanonicalization()
    for _ in range(3):
        with pytest.raises(DataLossDetectionError):
            compiled.canonicalize(credential(undefined="x"))
    assert compiled.cache.known_shapes == compiled.cache.sighted_shapes == 0


def test_V_DOS_3_shapes_seen_once_displace_nothing() -> None:
    compiled = CompiledCanonicalization.limited(Limits(known_shapes=4, sighted_shapes=4))
    for _ in range(2):
        compiled.canonicalize(BADGE)
    for number in range(1, 20):
        compiled.canonicalize(of_shape(number))
    assert compiled.cache.known_shapes == 1
    assert compiled.cache.sighted_shapes == 4
    assert filled(compiled, BADGE)


def test_V_DOS_3_shapes_seen_twice_displace_no_established_one() -> None:
    compiled = CompiledCanonicalization.limited(Limits(known_shapes=4))
    for _ in range(ESTABLISHED + 1):
        compiled.canonicalize(BADGE)
    for number in range(1, 20):
        for _ in range(3):
            compiled.canonicalize(of_shape(number))
    assert compiled.cache.known_shapes == 4
    assert filled(compiled, BADGE)


def test_established_shapes_give_way_in_the_end() -> None:
    compiled = CompiledCanonicalization.limited(Limits(known_shapes=4))
    for number in range(1, 10):
        for _ in range(ESTABLISHED + 3):
            compiled.canonicalize(of_shape(number))
    assert compiled.cache.known_shapes == 4
    assert filled(compiled, of_shape(9))
    assert not filled(compiled, of_shape(1))


def test_V_DOS_3_memory_is_bounded_in_bytes() -> None:
    limits = Limits(known_bytes=100_000, sighted_bytes=50_000)
    compiled = CompiledCanonicalization.limited(limits)
    for number in range(1, 60):
        for _ in range(2):
            compiled.canonicalize({**BADGE, "description": ["x"] * number})
        compiled.canonicalize({**BADGE, "name": ["x"] * number})
        assert compiled.cache.bytes_used <= limits.known_bytes + limits.sighted_bytes
    assert 0 < compiled.cache.known_shapes < 20


def test_V_DOS_3_shapes_of_great_size_are_not_remembered() -> None:
    compiled = CompiledCanonicalization.limited(Limits(shape_bytes=4000))
    for _ in range(3):
        assert not filled(compiled, BADGE)
    assert compiled.cache.bytes_used == 0


def test_everything_can_be_forgotten() -> None:
    compiled = meets(BADGE)
    compiled.canonicalize(of_shape(1))
    compiled.cache.clear()
    assert compiled.cache.known_shapes == compiled.cache.sighted_shapes == compiled.cache.bytes_used == 0
    assert not filled(compiled, BADGE)


def test_several_threads_get_the_same_answers() -> None:
    compiled = CompiledCanonicalization.limited(Limits(known_shapes=6, sighted_shapes=3))
    documents = [{**of_shape(number % 9 + 1), "id": f"urn:{number}"} for number in range(90)]
    expected = [rdfc.canonicalize(document) for document in documents]
    answers: list[list[str]] = [[] for _ in range(4)]

    def work(mine: list[str]) -> None:
        mine.extend(compiled.canonicalize(document) for document in documents)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in answers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == expected for mine in answers)
    assert compiled.statistics.contradicted == 0


# What the reference must refuse, and therefore both ways: seen to be dropped or smuggled in by PyLD


@pytest.mark.parametrize(
    "members",
    [
        {"id": "https://a.example/\u00a0x"},
        {"id": "https://a.example/\u2028"},
        {"type": ["VerifiableCredential", "https://x.example/\u3000T"]},
        {"name": {"@value": "n", "@language": 'en .\n<urn:c> <https://schema.org/smuggled> "x"'}},
        {"name": {"@value": "n", "@language": "en us"}},
        {"name": {"@value": "n", "@language": ""}},
        {"name": {"type": "https://x.example/T", "@list": ["kept"], "description": "dropped"}},
        {"proof": {"id": "urn:dropped"}},
        {"proof": {"@value": "dropped"}},
    ],
    ids=lambda members: repr(members)[:60],
)
def test_V_LD_1_statements_that_pyld_loses_or_invents_are_refused(members: Document) -> None:
    compiled = CompiledCanonicalization()
    for canonicalize in (rdfc.canonicalize, compiled.canonicalize, compiled.canonicalize):
        with pytest.raises(DataLossDetectionError):
            canonicalize(credential(**members))


def test_V_LD_1_a_credential_named_by_address_alone_is_refused_in_a_presentation() -> None:
    with pytest.raises(DataLossDetectionError):
        canonical.canonicalize({"@context": V2, "type": ["VerifiablePresentation"], "verifiableCredential": ["urn:c"]})
