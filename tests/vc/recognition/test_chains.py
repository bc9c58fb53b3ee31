"""Following chains: both ways up, where the documents come from, how far, how often somebody is asked; the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.world import World, moment
from vc import recognition
from vc.findings import Report, Verdict
from vc.limits import Limits
from vc.lint import lint
from vc.policy import PUBLIC
from vc.recognition import AuthorityAnswer, Conditions, Held, Source, Standing, matrix
from vc.recognition.conditions import stated_by, tags


def answer(report: Report) -> AuthorityAnswer:
    (only,) = report.recognition.answers
    assert isinstance(only, AuthorityAnswer)
    return only


def asked(world: World, part: str = "") -> list[str]:
    return [url for url in world.net.requests if part in url]


def two_links(*, recognised_in: bool) -> World:
    """The ministry recognises the committee, which recognises the programme, and may say where it is recognised."""
    world = World(accredited=False)
    world.anchors = world.trusting("Ministry")
    parent = world.recognise("Talent committee", by="Ministry", conditions=Conditions(("CA",), max_depth=0))
    above: dict[str, Any] = {"recognised_in": (parent["id"],)} if recognised_in else {}
    world.accredit(territory="CA-QC", purposes=("revocation",), **above)
    return world


# --- the ways up ----------------------------------------------------------------------------------


def test_up_by_what_the_authority_publishes_itself() -> None:
    world = two_links(recognised_in=False)
    assert world.verify(world.issue()).verdict is Verdict.VALID
    assert asked(world, "whois") == [f"{one.origin}/whois.vp" for one in (world.institution, world.authority)]


def test_up_by_recognised_in_at_a_host_that_the_verifier_trusts() -> None:
    world = two_links(recognised_in=True)
    (parent,) = world.authority.recognitions
    world.authority.recognitions = []
    world.net.serve(parent["id"], parent)
    assert world.verify(world.issue()).verdict is Verdict.VALID
    assert asked(world, parent["id"]) == [parent["id"]]


def test_up_by_recognised_in_at_the_authoritys_own_host() -> None:
    world = World(accredited=False)
    world.anchors = world.trusting("Ministry")
    own = f"{world.authority.origin}/recognised"
    parent = world.recognise("Talent committee", by="Ministry", publish=False)
    world.accredit(recognised_in=(own,), purposes=("revocation",))
    world.net.serve(own, recognition.whois_presentation([parent]))
    assert world.verify(world.issue()).verdict is Verdict.VALID


@pytest.mark.parametrize("url", ["https://evil.example/list", "http://talent-committee.example/list", "urn:uuid:1"])
def test_V_SSRF_3_recognised_in_anywhere_else_is_not_fetched(url: str) -> None:
    world = World(accredited=False)
    world.anchors = world.trusting("Ministry")
    world.recognise("Talent committee", by="Ministry")
    world.accredit(recognised_in=(url,), purposes=("revocation",))
    assert world.verify(world.issue()).verdict is Verdict.VALID, "by the other way"
    assert asked(world, url) == []


def test_V_SSRF_3_a_whois_on_another_host_is_not_asked() -> None:
    world = two_links(recognised_in=False)
    served = world.did_document(world.authority)
    served["service"][0]["serviceEndpoint"] = "https://evil.example/whois"
    world.net.serve(f"{world.authority.origin}/.well-known/did.json", served)
    assert answer(world.verify(world.issue())).then is Standing.NEVER
    assert asked(world, "evil") == []


def test_nobody_is_asked_for_more_by_a_signature_that_does_not_hold() -> None:
    world = two_links(recognised_in=False)
    (genuine,) = world.institution.recognitions
    world.institution.recognitions = [{**genuine, "validFrom": "2020-01-01T00:00:00Z"}]
    assert answer(world.verify(world.issue())).then is Standing.NEVER
    assert asked(world, "talent") == [f"{world.authority.origin}/.well-known/did.json"]


def test_where_the_first_answer_is_yes_nobody_further_is_asked() -> None:
    world = two_links(recognised_in=False)
    assert world.verify(world.issue(), anchors=world.trusting("Talent committee", "Ministry")).verdict is Verdict.VALID
    assert asked(world, "ministry") == []


def test_a_stapled_parent_that_ran_out_is_looked_for_anew() -> None:
    """The copies that a learner kept are old; the authority publishes the renewal."""
    world = World(accredited=False)
    world.anchors = world.trusting("Ministry")
    old = world.recognise("Talent committee", by="Ministry", until="2025-12-31", publish=False)
    world.recognise("Talent committee", by="Ministry", since="2026-01-01")
    leaf = world.accredit(purposes=("revocation",), publish=False)
    report = world.verify(world.issue(), recognitions=[leaf, old])
    assert report.verdict is Verdict.VALID
    assert [link.source for link in answer(report).path] == [Source.DISCOVERED, Source.STAPLED]


def test_an_authority_that_does_not_answer_is_not_a_no() -> None:
    world = two_links(recognised_in=False)
    world.unreachable("talent-committee.example/whois")
    report = world.verify(world.issue())
    assert answer(report).then is Standing.NOT_CHECKED
    assert report.verdict is Verdict.UNDECIDED


def test_the_keys_of_an_authority_in_the_middle_do_not_come() -> None:
    world = World.of_chain()
    world.unreachable("council.example/.well-known")
    report = world.verify(world.issue())
    assert (answer(report).then, answer(report).today) == (Standing.NOT_CHECKED, Standing.NOT_CHECKED)
    assert "no answer" in answer(report).detail


def test_keys_are_asked_for_from_the_anchor_down() -> None:
    """Nobody's host is contacted before somebody trusted has vouched for it."""
    world = World.of_chain()
    world.unreachable("ministry.example/.well-known")
    world.verify(world.issue(), recognitions=world.publish_nothing())
    assert asked(world, "council.example/.well-known") == []


