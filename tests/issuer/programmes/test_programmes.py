"""Programmes: written in both languages, found by everybody, and never rewriting what was signed."""

import html
import json
import re
from datetime import date
from pathlib import Path

import pytest

from issuer.addresses import machine_origin
from issuer.cohorts import service as cohorts
from issuer.programmes import service
from issuer.programmes.models import Programme
from issuer.staff.models import Role
from tests.issuer.college import ACTOR, College, Visit

NEW = "/fr/office/programmes/new"
SKILL = "http://data.europa.eu/esco/skill/ccd0a1d9-afda-43d9-b901-96344886e14d"


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College.open(tmp_path, learners=2)


def form(**changes: str) -> dict[str, str]:
    return {
        "title_fr": "Économie d’énergie à l’atelier",
        "title_en": "Saving energy in the workshop",
        "description_fr": "Mesurer, comprendre et réduire.",
        "description_en": "Measure, understand and reduce.",
        "criteria_fr": "Présenter un bilan complet.",
        "criteria_en": "Present a complete balance.",
        "hours": "1250",
        "stream": "reskilling",
        "language": "en",
        "valid_months": "36",
        "skill_name_fr": "Bilan énergétique",
        "skill_name_en": "Energy balance",
        "skill_framework": "ESCO v1.2",
        "skill_code": "S1",
        "skill_url": SKILL,
    } | changes


def created(college: College, visit: Visit, **changes: str) -> Programme:
    answer = visit.send(NEW, page=NEW, **form(**changes))
    assert answer.status_code == 303, answer.text
    return kept(college, answer.headers["location"].rpartition("/")[2])


def kept(college: College, programme_id: str) -> Programme:
    with college.office.database.reading() as session:
        return session.get_one(Programme, programme_id)


def count(college: College) -> int:
    with college.office.database.reading() as session:
        return len(service.of_organisation(session, college.organisation, archived=True))


