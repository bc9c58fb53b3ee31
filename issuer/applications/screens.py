"""What the pages of an institution that applies show: each step of the form, and where an application stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from issuer.accreditation.models import Accreditation
from issuer.applications import applying, looking, view
from issuer.applications.models import Application
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.programmes import service as programmes
from issuer.schemes import service as schemes
from issuer.schemes.definition import KINDS, Definition, QuestionType
from issuer.schemes.models import Scheme
from issuer.staff.models import Role
from issuer.staff.service import SignedIn
from kit.i18n import N_

STEPS = ("new", "organisation", "questions", "attachments", "check")
STEP_NAMES = (N_("Program"), N_("Organization"), N_("Questions"), N_("Attachments"), N_("Check and send"))
QUESTION = "q-"
"""Before the key of a question: the name of its field."""
_LABELS = {
    "applicant_kind": N_("Kind of organization"),
    "contact_name": N_("Contact person"),
    "contact_email": N_("E-mail address"),
    "track": N_("Track"),
    "stream": N_("Stream"),
    "territory": N_("Territory"),
}


@dataclass(frozen=True)
class Screens:
    """For one request: who reads, in which language, out of which unit of work.

    Each method answers with one page. `given` is what was typed so far; `wrong` says by field what is wrong with it
    (English source texts), and makes the answer a 422.
    """

    request: Request
    office: Office
    session: Session
    lang: str
    who: SignedIn

    def new(self, given: Mapping[str, str], wrong: Mapping[str, str]) -> Response:
        """Which program, under which scheme."""
        offered = [
            (scheme.id, f"{organisations.name(authority, self.lang)} – {schemes.name(scheme, self.lang)}")
            for scheme, authority in schemes.all_open(self.session)
        ]
        taught = programmes.of_organisation(self.session, self.who.organisation)
        held = select(Accreditation).where(
            Accreditation.institution_did == self.who.organisation.did, col(Accreditation.to_recognise).is_(False)
        )
        return self.office.pages.render(
            self.request,
            "applications/new.html",
            status=422 if wrong else 200,
            who=self.who,
            steps=self._steps(),
            offered=offered,
            taught=[(one.id, one.title_fr if self.lang == "fr" else one.title_en) for one in taught],
            renewable=[
                (one.id, f"{one.number} – {one.programme_title_fr}")
                for one in self.session.exec(held.order_by(col(Accreditation.decided_at).desc()))
            ],
            given=given,
            errors=self._errors(wrong),
        )

    def organisation(self, application: Application, given: Mapping[str, str], wrong: Mapping[str, str]) -> Response:
        """Who applies, and for what."""
        definition = view.definition_of(self.session, application)
        kinds = [(key, self._say(name)) for key, name in KINDS.items()]
        return self._step(
            application,
            "organisation",
            wrong=wrong,
            given=given,
            kinds=kinds,
            admitted=[name for key, name in kinds if key in definition.admits],
            terms=[
                (one.name.read_in(self.lang), one.terms.read_in(self.lang)) for one in definition.tracks if one.terms
            ],
            options=view.options(self.office, definition, self.lang),
        )

    def questions(self, application: Application, given: Mapping[str, str], wrong: Mapping[str, str]) -> Response:
        """The scheme's questions."""
        definition = view.definition_of(self.session, application)
        asked = [one for one in definition.asked(application.track) if one.type is not QuestionType.ATTACHMENT]
        sections = [
            (one.name.read_in(self.lang), [q for q in asked if q.section == one.key]) for one in definition.sections
        ]
        return self._step(
            application,
            "questions",
            wrong=wrong,
            given=given,
            sections=[(name, questions) for name, questions in sections if questions],
        )

    def attachments(self, application: Application, wrong: Mapping[str, str]) -> Response:
        """The files that the scheme asks for."""
        asked = view.definition_of(self.session, application).asked(application.track)
        files = looking.attachments_of(self.session, application)
        return self._step(
            application,
            "attachments",
            wrong=wrong,
            asked=[
                (one, [file for file in files if file.question == one.key])
                for one in asked
                if one.type is QuestionType.ATTACHMENT
            ],
        )

    def check(self, application: Application, *, there: bool = False, refusal: str = "", status: int = 200) -> Response:
        """Everything before it is sent, with what is missing."""
        definition, files = (
            view.definition_of(self.session, application),
            looking.attachments_of(self.session, application),
        )
        missing = applying.gaps(self.session, application)
        said = view.gap_sentences(self.office, missing, self.lang)
        return self._step(
            application,
            "check",
            wrong={},
            status=status,
            there=there,
            refusal=refusal,
            tried=status == 422,
            gaps=[
                (_step_of(definition, gap.field), self._label(definition, gap.field), said[gap.field])
                for gap in missing
            ],
            scope=view.scope(self.office, definition, application, self.lang),
            sections=view.answered(self.office, definition, application, files, self.lang),
            conditions=[one.read_in(self.lang) for one in definition.conditions],
            availability=view.availability(self.office, self.session.get_one(Scheme, application.scheme_id), self.lang),
            promise=definition.promise_days,
            answer_by=definition.answer_by,
        )

    def state(
        self,
        application: Application,
        *,
        done: str = "",
        there: bool = False,
        wrong: Mapping[str, str] | None = None,
        typed: str = "",
    ) -> Response:
        """Where an application stands."""
        scheme = self.session.get_one(Scheme, application.scheme_id)
        definition = schemes.definition(scheme)
        files = looking.attachments_of(self.session, application)
        [row] = view.rows(self.office, self.session, [application], self.lang)
        return self.office.pages.render(
            self.request,
            "applications/state.html",
            status=422 if wrong else 200,
            who=self.who,
            application=application,
            row=row,
            scope=view.scope(self.office, definition, application, self.lang),
            sections=view.answered(self.office, definition, application, files, self.lang),
            conditions=[one.read_in(self.lang) for one in definition.conditions],
            questions=looking.questions_of(self.session, application),
            files=files,
            timeline=view.timeline(self.office, self.session, application, self.lang, for_applicant=True),
            may_change=self.who.may(Role.REGISTRAR),
            grants=definition.grants.value,
            done=done,
            there=there,
            typed=typed,
            errors=self._errors(wrong or {}),
        )

    def _step(
        self, application: Application, step: str, *, wrong: Mapping[str, str], status: int = 0, **context: object
    ) -> Response:
        """One step of the form."""
        scheme = self.session.get_one(Scheme, application.scheme_id)
        return self.office.pages.render(
            self.request,
            f"applications/{step}.html",
            status=status or (422 if wrong else 200),
            who=self.who,
            application=application,
            title=view.title(application, self.lang),
            scheme_name=schemes.name(scheme, self.lang),
            steps=self._steps(),
            step=STEPS.index(step) + 1,
            errors=self._errors(wrong),
            **context,
        )

    def _steps(self) -> list[str]:
        return [self._say(name) for name in STEP_NAMES]

    def _label(self, definition: Definition, field: str) -> str:
        question = definition.question(field)
        return question.label.read_in(self.lang) if question else self._say(_LABELS[field])

    def _errors(self, wrong: Mapping[str, str]) -> dict[str, str]:
        return {field: self._say(sentence) for field, sentence in wrong.items()}

    def _say(self, text: str) -> str:
        return self.office.pages.translate(self.lang, text)


def _step_of(definition: Definition, field: str) -> str:
    """Where in the form a field is, with its fragment."""
    question = definition.question(field)
    if question is None:
        return f"organisation#{field}"
    return f"{'attachments' if question.type is QuestionType.ATTACHMENT else 'questions'}#{QUESTION}{field}"
