"""Answers by direct_post: there and back, and what a wallet may not send."""

import json

import pytest

from vc import openid4vp as vp

QUERY = vp.parse_query({"credentials": [vp.ldp_vc_query("one"), vp.ldp_vc_query("many", multiple=True)]})
PRESENTATION = {"type": ["VerifiablePresentation"]}


def test_there_and_back() -> None:
    form = vp.response_form({"one": [PRESENTATION], "many": [PRESENTATION] * 2}, state="s")
    response = vp.parse_response(form.items(), query=QUERY)
    assert response == vp.Response({"one": (PRESENTATION,), "many": (PRESENTATION, PRESENTATION)}, "s")


def test_a_refusal_is_told() -> None:
    form = vp.error_form(vp.ErrorName.ACCESS_DENIED, state="s", description="no")
    assert vp.parse_response(form.items(), query=QUERY) == vp.ErrorResponse("access_denied", "no", "s")


@pytest.mark.parametrize(
    "token",
    [
        {},
        [],
        "x",
        {"one": []},
        {"one": PRESENTATION},
        {"one": [PRESENTATION, PRESENTATION]},
        {"one": [None]},
        {"one": [[PRESENTATION]]},
        {"unasked": [PRESENTATION]},
    ],
)
def test_misshapen_answers(token: str) -> None:
    with pytest.raises(vp.Oid4vpError) as caught:
        vp.parse_response([("vp_token", json.dumps(token))], query=QUERY)
    assert caught.value.error == "invalid_request"


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("state", "s")],
        [("vp_token", "{")],
        [("vp_token", '{"one":[{}],"one":[{}]}')],
        [("vp_token", '{"one":[{}]}'), ("vp_token", '{"one":[{}]}')],
    ],
)
def test_misshapen_forms(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(vp.Oid4vpError):
        vp.parse_response(pairs, query=QUERY)


def test_the_verifiers_answer() -> None:
    assert vp.accepted() == {}
    assert vp.accepted("https://verifier.example/done?response_code=x")["redirect_uri"].endswith("=x")
