"""Whether an application is complete: each gap names its field, and says what is missing in a sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from issuer.applications.models import Application
from issuer.schemes.definition import Definition, Question, QuestionType
from kit.i18n import N_

_WHOLE = re.compile(r"-?[0-9]{1,13}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True)
class Gap:
    """Something to complete: `field` is a member of the application or the key of a question."""

    field: str
    sentence: str
    """English source text, to be translated with `values`."""
    values: Mapping[str, object]


def of_application(application: Application) -> dict[str, str]:
    """Return the answers by the keys of their questions."""
    found: dict[str, str] = json.loads(application.answers)
    return found


def gaps(definition: Definition, application: Application, *, attached: Collection[str]) -> list[Gap]:
    """Return everything that keeps an application from being sent, in the order of the form.

    `attached` has the keys of the questions that a file answers.
    """
    return [
        *_gaps_of_applicant(definition, application),
        *_gaps_of_scope(definition, application),
        *_gaps_of_questions(definition, application, attached),
    ]


def problem_with(question: Question, answer: str) -> Gap | None:
    """Return what is wrong with an answer as typed; an empty one is only unfinished."""
    if not answer:
        return None
    sentence, values = _problem(question, answer)
    return Gap(question.key, sentence, values) if sentence else None


def _gaps_of_applicant(definition: Definition, application: Application) -> list[Gap]:
    found = []
    if not application.applicant_kind:
        found.append(Gap("applicant_kind", N_("Say what kind of organization yours is."), {}))
    elif application.applicant_kind not in definition.admits:
        found.append(Gap("applicant_kind", N_("This scheme does not admit organizations of this kind."), {}))
    if not application.contact_name:
        found.append(Gap("contact_name", N_("Name somebody whom the committee can reach."), {}))
    if not _EMAIL.fullmatch(application.contact_email):
        found.append(Gap("contact_email", N_("Give an e-mail address. Example: name@college.example"), {}))
    return found


def _gaps_of_scope(definition: Definition, application: Application) -> list[Gap]:
    found = []
    if definition.tracks and definition.track(application.track) is None:
        found.append(Gap("track", N_("Choose the track."), {}))
    if definition.streams and application.stream not in definition.streams:
        found.append(Gap("stream", N_("Choose the stream."), {}))
    if definition.territories and application.territory not in definition.territories:
        found.append(Gap("territory", N_("Choose the territory."), {}))
    return found


def _gaps_of_questions(definition: Definition, application: Application, attached: Collection[str]) -> list[Gap]:
    given, found = of_application(application), []
    for question in definition.asked(application.track):
        answer = given.get(question.key, "")
        problem = problem_with(question, answer)
        if problem is not None:
            found.append(problem)
        elif question.required and not (answer or question.key in attached):
            is_file = question.type is QuestionType.ATTACHMENT
            found.append(Gap(question.key, N_("Attach a file.") if is_file else N_("Answer this question."), {}))
        elif question.must_be_yes and answer == "no":
            found.append(Gap(question.key, N_("This scheme admits only those who answer yes here."), {}))
    return found


def _problem(question: Question, answer: str) -> tuple[str, Mapping[str, object]]:
    if question.type in (QuestionType.TEXT, QuestionType.LONG_TEXT) and len(answer) > question.longest:
        return N_("Write at most %(longest)s characters."), {"longest": question.longest}
    if question.type is QuestionType.NUMBER:
        return _problem_with_number(question, answer)
    if question.type is QuestionType.DATE and not _is_day(answer):
        return N_("Write the date as year-month-day. Example: 2026-06-12"), {}
    choices = {QuestionType.YES_NO: ("yes", "no"), QuestionType.CHOICE: tuple(one.key for one in question.options)}
    if question.type in choices and answer not in choices[question.type]:
        return N_("Choose one of the answers."), {}
    return "", {}


def _problem_with_number(question: Question, answer: str) -> tuple[str, Mapping[str, object]]:
    if not _WHOLE.fullmatch(answer):
        return N_("Enter a whole number, in digits only."), {}
    if question.least is not None and int(answer) < question.least:
        return N_("Enter %(least)s or more."), {"least": question.least}
    if question.most is not None and int(answer) > question.most:
        return N_("Enter %(most)s or less."), {"most": question.most}
    return "", {}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-06-12")
