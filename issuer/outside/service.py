"""Applying from elsewhere, step by step:

    begin      the public form: who, which identifier, which training; a link of their own leads back from then on
    question   what the authority asks, to be answered with a key of the identifier
    prove      the answer, once: from now on there is an application, or theirs is found again
    deliver_to where signed recognitions are to be sent

What happens to the application is told in `issuer.applications`; to that room it makes no difference who applies.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlmodel import Session, col, select

from issuer.applications import applying, looking
from issuer.applications.applying import AlreadyApplied, Applicant, Training
from issuer.applications.models import Application
from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.outside.models import OutsideApplicant
from issuer.schemes import service as schemes
from issuer.schemes.models import Scheme
from issuer.schemes.service import Window
from keys import dids
from kit.i18n import N_
from kit.problems import Conflict, NotFound, Unprocessable
from kit.tokens import digest, new_token
from vc import control
from vc.control import Question, QuestionLapsed
from vc.errors import ControllerNotReached, VcError
from vc.jose import base64url

TIME_TO_ANSWER = timedelta(minutes=30)
"""Long enough for two people in two offices; an answer still counts once only."""
FORGOTTEN_AFTER = timedelta(days=30)
"""What was begun and never proven goes after this long."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,400}")
_LONGEST = {"applicant_name": 200, "contact_name": 200, "programme_title_fr": 200, "programme_title_en": 200}


class UnknownLink(NotFound):
    """No applicant has this link."""

    advice = N_("Check that you copied the whole link from your letter.")


