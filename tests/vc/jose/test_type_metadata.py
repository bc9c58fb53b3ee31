"""Type metadata: followed a few steps, held to digests, refused where it loops or lies."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.world import Net
from vc.errors import MalformedValueError
from vc.jose.type_metadata import TypeNotKnown, type_metadata

BADGE = "https://skills.example/types/badge"
BASE = "https://skills.example/types/base"


def sri(data: bytes) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def serve(net: Net, vct: str = BADGE, **members: Any) -> bytes:
    body = json.dumps({"vct": vct, **members}).encode()
    net.serve(vct, body)
    return body


def test_the_nearest_word_counts_and_names_add_up() -> None:
    net = Net()
    base = serve(
        net,
        BASE,
        display=[{"locale": "en", "name": "Base"}, {"locale": "fr", "name": "Base"}],
        claims=[{"path": ["name"], "sd": "never", "mandatory": True}, {"path": ["results", None], "mandatory": True}],
    )
    serve(
        net,
        **{"extends": BASE, "extends#integrity": sri(base)},
        display=[{"locale": "fr", "name": "Insigne"}],
        claims=[{"path": ["achievement", "name"], "sd": "always"}],
    )
    known = type_metadata(BADGE, integrity=None, fetcher=net)
    assert known.lineage == (BADGE, BASE)
    assert known.names == {"en": "Base", "fr": "Insigne"}
    assert {rule.path for rule in known.claims} == {("name",), ("results", None), ("achievement", "name")}
    known.check({"name": "x"})
    with pytest.raises(MalformedValueError, match="name"):
        known.check({"title": "x"})


def test_the_stated_digest_must_fit() -> None:
    net = Net()
    body = serve(net)
    assert type_metadata(BADGE, integrity=sri(body), fetcher=net).vct == BADGE
    for wrong in ("sha256-AAAA", "md5-AAAA", "", sri(body) + " sha512-AAAA", 7):
        with pytest.raises(MalformedValueError, match="digest"):
            type_metadata(BADGE, integrity=wrong, fetcher=net)  # type: ignore[arg-type]  # a hostile value


def test_V_DOS_1_circles_and_long_lines_are_refused() -> None:
    net = Net()
    serve(net, extends=BASE)
    serve(net, BASE, extends=BADGE)
    with pytest.raises(MalformedValueError, match="extends itself"):
        type_metadata(BADGE, integrity=None, fetcher=net)
    for step in range(10):
        serve(net, f"{BADGE}/{step}", extends=f"{BADGE}/{step + 1}")
    with pytest.raises(MalformedValueError, match="steps"):
        type_metadata(f"{BADGE}/0", integrity=None, fetcher=net)
    assert len(net.requests) < 10


@pytest.mark.parametrize(
    "members",
    [
        {"vct": BASE},
        {"claims": [{"sd": "never"}]},
        {"claims": [{"path": []}]},
        {"claims": [{"path": [-1]}]},
        {"claims": [{"path": [True]}]},
        {"claims": [{"path": ["a"], "sd": "sometimes"}]},
        {"claims": [{"path": ["a"], "mandatory": "yes"}]},
        {"extends": ["x"]},
    ],
    ids=str,
)
def test_a_document_that_is_not_what_it_should_be_is_refused(members: dict[str, Any]) -> None:
    net = Net()
    net.serve(BADGE, json.dumps({"vct": BADGE, **members}).encode())
    with pytest.raises(MalformedValueError):
        type_metadata(BADGE, integrity=None, fetcher=net)


def test_a_type_may_not_loosen_what_it_extends() -> None:
    net = Net()
    serve(net, BASE, claims=[{"path": ["name"], "sd": "never"}])
    serve(net, extends=BASE, claims=[{"path": ["name"], "sd": "always"}])
    with pytest.raises(MalformedValueError, match="loosen"):
        type_metadata(BADGE, integrity=None, fetcher=net)


@pytest.mark.parametrize("vct", ["urn:type:1", "http://a.example/t", "https://127.0.0.1/t", "https://nobody.example/t"])
def test_V_SSRF_3_what_cannot_be_had_is_simply_not_known(vct: str) -> None:
    with pytest.raises(TypeNotKnown):
        type_metadata(vct, integrity=None, fetcher=Net())
