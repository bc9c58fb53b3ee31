"""Applying and deciding over HTTP: each shipped scheme from its form to its verdict, files, filters, gaps."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from httpx import Response

from issuer.applications import attachments
from issuer.applications.attachments import FileRefused
from issuer.applications.models import ApplicationState
from issuer.schemes import service as schemes
from issuer.schemes.definition import Definition, Grant, QuestionType
from issuer.staff.models import Role
from tests.issuer.applications.desk import PDF, Desk, answers, stream_of, timeless
from tests.issuer.college import College, Visit
from vc.findings import Verdict

HOME = "/fr/office/"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.open(tmp_path)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str, Visit]:
    """An application to decide upon and somebody who may, for refusals: none of them changes anything."""
    desk = Desk.open(tmp_path_factory.mktemp("desk"))
    desk.college.accredit("CQM-2025-0118")
    return desk, desk.heard(), desk.college.visit(desk.college.authority)


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Visit]:
    """A draft that takes a plan, and somebody who may go on with it."""
    desk = Desk.open(tmp_path_factory.mktemp("desk"))
    return desk.draft(complete=False), desk.college.visit(desk.college.organisation)


def send(visit: Visit, path: str, **form: str) -> Response:
    return visit.send(path, HOME, **form)


def upload(visit: Visit, path: str, name: str, data: bytes, **form: str) -> Response:
    token = re.search(r'name="csrf_token" value="([^"]+)"', visit.look(HOME).text)
    assert token is not None
    return visit.client.post(
        path, data=form | {"csrf_token": token[1]}, files={"file": (name, data)}, headers={"accept": "text/html"}
    )


def apply(college: College, definition: Definition, scheme_id: str) -> str:
    """Fill the guided form in, step by step, and send it; returns where the application is."""
    visit = college.visit(college.organisation)
    begun = send(visit, "/fr/office/applications/new", programme=college.programme.id, scheme=scheme_id)
    at = str(begun.headers["location"]).removesuffix("/organisation")
    track = definition.tracks[0].key if definition.tracks else ""
    organisation = {
        "applicant_kind": definition.admits[0],
        "contact_name": "Solveig Clairbois",
        "contact_email": "solveig@college.example",
        "track": track,
        "stream": stream_of(definition),
        "territory": definition.territories[0] if definition.territories else "",
    }
    answered = send(visit, f"{at}/organisation", **organisation)
    assert answered.headers["location"] == f"{at}/questions"
    given = {f"q-{key}": value for key, value in answers(definition, track).items()}
    assert send(visit, f"{at}/questions", **given).headers["location"] == f"{at}/attachments"
    for question in definition.asked(track):
        if question.type is QuestionType.ATTACHMENT and question.required:
            assert upload(visit, f"{at}/attachments", "plan.pdf", PDF, question=question.key).status_code == 303
    sent = send(visit, f"{at}/submit")
    assert sent.status_code == 303, sent.text
    assert definition.name.fr in visit.look(str(sent.headers["location"])).text
    return at


@pytest.mark.parametrize("key", schemes.shipped())
def test_each_shipped_scheme_runs_from_its_form_to_the_verdict(tmp_path: Path, key: str) -> None:
    college = College.open(tmp_path, learners=1)
    document = college.document(college.issue()[0])
    desk = college.visit(college.authority)
    adopted = send(desk, "/fr/office/schemes", source=timeless(schemes.shipped()[key]))
    scheme = str(adopted.headers["location"]).removesuffix("/edit")
    assert send(desk, f"{scheme}/open").status_code == 303
    definition = schemes.read_cached(timeless(schemes.shipped()[key]))
    number = apply(college, definition, scheme.rpartition("/")[2]).rpartition("/")[2]
    at = f"/fr/office/queue/{number}"
    assert number in desk.look("/fr/office/queue").text
    members = [college.visit(college.authority, role=Role.MEMBER) for _ in range(definition.opinions)]
    for member in members:
        assert send(member, f"{at}/opinion", vote="for", opinion="Le dossier est complet.").status_code == 303
    ruling = {
        "outcome": "approve",
        "reasons": "La formation répond aux critères.",
        "track": definition.tracks[0].key if definition.tracks else "",
        "stream": stream_of(definition),
        "territory": definition.territories[0] if definition.territories else "",
        "valid_from": "2026-01-01",
    }
    review = send(desk, f"{at}/decision", **ruling)
    assert (review.status_code, "Effet" in review.text) == (200, True)
    assert college.verify(document).verdict is Verdict.VALID_NOT_RECOGNISED
    assert send(desk, f"{at}/decision", confirmed="yes", **ruling).status_code == 303
    page = desk.look(at).text
    if definition.grants is Grant.PARTICIPATION:
        public = f"/fr/o/cqm/schemes/{definition.key}"
        assert college.organisation.name_fr in college.visit().look(public).text
        assert college.verify(document).verdict is Verdict.VALID_NOT_RECOGNISED
        assert send(desk, f"{at}/end", reason="Le projet prend fin.").status_code == 303
        assert college.organisation.name_fr not in college.visit().look(public).text
        return
    assert college.verify(document).verdict is Verdict.VALID
    accreditation = re.search(r"/fr/office/accreditations/[0-9a-f-]+", page)
    assert accreditation is not None
    ended = send(desk, f"{accreditation[0]}/withdraw", reason="Fin du programme", at="2026-02-01")
    assert ended.status_code == 303
    assert college.verify(document).verdict is Verdict.VALID_NOT_RECOGNISED
    assert "Retirée" in desk.look(at).text


def test_what_cannot_be_an_answer_is_kept_as_typed_and_said_at_its_field(desk: Desk) -> None:
    made, visit = desk.draft(complete=False), desk.college.visit(desk.college.organisation)
    at = f"/en/office/applications/{made}"
    answer = send(visit, f"{at}/questions", **{"q-people-a-year": "many", "q-practice": "x" * 4001})
    assert answer.status_code == 422
    answer = send(visit, f"{at}/questions", **{"q-people-a-year": "many", "q-practice": "Projects"})
    assert answer.status_code == 422
    assert "Enter a whole number, in digits only." in answer.text
    assert 'value="many"' in answer.text
    assert "Projects" in visit.look(f"{at}/questions").text
    check = visit.look(f"{at}/check").text
    assert "things are missing before you can send it" in check
    assert f'href="{at}/questions#q-people-a-year"' in check
    refused = send(visit, f"{at}/submit")
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text


def test_a_draft_is_saved_for_later_and_gone_on_with(desk: Desk) -> None:
    visit = desk.college.visit(desk.college.organisation)
    begin = {"programme": desk.college.programme.id, "scheme": desk.scheme.id}
    begun = send(visit, "/fr/office/applications/new", **begin)
    at = str(begun.headers["location"]).removesuffix("/organisation")
    later = send(visit, f"{at}/organisation", applicant_kind="college", contact_name="Aimé", later="yes")
    assert later.headers["location"] == "/fr/office/applications"
    assert "Brouillon" in visit.look("/fr/office/applications").text
    again = send(visit, "/fr/office/applications/new", **begin)
    assert str(again.headers["location"]).startswith(at)
    assert 'value="Aimé"' in visit.look(f"{at}/organisation").text


def test_a_late_application_is_refused_with_time_and_zone(desk: Desk) -> None:
    made, visit = desk.draft(), desk.college.visit(desk.college.organisation)
    with desk.office.database.unit() as session:
        scheme = schemes.get(session, desk.college.authority, desk.scheme.id)
        scheme.closes_at = desk.college.clock()
        session.add(scheme)
    refused = send(visit, f"/fr/office/applications/{made}/submit")
    assert refused.status_code == 409
    assert "Votre demande n’a pas été envoyée; le brouillon est conservé." in refused.text
    assert "(heure de l’Est)" in refused.text
    assert desk.application(made).state is ApplicationState.DRAFT


def test_I_FIL_1_a_file_is_data_and_comes_back_as_a_download(desk: Desk) -> None:
    made, visit = desk.draft(complete=False), desk.college.visit(desk.college.organisation)
    at = f"/fr/office/applications/{made}/attachments"
    name = '../../<b>"plan".pdf'
    assert upload(visit, at, name, PDF, question="plan").status_code == 303
    page = visit.look(at).text
    assert "<b>" not in page.replace("<b><bdi>", "")
    found = re.search(rf"{at}/[0-9a-f-]+", page)
    assert found is not None
    answer = visit.look(found[0])
    assert answer.content == PDF
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert send(visit, f"{found[0]}/remove").status_code == 303
    assert visit.look(found[0]).status_code == 404


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plan.pdf", b""),
        ("plan.pdf", b"<script>alert(1)</script>"),
        ("plan.pdf", PDF + b" " * attachments.MAX_BYTES),
        ("plan.png", b"\x89PNG\r\n\x1a\n"),
        ("plan.docx", PDF),
        ("plan.html", PDF),
    ],
)
def test_a_file_that_is_not_taken_says_why(drafted: tuple[str, Visit], name: str, data: bytes) -> None:
    made, visit = drafted
    answer = upload(visit, f"/fr/office/applications/{made}/attachments", name, data, question="plan")
    assert answer.status_code == 422
    assert 'id="q-plan-error"' in answer.text


def office_document(part: str, *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for one in (part, *more):
            archive.writestr(one, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", PDF, "pdf"),
        ("a.JPEG", b"\xff\xd8\xff\xe0", "jpg"),
        ("a.docx", office_document("word/document.xml"), "docx"),
        ("a.xlsx", office_document("xl/workbook.xml"), "xlsx"),
        ("a.docx", office_document("word/document.xml", "word/vbaProject.bin"), ""),
        ("a.docx", b"PK\x03\x04 no archive", ""),
        ("a.zip", office_document("anything"), ""),
    ],
)
def test_what_a_file_is_stands_in_its_content(name: str, data: bytes, kind: str) -> None:
    accepts = ("pdf", "jpg", "docx", "xlsx")
    if kind:
        assert attachments.kind_of(name, data, accepts=accepts) == kind
    else:
        with pytest.raises(FileRefused):
            attachments.kind_of(name, data, accepts=accepts)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\plan.pdf", "plan.pdf"),
        ("a\r\nb.pdf", "ab.pdf"),
        ("...", "document"),
        ("Évaluation finale.pdf", "Évaluation finale.pdf"),
    ],
)
def test_I_FIL_1_a_name_is_shown_without_what_could_do_harm(given: str, shown: str) -> None:
    assert attachments.shown_name(given) == shown


def test_the_queue_is_filtered_and_marks_what_is_late(desk: Desk) -> None:
    made, visit = desk.submitted(), desk.college.visit(desk.college.authority)
    queue = "/en/office/queue"
    assert made in visit.look(f"{queue}?q=python+riviere").text
    assert made not in visit.look(f"{queue}?q=cobol").text
    assert made not in visit.look(f"{queue}?state=late").text
    assert made in visit.look(f"{queue}?assigned=nobody").text
    assert made not in visit.look(f"{queue}?assigned={desk.members[0].id}").text
    assert made not in visit.look(f"{queue}?state=approved").text
    desk.college.clock.advance(days=30)
    visit = desk.college.visit(desk.college.authority)  # the session of a month ago is over
    page = visit.look(f"{queue}?state=late").text
    assert made in page
    assert "30 days with the committee." in page
    assert "3 days late." in page
    assert send(visit, f"{queue}/{made}/ask", question="How many hours?").status_code == 303
    assert "The clock stands still since" in visit.look(f"{queue}/{made}").text
    assert made not in visit.look(f"{queue}?state=late").text


def test_a_question_and_its_answer_reach_the_other_side(desk: Desk) -> None:
    made, committee = desk.submitted(), desk.college.visit(desk.college.authority, role=Role.MEMBER)
    applicant = desk.college.visit(desk.college.organisation)
    at, own = f"/en/office/queue/{made}", f"/en/office/applications/{made}"
    assert send(committee, f"{at}/ask", question=" ").status_code == 422
    send(committee, f"{at}/ask", question="How many <hours>?")
    page = applicant.look(own).text
    assert "How many &lt;hours&gt;?" in page
    assert "The committee asked the applicant a question" in page
    question = re.search(rf"{own}/answer/([0-9a-f-]+)", page)
    assert question is not None
    assert upload(applicant, f"{own}/attachments", "plan.pdf", PDF, question=question[1]).status_code == 303
    assert send(applicant, question[0], answer="").status_code == 422
    assert send(applicant, question[0], answer="Forty-five.").status_code == 303
    read = committee.look(at).text
    assert "Forty-five." in read
    assert "plan.pdf" in read


def test_what_waits_stands_on_the_dashboards(desk: Desk) -> None:
    made, committee = desk.submitted(), desk.college.visit(desk.college.authority)
    applicant = desk.college.visit(desk.college.organisation)
    assert f"/fr/office/queue/{made}" in committee.look(HOME).text
    assert made not in applicant.look(HOME).text
    send(committee, f"/fr/office/queue/{made}/ask", question="Combien?")
    assert made not in committee.look(HOME).text
    assert f"/fr/office/applications/{made}" in applicant.look(HOME).text
    assert f"/fr/o/cqm/schemes/{desk.scheme.slug}" in applicant.look("/fr/o/cqm").text


def test_applicants_read_neither_who_of_the_committee_did_what_nor_opinions(desk: Desk) -> None:
    made, applicant = desk.heard(), desk.college.visit(desk.college.organisation, role=Role.READER)
    desk.decide(made, approve=False, reasons="La pratique manque.")
    page = applicant.look(f"/fr/office/applications/{made}").text
    assert "La pratique manque." in page
    assert "Le comité a refusé la demande." in page
    assert "Noé Pommerelle" not in page
    assert "Le plan est solide." not in page


def test_a_second_decision_is_a_clear_conflict(desk: Desk) -> None:
    made, visit = desk.heard(), desk.college.visit(desk.college.authority)
    desk.decide(made)
    answer = send(
        visit, f"/en/office/queue/{made}/decision", outcome="refuse", reasons="Other reasons", confirmed="yes"
    )
    assert answer.status_code == 409
    assert "This application was decided already" in answer.text


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"outcome": ""}, "outcome"),
        ({"reasons": " "}, "reasons"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_until": "2099-01-01"}, "valid_until"),
        ({"territory": "BE"}, "territory"),
        ({"number": "CQM-2025-0118"}, "number"),
    ],
)
def test_a_gap_in_the_decision_is_said_before_anything_is_signed(
    untouched: tuple[Desk, str, Visit], form: dict[str, str], field: str
) -> None:
    desk, made, visit = untouched
    good = {
        "outcome": "approve",
        "reasons": "Bien.",
        "number": "CQM-1",
        "track": "employed-people",
        "stream": "upskilling",
        "territory": "CA-QC",
        "valid_from": "2026-01-01",
    }
    answer = send(visit, f"/fr/office/queue/{made}/decision", **(good | form))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert desk.application(made).state is ApplicationState.SUBMITTED


def test_a_scheme_is_adopted_set_opened_and_closed(tmp_path: Path) -> None:
    college = College.open(tmp_path, learners=0)
    visit = college.visit(college.authority)
    adopted = send(visit, "/en/office/schemes", shipped="ontario-passport-pilot")
    edit = str(adopted.headers["location"])
    assert 'value="2022-06-08 23:59"' in visit.look(edit).text
    form = {
        "name_fr": "Pilote",
        "name_en": "Pilot",
        "summary_fr": "Pour essayer.",
        "summary_en": "To try.",
        "territories": "CA-ON",
        "promise_days": "20",
        "opinions": "1",
    }
    for wrong in ({"closes": "June"}, {"closes": "2027-03-14 02:30"}, {"opinions": "many"}, {"answer_by": "soon"}):
        answer = send(visit, edit, **(form | wrong))
        assert answer.status_code == 422
        assert f'id="{next(iter(wrong))}-error"' in answer.text
    at = str(send(visit, edit, **form, closes="2027-06-08 23:59").headers["location"]).partition("?")[0]
    assert "Takes no applications." in visit.look(at).text
    send(visit, f"{at}/open")
    public = visit.look("/en/o/cqm/schemes/ontario-passport-pilot").text
    assert re.search(r"Open until June 8, 2027 at 11:59\sp\.m\. \(Eastern Time\)\.", public)
    send(visit, f"{at}/close")
    assert "Takes no applications." in visit.look(at).text
    assert send(visit, "/en/office/schemes", shipped="ontario-passport-pilot").status_code == 409


def test_a_file_of_ones_own_is_refused_with_line_and_field(tmp_path: Path) -> None:
    college = College.open(tmp_path, learners=0)
    visit = college.visit(college.authority)
    source = schemes.shipped()["pacme-training"].replace('type = "number"', 'type = "numbre"', 1)
    answer = send(visit, "/en/office/schemes", source=source.replace("\n", "\r\n"))
    assert answer.status_code == 422
    line = source.splitlines().index('type = "numbre"') + 1
    assert f"Line {line}, question[3].type:" in answer.text


def test_the_wrong_desk_says_whose_it_is(desk: Desk) -> None:
    authority, applicant = (desk.college.visit(one) for one in (desk.college.authority, desk.college.organisation))
    applying, queue = (
        authority.client.get("/en/office/applications/new"),
        applicant.client.get("/en/office/queue"),
    )
    assert (applying.status_code, queue.status_code) == (404, 404)
    assert "sign in with an account at the organization" in applying.text
    assert "Sign in with an account at the authority" in queue.text