# --- how often, how deep --------------------------------------------------------------------------


def test_a_chain_of_three_adds_four_requests_where_the_institution_carries_what_it_needs() -> None:
    alone, with_chain = World.of_chain(), World.of_chain()
    with_chain.whois_carries = "chain and lists"
    for world, anchors in ((alone, alone.trusting()), (with_chain, with_chain.anchors)):
        assert world.verify(world.issue(), anchors=anchors).verified
    added = set(with_chain.net.requests) - set(alone.net.requests)
    assert sorted(added) == [
        "https://council.example/.well-known/did.json",
        "https://ministry.example/.well-known/did.json",
        "https://northern-college.example/whois.vp",
        "https://talent-committee.example/.well-known/did.json",
    ]
    assert len(with_chain.net.requests) == len(set(with_chain.net.requests))


def test_a_stapled_list_is_used_for_as_long_as_the_policy_says() -> None:
    world = World.of_chain()
    world.whois_carries = "chain and lists"
    strict = replace(PUBLIC, stapled_status_age=timedelta(minutes=4))  # the world signs its lists five minutes back
    assert world.verify(world.issue(), policy=strict).verdict is Verdict.VALID
    assert asked(world, "ministry.example/status"), "so the authority is asked"


@pytest.mark.parametrize(("links", "verdict"), [(2, Verdict.VALID_NOT_RECOGNISED), (3, Verdict.VALID)])
def test_the_policy_says_how_long_a_chain_may_be(links: int, verdict: Verdict) -> None:
    world = World.of_chain()
    assert world.verify(world.issue(), policy=replace(PUBLIC, limits=Limits(links=links))).verdict is verdict


def test_an_authority_that_teaches_recognises_itself() -> None:
    world = World(accredited=False)
    world.anchors = world.trusting("Academy")
    assert world.verify(world.issue(issuer="Academy")).verdict is Verdict.VALID_NOT_RECOGNISED
    world.accredit(of="Academy", by="Academy")
    report = world.verify(world.issue(issuer="Academy"))
    assert report.verdict is Verdict.VALID
    assert [(link.by_name, link.of_name) for link in answer(report).path] == [("Academy", "Academy")]


def test_anchors_sit_at_any_level() -> None:
    world = World.of_chain()
    kept = Held(world.publish_nothing())
    report = world.verify(world.issue(), anchors=world.trusting("Ministry", "Talent committee"), held=kept)
    paths = {one.authority.name("en"): [link.by_name for link in one.path] for one in report.recognition.answers}
    assert paths == {"Ministry": ["Ministry", "Council", "Talent committee"], "Talent committee": ["Talent committee"]}
    assert {one.then for one in report.recognition.answers} == {Standing.RECOGNISED}


# --- what an answer carries -----------------------------------------------------------------------


