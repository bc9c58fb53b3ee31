"""DCQL: one matcher for the wallet that looks and the verifier that checks again."""

import copy
from typing import Any

import pytest

from vc import openid4vp as vp

BADGE = {
    "@context": [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ],
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "did:web:college.example", "name": "College"},
    "credentialSubject": {
        "id": "did:key:z6Mk",
        "achievement": {"id": "https://college.example/p/python#v1", "name": "Python"},
        "result": [{"value": "84"}, {"value": "91"}],
        "hours": 45,
    },
}
OTHER = BADGE | {"type": ["VerifiableCredential"]}


def query(*credentials: dict[str, Any], **members: Any) -> vp.Query:
    return vp.parse_query({"credentials": list(credentials), **members})


def asks(**members: Any) -> dict[str, Any]:
    return vp.ldp_vc_query("badge") | members


class TestTypes:
    def test_types_are_compared_expanded(self) -> None:
        assert query(asks()).credentials[0].matches(BADGE)
        assert not query(asks()).credentials[0].matches(OTHER)

    def test_achievement_credential_is_an_open_badge(self) -> None:
        badge = BADGE | {"type": ["VerifiableCredential", "AchievementCredential"]}
        assert query(asks()).credentials[0].matches(badge)

    def test_any_one_alternative_will_do(self) -> None:
        wanted = asks(
            meta={"type_values": [["urn:none"], ["https://www.w3.org/2018/credentials#VerifiableCredential"]]}
        )
        assert query(wanted).credentials[0].matches(OTHER)

    def test_a_type_that_no_context_defines_stays_as_written(self) -> None:
        wanted = asks(meta={"type_values": [["FishingPermit"]]})
        permit = BADGE | {"type": ["VerifiableCredential", "FishingPermit"]}
        assert query(wanted).credentials[0].matches(permit)

    @pytest.mark.parametrize("types", [None, 7, [7], {}, []])
    def test_ill_typed_credentials_match_nothing(self, types: Any) -> None:
        assert not query(asks()).credentials[0].matches(BADGE | {"type": types})

    def test_V_SSRF_3_an_unknown_context_is_not_fetched(self) -> None:
        assert not query(asks()).credentials[0].matches(BADGE | {"@context": ["https://canary.example/context"]})

    def test_another_format_never_matches(self) -> None:
        wanted = {"id": "x", "format": "dc+sd-jwt", "meta": {"vct_values": ["a"]}}
        assert not query(wanted).credentials[0].matches(BADGE)


class TestClaims:
    @pytest.mark.parametrize(
        ("path", "found"),
        [
            (["credentialSubject", "achievement", "name"], True),
            (["credentialSubject", "achievement", "nothing"], False),
            (["credentialSubject", "result", None, "value"], True),
            (["credentialSubject", "result", 1, "value"], True),
            (["credentialSubject", "result", 2, "value"], False),
            (["credentialSubject", 0], False),
            (["credentialSubject", None], False),
            (["issuer", "id", "x"], False),
        ],
    )
    def test_paths(self, path: Any, found: Any) -> None:
        assert query(asks(claims=[{"path": path}])).credentials[0].matches(BADGE) is found

    @pytest.mark.parametrize(
        ("path", "values", "found"),
        [
            (["credentialSubject", "hours"], [45], True),
            (["credentialSubject", "hours"], ["45"], False),
            (["credentialSubject", "hours"], [True], False),
            (["credentialSubject", "result", None, "value"], ["91"], True),
            (["credentialSubject", "result", None, "value"], ["90", "92"], False),
        ],
    )
    def test_values_match_with_their_type(self, path: Any, values: Any, found: Any) -> None:
        assert query(asks(claims=[{"path": path, "values": values}])).credentials[0].matches(BADGE) is found

    def test_truth_is_not_one(self) -> None:
        badge: dict[str, Any] = copy.deepcopy(BADGE)
        badge["credentialSubject"]["hours"] = True
        claim = {"path": ["credentialSubject", "hours"], "values": [1]}
        assert not query(asks(claims=[claim])).credentials[0].matches(badge)

    def test_claim_sets_are_alternatives(self) -> None:
        claims = [
            {"id": "a", "path": ["credentialSubject", "nothing"]},
            {"id": "b", "path": ["credentialSubject", "hours"]},
        ]
        assert query(asks(claims=claims, claim_sets=[["a"], ["b"]])).credentials[0].matches(BADGE)
        assert not query(asks(claims=claims, claim_sets=[["a", "b"]])).credentials[0].matches(BADGE)


