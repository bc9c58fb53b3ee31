"""Answering, in the name of an organisation, whoever asks for a proof that its DID is its own (`vc.control`)."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from issuer.audit import service as audit
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from kit.i18n import N_
from kit.problems import Unprocessable
from vc import control
from vc.control import Question, QuestionLapsed
from vc.errors import VcError


class QuestionRefused(Unprocessable):
    """The text is no question that this organisation answers."""

    title = N_("This question is not answered")


def read(organisation: Organisation, text: str) -> Question:
    """Read a question that is about `organisation`. Raises `QuestionRefused`."""
    try:
        question = Question.read(text[: control.LONGEST])
    except VcError as error:
        raise QuestionRefused(
            N_("This is not a question for a proof. Copy all of the text that the authority shows.")
        ) from error
    if question.did != organisation.did:
        raise QuestionRefused(N_("This question is about another identifier than yours."))
    return question


def answer(
    office: Office, session: Session, organisation: Organisation, question: Question, *, actor: str
) -> dict[str, Any]:
    """Sign the answer to `question` with the organisation's key for proofs of control. Raises `QuestionRefused`."""
    now = office.clock()
    key = organisations.control_key(office, session, organisation)
    try:
        signed = control.answer(
            question,
            signer=organisations.signer(office, key),
            verification_method=organisations.verification_method(organisation, key),
            created=now,
        )
    except QuestionLapsed as error:
        raise QuestionRefused(N_("The time to answer is over. Ask the authority for a new question.")) from error
    audit.record(
        session,
        actor=actor,
        organisation_id=organisation.id,
        act="control.answered",
        subject=organisation.did,
        now=now,
        domain=question.domain,
    )
    return signed
