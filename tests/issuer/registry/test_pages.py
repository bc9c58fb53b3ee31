"""The register for people and for programs: finding, days in the past, forms of the web."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from defusedxml import ElementTree

from issuer.accreditation import authorities
from issuer.accreditation import service as accreditation
from issuer.accreditation.listing import STREAMS, TRACKS
from issuer.accreditation.rules import Decision
from issuer.organisations import service as organisations
from issuer.organisations.models import OrganisationKind
from issuer.registry import lines, register, words
from issuer.registry.register import Query, Standing
from kit import places
from kit.i18n import catalog
from kit.problems import NotFound
from tests.issuer.college import ACTOR, College
from vc.recognition import Conditions

EVIL = '=HYPERLINK("https://evil.example";"clic") <script>alert(1)</script>'


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


@pytest.fixture(scope="module")
def college(tmp_path_factory: pytest.TempPathFactory) -> College:
    """One training whose accreditation was interrupted in May, one that begins next year, thirty more."""
    opened = College.open(tmp_path_factory.mktemp("college"), learners=0)
    made = opened.accredit()
    for act, at in ((accreditation.suspend, day(5, 1)), (accreditation.reinstate, day(6, 1))):
        act(opened.office, opened.authority, made, reason="Enquête =2+2", at=at, actor=ACTOR)
    decide(opened, "CQM-2027-1", title="Soudage", valid_from=datetime(2027, 1, 1, tzinfo=UTC), territory="CA-ON")
    authorities.recognise_authority(
        opened.office,
        opened.authority,
        authorities.AuthorityDecision(
            authority_did="did:web:ministere.example",
            authority_name="Ministère d’ailleurs",
            number="CQM-A-1",
            conditions=Conditions(territories=("CA-QC", "CA-ON"), tracks=("trainers",)),
            valid_from=datetime(2026, 1, 1, tzinfo=UTC),
            valid_until=None,
        ),
        actor=ACTOR,
    )
    for number in range(30):
        decide(opened, f"CQM-2026-{number:03}", title=f"Formation {number}", territory="CA-NB")
    return opened


def decide(
    college: College,
    number: str,
    *,
    title: str,
    territory: str,
    valid_from: datetime = datetime(2026, 1, 1, tzinfo=UTC),
) -> str:
    decision = Decision(
        institution_did="did:web:ailleurs.example",
        institution_name=EVIL,
        achievement_id=f"https://ailleurs.example/{number}",
        programme_title_fr=title,
        programme_title_en="",
        number=number,
        track="trainers",
        stream="reskilling",
        territory=territory,
        valid_from=valid_from,
        valid_until=None,
    )
    return accreditation.accredit(college.office, college.authority, decision, actor=ACTOR).id


def numbers(college: College, query: str) -> list[str]:
    """The file numbers that the table gives for a query."""
    text = college.client.get(f"/registry/accreditations.csv?{query}").content.decode("utf-8-sig")
    return [line.partition(";")[0] for line in text.splitlines()[1:]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ANALYSE+riviere", 1),
        ("q=donnees", 1),
        ("territory=CA-ON", 2),
        ("territory=CA", 0),
        ("territory=CA-QC+CA-ON", 1),
        ("territory=%25", 0),
        ("stream=reskilling&territory=CA-NB", 30),
        ("institution=did:web:ailleurs.example", 31),
        ("state=upcoming", 1),
        ("state=in_force", 32),
        ("state=suspended", 0),
        ("state=suspended&on=2026-05-14", 1),
        ("state=in_force&on=2026-05-14&q=python", 0),
        ("state=in_force&on=2026-06-01&q=python", 1),
        ("state=in_force&on=2025-08-31&q=python", 0),
        ("state=upcoming&on=2025-08-31&q=python", 1),
        ("state=in_force&on=2027-03-01", 33),
        ("state=ended&on=2031-01-01", 1),
        ("q=nothing+like+it", 0),
    ],
)
def test_the_register_answers_by_words_place_and_day(college: College, query: str, found: int) -> None:
    assert len(numbers(college, query)) == found


def test_pages_of_a_long_list_follow_each_other(college: College) -> None:
    visit = college.visit()
    first = visit.look("/fr/registry?q=Formation&stream=reskilling").text
    assert first.count("<li><div") == register.PAGE_SIZE
    assert "Page 1 de 2" in first or "Page 1 sur 2" in first
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    last = visit.look("/fr/registry?q=Formation&stream=reskilling&page=999").text
    assert last.count("<li><div") == 5
    assert 'rel="prev"' in last


def test_a_day_that_is_none_is_asked_for_again(college: College) -> None:
    answer = college.visit().look("/fr/registry?on=31-12-2026")
    assert answer.status_code == 422
    assert 'href="#on"' in answer.text
    assert 'value="31-12-2026"' in answer.text
    assert college.client.get("/registry/accreditations.csv?on=hier").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/de/registry",
        "/fr/o/riviere/accreditations",
        "/fr/registry?state=perhaps",
        "/o/riviere/registry/decisions.json",
        "/o/nowhere/registry/issuers.json",
        "/o/cqm/recognitions/nothing",
        "/fr/o/cqm/accreditations/nothing",
    ],
)
def test_what_there_is_not_is_not_found(college: College, path: str) -> None:
    assert college.client.get(path).status_code == 404


def test_each_accreditation_has_its_page_with_its_whole_history(college: College) -> None:
    with college.office.database.reading() as session:
        found = register.find(session, Query(college.clock(), text="python"))
    address = f"/o/cqm/accreditations/{found.entries[0].accreditation.id}"
    page = college.visit().look(f"/en{address}").text
    for word in ("Accredited", "Suspended", "Reinstated", "May 1, 2026", "June 1, 2026", "Enquête"):
        assert word in page
    assert f"http://localhost:8001/en{address}" in page
    assert 'role="img"' in page, "a QR code of the address, with a name"
    for edition in (part.partition('"')[0] for part in page.split('href="https://localhost:8001')[1:]):
        signed = college.client.get(edition)
        assert signed.json()["issuer"]["id"] == college.authority.did
        assert "immutable" in signed.headers["cache-control"]


def test_I_CSV_1_no_cell_of_the_table_is_a_formula(college: College) -> None:
    body = college.client.get("/registry/accreditations.csv").content
    assert body.startswith(b"\xef\xbb\xbf")
    assert ";=HYPERLINK" not in body.decode()
    assert "'=HYPERLINK" in body.decode()


def test_nothing_that_an_authority_typed_is_markup(college: College) -> None:
    assert "<script>alert" not in college.visit().look("/en/registry").text
    feed = college.client.get("/registry/decisions.rss?lang=en").content
    assert b"<script>" not in feed
    titles = [one.text or "" for one in ElementTree.fromstring(feed).iter("title")]
    assert any("<script>alert(1)</script>" in title for title in titles)


def test_the_json_feed_is_one(college: College) -> None:
    feed = college.client.get("/o/cqm/registry/decisions.json?lang=nl").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"].endswith("/o/cqm/registry/decisions.json?lang=nl")
    assert len({one["id"] for one in feed["items"]}) == len(feed["items"]) == 35
    assert [one["date_published"] for one in feed["items"]] == sorted(
        (one["date_published"] for one in feed["items"]), reverse=True
    )
    assert {"Geaccrediteerd", "Geschorst", "Hersteld"} == {one["tags"][0] for one in feed["items"]}


@pytest.mark.parametrize(
    "path",
    [
        "/o/cqm/accreditations",
        "/registry/decisions.json",
        "/registry/decisions.rss",
        "/registry/accreditations.csv",
        "/registry/issuers.json",
    ],
)
def test_programs_of_every_origin_may_read_and_need_not_read_twice(college: College, path: str) -> None:
    first = college.client.get(path)
    assert first.status_code == 200
    assert first.headers["access-control-allow-origin"] == "*"
    assert "max-age" in first.headers["cache-control"]
    again = college.client.get(path, headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert college.client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_pages_name_their_feeds(college: College) -> None:
    page = college.visit().look("/fr/o/cqm/accreditations").text
    for kind in ("application/feed+json", "application/rss+xml", "text/csv"):
        assert f'<link rel="alternate" type="{kind}" href="/o/cqm/registry/' in page


def test_other_wallets_can_name_our_issuers(college: College) -> None:
    answer = college.client.get("/registry/issuers.json").json()
    assert answer["registry"][college.organisation.did] == {
        "name": "Cégep de la Rivière",
        "location": "Québec",
        "url": "https://localhost:8001",
    }
    assert answer["registry"]["did:web:ailleurs.example"]["url"] == "https://ailleurs.example"
    assert "did:web:ministere.example" not in answer["registry"], "it recognises, and issues nothing"


def test_a_belgian_authority_names_the_state_in_dutch_too(tmp_path: Path) -> None:
    college = College.open(tmp_path, learners=0)
    with college.office.database.unit() as session:
        college.authority = organisations.create(
            college.office,
            session,
            slug="vdab",
            kind=OrganisationKind.AUTHORITY,
            name_fr="VDAB",
            name_en="VDAB",
            territory="BE-VLG",
        )
    assert "Rien n’a encore été accrédité ici." in college.visit().look("/fr/o/vdab/accreditations").text
    assert college.client.get("/o/vdab/accreditations").status_code == 404, "nothing is signed yet"
    college.accredit()
    assert (
        '<span class="muted" lang="nl">Geaccrediteerd</span>' in college.visit().look("/fr/o/vdab/accreditations").text
    )


def test_the_dutch_words_are_all_there() -> None:
    known = {message.id for message in catalog("issuer", "nl") if message.string}
    needed = {text for _, text in words.STANDINGS.values()} | {
        *words.FILTERS.values(),
        *words.ACTS.values(),
        *words.COLUMNS.values(),
        *lines._TEXTS.values(),
        *STREAMS.values(),
        *TRACKS.values(),
        *places.NAMES.values(),
        lines._REASON,
        words.FEED_TITLE,
    }
    assert needed <= known


def test_a_standing_that_there_is_not_is_refused(college: College) -> None:
    with college.office.database.reading() as session, pytest.raises(NotFound):
        register.find(session, Query(college.clock(), standing="perhaps"))
    assert {one.value for one in Standing} <= {*words.FILTERS, "withdrawn", "expired"}
