"""Every act of the office and of the API that changes something: the least with which it may be done, and a form that
works. A new route gets a line in `TABLE`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from issuer.organisations.models import OrganisationKind
from issuer.staff.models import Role
from issuer.staff.service import Scope
from keys.dids import did_web
from tests.issuer.applications.desk import PDF
from tests.issuer.college import NOW, PASSWORD, PUBLIC_URL
from vc.control import Question

API = "/api/v1/credentials"
OFFICE = "/{lang}/office"

REGISTER = "Matricule;Prénom;Nom;Date de réussite\n900;Aimé;Troisaisons;2026-06-12\n".encode()
PROGRAMME = {
    "title_fr": "Soudage",
    "title_en": "Welding",
    "description_fr": "Souder.",
    "description_en": "Weld.",
    "criteria_fr": "Avoir soudé.",
    "criteria_en": "Have welded.",
    "hours": "45",
    "language": "fr",
}
RECOGNISED = {
    "authority": "elsewhere",
    "authority_did": "did:web:council.example",
    "authority_name": "Conseil",
    "number": "CQM-2026-10",
    "valid_from": "2025-09-01",
    "confirmed": "yes",
}
DECISION = {"number": "CQM-2026-9", "territory": "CA-QC", "valid_from": "2025-09-01", "confirmed": "yes"}
QUESTION = json.dumps(
    Question(
        did_web.did_for(f"https://{PUBLIC_URL.partition('://')[2]}/o/riviere"),
        "https://authority.example",
        "b3Blbi1zZXNhbWUtZm9yLXRlc3Rz",
        NOW + timedelta(days=2),
    ).as_json()
)
TODAY = NOW.date().isoformat()
SETTINGS = {
    "name_fr": "Reconnaissance",
    "name_en": "Recognition",
    "summary_fr": "Pour former.",
    "summary_en": "For training.",
    "territories": "BE-BRU",
    "promise_days": "30",
    "opinions": "1",
}


@dataclass(frozen=True)
class Act:
    """A state-changing route with a form that works; values that name something of the ground stand for its id."""

    path: str
    least: Role | Scope
    form: dict[str, Any] = field(default_factory=dict)
    act: str = ""
    kind: OrganisationKind = OrganisationKind.INSTITUTION
    file: bytes = b""
    file_name: str = "registre.csv"
    any_kind: bool = False

    def __str__(self) -> str:
        return f"{self.path} {self.act}".strip().removeprefix(OFFICE)

    @property
    def names_something(self) -> bool:
        """Whether the request is about an object that belongs to somebody."""
        return "_id}" in self.path or "completionId" in self.form


def by_registrar(path: str, **form: Any) -> Act:
    return Act(OFFICE + path, Role.REGISTRAR, form)


def by_administrator(path: str, **form: Any) -> Act:
    return Act(OFFICE + path, Role.ADMINISTRATOR, form, any_kind=True)


def by_authority(path: str, act: str = "", **form: Any) -> Act:
    return Act(OFFICE + path, Role.REGISTRAR, form, act, OrganisationKind.AUTHORITY)


def by_partner(path: str, **form: Any) -> Act:
    return Act(OFFICE + path, Role.REGISTRAR, form, kind=OrganisationKind.PARTNER)


def by_member(path: str, **form: Any) -> Act:
    return Act(OFFICE + path, Role.MEMBER, form, kind=OrganisationKind.AUTHORITY)


def by_system(path: str, scope: Scope, **body: Any) -> Act:
    return Act(API + path, scope, body, any_kind=True)


_COHORT = "/cohorts/{cohort_id}"
_IMPORT = f"{_COHORT}/import/{{upload_id}}"
_CREDENTIAL = "/credentials/{credential_id}"
_DRAFT = "/applications/{draft_id}"
ALIASES = {
    "{issued_id}": "{credential_id}",
    "{whole_id}": "{credential_id}",
    "{hosted_link_id}": "{part_link_id}",
    "{draft_id}": "{application_id}",
    "{waiting_id}": "{application_id}",
    "{heard_id}": "{application_id}",
    "{complete_id}": "{application_id}",
    "{taking_part_id}": "{application_id}",
}
"""Several things of one kind, by the parameter of the routes about them."""

TABLE = [  # in an order in which each can be carried out after the one before it
    by_system("", Scope.ISSUE, completionId="completion_id"),
    by_system("/{issued_id}/status", Scope.STATUS, state="revoked", reason="Erreur"),
    by_system("/{issued_id}/correction", Scope.ISSUE),
    by_administrator("/team", email="new@college.example", name="Aimé", role="reader", password=PASSWORD),
    by_administrator("/team/{member_id}/role", role="registrar"),
    by_administrator("/team/{member_id}/password", password=PASSWORD),
    by_administrator("/team/{member_id}/disable"),
    by_administrator("/team/{member_id}/enable"),
    by_administrator("/keys", name="Système", scopes=Scope.READ.value),
    by_administrator("/keys/{key_id}/revoke"),
    Act(f"{OFFICE}/account", Role.READER, {"current": PASSWORD, "password": PASSWORD}, any_kind=True),
    by_registrar("/programmes/new", **PROGRAMME),
    by_registrar("/programmes/{programme_id}/edit", **PROGRAMME),
    by_registrar("/programmes/{programme_id}/archive"),
    by_registrar("/programmes/{programme_id}/cohorts/new", code="2026-B", starts_on="2026-04-07", ends_on="2026-06-12"),
    by_registrar(f"{_COHORT}/job"),
    Act(f"{OFFICE}{_COHORT}/job-file", Role.REGISTRAR, file=REGISTER),
    Act("/api/v1/jobs", Scope.ISSUE, {"programme": "analyse-python", "cohort": "2026-A"}, any_kind=True),
    Act("/api/v1/jobs/{job_id}/{act}", Scope.ISSUE, act="pause", any_kind=True),
    Act(f"{OFFICE}/jobs/{{job_id}}/{{act}}", Role.REGISTRAR, act="resume"),
    Act(f"{OFFICE}/jobs/{{job_id}}/{{act}}", Role.REGISTRAR, act="cancel"),
    by_registrar(f"{_COHORT}/issue"),
    by_registrar(f"{_COHORT}/invitations"),
    by_registrar("/programmes/{programme_id}/parts", part="training_id", kind="stage", optional="yes"),
    by_registrar("/programmes/{programme_id}/parts/{part_link_id}/remove"),
    by_registrar(f"{_COHORT}/parts/{{hosted_link_id}}/place", person="participant_id", starts_on=TODAY, ends_on=TODAY),
    by_registrar(f"{_COHORT}/parts/complete"),
    by_registrar("/credentials/{whole_id}/record"),
    by_partner("/endorsements", programme="training_id", comment="Nous y croyons."),
    by_registrar("/endorsements/{endorsement_id}/answer", shown="yes"),
    by_partner("/endorsements/{endorsement_id}/withdraw", reason="Révisé"),
    by_registrar(f"{_COHORT}/participants/{{participant_id}}/completion", completed_on="2026-06-12"),
    Act(f"{OFFICE}{_COHORT}/import", Role.REGISTRAR, file=REGISTER),
    by_registrar(f"{_IMPORT}/correct", **{"cell.2.given_name": "Renée"}),
    by_registrar(f"{_IMPORT}/take-over"),
    by_registrar(f"{_IMPORT}/take-back"),
    by_registrar("/reports/{report_id}/settle"),
    by_registrar(f"{_CREDENTIAL}/end-invitation"),
    by_registrar(f"{_CREDENTIAL}/invite"),
    by_registrar(f"{_CREDENTIAL}/page", shown="yes"),
    Act(f"{OFFICE}{_CREDENTIAL}/{{act}}", Role.REGISTRAR, {"reason": "Vérification"}, "suspend"),
    Act(f"{OFFICE}{_CREDENTIAL}/{{act}}", Role.REGISTRAR, {"reason": "Vérifié"}, "reinstate"),
    Act(f"{OFFICE}{_CREDENTIAL}/{{act}}", Role.REGISTRAR, {"reason": "Erreur"}, "revoke"),
    by_registrar(f"{_CREDENTIAL}/correct"),
    by_registrar("/recognitions/new", link=f"https://{PUBLIC_URL.partition('://')[2]}/o/cqm/accreditations"),
    Act(f"{OFFICE}/recognitions/{{received_id}}/{{act}}", Role.REGISTRAR, act="remove"),
    Act(f"{OFFICE}/recognitions/{{received_id}}/{{act}}", Role.REGISTRAR, act="publish"),
    Act(f"{OFFICE}/challenge", Role.ADMINISTRATOR, {"question": QUESTION, "confirmed": "yes"}),
    by_authority("/accreditations/new", programme="programme_id", **DECISION),
    by_authority("/authorities/new", **RECOGNISED),
    by_authority("/accreditations/{accreditation_id}/{act}", "suspend", reason="Enquête", at=TODAY),
    by_authority("/accreditations/{accreditation_id}/{act}", "reinstate", reason="Fin d’enquête", at=TODAY),
    by_authority("/accreditations/{accreditation_id}/{act}", "withdraw", reason="Fin", at=TODAY),
    by_registrar("/applications/new", programme="programme_id", scheme="scheme_id"),
    by_registrar(f"{_DRAFT}/organisation", contact_name="Aimé Troisaisons"),
    by_registrar(f"{_DRAFT}/questions", **{"q-cities": "Bruxelles"}),
    Act(f"{OFFICE}{_DRAFT}/attachments", Role.REGISTRAR, {"question": "programme"}, file=PDF, file_name="p.pdf"),
    by_registrar(f"{_DRAFT}/attachments/{{attachment_id}}/remove"),
    by_registrar(f"{_DRAFT}/take-back"),
    by_registrar("/applications/{waiting_id}/answer/{question_id}", answer="Dix"),
    by_registrar("/applications/{complete_id}/submit"),
    by_member("/queue/{waiting_id}/assign", member="seat_id"),
    by_member("/queue/{waiting_id}/opinion", vote="for", opinion="Solide"),
    by_member("/queue/{waiting_id}/ask", question="Et le stage?"),
    by_member("/queue/{waiting_id}/conflict", reason="Parenté"),
    by_authority("/queue/{heard_id}/decision", outcome="refuse", reasons="La pratique manque", confirmed="yes"),
    by_authority("/queue/{taking_part_id}/end", reason="Fin du projet"),
    by_authority("/schemes", shipped="workforce-reskilling"),
    by_authority("/schemes/{scheme_id}/edit", **SETTINGS),
    by_authority("/schemes/{scheme_id}/close"),
    by_authority("/schemes/{scheme_id}/open"),
]
