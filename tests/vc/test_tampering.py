"""Nothing can be changed after signing: every member, at every level, in every way (V-TAM-1 to V-TAM-4, V-LD-1)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keys import KeyType
from keys.dids import did_key
from keys.multibase import decode, encode_base58
from tests.world import NOW, Party, World, key_for
from vc import achievement
from vc.findings import Verdict
from vc.recognition import Standing

Path = tuple[str | int, ...]
ACTION: Path = ("credentialSubject", "recognizedTo")
SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019")
KEYS = {"eddsa": KeyType.ED25519, "ecdsa": KeyType.P256}


def rich_credential(suite: str) -> dict[str, Any]:
    """A badge with a bit of everything, by a did:key issuer, so that checking it fetches only its status."""
    world = World()
    issuer = signer(suite)
    draft = world.draft(
        credentialStatus=None,
        validUntil="2030-01-01T00:00:00Z",
        evidence=[{"type": ["Evidence"], "name": "Final project", "narrative": "Graded by two people"}],
    )
    draft["issuer"]["id"] = issuer.did
    achieved = draft["credentialSubject"]["achievement"]
    achieved["resultDescription"] = [
        achievement.ResultDescription("urn:uuid:4a", "Mark", "Percent", value_max="100").as_json()
    ]
    draft["credentialSubject"]["result"] = [achievement.Result("urn:uuid:4a", value="87").as_json()]
    return issuer.sign(draft, created=NOW, suite=suite)


def signer(suite: str) -> Party:
    key = key_for(suite, KEYS[suite.split("-")[0]])
    return Party("issuer", did_key.did_for(key.public), key, did_key.verification_method_for(key.public))


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every member and item."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield (*path, name)
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield (*path, index)
            yield from places(item, (*path, index))


def objects(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path of every object."""
    if isinstance(value, dict):
        yield path
    if isinstance(value, (dict, list)):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from objects(item, (*path, name))


def at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document


def changed(document: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    bent = copy.deepcopy(document)
    at(bent, path[:-1])[path[-1]] = value
    return bent


def without(document: dict[str, Any], path: Path) -> dict[str, Any]:
    bent = copy.deepcopy(document)
    del at(bent, path[:-1])[path[-1]]
    return bent


def same_meaning(before: Any, after: Any) -> bool:
    """A set of one is that one: the data model writes both as it likes."""

    def settled(value: Any) -> Any:
        if isinstance(value, list):
            return settled(value[0]) if len(value) == 1 else [settled(item) for item in value]
        if isinstance(value, dict):
            return {name: settled(item) for name, item in value.items()}
        return value

    return bool(settled(before) == settled(after))


@pytest.fixture(scope="module", params=SUITES)
def signed(request: pytest.FixtureRequest) -> dict[str, Any]:
    return rich_credential(request.param)


WORLD = World()


def accepted(document: dict[str, Any]) -> bool:
    report = WORLD.verify(document)
    if report.verified:
        return True
    assert report.problems, "a refusal names its problem"
    return False


def test_the_untouched_credential_is_accepted(signed: dict[str, Any]) -> None:
    assert accepted(signed)


def test_V_TAM_1_every_deletion_is_refused(signed: dict[str, Any]) -> None:
    for path in places(signed):
        assert not accepted(without(signed, path)), path


@pytest.mark.parametrize("value", ["other", "https://other.example/", 7, 1.5, True, None, [], {}, ["other"]])
def test_V_TAM_1_every_replacement_is_refused(signed: dict[str, Any], value: Any) -> None:
    for path in places(signed):
        bent = changed(signed, path, value)
        if not same_meaning(bent, signed):
            assert not accepted(bent), path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Mallory"),
        ("description", "Best of class"),
        ("id", "urn:uuid:00000000-0000-4000-8000-000000000000"),
        ("type", "Profile"),
        ("undefinedTerm", "x"),
        ("undefinedTerm", None),
        ("name2", []),
        ("https://example.org/claim", "x"),
        ("Type", "Profile"),
        ("__proto__", {"name": "x"}),
        ("@id", "https://other.example/"),
        ("@type", "Profile"),
        ("@graph", []),
        ("@included", [{"id": "urn:x:1"}]),
        ("@reverse", {"name": "x"}),
        ("@nest", {"name": "x"}),
        ("@index", "x"),
        ("@context", {"name": "https://schema.org/alternateName"}),
        ("", "x"),
        (" ", "x"),
    ],
)
def test_V_TAM_1_V_LD_1_V_LD_3_every_insertion_is_refused(signed: dict[str, Any], name: str, value: Any) -> None:
    for path in objects(signed):
        if name not in at(signed, path):
            bent = copy.deepcopy(signed)
            at(bent, path)[name] = value
            assert not accepted(bent), path


def test_V_TAM_1_every_item_added_to_a_list_is_refused(signed: dict[str, Any]) -> None:
    for path in places(signed):
        items = at(signed, path)
        if not isinstance(items, list):
            continue
        extras: list[Any] = ["other", "https://other.example/", {"type": "Profile"}, None, [], 7]
        for extra in extras:
            assert not accepted(changed(signed, path, [*items, extra])), (path, extra)


