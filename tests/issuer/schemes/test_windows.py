"""When a scheme takes applications: dates in its own zone, to the minute, and an envelope that may be spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from issuer.accreditation.rules import NotAnAuthority
from issuer.applications import applying, looking, view
from issuer.applications.applying import NotTaken
from issuer.applications.models import ApplicationState
from issuer.schemes import service as schemes
from issuer.schemes.definition import Text, in_zone
from issuer.schemes.models import Scheme
from issuer.schemes.service import AlreadyAdopted, InvalidSettings, Settings, Window
from tests.issuer.applications.desk import Desk
from tests.issuer.college import ACTOR

CLOSES = datetime(2022, 6, 8, 23, 59)  # noqa: DTZ001 - as the clocks in Toronto show it


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.open(tmp_path, "ontario-passport-pilot")


def settle(desk: Desk, **changes: object) -> None:
    with desk.office.database.unit() as session:
        scheme = schemes.get(session, desk.college.authority, desk.scheme.id, lock=True)
        settings = replace(Settings.of(schemes.definition(scheme)), **changes)  # type: ignore[arg-type]  # its own members
        schemes.change(desk.office, session, scheme, settings, actor=ACTOR)
    desk.scheme = scheme


def send(desk: Desk, application_id: str) -> None:
    with desk.office.database.unit() as session:
        application = looking.held_by_applicant(session, desk.college.organisation.did, application_id)
        applying.submit(desk.office, session, application, actor=ACTOR)


def closing(desk: Desk) -> datetime:
    moment = in_zone(CLOSES, "America/Toronto")
    assert moment is not None
    settle(desk, closes=moment + timedelta(minutes=1))
    return moment


def test_the_last_minute_still_counts(desk: Desk) -> None:
    made, last = desk.draft(), closing(desk)
    desk.college.clock.set(last + timedelta(seconds=59))
    send(desk, made)
    assert desk.application(made).state is ApplicationState.SUBMITTED


def test_a_minute_late_is_refused_with_the_time_and_zone_and_the_draft_is_kept(desk: Desk) -> None:
    made, last = desk.draft(), closing(desk)
    desk.college.clock.set(last + timedelta(minutes=1))
    with pytest.raises(NotTaken) as refused:
        send(desk, made)
    assert refused.value.window is Window.OVER
    assert desk.application(made).state is ApplicationState.DRAFT
    french = view.refusal(desk.office, desk.scheme, "fr")
    english = view.refusal(desk.office, desk.scheme, "en")
    assert french == (
        "Votre demande n’a pas été envoyée; le brouillon est conservé. "
        "Fermé depuis le 8 juin 2022 à 23 h 59 (heure de l’Est)."
    )
    assert "draft is kept. Closed since June 8, 2022 at 11:59" in english
    assert "(Eastern Time)" in english


def test_before_the_opening_one_may_write_and_not_send(desk: Desk) -> None:
    settle(desk, opens=desk.college.clock() + timedelta(days=3))
    made = desk.draft()
    with pytest.raises(NotTaken) as refused:
        send(desk, made)
    assert refused.value.window is Window.NOT_YET
    desk.college.clock.advance(days=3)
    send(desk, made)


def test_a_closed_scheme_takes_nothing_new_and_what_was_sent_goes_on(desk: Desk) -> None:
    sent = desk.heard()
    with desk.office.database.unit() as session:
        scheme = schemes.get(session, desk.college.authority, desk.scheme.id, lock=True)
        schemes.close_scheme(desk.office, session, scheme, actor=ACTOR)
        schemes.close_scheme(desk.office, session, scheme, actor=ACTOR)
    desk.scheme = scheme
    with pytest.raises(NotTaken) as refused:
        desk.draft()
    assert refused.value.window is Window.SHUT
    assert desk.decide(sent).state is ApplicationState.APPROVED


def test_a_spent_envelope_ends_it(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path, "pacme-training")
    made = desk.draft()
    with desk.office.database.unit() as session:
        scheme = session.merge(desk.scheme)
        scheme.committed = 100_000_000
    with pytest.raises(NotTaken) as refused:
        send(desk, made)
    assert refused.value.window is Window.SPENT
    assert schemes.left(scheme) == 0


def test_the_answer_is_due_on_the_announced_day_in_the_zone(desk: Desk) -> None:
    settle(desk, answer_by=date(2026, 12, 31))
    due = desk.application(desk.submitted()).due_at
    assert due == datetime(2027, 1, 1, 4, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": Text("", "Name")}, "name_fr"),
        ({"summary": Text("Texte", " ")}, "summary_en"),
        ({"territories": ()}, "territories"),
        ({"territories": ("BE",)}, "territories"),
        ({"promise_days": -1}, "promise_days"),
        ({"opinions": 51}, "opinions"),
        ({"validity_months": 0}, "validity_months"),
        (
            {"opens": datetime(2026, 2, 1, tzinfo=UTC), "closes": datetime(2026, 1, 1, tzinfo=UTC)},
            "closes",
        ),
    ],
)
def test_settings_stay_within_what_the_file_allows(desk: Desk, changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        settle(desk, **changes)
    assert set(refused.value.fields) == {field}


def test_a_scheme_is_adopted_once_and_by_authorities_only(desk: Desk) -> None:
    def adopting(by: Callable[[], object]) -> Scheme:
        with desk.office.database.unit() as session:
            return schemes.adopt(desk.office, session, by(), schemes.shipped()[desk.scheme.slug], actor=ACTOR)  # type: ignore[arg-type]  # an organisation

    with pytest.raises(AlreadyAdopted):
        adopting(lambda: desk.college.authority)
    with pytest.raises(NotAnAuthority):
        adopting(lambda: desk.college.organisation)
