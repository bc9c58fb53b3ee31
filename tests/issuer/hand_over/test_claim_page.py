"""The claim page: what the learner sees, the code by e-mail, a word back to the institution."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest

from issuer.hand_over import roll
from tests.issuer.college import College
from tests.issuer.hand_over.wallet import Invitation, Wallet, invite


@pytest.fixture
def college(tmp_path: Path) -> College:
    return College.open(tmp_path, learners=1)


@pytest.fixture
def credential(college: College) -> str:
    return college.issue()[0].credential or ""


@pytest.fixture
def invitation(college: College, credential: str) -> Invitation:
    return invite(college, credential)


def letters(college: College) -> list[str]:
    folder = college.office.settings.data_dir / "mail"
    read = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    return [f"{one['subject']}\n{one.get_content()}" for one in read]


@pytest.mark.parametrize(("lang", "ready"), [("fr", "Votre attestation est prête"), ("en", "Your credential is ready")])
def test_the_page_shows_the_name_that_will_appear(
    college: College, invitation: Invitation, lang: str, ready: str
) -> None:
    shown = college.visit().look(f"/{lang}/claim/{invitation.link}")
    assert shown.status_code == 200
    assert ready in shown.text
    assert "Éloïse Boréalis-0" in shown.text
    assert "noindex" in shown.headers["x-robots-tag"]
    assert shown.headers["cache-control"] == "no-store"
    assert invitation.tx_code not in shown.text


def test_the_code_goes_to_the_address_in_the_register_and_nowhere_else(
    college: College, invitation: Invitation
) -> None:
    page = f"/fr/claim/{invitation.link}"
    visit = college.visit()
    assert "eloise0@courriel.example" not in visit.look(page).text
    assert "e•••@courriel.example" in visit.look(page).text
    assert visit.send(f"{page}/code", page=page).status_code == 303
    [letter] = letters(college)
    assert invitation.tx_code in letter
    assert invitation.link not in letter
    for _ in range(4):
        visit.send(f"{page}/code", page=page)
    assert visit.send(f"{page}/code", page=page).status_code == 429


def test_a_report_reaches_the_staff(college: College, credential: str, invitation: Invitation) -> None:
    page = f"/fr/claim/{invitation.link}"
    visit = college.visit()
    empty = visit.send(f"{page}/report", page=page, text="  ")
    assert empty.status_code == 422
    assert "Erreur" in empty.text
    sent = visit.send(f"{page}/report", page=page, text="Mon nom prend <deux> n")
    assert "done=report" in sent.headers["location"]
    staff = college.visit(college.organisation)
    shown = staff.look(f"/fr/office/credentials/{credential}")
    assert "Mon nom prend &lt;deux&gt; n" in shown.text
    with college.office.database.reading() as session:
        [report] = roll.reports_of(session, [credential])
    settled = staff.send(f"/fr/office/reports/{report.id}/settle", page=f"/fr/office/credentials/{credential}")
    assert settled.status_code == 303
    assert "deux" not in staff.look(f"/fr/office/credentials/{credential}").text
    stranger = college.visit(college.authority)
    again = stranger.send(f"/fr/office/reports/{report.id}/settle", page="/fr/office/accreditations/new")
    assert again.status_code == 404


def test_the_page_says_what_became_of_the_invitation(college: College, credential: str, invitation: Invitation) -> None:
    visit, page = college.visit(), f"/fr/claim/{invitation.link}"
    token = Wallet(college.client).token(invitation.link, invitation.tx_code)
    assert "reçoit cette attestation en ce moment" in visit.look(page).text
    Wallet(college.client).credential(token, college.clock())
    assert "a été reçue" in visit.look(page).text
    second = invite(college, credential)
    assert visit.look(f"/fr/claim/{second.link}").status_code == 200
    college.clock.advance(days=91)
    expired = visit.look(f"/fr/claim/{second.link}")
    assert expired.status_code == 410
    assert "ne fonctionne plus" in expired.text


def test_W_SHR_1_a_guessed_link_is_404_and_a_voided_one_410(
    college: College, credential: str, invitation: Invitation
) -> None:
    visit = college.visit()
    assert visit.look("/fr/claim/guess").status_code == 404
    invite(college, credential)
    assert visit.look(f"/fr/claim/{invitation.link}").status_code == 410
    page = f"/fr/claim/{invitation.link}"
    assert visit.send(f"{page}/code", page="/fr/office/sign-in").status_code == 410
    assert visit.send(f"{page}/report", page="/fr/office/sign-in", text="x").status_code == 410


def test_staff_invite_again_and_end_an_invitation(college: College, credential: str, invitation: Invitation) -> None:
    staff, page = college.visit(college.organisation), f"/fr/office/credentials/{credential}"
    assert invitation.link in staff.look(page).text
    assert invitation.tx_code in staff.look(page).text
    assert staff.send(f"{page}/invite", page=page).status_code == 303
    assert college.visit().look(f"/fr/claim/{invitation.link}").status_code == 410
    assert len(letters(college)) == 1
    assert staff.send(f"{page}/end-invitation", page=page).status_code == 303
    assert "/fr/claim/" not in staff.look(page).text