class Incomplete(Unprocessable):
    """Some fields of the form are not acceptable; `fields` maps each to a sentence."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(errors=[{"at": name, "reason": reason} for name, reason in fields.items()])
        self.fields = fields


class ProofRefused(Unprocessable):
    """The answer does not prove control; `sentence` says why."""

    title = N_("This answer proves nothing")

    def __init__(self, sentence: str, found: str = "") -> None:
        super().__init__(sentence, found=found[:300])
        self.sentence = sentence


class AlreadyProven(Conflict):
    """Control was proven before; the answer was not looked at."""


@dataclass(frozen=True)
class Beginning:
    """What the public form asks first."""

    applicant_name: str
    applicant_did: str
    achievement_id: str
    programme_title_fr: str
    programme_title_en: str
    contact_name: str
    contact_email: str


# --- begin ---


def begin(
    office: Office, session: Session, scheme: Scheme, given: Beginning, *, language: str
) -> tuple[OutsideApplicant, str]:
    """Keep what was typed; returns it with the token of the link that leads back.

    Raises `Incomplete`, `applying.NotTaken` for a scheme that is shut.
    """
    window = schemes.window(scheme, office.clock())
    if window in (Window.SHUT, Window.SPENT, Window.OVER):
        raise applying.NotTaken(window)
    given = _on_one_line(given)
    _check(given)
    now = office.clock()
    applicant = OutsideApplicant(scheme_id=scheme.id, link_digest="", language=language, created_at=now, **vars(given))
    token = link_token(office, applicant)
    applicant.link_digest = digest(token)
    _ask_anew(applicant, now)
    session.add(applicant)
    session.flush()
    return applicant, token


def _on_one_line(given: Beginning) -> Beginning:
    return Beginning(**{name: " ".join(value.split()) for name, value in vars(given).items()})


def _check(given: Beginning) -> None:
    text: dict[str, str] = vars(given)
    wrong = {}
    if not text["applicant_name"]:
        wrong["applicant_name"] = N_("Give the institution's name.")
    if not _DID.fullmatch(text["applicant_did"]):
        wrong["applicant_did"] = N_(
            "Give the institution's identifier: it begins with did:, for example did:web:college.example."
        )
    if not _is_address(text["achievement_id"]):
        wrong["achievement_id"] = N_("Give the training's identifier, as its credentials name it.")
    for name in ("programme_title_fr", "programme_title_en"):
        if not text[name]:
            wrong[name] = N_("Give the training's title.")
    if not text["contact_name"]:
        wrong["contact_name"] = N_("Name somebody whom the committee can reach.")
    if not _EMAIL.fullmatch(text["contact_email"]) or len(text["contact_email"]) > 254:
        wrong["contact_email"] = N_("Give an e-mail address. Example: name@college.example")
    for name, longest in _LONGEST.items():
        if len(text[name]) > longest:
            wrong[name] = N_("This text is too long.")
    if wrong:
        raise Incomplete(wrong)


def _is_address(text: str) -> bool:
    """Whether a text can be the identifier of an achievement: an absolute URI of sensible length."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isascii() and not any(character.isspace() or character in '<>"{}|\\^`' for character in text)
    return plain and len(text) <= 500 and parts.scheme in ("https", "http", "urn") and bool(parts.netloc or parts.path)


def link_token(office: Office, applicant: OutsideApplicant) -> str:
    """Return the token of an applicant's link: 256 bits that only this service can work out."""
    mac = hmac.digest(office.settings.secret, b"applicant's link:" + applicant.id.encode(), hashlib.sha256)
    return base64url.encode(mac)


def link(office: Office, applicant: OutsideApplicant) -> str:
    """Return the address that leads an applicant back, in their language."""
    return f"{office.settings.public_url}/{applicant.language}/application/{link_token(office, applicant)}"


def by_token(session: Session, token: str) -> OutsideApplicant:
    """Return who has this link. Raises `UnknownLink`."""
    found = session.exec(select(OutsideApplicant).where(OutsideApplicant.link_digest == digest(token))).first()
    if found is None:
        raise UnknownLink
    return found


def forget_unproven(session: Session, *, now: datetime) -> None:
    """Forget who began and never proved anything, with their addresses."""
    session.exec(
        delete(OutsideApplicant).where(
            col(OutsideApplicant.proven_at).is_(None), col(OutsideApplicant.created_at) < now - FORGOTTEN_AFTER
        )
    )


# --- proof of control ---


def renew_question(office: Office, token: str) -> None:
    """Ask anew where the last question lapsed. Opens its own unit, if there is need. Raises `UnknownLink`."""
    now = office.clock()
    with office.database.reading() as session:
        applicant = by_token(session, token)
    expires = applicant.challenge_expires_at
    if applicant.proven_at is not None or (expires is not None and expires > now):
        return
    with office.database.unit() as session:
        row = session.get_one(OutsideApplicant, applicant.id, with_for_update=True)
        if row.proven_at is None and row.challenge_expires_at == expires:  # else somebody was quicker
            _ask_anew(row, now)
            session.add(row)


def _ask_anew(applicant: OutsideApplicant, now: datetime) -> None:
    applicant.challenge = new_token()
    applicant.challenge_expires_at = now.replace(microsecond=0) + TIME_TO_ANSWER


def question(office: Office, applicant: OutsideApplicant) -> Question:
    """Return what an applicant is asked."""
    parts = urlsplit(office.settings.public_url)
    expires = applicant.challenge_expires_at or applicant.created_at
    return Question(applicant.applicant_did, f"{parts.scheme}://{parts.netloc}", applicant.challenge, expires)


def prove(office: Office, applicant_id: str, answer: str) -> Application:
    """Take the answer to the question, once; returns the application that it opens.

    Opens its own units; the applicant's identifier document is fetched outside of them. Raises `ProofRefused`,
    `AlreadyProven` (also for whoever sends the same answer at the same time), `applying.NotTaken`.
    """
    with office.database.reading() as session:
        applicant = session.get_one(OutsideApplicant, applicant_id)
        asked = question(office, applicant)
    if applicant.proven_at is not None or not applicant.challenge:
        raise AlreadyProven
    _check_answer(office, asked, answer)
    with office.database.unit() as session:
        applicant = session.get_one(OutsideApplicant, applicant_id, with_for_update=True, populate_existing=True)
        if applicant.proven_at is not None or applicant.challenge != asked.challenge:
            raise AlreadyProven
        application = _open(office, session, applicant)
        applicant.challenge, applicant.challenge_expires_at = "", None
        applicant.proven_at, applicant.application_id = office.clock(), application.id
        session.add(applicant)
        audit.record(
            session,
            actor=actor(applicant),
            organisation_id=application.authority_id,
            act="applicant.proven",
            subject=application.id,
            now=office.clock(),
            did=applicant.applicant_did,
        )
        return application


def _check_answer(office: Office, asked: Question, answer: str) -> None:
    resolver = cache(lambda did: dids.resolve(did, fetcher=office.fetcher, now=office.clock()))
    try:
        control.check(
            answer[: control.LONGEST],
            question=asked,
            accepted_suites=frozenset({control.SUITE, "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019"}),
            resolver=resolver,
            now=office.clock(),
        )
    except QuestionLapsed as error:
        raise ProofRefused(N_("The time to answer is over. Answer the new question.")) from error
    except ControllerNotReached as error:
        sentence = N_("Your identifier could not be looked up: nothing was checked. Try again in a few minutes.")
        raise ProofRefused(sentence, error.detail) from error
    except VcError as error:
        sentence = N_("This does not answer the question above with a key of your identifier.")
        raise ProofRefused(sentence, error.detail) from error


def _open(office: Office, session: Session, applicant: OutsideApplicant) -> Application:
    """Begin the application, or find the one that the same institution began before."""
    scheme = session.get_one(Scheme, applicant.scheme_id)
    here = session.exec(select(Organisation).where(Organisation.did == applicant.applicant_did)).first()
    try:
        return applying.start(
            office,
            session,
            scheme,
            Applicant(
                did=applicant.applicant_did,
                name=applicant.applicant_name,
                contact_name=applicant.contact_name,
                contact_email=applicant.contact_email,
                organisation_id=here.id if here else None,
            ),
            Training(applicant.achievement_id, applicant.programme_title_fr, applicant.programme_title_en),
            actor=actor(applicant),
        )
    except AlreadyApplied as there:
        return looking.of_applicant(session, applicant.applicant_did, there.application_id)


def actor(applicant: OutsideApplicant) -> str:
    """Return the name under which an applicant's acts are recorded."""
    return f"applicant:{applicant.id}"


# --- their application ---


def application(session: Session, applicant: OutsideApplicant, *, lock: bool = False) -> Application:
    """Return the application that an applicant proved to be theirs. Raises `UnknownLink` before that."""
    if applicant.application_id is None:
        raise UnknownLink
    find = looking.held_by_applicant if lock else looking.of_applicant
    return find(session, applicant.applicant_did, applicant.application_id)


def deliver_to(office: Office, session: Session, applicant: OutsideApplicant, url: str) -> None:
    """Have what is signed sent to this https address from now on; an empty one ends it. Raises `Incomplete`."""
    url = url.strip()
    if url and (not url.startswith("https://") or not _is_address(url)):
        raise Incomplete({"delivery_url": N_("Give an address that begins with https://, or leave it empty.")})
    applicant.delivery_url = url
    session.add(applicant)
    audit.record(
        session,
        actor=actor(applicant),
        organisation_id=session.get_one(Scheme, applicant.scheme_id).authority_id,
        act="applicant.delivery-address",
        subject=applicant.application_id or "",
        now=office.clock(),
        host=urlsplit(url).netloc,
    )