def text_of(page: str) -> str:
    """What a page says, without its marks and with one kind of space."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


# --- create ---


def test_a_programme_is_kept_as_it_was_written(college: College) -> None:
    made = created(college, college.visit(college.organisation), title_fr="  Économie d’énergie à l’atelier ")
    assert made.organisation_id == college.organisation.id
    assert made.slug == "economie-denergie-a-latelier"
    assert made.achievement_id == f"{machine_origin(college.office.settings)}/o/riviere/p/{made.slug}"
    values = made.model_dump(mode="json") | {"hours": str(made.hours), "valid_months": str(made.valid_months)}
    written = {name: value for name, value in form().items() if not name.startswith("skill_")}
    assert {name: values[name] for name in written} == written
    with college.office.database.reading() as session:
        [skill] = service.skills(session, made)
    assert (skill.name_fr, skill.name_en) == ("Bilan énergétique", "Energy balance")
    assert (skill.framework, skill.code, skill.url) == ("ESCO v1.2", "S1", SKILL)


def test_empty_skill_rows_and_no_end_date_are_nothing(college: College) -> None:
    no_skill = {f"skill_{name}": " " for name in ("name_fr", "name_en", "framework", "code", "url")}
    made = created(college, college.visit(college.organisation), valid_months="", **no_skill)
    assert made.valid_months is None
    with college.office.database.reading() as session:
        assert service.skills(session, made) == []


def test_two_programmes_of_one_title_have_two_addresses(college: College) -> None:
    visit = college.visit(college.organisation)
    slugs = [created(college, visit).slug for _ in range(3)]
    assert slugs == [slugs[0], f"{slugs[0]}-2", f"{slugs[0]}-3"]


def test_a_title_without_any_latin_letter_has_an_address_too(college: College) -> None:
    made = created(college, college.visit(college.organisation), title_fr="ᐃᓄᒃᑎᑐᑦ")
    assert made.slug == "programme"
    assert "ᐃᓄᒃᑎᑐᑦ" in college.visit().look("/fr/o/riviere/p/programme").text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title_fr", " "),
        ("title_en", "x" * 201),
        ("description_fr", ""),
        ("description_en", "x" * 4001),
        ("criteria_fr", ""),
        ("criteria_en", "\n"),
        ("hours", ""),
        ("hours", "0"),
        ("hours", "5001"),
        ("hours", "-3"),
        ("hours", "45,5"),
        ("hours", "quarante"),
        ("hours", "٤٥"),
        ("valid_months", "0"),
        ("valid_months", "601"),
        ("valid_months", "deux ans"),
        ("language", ""),
        ("language", "tlh"),
        ("skill_name_fr", ""),
        ("skill_name_en", "x" * 201),
        ("skill_framework", ""),
        ("skill_url", ""),
        ("skill_url", "javascript:alert(1)"),
        ("skill_url", "https://"),
        ("skill_url", "http://[::1"),
    ],
)
def test_a_field_that_is_not_acceptable_is_named_and_nothing_typed_is_lost(
    college: College, field: str, value: str
) -> None:
    visit, before = college.visit(college.organisation), count(college)
    given = form(**{field: value})
    answer = visit.send(NEW, page=NEW, **given)
    assert answer.status_code == 422
    assert count(college) == before
    shown = answer.text
    assert "<title>Erreur" in shown
    place = "skills" if field.startswith("skill_") else field
    assert set(re.findall(r'<a href="#(\w+)"', shown)) & {*form(), "skills"} == {place}
    assert f'id="{place}"' in shown
    for name in ("title_fr", "title_en", "hours", "valid_months"):
        assert f'name="{name}" value="{html.escape(given[name])}"' in shown
    for name in ("description_fr", "description_en", "criteria_fr", "criteria_en"):
        [area] = re.findall(rf'<textarea id="{name}"[^>]*>([^<]*)</textarea>', shown)
        assert html.unescape(area).strip() == given[name].strip()
    assert 'value="reskilling" checked' in shown
    if given["language"] == "en":
        assert '<option value="en" selected>' in shown
    for name in ("skill_name_fr", "skill_name_en", "skill_framework", "skill_code", "skill_url"):
        assert f'name="{name}" value="{html.escape(given[name])}"' in shown


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("fr", "Entrez un nombre entier d’heures, de 1 à 5 000. Exemple : 45"),
        ("en", "Enter a whole number of hours, from 1 to 5,000. Example: 45"),
    ],
)
def test_what_is_wrong_is_said_in_the_language_of_the_page(college: College, lang: str, sentence: str) -> None:
    visit, path = college.visit(college.organisation), f"/{lang}/office/programmes/new"
    answer = visit.send(path, page=path, **form(hours="many"))
    assert answer.status_code == 422
    assert sentence in text_of(answer.text)


def test_more_skills_than_a_credential_should_carry_are_refused(college: College) -> None:
    visit = college.visit(college.organisation)
    shown = visit.look(NEW).text
    [token] = set(re.findall(r'name="csrf_token" value="([^"]+)"', shown))
    for many, status in ((service.MOST_SKILLS, 303), (service.MOST_SKILLS + 1, 422)):
        lists = {name: [value] * many for name, value in form().items() if name.startswith("skill_")}
        answer = visit.client.post(NEW, data={**form(), **lists, "csrf_token": token})
        assert answer.status_code == status


def test_markup_in_a_text_stays_text(college: College) -> None:
    made = created(college, college.visit(college.organisation), title_fr="<script>a</script>", criteria_fr="<b>b</b>")
    shown = college.visit().look(f"/fr/o/riviere/p/{made.slug}").text
    assert "&lt;script&gt;a&lt;/script&gt;" in shown
    assert "&lt;b&gt;b&lt;/b&gt;" in shown
    assert "<script>a" not in shown


# --- change, archive ---


def test_the_form_shows_what_is_there_and_saving_it_unchanged_changes_nothing(college: College) -> None:
    visit = college.visit(college.organisation)
    made = created(college, visit)
    edit = f"/fr/office/programmes/{made.id}/edit"
    shown = visit.look(edit).text
    for name in ("title_fr", "hours", "valid_months", "skill_name_fr", "skill_url"):
        assert f'name="{name}" value="{html.escape(form()[name])}"' in shown
    assert visit.send(edit, page=edit, **form()).status_code == 303
    assert kept(college, made.id) == made


def test_a_change_reaches_the_next_credential_and_none_that_was_issued(college: College) -> None:
    first, second = college.completions
    [issued] = college.issue([first])
    [before] = college.bodies(issued.credential or "")
    edit = f"/fr/office/programmes/{college.programme.id}/edit"
    visit = college.visit(college.organisation)
    assert visit.send(edit, page=edit, **form(title_fr="Tout autre titre")).status_code == 303
    changed = kept(college, college.programme.id)
    assert changed.title_fr == "Tout autre titre"
    assert (changed.slug, changed.achievement_id) == (college.programme.slug, college.programme.achievement_id)
    assert college.bodies(issued.credential or "") == [before]
    assert "Tout autre titre" not in before.decode()
    assert college.verify(before).verified
    [later] = college.issue([second])
    document = college.document(later)
    assert "Tout autre titre" in json.dumps(document, ensure_ascii=False)
    assert document["credentialSubject"]["achievement"]["id"] == college.programme.achievement_id
    assert college.verify(document).verified


def test_a_change_that_is_not_acceptable_changes_nothing(college: College) -> None:
    edit = f"/fr/office/programmes/{college.programme.id}/edit"
    visit = college.visit(college.organisation)
    answer = visit.send(edit, page=edit, **form(title_fr="Tout autre titre", hours="0"))
    assert answer.status_code == 422
    assert 'value="Tout autre titre"' in answer.text
    assert kept(college, college.programme.id) == college.programme
    with college.office.database.reading() as session:
        assert [one.name_en for one in service.skills(session, college.programme)] == ["Python (computer programming)"]


def test_an_archived_programme_leaves_the_lists_and_keeps_its_address(college: College) -> None:
    visit, path = college.visit(college.organisation), f"/fr/office/programmes/{college.programme.id}"
    public, slug = "/fr/o/riviere", college.programme.slug
    assert f"{public}/p/{slug}" in college.visit().look(public).text
    assert visit.send(f"{path}/archive", page=path).status_code == 303
    assert f"{public}/p/{slug}" not in college.visit().look(public).text
    assert "N’est plus offert" in college.visit().look(f"{public}/p/{slug}").text
    assert path in visit.look("/fr/office/programmes").text
    assert visit.send(f"{path}/archive", page=path, undo="yes").status_code == 303
    assert f"{public}/p/{slug}" in college.visit().look(public).text
    assert "N’est plus offert" not in college.visit().look(f"{public}/p/{slug}").text


def test_archiving_takes_nothing_away_from_those_who_completed(college: College) -> None:
    visit, path = college.visit(college.organisation), f"/fr/office/programmes/{college.programme.id}"
    visit.send(f"{path}/archive", page=path)
    [outcome, *_] = college.issue()
    assert college.verify(college.document(outcome)).verified


def test_every_change_is_in_the_record_of_acts(college: College) -> None:
    visit = college.visit(college.organisation)
    made = created(college, visit)
    path = f"/fr/office/programmes/{made.id}"
    visit.send(f"{path}/edit", page=path, **form(hours="46"))
    visit.send(f"{path}/archive", page=path)
    visit.send(f"{path}/archive", page=path, undo="yes")
    record = visit.look("/en/office/record").text
    for act in ("created a program.", "changed a program.", "archived a program.", "restored an archived program."):
        assert act in record


# --- what everybody sees ---


def test_the_public_page_speaks_both_languages(college: College) -> None:
    made = created(college, college.visit(college.organisation))
    french, english = (text_of(college.visit().look(f"/{lang}/o/riviere/p/{made.slug}").text) for lang in ("fr", "en"))
    said = {
        "title": ("Économie d’énergie à l’atelier", "Saving energy in the workshop"),
        "institution": ("Cégep de la Rivière", "River College"),
        "description": ("Mesurer, comprendre et réduire.", "Measure, understand and reduce."),
        "criteria": ("Présenter un bilan complet.", "Present a complete balance."),
        "skill": ("Bilan énergétique", "Energy balance"),
        "hours": ("1 250", "1,250"),
        "stream": ("Requalification", "Reskilling"),
        "accredited": ("Non accréditée", "Not accredited"),
    }
    for in_french, in_english in said.values():
        assert in_french in french
        assert in_english in english
        assert in_french not in english
        assert in_english not in french


def test_the_public_page_says_who_accredits(college: College) -> None:
    path = f"o/riviere/p/{college.programme.slug}"
    college.accredit("CQM-2025-0118")
    french, english = (text_of(college.visit().look(f"/{lang}/{path}").text) for lang in ("fr", "en"))
    assert "Commission québécoise" in french
    assert "Québec Commission" in english
    assert "CQM-2025-0118" in french
    assert "CQM-2025-0118" in english


@pytest.mark.parametrize(("asks", "lang"), [("en-CA,en;q=0.9", "en"), ("fr-CA", "fr"), ("", "fr")])
def test_the_address_in_credentials_leads_to_the_page(college: College, asks: str, lang: str) -> None:
    client = college.visit().client
    answer = client.get(f"/o/riviere/p/{college.programme.slug}", headers={"accept-language": asks})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{lang}/o/riviere/p/{college.programme.slug}")


@pytest.mark.parametrize(
    "path",
    [
        "/fr/o/riviere/p/none",
        "/en/o/none/p/analyse-python",
        "/fr/o/cqm/p/analyse-python",
        "/de/o/riviere/p/analyse-python",
        "/o/riviere/p/none",
        "/fr/o/none",
    ],
)
def test_what_is_not_there_is_404(college: College, path: str) -> None:
    assert college.visit().look("/fr/o/riviere/p/analyse-python").status_code == 200
    assert college.visit().look(path).status_code == 404


def test_the_office_knows_no_programme_that_is_not_there(college: College) -> None:
    visit = college.visit(college.organisation)
    for path in ("/fr/office/programmes/none", "/fr/office/programmes/none/edit"):
        assert visit.look(path).status_code == 404
    for path in ("/fr/office/programmes/none/edit", "/fr/office/programmes/none/archive"):
        assert visit.send(path, page=NEW, **form()).status_code == 404


def test_an_authority_teaches_nothing(college: College) -> None:
    visit = college.visit(college.authority, role=Role.ADMINISTRATOR)
    for path in ("/fr/office/programmes", NEW):
        assert visit.look(path).status_code == 404
    assert visit.send(NEW, page="/fr/office/", **form()).status_code == 404


def test_a_programme_with_very_many_cohorts_shows_them_page_by_page(
    college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohorts, "PAGE", 2)
    college.issue(college.completions[:1])
    with college.office.database.unit() as session:
        for month in (5, 6):
            cohorts.create(
                college.office,
                session,
                college.programme,
                code=f"2026-{month}",
                starts_on=date(2026, month, 1),
                ends_on=date(2026, month, 28),
                actor=ACTOR,
            )
    with college.office.database.reading() as session:
        first, second = (cohorts.overview(session, college.programme, page=number) for number in (1, 2))
    assert [(one.cohort.code, one.participants) for one in first.cohorts] == [("2026-6", 0), ("2026-5", 0)]
    [only] = second.cohorts
    assert (only.cohort.code, only.participants, only.completions, only.credentials) == ("2026-A", 2, 2, 1)
    assert (first.more, second.more) == (True, False)
    visit = college.visit(college.organisation)
    path = f"/en/office/programmes/{college.programme.id}"
    assert 'href="?page=2"' in visit.look(path).text
    assert 'href="?page=1"' in visit.look(f"{path}?page=2").text


def test_the_days_of_an_accreditation_are_those_that_the_authority_signed(college: College) -> None:
    """Midnight of a day in UTC is the evening before in Québec: a day is no moment."""
    college.accredit()
    office = f"/en/office/programmes/{college.programme.id}"
    public = f"/en/o/{college.organisation.slug}/p/{college.programme.slug}"
    for page in (college.visit(college.organisation).look(office).text, college.visit().look(public).text):
        assert "from September 1, 2025 until August 31, 2030" in page