def test_the_path_names_every_link() -> None:
    world = World.of_chain()
    world.withdraw_accreditation(of="Council", at="2026-11-01")
    found = answer(world.verify(world.issue()))
    first, second, last = found.path
    assert (first.by, first.by_name, first.of_name, first.action) == (
        "did:web:ministry.example",
        "Ministry",
        "Council",
        "recognize",
    )
    assert (first.since, first.until, first.ends) == (moment("2025-01-01"), moment("2026-11-01"), "withdrawn")
    assert (first.then, first.today) == (Standing.RECOGNISED, Standing.WITHDRAWN)
    assert first.document is not None
    assert first.document == "https://ministry.example/recognitions/" + first.document.rpartition("/")[2]
    assert second.conditions == Conditions(("CA-QC",), max_depth=0)
    assert (last.of, last.action, last.today) == (world.institution.did, "issue", Standing.RECOGNISED)
    assert found.at_fault_today == first
    assert found.at_fault is None
    assert found.ended == moment("2026-11-01")
    assert found.conditions.territories == ("CA-QC",)
    assert found.recognition is not None
    assert found.recognition["credentialSubject"]["id"] == world.institution.did


def test_the_institution_is_named_by_the_chain() -> None:
    world = World.of_chain()
    known = world.verify(world.issue("Pottery")).recognition.institution
    assert (known.name, known.authority) == ("Northern College", "did:web:ministry.example")


# --- conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "standing"),
    [
        ((), Standing.RECOGNISED),
        (("territory:CA-QC",), Standing.RECOGNISED),
        (("territory:CA-QC-06",), Standing.RECOGNISED),
        (("territory:CA",), Standing.RECOGNISED),
        (("territory:CA-ON", "territory:CA-QC"), Standing.RECOGNISED),
        (("territory:BE",), Standing.WRONG_TERRITORY),
        (("territory:CA-QCX",), Standing.WRONG_TERRITORY),
        (("stream:upskilling", "track:employed-people"), Standing.RECOGNISED),
        (("stream:reskilling",), Standing.WRONG_STREAM),
        (("track:trainers",), Standing.WRONG_TRACK),
        (("data", "stream", "stream:", "Stream:reskilling"), Standing.RECOGNISED),
    ],
    ids=str,
)
def test_what_a_credential_says_of_itself_is_held_against_the_conditions(
    said: tuple[str, ...], standing: Standing
) -> None:
    world = World(accredited=False)
    world.accredit(territory="CA-QC", stream="upskilling", track="employed-people")
    assert answer(world.verify(world.issue(tags=said))).then is standing


def test_tags_say_it_and_are_read_back() -> None:
    conditions = Conditions(("CA-QC",), ("trainers",), ("reskilling",))
    world = World()
    credential = world.issue(tags=tags(conditions))
    assert stated_by(credential) == conditions
    assert len(credential["@context"]) == 2


# --- the clock ------------------------------------------------------------------------------------

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("off", "tolerance", "today"),
    [
        (timedelta(0), None, Standing.RECOGNISED),
        (-timedelta(seconds=59), None, Standing.RECOGNISED),
        (-HOUR, None, Standing.NOT_CHECKED),
        (-HOUR, HOUR, Standing.RECOGNISED),
        (-2 * HOUR, HOUR, Standing.NOT_CHECKED),
        (HOUR, None, Standing.RECOGNISED),
    ],
    ids=str,
)
def test_V_TIM_2_a_decision_signed_now_and_a_clock_that_is_off(
    off: timedelta, tolerance: timedelta | None, today: Standing
) -> None:
    """Behind by more than the policy tolerates, a fresh seal and a fresh status list lie in the future: that is
    no answer, and neither yes nor no. Ahead, both are merely older."""
    world = World(accredited=False)
    decision = world.accredit(since="2026-01-01", publish=False)
    unsigned = {name: value for name, value in decision.items() if name != "proof"}
    world.institution.recognitions = [world.authority.sign(unsigned, created=world.now)]
    policy = PUBLIC if tolerance is None else replace(PUBLIC, clock_skew=tolerance)
    report = world.verify(world.issue(), policy=policy, now=world.now + off)
    assert answer(report).today is today
    assert report.verdict is (Verdict.VALID if today is Standing.RECOGNISED else Verdict.UNDECIDED)


