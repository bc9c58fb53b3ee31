"""From the public form to the signed accreditation, without an account: an institution from elsewhere applies."""

from __future__ import annotations

import email
import html
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlmodel import col, select

from issuer.applications import committee, looking, rulings
from issuer.applications.models import Application, ApplicationState
from issuer.applications.rulings import Ruling
from issuer.outside import attempts, service
from issuer.outside.models import OutsideApplicant
from issuer.schemes import service as schemes
from issuer.schemes.models import Scheme
from issuer.staff import service as staff
from issuer.staff.models import Role, StaffMember
from issuer.upkeep import run_errands, tidy
from kit.mail import Mailer
from tests.issuer.college import ACTOR, PASSWORD, Visit
from tests.issuer.received.two_deployments import AUTHORITY_URL, Abroad
from tests.serving import free_port

SOURCE = """
name.fr = "Reconnaissance des formations courtes"
name.en = "Recognition of short trainings"
summary.fr = "Pour les formations de moins d’un an."
summary.en = "For trainings of less than a year."
grants = "accreditation"
admits = ["college", "university"]
streams = ["upskilling"]
territories = ["BE-WAL"]
validity_months = 36
promise_days = 28
opinions = 0
zone = "Europe/Brussels"

[[section]]
key = "training"
name.fr = "La formation"
name.en = "The training"

[[question]]
key = "plan"
type = "long-text"
required = true
section = "training"
label.fr = "Plan de formation"
label.en = "Training plan"

[[question]]
key = "programme-file"
type = "attachment"
required = false
section = "training"
label.fr = "Programme détaillé"
label.en = "Detailed programme"
accepts = ["pdf"]
"""


