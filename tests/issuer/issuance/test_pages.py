"""The pages around a credential: who may open them, what they say, what a form does."""

import re
from pathlib import Path

import pytest

from issuer.issuance import overview, states
from issuer.issuance.models import IssuedCredential
from issuer.staff.models import Role
from tests.issuer.college import ACTOR, College


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College.open(tmp_path, learners=3)


def paths(college: College, credential: str) -> list[str]:
    return [
        f"/fr/office/cohorts/{college.cohort.id}/issue",
        f"/fr/office/cohorts/{college.cohort.id}/invitations",
        f"/fr/office/credentials/{credential}",
        f"/fr/office/credentials/{credential}/revoke",
    ]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_class_is_issued_and_invited(college: College, lang: str) -> None:
    visit = college.visit(college.organisation)
    issue = f"/{lang}/office/cohorts/{college.cohort.id}/issue"
    assert "3" in visit.look(issue).text
    done = visit.send(issue, page=issue)
    assert done.status_code == 200
    assert len(college.credentials()) == 3
    invitations = f"/{lang}/office/cohorts/{college.cohort.id}/invitations"
    assert visit.send(invitations, page=invitations).status_code == 200
    letters = list((college.office.settings.data_dir / "mail").glob("*.eml"))
    assert len(letters) == 3
    again = visit.send(issue, page=invitations)
    assert again.status_code == 200
    assert len(college.credentials()) == 3


def test_the_letter_has_the_link_and_not_the_code(college: College) -> None:
    from email import message_from_bytes, policy

    visit = college.visit(college.organisation)
    college.issue()
    invitations = f"/fr/office/cohorts/{college.cohort.id}/invitations"
    shown = visit.send(invitations, page=invitations).text
    codes = re.findall(r'class="code nowrap">(\d{6})<', shown)
    assert len(codes) == 3
    for path in (college.office.settings.data_dir / "mail").glob("*.eml"):
        letter = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = letter.get_content()
        assert "/fr/claim/" in body
        assert not any(code in body for code in codes)
        assert "\n" not in letter["subject"]


def test_a_revocation_asks_for_its_reason_and_offers_a_correction(college: College) -> None:
    visit = college.visit(college.organisation)
    [outcome, *_] = college.issue()
    path = f"/en/office/credentials/{outcome.credential}"
    refused = visit.send(f"{path}/revoke", page=path, reason=" ")
    assert refused.status_code == 422
    assert "Error:" in refused.text
    sent = visit.send(f"{path}/revoke", page=path, reason="Misspelt <b>name</b>")
    assert sent.status_code == 303
    after = visit.look(sent.headers["location"])
    assert "Issue a corrected version" in after.text
    assert "&lt;b&gt;" in after.text
    corrected = visit.send(f"{path}/correct", page=path)
    assert corrected.status_code == 303
    assert "Corrects" in visit.look(corrected.headers["location"]).text


def test_W_WEB_1_a_form_without_our_token_does_nothing(college: College) -> None:
    visit = college.visit(college.organisation)
    [outcome, *_] = college.issue()
    path = f"/fr/office/credentials/{outcome.credential}/revoke"
    for data in ({"reason": "x"}, {"reason": "x", "csrf_token": "0" * 64}):
        assert visit.client.post(path, data=data).status_code == 403
    issue = f"/fr/office/cohorts/{college.cohort.id}/issue"
    assert visit.client.post(issue).status_code == 403
    assert college.credential(outcome).state == "issued"


def test_I_AUZ_1_pages_of_another_organisation_are_404(college: College) -> None:
    [outcome, *_] = college.issue()
    stranger = college.visit(college.authority, role=Role.ADMINISTRATOR)
    for path in paths(college, outcome.credential or ""):
        assert stranger.look(path).status_code == 404
    for path in (
        f"/fr/office/cohorts/{college.cohort.id}/issue",
        f"/fr/office/cohorts/{college.cohort.id}/invitations",
        *(
            f"/fr/office/credentials/{outcome.credential}/{act}"
            for act in ("revoke", "suspend", "reinstate", "correct", "page", "invite", "end-invitation", "no-such")
        ),
    ):
        sent = stranger.send(path, page="/fr/office/accreditations/new", reason="x", shown="yes")
        assert sent.status_code == 404, path
    assert college.credential(outcome).state == "issued"


def test_a_reader_looks_and_changes_nothing(college: College) -> None:
    [outcome, *_] = college.issue()
    reader = college.visit(college.organisation, role=Role.READER)
    page = f"/fr/office/credentials/{outcome.credential}"
    assert reader.look(page).status_code == 200
    assert "Révoquer" not in reader.look(page).text
    assert reader.look(f"{page}/revoke").status_code == 403
    for act in ("revoke", "invite", "page", "correct", "end-invitation"):
        assert reader.send(f"{page}/{act}", page=page, reason="x").status_code == 403


