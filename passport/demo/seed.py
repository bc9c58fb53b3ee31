"""Fills an issuer with the demo's ecosystem: organisations, programmes, registers, accreditations, credentials.

Run as `python -m passport.demo.seed` with the issuer's environment, before the services start; it says on standard
output what the demo needs to go on. It may be run again: what a killed run made is completed, and a complete
ecosystem is left as people changed it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from importlib import resources
from typing import Any

from sqlmodel import Session, col, select

from issuer.accreditation import editions
from issuer.accreditation import service as accreditation
from issuer.accreditation.rules import Decision
from issuer.app import build_office
from issuer.applications import applying
from issuer.applications.applying import AlreadyApplied, Applicant, Draft, Training
from issuer.cohorts import importing
from issuer.cohorts import service as cohorts
from issuer.cohorts.models import Cohort, Participant
from issuer.completions.models import Completion
from issuer.days import moment_of
from issuer.hand_over import roll
from issuer.issuance import service as issuance
from issuer.issuance.models import IssuedCredential
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.programmes import service as programmes
from issuer.programmes.models import Programme, Stream
from issuer.programmes.service import ProgrammeText, SkillText
from issuer.schemes import service as schemes
from issuer.schemes.models import Scheme
from issuer.settings import IssuerSettings
from issuer.staff import service as staff
from issuer.staff.models import Role
from kit.problems import NotFound

ACTOR = "system"
PASSWORD = "demonstration"  # noqa: S105 - invented accounts on this machine, named on the screen
_LEFT_BEHIND = max(issuance.INTENT_LIFETIME, editions.LEFT_BEHIND) + timedelta(seconds=1)
_FILES = resources.files("passport.demo")


def main() -> int:
    """Seed the issuer of the environment."""
    office = build_office(IssuerSettings.from_env())
    filled = office.settings.data_dir / "demo-filled"
    if not filled.exists():
        _finish_interrupted(office)
        fill(office)
        filled.touch()
    sys.stdout.write(json.dumps(facts(office), ensure_ascii=False))
    return 0


def _plan() -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((_FILES / "ecosystem.json").read_text("utf-8"))
    return plan


def fill(office: Office) -> None:
    """Make the whole ecosystem, or what is missing of it, by the same functions as the pages."""
    plan = _plan()
    with office.database.unit() as session:
        there = {organisation.slug for organisation in organisations.all_of(session)}
        for one in plan["organisations"]:
            if one["slug"] not in there:
                _organisation(office, session, one)
    for one in plan["programmes"]:
        with office.database.unit() as session:
            programme, cohort = _programme(office, session, one)
        if one["accreditation"] is not None:
            _accredit(office, programme, one["accreditation"])
        _issue(office, programme, cohort)
    for one in plan["applications"]:
        with office.database.unit() as session, suppress(AlreadyApplied):
            _apply(office, session, one)


def _finish_interrupted(office: Office) -> None:
    """End what a killed run left half signed. Nobody else is at work here, so there is no waiting for them."""
    later = replace(office, clock=lambda: office.clock() + _LEFT_BEHIND)
    issuance.recover(later)
    editions.finish_planned(later)


def _organisation(office: Office, session: Session, one: Mapping[str, Any]) -> None:
    organisation = organisations.create(
        office,
        session,
        slug=one["slug"],
        kind=OrganisationKind(one["kind"]),
        name_fr=one["name_fr"],
        name_en=one["name_en"],
        territory=one["territory"],
    )
    team = [(Role.ADMINISTRATOR, "Solveig Clairbois"), (Role.REGISTRAR, "Noé Pommerelle")]
    if organisation.kind is OrganisationKind.AUTHORITY:
        team.append((Role.MEMBER, "Philémon Grandvent"))
    for role, name in team:
        staff.add_member(
            session,
            organisation=organisation,
            email=_address(role, one["slug"]),
            name=name,
            role=role,
            password=PASSWORD,
            actor=ACTOR,
            now=office.clock(),
        )


def _address(role: Role, slug: str) -> str:
    return f"{role}@{slug}.test"


def _programme(office: Office, session: Session, one: Mapping[str, Any]) -> tuple[Programme, Cohort]:
    texts = {name: one[name] for name in ProgrammeText.__dataclass_fields__ if name not in ("skills", "stream")}
    text = ProgrammeText(
        **texts, stream=Stream(one["stream"]), skills=tuple(SkillText(**skill) for skill in one["skills"])
    )
    organisation = organisations.by_slug(session, one["organisation"])
    with suppress(NotFound):
        there = programmes.by_slug(session, organisation, one["slug"])
        return there, cohorts.overview(session, there).cohorts[0].cohort  # one unit made both
    programme = programmes.create(office, session, organisation, text, actor=ACTOR, slug=one["slug"])
    run = one["cohort"]
    cohort = cohorts.create(
        office,
        session,
        programme,
        code=run["code"],
        starts_on=date.fromisoformat(run["starts_on"]),
        ends_on=date.fromisoformat(run["ends_on"]),
        actor=ACTOR,
    )
    data = (_FILES / "registers" / run["register"]).read_bytes()
    upload = importing.upload(office, session, cohort, file_name=run["register"], data=data, actor=ACTOR)
    importing.take_over(office, session, upload, cohort, programme, actor=ACTOR)
    return programme, cohort


def _apply(office: Office, session: Session, one: Mapping[str, Any]) -> None:
    """Have an institution apply for one of its programmes, under a scheme that the authority then runs."""
    authority = organisations.by_slug(session, one["authority"])
    institution = organisations.by_slug(session, one["organisation"])
    programme = programmes.by_slug(session, institution, one["programme"])
    applicant = Applicant(
        did=institution.did,
        name=institution.name_fr,
        kind=one["kind"],
        contact_name="Noé Pommerelle",
        contact_email=_address(Role.REGISTRAR, institution.slug),
        organisation_id=institution.id,
    )
    training = Training(programme.achievement_id, programme.title_fr, programme.title_en)
    scheme = _scheme(office, session, authority, one["scheme"])
    application = applying.start(office, session, scheme, applicant, training, actor=ACTOR)
    draft = Draft(stream=str(programme.stream))
    applying.save(office, session, application, draft=draft, given=one["answers"])
    applying.submit(office, session, application, actor=ACTOR)


def _scheme(office: Office, session: Session, authority: Organisation, key: str) -> Scheme:
    with suppress(NotFound):
        return schemes.by_slug(session, authority, key)
    scheme = schemes.adopt(office, session, authority, schemes.shipped()[key], actor=ACTOR)
    schemes.open_scheme(office, session, scheme, actor=ACTOR)
    return scheme


def _accredit(office: Office, programme: Programme, one: Mapping[str, Any]) -> None:
    with office.database.reading() as session:
        authority = organisations.by_slug(session, one["authority"])
        institution = organisations.get(session, programme.organisation_id)
        if accreditation.number_is_taken(session, authority.id, one["number"]):
            return
    decision = Decision(
        institution_did=institution.did,
        institution_name=institution.name_fr,
        achievement_id=programme.achievement_id,
        programme_title_fr=programme.title_fr,
        programme_title_en=programme.title_en,
        number=one["number"],
        track=one["track"],
        stream=str(programme.stream),
        territory=one["territory"],
        valid_from=moment_of(one["valid_from"]),
        valid_until=moment_of(one["valid_until"], last_moment=True),
    )
    accreditation.accredit(office, authority, decision, actor=ACTOR)


def _issue(office: Office, programme: Programme, cohort: Cohort) -> None:
    """Issue everything that is ready, and write to everybody."""
    with office.database.reading() as session:
        ready = select(Completion.id).join(Participant).where(Participant.cohort_id == cohort.id)
        completions = list(session.exec(ready.order_by(col(Participant.learner_number))).all())
    issuance.issue(office, completions, organisation_id=programme.organisation_id, actor=ACTOR)
    issued = [credential.id for credential in _credentials(office, completions)]
    roll.invite_all(office, issued, organisation_id=programme.organisation_id, actor=ACTOR)


def _credentials(office: Office, completions: Sequence[str]) -> Sequence[IssuedCredential]:
    with office.database.reading() as session:
        query = select(IssuedCredential).where(col(IssuedCredential.active_for).in_(completions))
        return session.exec(query).all()


def facts(office: Office) -> dict[str, Any]:
    """What the demo needs to know: whom to trust, who may sign in, which learner walks the road."""
    plan = _plan()
    with office.database.reading() as session:
        authorities = organisations.all_of(session, OrganisationKind.AUTHORITY)
        learner = _learner(session, plan["learner"])
    return {
        "authorities": [_authority(one) for one in authorities],
        "staff": [
            {
                "names": {"fr": one["name_fr"], "en": one["name_en"]},
                "email": _address(Role.ADMINISTRATOR, one["slug"]),
                "password": PASSWORD,
            }
            for one in plan["organisations"]
        ],
        "learner": {"name": f"{learner.given_name} {learner.family_name}", "email": learner.email},
    }


def _authority(one: Organisation) -> dict[str, Any]:
    return {
        "did": one.did,
        "names": {"fr": one.name_fr, "en": one.name_en},
        "territory": one.territory,
        "meaning": {
            "fr": "Autorité inventée pour la démonstration; une vraie liste viendrait de votre organisation.",
            "en": "An authority invented for the demo; a real list would come from your organization.",
        },
    }


def _learner(session: Session, one: Mapping[str, Any]) -> Participant:
    query = (
        select(Participant)
        .join(Cohort, col(Cohort.id) == Participant.cohort_id)
        .join(Programme, col(Programme.id) == Cohort.programme_id)
        .where(Programme.slug == one["programme"], Participant.learner_number == one["learner_number"])
    )
    return session.exec(query).one()


if __name__ == "__main__":
    sys.exit(main())