@pytest.mark.parametrize(
    ("off", "standing"),
    [
        (-HOUR, Standing.NOT_YET),
        (-timedelta(seconds=61), Standing.NOT_YET),
        (-timedelta(seconds=59), None),
        (HOUR, None),
    ],
    ids=str,
)
def test_V_TIM_1_the_first_moment_of_a_recognition(off: timedelta, standing: Standing | None) -> None:
    world = World(accredited=False)
    decision = world.accredit(since="2026-01-01", publish=False)
    later = {**decision, "validFrom": "2026-11-22T12:00:00Z"}
    del later["proof"]
    signed = world.authority.sign(later, created=moment("2026-01-01"))
    report = world.verify(world.issue(), recognitions=[signed], now=world.now + off)
    assert answer(report).today is (standing or Standing.RECOGNISED)


def test_an_end_by_decision_is_exact_whatever_the_tolerance() -> None:
    world = World()
    world.withdraw_accreditation(at="2026-11-22T11:59:30+00:00")
    found = answer(world.verify(world.issue(), policy=replace(PUBLIC, clock_skew=HOUR)))
    assert (found.then, found.today) == (Standing.RECOGNISED, Standing.WITHDRAWN)


def test_the_day_of_completion_has_no_tolerance() -> None:
    """It is a stated date, not the reading of a clock."""
    world = World(accredited=False)
    world.accredit(since="2026-10-15T00:30:00+00:00")
    report = world.verify(world.issue(completed="2026-10-15"), policy=replace(PUBLIC, clock_skew=HOUR))
    assert (answer(report).then, answer(report).today) == (Standing.NOT_YET, Standing.RECOGNISED)


# --- building, memory -----------------------------------------------------------------------------


def test_the_recognition_of_an_authority_is_a_sound_credential() -> None:
    world = World.of_chain()
    (decision,) = world.organisation("Council").recognitions
    draft = {name: value for name, value in decision.items() if name != "proof"}
    issuer = decision["issuer"]["id"]
    assert lint(draft, issuer=issuer, contexts=recognition.CONTEXTS) == ()
    assert world.verify(decision).verified
    assert decision["credentialSubject"]["recognizedTo"] == {
        "type": "RecognizedAction",
        "action": "recognize",
        "recognizedBy": issuer,
        "territory": "CA",
        "maxDepth": 1,
    }


def test_what_was_proven_before_is_proven_again_for_other_keys_and_other_bytes() -> None:
    """The memory of proofs answers exactly the question that was asked."""
    world = World.of_chain()
    credential = world.issue()
    assert world.verify(credential).verdict is Verdict.VALID
    committee = f"{world.authority.origin}/.well-known/did.json"
    served = world.did_document(world.authority)
    world.net.serve(committee, {**served, "assertionMethod": []})
    assert answer(world.verify(credential)).then is Standing.NEVER
    world.net.serve(committee, served)
    assert world.verify(credential).verdict is Verdict.VALID
    (leaf,) = world.institution.recognitions
    world.institution.recognitions = [{**leaf, "validFrom": "2025-08-31T00:00:00Z"}]
    assert answer(world.verify(credential)).then is Standing.NEVER
    world.institution.recognitions = [leaf]
    assert world.verify(credential).verdict is Verdict.VALID


def test_a_later_look_judges_dates_and_status_anew() -> None:
    world = World.of_chain()
    credential = world.issue()
    (leaf,) = world.institution.recognitions
    assert world.verify(credential).verdict is Verdict.VALID
    world.revoke(leaf)
    assert answer(world.verify(credential)).today is Standing.WITHDRAWN


def test_rows_of_the_matrix_carry_their_answers() -> None:
    world = World.of_chain()
    (row,) = matrix(world.verify(world.issue()).recognition)
    assert row.authority.name("en") == "Ministry"
    assert (row.then.code, row.today.code) == ("accreditation_in_force", "accreditation_in_force")
    assert row.answer.source is Source.DISCOVERED


def test_a_held_list_is_read_once_and_found_by_whom_it_is_about() -> None:
    """What is about others costs nothing: only what is about the institution is looked at."""
    world = World.of_chain()
    mine = world.publish_nothing()
    template: dict[str, Any] = mine[-1]
    others = [
        {**template, "credentialSubject": {**template["credentialSubject"], "id": f"did:web:c{n}.example"}}
        for n in range(500)
    ]
    held = Held([*others, *mine])
    assert len(held.about("did:web:c7.example")) == 1
    assert world.verify(world.issue(), held=held).verdict is Verdict.VALID
