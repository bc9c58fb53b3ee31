"""Credentials inside credentials: whoever signs the whole does not make a forgery true (V-PRF-4, V-TAM-1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import contexts
from tests.hostile.formats import FORMATS, V2, Document, by_hand, draft, enveloped, token, verify
from tests.reports import refused
from tests.world import World
from vc.errors import VcError

RECORD = {"@context": [V2, contexts.CLR_V2, contexts.OPEN_BADGES_V3]}


def in_subject(held: Any) -> Document:
    return {"id": "urn:learner", "type": ["ClrSubject"], "verifiableCredential": [held]}


PLACES: dict[str, Callable[[Any], Document]] = {
    "as evidence": lambda held: {"evidence": [held]},
    "in evidence": lambda held: {**RECORD, "evidence": [{"type": ["Evidence"], "verifiableCredential": held}]},
    "as a record has it": lambda held: {**RECORD, "credentialSubject": in_subject(held)},
    "in a record": lambda held: {
        **RECORD,
        "type": ["VerifiableCredential", "ClrCredential"],
        "credentialSubject": in_subject(held),
    },
}


def good() -> Document:
    signed: Document = FORMATS["eddsa-rdfc-2022"](draft())
    return signed


def forged() -> Document:
    return {**good(), "name": "A better name"}


HONEST: dict[str, Callable[[], Document]] = {
    "signed": good,
    "a token": lambda: enveloped("application/vc+jwt", token(draft())),
}
LIES: dict[str, Callable[[], Document]] = {
    "forged": forged,
    "unsigned": draft,
    "over": lambda: by_hand(draft(validUntil="2026-02-01T00:00:00Z")),
    "a forged token": lambda: enveloped("application/vc+jwt", token(draft())[:-8] + "AAAAAAAA"),
    "a token and more": lambda: enveloped("application/vc+jwt", token(draft()), name="A better name"),
    "a presentation": lambda: World().present(World().issue()),
    "holds a forged one": lambda: by_hand(draft(evidence=[forged()])),
}


@pytest.mark.parametrize("place", [place for place in PLACES if place != "in evidence"])
@pytest.mark.parametrize("held", HONEST.values(), ids=HONEST)
def test_what_holds_by_itself_may_stand_inside(place: str, held: Callable[[], Document]) -> None:
    report = verify(by_hand(draft(**PLACES[place](held()))))
    assert report.verified, report.problems


@pytest.mark.parametrize("name", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019", "vc+jwt"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("lie", LIES)
def test_V_PRF_4_what_does_not_hold_spoils_the_whole(name: str, place: str, lie: str) -> None:
    made = draft(**PLACES[place](LIES[lie]()))
    signed = by_hand(made) if name == "ecdsa-jcs-2019" else signed_unless_refused(name, made)
    assert signed is None or refused(verify(signed))


def signed_unless_refused(name: str, document: Document) -> Any:
    """None where our own signer refuses it already."""
    try:
        return FORMATS[name](document)
    except VcError:
        return None


def test_V_DOS_4_too_many_inside_are_over_the_limit() -> None:
    report = verify(by_hand(draft(evidence=[{"type": ["VerifiableCredential"]}] * 21)))
    assert next(finding.code for finding in report.findings) == "over_limit"
