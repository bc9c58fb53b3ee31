"""Forms: the short way gives what the whole way gives, to the letter, and refuses what it would refuse."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuer.issuance.draft import Draft, prepare
from issuer.issuance.facts import Completed, Facts, Offered
from issuer.issuance.forms import Forms
from issuer.issuance.intents import Intent
from issuer.issuance.signing import SigningBench
from issuer.organisations import service as organisations
from issuer.organisations.models import KeyUse, Organisation
from issuer.self_check.own_documents import OwnDocuments
from issuer.self_check.service import SignedFormRefused, check_like_the_first, check_signed_form
from issuer.status import publishing
from issuer.status.models import Purpose
from issuer.status.service import Place, set_bit, take_indexes
from tests.issuer.college import NOW, College
from vc import canonical
from vc.lint import DraftRefused

EXAMPLES = 150
PERSONAL = st.one_of(
    st.sampled_from(
        [
            "Éloïse",
            "",
            " ",
            "O’Neill-Brûlé",
            "Zoé\x07",
            "Zoe\u0301",
            "\u202eevil",
            "pаypal",
            "{{7*7}}",
            "@id",
            "urn:x:y",
            "李小龍",
        ]
    ),
    st.text(max_size=30),
    st.just("x" * 6_000),
)
RESULTS = st.one_of(st.sampled_from(["", "82 %", "82,5 %", "A+", "Réussi", "100%", "\u200b"]), st.text(max_size=20))


@pytest.fixture(scope="module")
def college(tmp_path_factory: pytest.TempPathFactory) -> College:
    return College.open(tmp_path_factory.mktemp("forms"), learners=0)


def facts(college: College, given_name: str, family_name: str, result: str, day: date) -> Facts:
    completed = Completed(
        id="p",
        learner_number="1",
        given_name=given_name,
        family_name=family_name,
        cohort_id=college.cohort.id,
        completion_id="c",
        programme_id=college.programme.id,
        completed_on=day,
        result=result,
    )
    said = repr((college.cohort, college.programme, college.organisation)).encode()
    return Facts(completed, Offered(college.cohort, college.programme, college.organisation, (), False, False, said))


def intent(number: int, places: Sequence[Place] = (), *, at: datetime = NOW) -> Intent:
    name = f"urn:uuid:00000000-0000-4000-8000-{number:012}"
    revocation, suspension = places or (Place("list-r", number), Place("list-s", number + 1))
    return Intent(str(number), "o", "c", name, name.replace("8000", "9000"), "n", revocation, suspension, at)


def drafted(make: object, *arguments: object) -> Draft | tuple[str, ...]:
    try:
        return make(*arguments)  # type: ignore[operator] # one of the two ways
    except DraftRefused as refused:
        return tuple(finding.sentence for finding in refused.findings)


DAYS = st.sampled_from([date(2026, 6, 12), date(2026, 6, 13), NOW.date()])
MOMENTS = st.sampled_from(
    [
        datetime.combine(NOW.date(), time(9), UTC),  # before noon of the day of completion
        NOW,
        NOW + timedelta(seconds=1),
        datetime(2027, 6, 12, 23, 59, 58, tzinfo=UTC),  # a second before the end of what is valid for a year
        datetime(2027, 6, 12, 23, 59, 59, tzinfo=UTC),
        datetime(2028, 1, 1, tzinfo=UTC),
    ]
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(people=st.lists(st.tuples(PERSONAL, PERSONAL, RESULTS, DAYS), max_size=8), at=MOMENTS)
def test_I_LNT_1_the_short_way_is_the_whole_way(
    college: College, people: list[tuple[str, str, str, date]], at: datetime
) -> None:
    """Whatever chunks went before, whose forms the office remembers."""
    forms = Forms(college.office)
    college.programme.valid_months = 12
    for number, person in enumerate(people):
        one, other = facts(college, *person), intent(number, at=at)
        whole, short = drafted(prepare, college.office, one, other), drafted(forms.draft, one, other)
        if isinstance(whole, Draft):
            assert isinstance(short, Draft)
            assert json.dumps(short.document, sort_keys=True) == json.dumps(whole.document, sort_keys=True)
            assert canonical.digest(short.document) == canonical.digest(whole.document)
        else:
            assert short == whole


def test_the_second_of_a_form_is_judged_by_what_it_does_not_share(tmp_path: Path) -> None:
    college = College.open(tmp_path, learners=0)
    office = college.office
    with office.database.unit() as session:
        taken = take_indexes(session, college.organisation.id, purposes=list(Purpose), count=2, length=131_072, now=NOW)
    bench = SigningBench.of(office, college.organisation.id)
    bodies, drafts = [], []
    for number, own in enumerate(zip(*taken.values(), strict=True)):
        made = intent(number, own, at=NOW.replace(microsecond=0))
        drafts.append(
            bench.prepare(facts(college, 'Éloïse "Lo"', f"Boréalis-{number}\\", "82 %", date(2026, 6, 12)), made)
        )
        bodies.append(bench.sign(drafts[-1], created=made.created_at))
    assert drafts[0].form is drafts[1].form
    assert drafts[0].form is not None
    assert drafts[0].form.judged
    assert [
        json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode() for body in bodies
    ] == bodies
    assert [list(json.loads(body)) for body in bodies] == [[*draft.document, "proof"] for draft in drafts]

    issuer, now = college.organisation.did, NOW.replace(microsecond=0)
    documents = OwnDocuments(office)
    check_signed_form(bodies[1], document=drafts[1].document, documents=documents, issuer=issuer, now=now)
    signed = json.loads(bodies[1])
    elsewhere = json.loads(bodies[0])["proof"]
    for wrong in (
        {**signed, "proof": elsewhere},
        {**signed, "name": signed["name"][:1]},
        {**signed, "proof": {**signed["proof"], "created": "2026-11-22T12:00:06Z"}},
        {name: value for name, value in signed.items() if name != "proof"},
    ):
        with pytest.raises(SignedFormRefused):
            check_like_the_first(
                json.dumps(wrong).encode(), document=drafts[1].document, documents=documents, issuer=issuer, now=now
            )
    with pytest.raises(SignedFormRefused, match="differs"):
        check_like_the_first(bodies[0], document=drafts[1].document, documents=documents, issuer=issuer, now=now)


def test_I_LNT_1_what_the_first_of_a_form_passed_counts_for_a_minute_and_for_the_same_keys_and_lists(
    tmp_path: Path,
) -> None:
    college = College.open(tmp_path, learners=0)
    office, clock = college.office, college.clock
    clock.set(NOW.replace(microsecond=0))
    with office.database.unit() as session:
        taken = take_indexes(session, college.organisation.id, purposes=list(Purpose), count=5, length=131_072, now=NOW)
    free = iter(enumerate(zip(*taken.values(), strict=True)))

    def judged_at() -> datetime:
        """Issue one more, at a bench of its own; return when its form was judged last."""
        number, own = next(free)
        made = intent(number, own, at=clock())
        bench = SigningBench.of(office, college.organisation.id)
        draft = bench.prepare(facts(college, "Éloïse", f"Boréalis-{number}", "82 %", date(2026, 6, 12)), made)
        bench.sign(draft, created=clock())
        assert draft.form is not None
        assert draft.form.judged is not None
        return draft.form.judged.at

    first = judged_at()
    assert first == clock()
    clock.advance(seconds=30)
    assert judged_at() == first, "nothing changed"
    with office.database.unit() as session:
        organisation = session.get_one(Organisation, college.organisation.id)
        organisations.rotate_key(office, session, organisation, KeyUse.CREDENTIAL)
    assert judged_at() == clock(), "another key"
    clock.advance(seconds=1)
    with office.database.unit() as session:
        set_bit(session, taken[Purpose.REVOCATION][0], value=True)
    publishing.publish(office, college.organisation.slug, taken[Purpose.REVOCATION][0].list_id)
    assert judged_at() == clock(), "another list"
    clock.advance(seconds=60)
    assert judged_at() == clock(), "a minute later"