def test_V_TAM_1_claims_moved_to_another_place_are_refused(signed: dict[str, Any]) -> None:
    found = list(objects(signed))
    for source in places(signed):
        if not isinstance(source[-1], str):
            continue
        for target in found:
            if target == source[:-1] or target[: len(source)] == source or source[-1] in at(signed, target):
                continue
            bent = copy.deepcopy(signed)
            at(bent, target)[source[-1]] = at(bent, source)
            assert not accepted(without(bent, source)), (source, target)


def test_V_TAM_1_a_proof_taken_from_another_credential_is_refused(signed: dict[str, Any]) -> None:
    other = changed(signed, ("credentialSubject", "achievement", "name"), "Another")
    issuer = signer(signed["proof"]["cryptosuite"])
    unsigned = {name: value for name, value in other.items() if name != "proof"}
    proof = issuer.sign(unsigned, created=NOW, suite=signed["proof"]["cryptosuite"])["proof"]
    assert not accepted({**signed, "proof": proof})


def test_V_PRF_1_every_flipped_bit_of_the_signature_is_refused(signed: dict[str, Any]) -> None:
    signature = decode(signed["proof"]["proofValue"])
    for bit in range(len(signature) * 8):
        flipped = bytearray(signature)
        flipped[bit >> 3] ^= 0x80 >> (bit & 7)
        assert not accepted(changed(signed, ("proof", "proofValue"), encode_base58(bytes(flipped)))), bit


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=TEXTS, narrative=TEXTS, mark=TEXTS, suite=st.sampled_from(SUITES))
def test_what_we_issue_we_verify_and_any_other_text_is_refused(
    name: str, narrative: str, mark: str, suite: str
) -> None:
    draft = {n: v for n, v in rich_credential(suite).items() if n != "proof"}
    draft["credentialSubject"]["achievement"] |= {"name": name, "criteria": {"narrative": narrative}}
    draft["credentialSubject"]["result"][0]["value"] = mark
    credential = signer(suite).sign(draft, created=NOW, suite=suite)
    report = WORLD.verify(credential)
    assert report.verified
    assert report.credential == draft
    if name != narrative:
        assert not accepted(changed(credential, ("credentialSubject", "achievement", "name"), narrative))


# --- what RDF takes for the same ------------------------------------------------------------------


def wrapped(value: Any) -> Any:
    return [value]


def nested(value: Any) -> Any:
    return [[value]]


def value_object(value: Any) -> Any:
    return {"@value": value}


@pytest.mark.parametrize(
    "tag",
    [["a", "b", ["a"]], [["a", "b"]], [["a"], "b"], ["a", "b", {"@value": "a"}], ["a", "b", "a"]],
    ids=["doubled-inside", "nested", "half-nested", "doubled-as-object", "doubled"],
)
@pytest.mark.parametrize("suite", [suite for suite in SUITES if suite.startswith("eddsa")])
def test_v_tam_1_nothing_is_doubled_or_put_away_where_rdf_does_not_see_it(suite: str, tag: list[Any]) -> None:
    world = World()
    draft = world.draft(tags=("a", "b"))
    for _ in range(3):  # also once the shape is known
        assert world.verify(world.sign(draft, suite=suite, created=NOW)).verified
        signed = world.sign(draft, suite=suite, created=NOW)
        assert not world.verify(changed(signed, ("credentialSubject", "achievement", "tag"), tag)).verified


@pytest.mark.parametrize("respelled", [wrapped, nested, value_object])
def test_v_tam_1_a_date_spelled_otherwise_is_the_same_date(respelled: Any) -> None:
    """RDF knows no difference between a value and a list of it; the day of completion is read in both."""
    world = World(accredited=False)
    world.accredit(since="2026-01-01")
    draft = world.draft(completed="2026-10-15")
    path: Path = ("credentialSubject", "activityEndDate")
    at(draft, path[:-1])[path[-1]] = "2025-06-01T00:00:00Z"  # before there was an accreditation
    signed = world.sign(draft)
    assert world.verify(signed).verdict is Verdict.VALID_NOT_RECOGNISED

    assert world.verify(changed(signed, path, respelled("2025-06-01T00:00:00Z"))).verdict is not Verdict.VALID


@pytest.mark.parametrize("respelled", [wrapped, nested, value_object])
def test_v_tam_1_a_condition_is_not_hidden_by_spelling_it_otherwise(respelled: Any) -> None:
    world = World(accredited=False)
    world.accredit(stream="upskilling")
    signed = world.issue(tags=("stream:reskilling",))
    assert world.verify(signed).verdict is Verdict.VALID_NOT_RECOGNISED

    bent = changed(signed, ("credentialSubject", "achievement", "tag"), respelled("stream:reskilling"))
    assert world.verify(bent).verdict is not Verdict.VALID


@pytest.mark.parametrize("respelled", [wrapped, nested, value_object])
def test_v_tam_1_a_withdrawal_is_not_made_an_expiry_by_spelling_it_otherwise(respelled: Any) -> None:
    world = World()
    world.withdraw_accreditation(at="2026-10-20")
    credential = world.issue(completed="2026-11-01")
    ended = next(one for one in world.institution.recognitions if "endReason" in at(one, ACTION))
    bent = changed(ended, (*ACTION, "endReason"), respelled("withdrawn"))
    world.institution.recognitions = [bent if one is ended else one for one in world.institution.recognitions]

    (answer,) = world.verify(credential).recognition.answers
    assert answer.then in (Standing.WITHDRAWN, Standing.NOT_CHECKED)