def test_nobody_signed_in_is_led_to_the_sign_in_page(college: College) -> None:
    [outcome, *_] = college.issue()
    visit = college.visit()
    for path in paths(college, outcome.credential or ""):
        answer = visit.look(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/fr/office/sign-in")


# --- the public page ---


def shown_publicly(college: College) -> IssuedCredential:
    [outcome, *_] = college.issue()
    with college.office.database.unit() as session:
        made = college.credential(outcome)
        states.show_publicly(college.office, session, made, shown=True, actor=ACTOR)
    return college.credential(outcome)


def test_the_public_page_is_off_until_somebody_opens_it(college: College) -> None:
    [outcome, *_] = college.issue()
    credential = college.credential(outcome)
    visit = college.visit()
    assert visit.look(f"/fr/c/{credential.public_id}").status_code == 404
    staff = college.visit(college.organisation)
    page = f"/fr/office/credentials/{credential.id}"
    assert staff.send(f"{page}/page", page=page, shown="yes").status_code == 303
    credential = college.credential(outcome)
    shown = visit.look(f"/fr/c/{credential.public_id}")
    assert shown.status_code == 200
    assert "noindex" in shown.headers["x-robots-tag"]
    assert 'name="robots" content="noindex"' in shown.text
    assert "Éloïse Boréalis-0" in shown.text
    staff.send(f"{page}/page", page=page, shown="no")
    assert visit.look(f"/fr/c/{credential.public_id}").status_code == 404


def test_the_public_page_gets_an_address_that_nobody_can_guess_and_keeps_it(college: College) -> None:
    [outcome, other, *_] = college.issue()
    made = college.credential(outcome)

    def shown(how: bool) -> str:
        with college.office.database.unit() as session:
            states.show_publicly(college.office, session, made, shown=how, actor=ACTOR)
        return college.credential(outcome).public_id

    address = shown(True)
    assert address != made.id
    assert len(address) == 22  # 128 random bits
    assert {shown(False), shown(True)} == {address}
    assert college.visit().look(f"/fr/c/{made.id}").status_code == 404
    assert college.visit().look(f"/fr/c/{college.credential(other).public_id}").status_code == 404


def test_machines_get_the_signed_form_from_the_public_address(college: College) -> None:
    credential = shown_publicly(college)
    for path in (f"/c/{credential.public_id}", f"/fr/c/{credential.public_id}"):
        answer = college.client.get(path, headers={"accept": "application/json"})
        assert answer.content == college.bodies(credential.id)[0]
    led = college.visit().look(f"/c/{credential.public_id}")
    assert led.headers["location"] == f"/fr/c/{credential.public_id}"


def test_the_public_page_says_where_the_credential_stands_and_why(college: College) -> None:
    credential = shown_publicly(college)
    with college.office.database.unit() as session:
        states.revoke(college.office, session, credential, reason="Nom <i>mal</i> écrit", actor=ACTOR)
    shown = college.visit().look(f"/en/c/{credential.public_id}").text
    assert "Credential revoked" in shown
    assert "Nom &lt;i&gt;mal&lt;/i&gt; écrit" in shown


def test_the_page_shows_what_was_signed_not_what_the_catalogue_says_now(college: College) -> None:
    from issuer.programmes.models import Programme

    credential = shown_publicly(college)
    with college.office.database.unit() as session:
        session.get_one(Programme, college.programme.id).title_fr = "Tout autre chose"
    shown = college.visit().look(f"/fr/c/{credential.public_id}").text
    assert "Analyse de données avec Python" in shown
    assert "Tout autre chose" not in shown


# --- finding one among very many ---


def test_a_name_is_looked_for_among_the_newest_and_a_number_among_all(
    college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    [oldest] = college.issue(college.completions[:1])
    college.clock.advance(hours=1)
    college.issue(college.completions[1:])
    number = college.credential(oldest).number
    with college.office.database.reading() as session:
        learner = overview.one(session, college.organisation.id, oldest.credential or "").participant.learner_number
    staff = college.visit(college.organisation)

    def found(q: str) -> str:
        return staff.look(f"/en/office/credentials?q={q}").text

    notice = "Names were looked for in the newest"
    assert number in found("boréalis-0")
    assert notice not in found("boréalis-0")
    monkeypatch.setattr(overview, "COUNTED", 2)
    assert number not in found("boréalis-0")
    assert notice in found("boréalis-0")
    assert notice not in staff.look("/en/office/credentials").text
    assert "2 credentials" in found("boréalis")
    for whole in (number, number.lower(), learner):
        assert "1 credential<" in found(whole)
        assert number in found(whole)


def test_another_institutions_credential_is_not_found_by_its_number(college: College) -> None:
    [outcome, *_] = college.issue()
    with college.office.database.reading() as session:
        found = overview.find(session, college.authority.id, q=college.credential(outcome).number)
    assert found.found == ()
