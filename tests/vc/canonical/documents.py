"""Documents by the thousand, and strings that somebody will one day put into one.

Everything is drawn from a `random.Random`, so that a document can be had again from its seed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

import contexts

Document = dict[str, Any]

IRIS = (
    *("urn:uuid:6c1f0b9e-3f1c-4a0e-9b1e-2d3d6a6f8f11", "did:web:college.example", "did:key:z6Mkx", "urn:x", "did:a"),
    *("https://college.example/programmes/1#criteria", "HTTPS://College.Example/", "https://école.example/ü?q=é%20"),
    *(
        "mailto:a@b.example",
        "tel:+1-514-555-0100",
        "data:image/png;base64,AA==",
        "ipfs://bafy",
        "https://a.example/../b",
    ),
    *("https://w3id.org/security#assertionMethod", "https://www.w3.org/2018/credentials#VerifiableCredential"),
)

NOT_QUITE_IRIS = (
    *(
        "",
        "foo",
        "/a",
        "//a.example",
        "#f",
        "?q",
        ".",
        "..",
        ":",
        ":a",
        "a:",
        "did:",
        "://",
        "1a:b",
        "a,b://c",
        "http:foo",
    ),
    *("_:b0", "_:c14n0", "_:", "_://a", "@id", "@type", "@foo", "@", "@@id", "@1"),
    *("http://a b", "http://a\n", "\nhttp://a", "http://a\nhttps://b", "http://a\t", "http://a\r", "http://a\x00"),
    *(
        "http://a\x7f",
        "http://a\x85b",
        "http://a\u00a0b",
        "http://a\u2028b",
        "http://a\u3000",
        "urn:\u200b",
        "\u202ehttp://x",
    ),
    *("http://<a>", "urn:a>b", 'urn:"', "urn:a\\b", "urn:{}", "urn:|", "urn:^", "urn:`", "http://\ud800"),
    *(
        "tag:a,2020:x",
        "geo:1,2",
        "id:x",
        "type:y",
        "name:x",
        "url:x",
        "schema:name",
        "xsd:string",
        "cred:x",
        "sec:proof",
    ),
    *("type", "id", "name", "Achievement", "assertionMethod", "VerifiableCredential", "tag://x", "id://x"),
    *("https://leaf.invalid/0/", "urn:%", "urn:%s", "urn:%(a)s", "urn:%%", "urn:" + "x" * 5000, "http://a\ufeff"),
)

TEXTS = (
    *(
        "",
        " ",
        "a",
        "b",
        "a",
        "1",
        "1.50",
        "1e3",
        "NaN",
        "true",
        "null",
        "fr",
        "2026-01-01T00:00:00Z",
        "été",
        "e\u0301te\u0301",
    ),
    *('"', "\\", '\\"', "\\n", "\n", "\r\n", "\t", "\b", "\f", "\x00", "\x0b", "\x1b", "\x1f", "\x7f", "\x80", "\x85"),
    *(
        "\u00a0",
        "\u2028",
        "\u202e gnp.exe",
        "\u200b",
        "\ufeff",
        "\ufffe",
        "😀",
        "👩🏽‍🎓",
        "\U0010ffff",
        "\ud800",
        "\udc00\ud800",
    ),
    *("%", "%s", "%%", "%(a)s", "{}", "{0}", "_:b0", "_:c14n0", "_:a", "<urn:x>", '" .\n<urn:a> <urn:b> <urn:c> .\n'),
    *("@id", "@type", "@foo", "@none", "long " * 2000, '"' * 500),
)


def text(random: Random) -> str:
    """Mostly harmless, sometimes not, sometimes an identifier."""
    roll = random.random()
    if roll < 0.6:
        return f"text {random.randrange(50)}"
    return random.choice(TEXTS if roll < 0.95 else IRIS)


def iri(random: Random) -> str:
    """Mostly an absolute IRI; of few, so that many are equal."""
    roll = random.random()
    if roll < 0.5:
        return f"urn:uuid:{random.randrange(10_000)}"
    return random.choice(IRIS if roll < 0.985 else NOT_QUITE_IRIS)


# Documents as issuers write them

_Maker = Callable[[Random, int], Any]


def _maybe_several(make: _Maker) -> _Maker:
    def several(random: Random, depth: int) -> Any:
        if random.random() < 0.6:
            return make(random, depth)
        return [make(random, depth) for _ in range(random.choice((1, 1, 2, 3)))]

    return several


def _text(random: Random, _: int) -> Any:
    if random.random() < 0.03:
        return {"@value": text(random), "@language": random.choice(("fr", "en-CA", "EN", "EN", "en-ca", "x y"))}
    return text(random)


def _iri(random: Random, _: int) -> str:
    return iri(random)


def _number(random: Random, _: int) -> Any:
    return random.choice((1, 1.0, 0, -0.0, 3, 2.5, 10**21, 1e21, 2**53, True, "3", "2.50"))


def _node(*types: str, **members: _Maker) -> _Maker:
    def make(random: Random, depth: int) -> Any:
        if depth > 5 and "id" in members:
            return {"id": iri(random)}
        node: Document = {}
        for name, maker in members.items():
            if random.random() < (0.7 if name == "id" else 0.35):
                node[name] = maker(random, depth + 1)
        if types:
            node["type"] = list(types) if random.random() < 0.7 else types[0]
        if random.random() < 0.2:
            node = dict(random.sample(list(node.items()), len(node)))
        return node

    return make


_image = _node("Image", id=_iri, caption=_text)
_identifier = _node("IdentifierEntry", identifier=_text, identifierType=_text)
_address = _node("Address", id=_iri, addressLocality=_text, addressCountry=_text)
_organisation = _node("Profile", id=_iri, name=_text)
_profile = _node(
    "Profile",
    id=_iri,
    name=_text,
    url=_text,
    email=_text,
    image=_image,
    address=_address,
    parentOrg=_organisation,
    otherIdentifier=_maybe_several(_identifier),
)
_alignment = _node("Alignment", targetName=_text, targetUrl=_iri, targetType=_text, targetCode=_text)
_level = _node("RubricCriterionLevel", id=_iri, name=_text, level=_text, points=_text)
_result_description = _node(
    "ResultDescription",
    id=_iri,
    name=_text,
    resultType=_text,
    allowedValue=_maybe_several(_text),
    requiredLevel=_iri,
    rubricCriterionLevel=_maybe_several(_level),
)
_achievement = _node(
    "Achievement",
    id=_iri,
    name=_text,
    description=_text,
    achievementType=_text,
    criteria=_node(id=_iri, narrative=_text),
    creator=_profile,
    tag=_maybe_several(_text),
    alignment=_maybe_several(_alignment),
    creditsAvailable=_number,
    image=_image,
    inLanguage=_text,
    humanCode=_text,
    resultDescription=_maybe_several(_result_description),
    related=_maybe_several(_node("Related", id=_iri, inLanguage=_text, version=_text)),
)
_result = _node("Result", resultDescription=_iri, value=_text, status=_text, achievedLevel=_iri)
_subject = _node(
    "AchievementSubject",
    id=_iri,
    identifier=_maybe_several(_node("IdentityObject", hashed=_number, identityHash=_text, salt=_text)),
    activityStartDate=_text,
    creditsEarned=_number,
    role=_text,
    source=_organisation,
    achievement=_achievement,
    result=_maybe_several(_result),
)
_status = _node(
    "BitstringStatusListEntry",
    id=_iri,
    statusPurpose=_text,
    statusListIndex=_text,
    statusListCredential=_iri,
)
_badge = _node(
    "VerifiableCredential",
    "OpenBadgeCredential",
    id=_iri,
    name=_text,
    description=_text,
    image=_image,
    issuer=lambda random, depth: (_iri if random.random() < 0.3 else _profile)(random, depth),
    validFrom=_text,
    validUntil=_text,
    awardedDate=_text,
    credentialSubject=_maybe_several(_subject),
    credentialStatus=_maybe_several(_status),
    evidence=_maybe_several(_node("Evidence", id=_iri, name=_text, narrative=_text, genre=_text)),
    termsOfUse=_node(id=_iri),
)
_list = _node(
    "VerifiableCredential",
    "BitstringStatusListCredential",
    id=_iri,
    issuer=_iri,
    validFrom=_text,
    credentialSubject=_node("BitstringStatusList", id=_iri, statusPurpose=_maybe_several(_text), encodedList=_text),
)


def _badge_in_its_contexts(random: Random, depth: int) -> Document:
    return {"@context": [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3], **_badge(random, depth)}


_presentation = _node(
    "VerifiablePresentation",
    id=_iri,
    holder=_iri,
    verifiableCredential=_maybe_several(_badge_in_its_contexts),
)


def _proof_options(random: Random, _: int) -> Document:
    options: Document = {
        "type": "DataIntegrityProof",
        "cryptosuite": random.choice(("eddsa-rdfc-2022", "ecdsa-rdfc-2019", text(random))),
        "created": text(random),
        "verificationMethod": iri(random),
        "proofPurpose": random.choice(("assertionMethod", "authentication", "https://x.example/p", iri(random))),
    }
    for name in ("challenge", "domain", "expires", "nonce"):
        if random.random() < 0.3:
            options[name] = text(random)
    if random.random() < 0.1:
        options["id"], options["previousProof"] = iri(random), _maybe_several(_iri)(random, 0)
    return options


# JSON-LD as an adversary writes it

_PLAIN_MEMBERS = ("name", "description", "https://x.example/p", "https://x.example/q", "https://schema.org/name")
_ODD_MEMBERS = (
    *("@id", "id", "@type", "type", "@graph", "@included", "@reverse", "@nest", "@index", "@direction", "@language"),
    *("@list", "@set", "@value", "@json", "@foo", "_:p", "undefined", "jsonSchema", "verifiableCredential", "proof"),
    *("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "@context", "digestSRI", "{", "=", "#", "["),
)
_DATATYPES = (
    *("http://www.w3.org/2001/XMLSchema#double", "http://www.w3.org/2001/XMLSchema#string", "@json", "@vocab", "@id"),
    *("http://www.w3.org/2001/XMLSchema#integer", "https://x.example/t", "x"),
)


def _value(random: Random, depth: int) -> Any:
    roll = random.random()
    if roll < 0.45 or depth > 4:
        return random.choice((text, iri))(random)
    if roll < 0.52:
        return random.choice((1, 1.0, True, False, None, 0, "1", 1.5, 10**22, []))
    if roll < 0.66:
        value: Document = {"@value": random.choice((text(random), "a", 1, True, 1.0))}
        if random.random() < 0.5:
            value["@type"] = random.choice(_DATATYPES)
        elif random.random() < 0.6:
            value["@language"] = random.choice(("fr", "FR", "", "x y", "en"))
        if random.random() < 0.08:
            value[random.choice(("@index", "@direction"))] = random.choice(("ltr", "a"))
        return value
    if roll < 0.72:
        return {random.choice(("@list", "@set")): [_value(random, depth + 1) for _ in range(random.randrange(4))]}
    if roll < 0.8:
        return [_value(random, depth + 1) for _ in range(random.choice((1, 2, 2, 3)))]
    return _object(random, depth + 1)


def _object(random: Random, depth: int) -> Document:
    node: Document = {}
    if random.random() < 0.6:
        node["id"] = iri(random)
    if random.random() < 0.2:
        node["type"] = random.choice(("https://x.example/T", ["https://x.example/T", "https://x.example/U"]))
    for _ in range(random.choice((0, 1, 1, 2, 3))):
        name = random.choice(_PLAIN_MEMBERS if random.random() < 0.93 else _ODD_MEMBERS)
        node[name] = _value(random, depth)
    if random.random() < 0.06:
        node["@graph"] = [_object(random, depth + 1) for _ in range(random.choice((1, 2)))]
    return node


def _raw(random: Random, depth: int) -> Document:
    node = _object(random, depth)
    for name in random.sample(_PLAIN_MEMBERS, 2):
        node[name] = _value(random, depth)
    return node


_CONTEXTS_OF: tuple[tuple[float, tuple[Any, ...], _Maker], ...] = (
    (4, (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3), _badge),
    (1, (contexts.CREDENTIALS_V1, contexts.OPEN_BADGES_V3_ALL[-1]), _badge),
    (1, (contexts.CREDENTIALS_V2,), _list),
    (1, (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3), _presentation),
    (1, (contexts.CREDENTIALS_V2,), _proof_options),
    (1, (contexts.DATA_INTEGRITY_V2,), _proof_options),
    (6, (contexts.CREDENTIALS_V2,), _raw),
    (0.3, (contexts.CREDENTIALS_V2, {"p": "https://x.example/p"}), _raw),
    (0.1, (contexts.CREDENTIALS_V2, None), _raw),
    (0.1, ("https://unknown.example/context",), _raw),
)


def document(random: Random) -> Document:
    """A document of one of the kinds above."""
    _, addresses, make = random.choices(_CONTEXTS_OF, [weight for weight, _, _ in _CONTEXTS_OF])[0]
    context = list(addresses) if len(addresses) > 1 or random.random() < 0.7 else addresses[0]
    return {"@context": context, **make(random, 0)}


# Changes


Place = tuple[Any, Any]
"""A container and the key or index of one of its values."""


def places(value: Any) -> list[Place]:
    """Every value inside `value`, outside contexts."""
    found: list[Place] = []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        if key != "@context":
            found.append((value, key))
            found.extend(places(inner))
    return found


def with_other_leaves(original: Document, random: Random) -> Document:
    """Some strings exchanged for others: harmless, hostile, or another string of the same document."""
    changed = copy.deepcopy(original)
    strings = [(holder, key) for holder, key in places(changed) if isinstance(holder[key], str)]
    of_types = [place for place in strings if place[1] in ("type", "@type")]
    present = [holder[key] for holder, key in strings]
    share = random.choice((0.05, 0.3, 1))
    for holder, key in strings:
        if (holder, key) in of_types and random.random() < 0.97:
            continue
        if random.random() < share:
            holder[key] = _another(holder[key], present, random)
    return changed


def _another(value: str, present: list[str], random: Random) -> str:
    roll = random.random()
    if roll < 0.15:
        return random.choice(present)
    if roll < 0.18:
        return random.choice(NOT_QUITE_IRIS)
    if roll < 0.2:
        return value.swapcase()
    return (iri if ":" in value else text)(random)


def with_another_build(original: Document, random: Random) -> Document:
    """One value exchanged for one of another type, repeated, wrapped, removed or renamed."""
    changed = copy.deepcopy(original)
    holder, key = random.choice(places(changed) or [(changed, "@context")])
    value = holder[key]
    roll = random.randrange(8)
    if roll == 0:
        holder[key] = [value]
    elif roll == 1:
        holder[key] = [value, value]
    elif roll == 2:
        holder[key] = random.choice((None, 1, 1.0, True, False, 0, -0.0, "1", [], {}, "", "a", 1.5))
    elif roll == 3:
        del holder[key]
    elif roll == 4 and isinstance(holder, dict):
        holder[random.choice((*_ODD_MEMBERS, *_PLAIN_MEMBERS))] = holder.pop(key)
    elif roll == 5:
        holder[key] = {"id": value}
    elif roll == 6:
        holder[key] = {"@value": value}
    elif isinstance(value, list):
        value.reverse()
    return changed