@dataclass
class Ground:
    """Two deployments, an open scheme at the authority, and somebody at a browser there who has no account."""

    abroad: Abroad
    scheme: Scheme
    somebody: Visit
    member: StaffMember
    administrator: Visit
    """Of the college, in their own office."""
    trainings: Iterator[int] = field(default_factory=count)
    """Each beginning is about a training of its own, unless it says otherwise."""

    @classmethod
    def open(cls, folder: Path, **options: Any) -> Ground:
        abroad = Abroad.open(folder, **options)
        office = abroad.office
        with office.database.unit() as session:
            scheme = schemes.adopt(office, session, abroad.authority, f'key = "courtes"\n{SOURCE}', actor=ACTOR)
            schemes.open_scheme(office, session, scheme, actor=ACTOR)
            member = staff.add_member(
                session,
                organisation=abroad.authority,
                email="member@forem.example",
                name="Nadège",
                role=Role.ADMINISTRATOR,
                password=PASSWORD,
                actor=ACTOR,
                now=abroad.clock(),
            )
        abroad.client.follow_redirects = False
        administrator = abroad.college.visit(abroad.college.organisation, role=Role.ADMINISTRATOR)
        return cls(abroad, scheme, Visit(abroad.client), member, administrator)

    @property
    def form(self) -> str:
        return f"/fr/apply/forem/{self.scheme.slug}"

    def typed(self, **changes: str) -> dict[str, str]:
        college = self.abroad.college
        return {
            "applicant_name": "Cégep de la Rivière",
            "applicant_did": college.organisation.did,
            "achievement_id": f"{college.programme.achievement_id}-{next(self.trainings)}",
            "programme_title_fr": college.programme.title_fr,
            "programme_title_en": college.programme.title_en,
            "contact_name": "Solveig",
            "contact_email": "solveig@riviere.example",
        } | changes

    def begin(self, **changes: str) -> str:
        """Fill in the public form; returns the page behind the link."""
        sent = self.somebody.send(self.form, page=self.form, **self.typed(**changes))
        assert sent.status_code == 303, sent.text
        return str(sent.headers["location"]).partition("?")[0]

    def question(self, page: str) -> str:
        found = re.search(r'<textarea id="question"[^>]*>(.*?)</textarea>', self.somebody.look(page).text, re.DOTALL)
        assert found
        return html.unescape(found[1])

    def answer(self, question: str) -> str:
        """What an administrator of the college signs in their own office."""
        at = "/fr/office/challenge"
        signed = self.administrator.send(at, page=at, question=question, confirmed="yes", as_file="yes")
        assert signed.status_code == 200
        return signed.text

    def proven(self, **changes: str) -> str:
        page = self.begin(**changes)
        sent = self.somebody.send(f"{page}/proof", page=page, answer=self.answer(self.question(page)))
        assert sent.status_code == 303, sent.text
        return page

    def sent(self, **changes: str) -> str:
        """An application that the committee has."""
        page = self.proven(**changes)
        sent = self.somebody.send(f"{page}/form", page=page, **self.complete(), send="yes")
        assert sent.status_code == 303, sent.text
        return page

    def complete(self) -> dict[str, str]:
        return {
            "applicant_kind": "college",
            "contact_name": "Solveig",
            "contact_email": "solveig@riviere.example",
            "stream": "upskilling",
            "territory": "BE-WAL",
            "q-plan": "Trois modules de quinze heures.",
        }

    def application(self, page: str) -> Application:
        """The application behind a link, as the authority has it now."""
        with self.abroad.office.database.reading() as session:
            return service.application(session, service.by_token(session, page.rpartition("/")[2]))

    def decide(self, page: str, *, approve: bool = True) -> Application:
        ruling = Ruling(
            approve=approve,
            reasons="Conforme aux critères.",
            stream="upskilling",
            territory="BE-WAL",
            valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        )
        found = self.application(page)
        return rulings.decide(self.abroad.office, self.abroad.authority, found.id, ruling, member=self.member)

    def letters(self) -> list[str]:
        folder = self.abroad.office.mailer.folder
        made = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        messages = [email.message_from_bytes(path.read_bytes(), policy=default) for path in made]
        return [message.get_content() for message in messages]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One for many tests, each about a training of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempts, "PER_HOUR", dict.fromkeys(attempts.PER_HOUR, 1000))
        yield Ground.open(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def own(tmp_path: Path) -> Ground:
    """One for a test that bends the clock, the scheme or the limits."""
    return Ground.open(tmp_path)


# --- the road ---


def test_from_the_form_to_the_signed_accreditation(own: Ground) -> None:
    assert f'href="{own.form}"' in own.somebody.look(f"/fr/o/forem/schemes/{own.scheme.slug}").text
    page = own.begin()
    [letter] = own.letters()
    assert f"{AUTHORITY_URL}{page}" in letter
    assert "Solveig" not in letter, "no word that a stranger typed"
    answer = own.answer(own.question(page))
    assert own.somebody.send(f"{page}/proof", page=page, answer=answer).status_code == 303
    incomplete = own.somebody.send(f"{page}/form", page=page, contact_name="Solveig", send="yes")
    assert incomplete.status_code == 422
    assert 'href="#q-plan"' in incomplete.text
    saved = own.somebody.send(f"{page}/form", page=page, **own.complete())
    assert saved.status_code == 303
    assert "Trois modules" in own.somebody.look(page).text, "it is there on coming back"
    assert own.somebody.send(f"{page}/form", page=page, send="yes", **own.complete()).status_code == 303
    assert own.application(page).state is ApplicationState.SUBMITTED
    _questions_back(own, page)
    own.decide(page)
    run_errands(own.abroad.office)
    assert len(own.letters()) == 3, "the link, the question, the decision"
    shown = own.somebody.look(page).text
    [download] = re.findall(r'href="([^"]+/recognitions/[^"]+)"', shown)
    signed = own.somebody.look(download)
    assert signed.headers["content-type"] == "application/vc"
    subject = json.loads(signed.content)["credentialSubject"]
    assert subject["id"] == own.abroad.college.organisation.did


def _questions_back(ground: Ground, page: str) -> None:
    office = ground.abroad.office
    with office.database.unit() as session:
        held = looking.held(session, ground.abroad.authority, ground.application(page).id)
        asked = committee.ask(office, session, held, ground.member, text="Combien d’heures en ligne?")
    run_errands(office)
    run_errands(office)
    assert "Combien d’heures en ligne" in html.unescape(ground.somebody.look(page).text)
    empty = ground.somebody.send(f"{page}/answer/{asked.id}", page=page, answer=" ")
    assert empty.status_code == 422
    assert ground.somebody.send(f"{page}/answer/{asked.id}", page=page, answer="Vingt heures.").status_code == 303
    assert ground.application(page).state is ApplicationState.SUBMITTED


def test_a_letter_that_cannot_leave(own: Ground) -> None:
    """The link is on the page all the same, which says so."""
    office = own.abroad.office
    nobody = replace(office.settings, mail_host="localhost", mail_port=free_port())
    own.abroad.client.app.state.office = replace(office, mailer=Mailer(nobody))  # type: ignore[attr-defined]  # FastAPI's
    sent = own.somebody.send(own.form, page=own.form, **own.typed())
    assert sent.headers["location"].endswith("?done=unsent")
    shown = own.somebody.look(sent.headers["location"]).text
    assert f'value="{AUTHORITY_URL}{sent.headers["location"].partition("?")[0]}"' in shown
    assert "note--warn" in shown


def test_taken_back(ground: Ground) -> None:
    page = ground.sent()
    assert ground.somebody.send(f"{page}/take-back", page=page).status_code == 303
    assert ground.application(page).state is ApplicationState.WITHDRAWN
    assert ground.somebody.send(f"{page}/take-back", page=page).status_code == 409


def test_refused(ground: Ground) -> None:
    page = ground.sent()
    ground.decide(page, approve=False)
    shown = ground.somebody.look(page).text
    assert "Conforme aux critères." in shown
    assert "/recognitions/" not in shown


def test_files(ground: Ground) -> None:
    page = ground.proven()
    token = re.search(r'name="csrf_token" value="([^"]+)"', ground.somebody.look(page).text)
    assert token

    def attach(name: str, data: bytes) -> Response:
        answer: Response = ground.somebody.client.post(
            f"{page}/attachments",
            data={"csrf_token": token[1], "question": "programme-file"},
            files={"file": (name, data)},
            headers={"accept": "text/html"},
        )
        return answer

    assert attach("programme.exe", b"MZ").status_code == 422
    assert attach("programme.pdf", b"%PDF-1.7 programme").status_code == 303
    [link] = re.findall(r'href="([^"]+/attachments/[0-9a-f-]+)"', ground.somebody.look(page).text)
    assert ground.somebody.look(link).content == b"%PDF-1.7 programme"
    assert ground.somebody.send(f"{link}/remove", page=page).status_code == 303
    assert ground.somebody.look(link).status_code == 404


def test_the_form_fills_itself_in_from_the_training(ground: Ground) -> None:
    address = f"https://localhost:8001/o/riviere/p/{ground.abroad.college.programme.slug}"
    filled = ground.somebody.send(ground.form, page=ground.form, address=address, fill_in="yes")
    assert filled.status_code == 200
    for value in (ground.abroad.college.organisation.did, ground.abroad.college.programme.title_en):
        assert f'value="{value}"' in filled.text
    nothing = ground.somebody.send(ground.form, page=ground.form, address="https://nowhere.example", fill_in="yes")
    assert nothing.status_code == 422


# --- who may begin, and who may go on ---


def test_nothing_is_begun_in_the_name_of_somebody_else(ground: Ground) -> None:
    """Before the proof there is no application: the institution itself is not kept from applying."""
    page = ground.begin(achievement_id="https://localhost:8001/o/riviere/p/nobody-else")
    with ground.abroad.office.database.reading() as session:
        query = select(Application).where(col(Application.achievement_id).endswith("nobody-else"))
        assert session.exec(query).all() == []
    assert ground.somebody.send(f"{page}/form", page=page, **ground.complete(), send="yes").status_code == 404


@pytest.mark.parametrize("kind", ["another question", "changed", "other key", "nothing", "a page"])
def test_answers_that_prove_nothing(ground: Ground, kind: str) -> None:
    """P-RPL-1, P-RPL-2, P-BND-1: a proof for another question, or by another key, opens nothing."""
    page = ground.begin()
    question = json.loads(ground.question(page))
    match kind:
        case "another question":
            answer = ground.answer(json.dumps({**question, "challenge": "b3Blbi1zZXNhbWUtZm9yLXRlc3Rz"}))
        case "changed":
            answer = ground.answer(json.dumps({**question, "domain": "https://elsewhere.example"}))
        case "other key":
            good = json.loads(ground.answer(json.dumps(question)))
            good["proof"]["verificationMethod"] = good["proof"]["verificationMethod"].replace("#control", "#credential")
            answer = json.dumps(good)
        case "nothing":
            answer = ""
        case _:
            answer = "<html></html>"
    refused = ground.somebody.send(f"{page}/proof", page=page, answer=answer)
    assert refused.status_code == 422
    assert 'href="#answer"' in refused.text
    assert json.loads(ground.question(page)) == question, "the question stands, the next answer may be right"


def test_an_answer_counts_once(ground: Ground) -> None:
    page = ground.begin()
    answer = ground.answer(ground.question(page))
    assert ground.somebody.send(f"{page}/proof", page=page, answer=answer).status_code == 303
    assert ground.somebody.send(f"{page}/proof", page=page, answer=answer).status_code == 409
    other = ground.begin()
    assert ground.somebody.send(f"{other}/proof", page=other, answer=answer).status_code == 422


def test_P_RPL_1_of_many_at_once_one_answer_counts(tmp_path: Path, database_url: str) -> None:
    ground = Ground.open(tmp_path, authority_database_url=database_url)
    page = ground.begin()
    answer = ground.answer(ground.question(page))
    office = ground.abroad.office
    with office.database.reading() as session:
        applicant = service.by_token(session, page.rpartition("/")[2])

    def attempt(_number: int) -> bool:
        try:
            service.prove(office, applicant.id, answer)
        except service.AlreadyProven:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    with office.database.reading() as session:
        assert len(session.exec(select(Application)).all()) == 1


def test_an_answer_that_comes_too_late(own: Ground) -> None:
    page = own.begin()
    question = own.question(page)
    answer = own.answer(question)
    own.abroad.clock.set(own.abroad.clock() + service.TIME_TO_ANSWER + timedelta(seconds=1))
    assert own.somebody.send(f"{page}/proof", page=page, answer=answer).status_code == 422
    assert own.question(page) != question, "there is a new question"


def test_the_institution_cannot_be_reached(ground: Ground) -> None:
    page = ground.begin()
    answer = ground.answer(ground.question(page))
    ground.abroad.net.down.add("localhost:8001")
    refused = ground.somebody.send(f"{page}/proof", page=page, answer=answer)
    assert refused.status_code == 422
    ground.abroad.net.down.clear()
    assert ground.somebody.send(f"{page}/proof", page=page, answer=answer).status_code == 303


def test_a_lost_link_is_no_lost_application(ground: Ground) -> None:
    """Whoever proves the same identifier for the same training finds the application that was begun."""
    training = "https://localhost:8001/o/riviere/p/lost-link"
    first = ground.sent(achievement_id=training)
    again = ground.proven(achievement_id=training)
    assert again != first
    number = ground.application(first).number or ""
    assert number in ground.somebody.look(first).text
    assert number in ground.somebody.look(again).text


def test_other_links_lead_nowhere(ground: Ground) -> None:
    """I-AUZ-2: a link is 256 bits, and leads to its own application only."""
    page = ground.sent()
    ground.decide(page)
    [download] = re.findall(r'href="([^"]+/recognitions/[^"]+)"', ground.somebody.look(page).text)
    other = ground.begin(contact_email="other@example.org")
    assert ground.somebody.look(download.replace(page, other)).status_code == 404
    assert ground.somebody.look(f"{page[:-1]}x").status_code == 404
    assert ground.somebody.look("/fr/application/x").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"applicant_name": " "},
        {"applicant_did": "riviere.example"},
        {"applicant_did": "did:web:a b"},
        {"achievement_id": "analyse"},
        {"achievement_id": "javascript:alert(1)"},
        {"programme_title_en": ""},
        {"programme_title_fr": "x" * 201},
        {"contact_email": "solveig"},
        {"contact_email": "a@b.example\r\nBcc: x@y.example"},
    ],
)
def test_a_form_with_a_gap_says_which(ground: Ground, change: dict[str, str]) -> None:
    sent = ground.somebody.send(ground.form, page=ground.form, **ground.typed(**change))
    assert sent.status_code == 422
    assert f'href="#{next(iter(change))}"' in sent.text