class TestSets:
    TWO = (asks(), asks(id="other", meta={"type_values": [["urn:other"]]}))

    def test_without_sets_everything_is_due(self) -> None:
        both = query(*self.TWO)
        assert both.candidates([OTHER, BADGE]) == {"badge": (1,), "other": ()}
        assert both.choice(["badge"]) is None
        assert both.choice(["badge", "other"]) == ("badge", "other")

    def test_the_first_possible_option_is_taken(self) -> None:
        either = query(*self.TWO, credential_sets=[{"options": [["other"], ["badge"]]}])
        assert either.choice(["badge"]) == ("badge",)
        assert either.choice(["badge", "other"]) == ("other",)
        assert either.choice([]) is None

    def test_optional_sets_are_left_out(self) -> None:
        optional = query(
            *self.TWO,
            credential_sets=[{"options": [["badge"]]}, {"options": [["other"]], "required": False}],
        )
        assert optional.choice(["badge", "other"]) == ("badge",)

    def test_the_verifier_checks_again(self) -> None:
        either = query(*self.TWO, credential_sets=[{"options": [["other"], ["badge"]]}])
        vp.check_answer(either, {"badge": [BADGE]})
        answers: list[dict[str, Any]] = [
            *({"badge": [OTHER]}, {"badge": []}, {}),
            *({"unasked": [BADGE]}, {"other": [BADGE]}),
        ]
        for answer in answers:
            with pytest.raises(vp.Oid4vpError):
                vp.check_answer(either, answer)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"credentials": []},
        {"credentials": {}},
        {"credentials": [None]},
        {"credentials": [asks(id="")]},
        {"credentials": [asks(id="a b")]},
        {"credentials": [asks(id="é")]},
        {"credentials": [asks(id=None)]},
        {"credentials": [asks(), asks()]},
        {"credentials": [asks(format=None)]},
        {"credentials": [asks(meta=None)]},
        {"credentials": [asks(meta={})]},
        {"credentials": [asks(meta={"type_values": []})]},
        {"credentials": [asks(meta={"type_values": [[]]})]},
        {"credentials": [asks(meta={"type_values": ["x"]})]},
        {"credentials": [asks(claims=[])]},
        {"credentials": [asks(claims=[{"path": []}])]},
        {"credentials": [asks(claims=[{"path": [-1]}])]},
        {"credentials": [asks(claims=[{"path": [True]}])]},
        {"credentials": [asks(claims=[{"path": [1.5]}])]},
        {"credentials": [asks(claims=[{"path": ["a"], "values": []}])]},
        {"credentials": [asks(claims=[{"path": ["a"], "values": [{}]}])]},
        {"credentials": [asks(claims=[{"path": ["a"]}], claim_sets=[["x"]])]},
        {"credentials": [asks(claims=[{"id": "a", "path": ["a"]}], claim_sets=[["b"]])]},
        {"credentials": [asks(claims=[{"id": "a", "path": ["a"]}], claim_sets=[])]},
        {"credentials": [asks(claims=[{"id": "a", "path": ["a"]}, {"id": "a", "path": ["b"]}])]},
        {"credentials": [asks(trusted_authorities=[])]},
        {"credentials": [asks(trusted_authorities="aki")]},
        {"credentials": [asks(trusted_authorities=[{"type": "aki", "values": []}])]},
        {"credentials": [asks(trusted_authorities=[{"values": ["s9tIpP7q"]}])]},
        {"credentials": [asks(multiple="yes")]},
        {"credentials": [asks()], "credential_sets": []},
        {"credentials": [asks()], "credential_sets": [{"options": []}]},
        {"credentials": [asks()], "credential_sets": [{"options": [["nobody"]]}]},
        {"credentials": [asks()], "credential_sets": [{"options": [["badge"]], "required": 1}]},
        {"credentials": [asks(id=f"q{i}") for i in range(51)]},
    ],
)
def test_misshapen_queries(document: Any) -> None:
    with pytest.raises(vp.Oid4vpError) as caught:
        vp.parse_query(document)
    assert caught.value.error == "invalid_request"


def test_unknown_members_are_ignored() -> None:
    query(asks(future=1, trusted_authorities=[{"type": "aki", "values": ["x"]}]), future=2)