def test_a_form_of_another_site_counts_for_nothing(ground: Ground) -> None:
    """W-WEB-1."""
    assert ground.somebody.client.post(ground.form, data=ground.typed()).status_code == 403


def test_too_many_beginnings(own: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(attempts.PER_HOUR, "begin", 2)
    codes = [own.somebody.send(own.form, page=own.form, **own.typed(contact_name="")).status_code for _ in range(3)]
    assert codes == [422, 422, 429]


def test_a_closed_scheme_is_not_there(own: Ground) -> None:
    page = own.proven()
    office = own.abroad.office
    with office.database.unit() as session:
        held = schemes.get(session, own.abroad.authority, own.scheme.id, lock=True)
        schemes.close_scheme(office, session, held, actor=ACTOR)
    assert own.somebody.look(own.form).status_code == 404
    late = own.somebody.send(f"{page}/form", page=page, **own.complete(), send="yes")
    assert late.status_code == 422
    assert own.application(page).state is ApplicationState.DRAFT


def test_what_was_never_proven_is_forgotten(own: Ground) -> None:
    own.begin()
    own.abroad.clock.set(own.abroad.clock() + service.FORGOTTEN_AFTER + timedelta(hours=1))
    tidy(own.abroad.office)
    with own.abroad.office.database.reading() as session:
        assert session.exec(select(OutsideApplicant)).all() == []
