"""What the committee's pages show: an application with what is said about it, the decision, and its effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from issuer.accreditation import listing as accreditation_listing
from issuer.accreditation import service as accreditation
from issuer.applications import committee, looking, rules, ruling_form, rulings, view
from issuer.applications.models import Application
from issuer.applications.ruling_form import RulingForm
from issuer.office import Office
from issuer.organisations.models import Organisation
from issuer.schemes import service as schemes
from issuer.schemes.definition import Grant
from issuer.schemes.models import Scheme
from issuer.staff import service as staff
from issuer.staff.models import Role, StaffMember
from issuer.staff.service import SignedIn
from kit.i18n import N_


@dataclass(frozen=True)
class DeskScreens:
    """For one request: who reads, in which language, out of which unit of work. Each method answers with one page."""

    request: Request
    office: Office
    session: Session
    lang: str
    who: SignedIn

    def application(
        self,
        application: Application,
        *,
        done: str = "",
        wrong: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        """The application with everything that is said about it."""
        definition, files = (
            view.definition_of(self.session, application),
            looking.attachments_of(self.session, application),
        )
        [row] = view.rows(self.office, self.session, [application], self.lang)
        seen = committee.opinions_seen_by(self.session, application, self.who.member)
        own = next((one for one in seen if one.member_id == self.who.member.id), None)
        conflicted = rules.is_conflicted(self.session, application, self.who.member)
        is_open = application.state in rules.UNDECIDED
        return self.office.pages.render(
            self.request,
            "applications/application.html",
            status=422 if wrong else 200,
            who=self.who,
            application=application,
            row=row,
            scope=view.scope(self.office, definition, application, self.lang),
            sections=view.answered(self.office, definition, application, files, self.lang),
            files=files,
            conditions=[one.read_in(self.lang) for one in definition.conditions],
            questions=looking.questions_of(self.session, application),
            opinions=view.opinions(self.session, application, seen),
            votes={vote.value: (tag, self._say(text)) for vote, (tag, text) in view.VOTES.items()},
            own=own,
            counted=rules.counted(self.session, application),
            needed=definition.opinions,
            conflicts=view.conflicts(self.session, application),
            conflicted=conflicted,
            people=[("", self._say(N_("Nobody"))), *_eligible(self.session, application, self.who.organisation)],
            timeline=view.timeline(self.office, self.session, application, self.lang, for_applicant=False),
            may_judge=self.who.may(Role.MEMBER) and is_open and not conflicted,
            may_declare=self.who.may(Role.MEMBER) and is_open and not conflicted,
            may_assign=self.who.may(Role.MEMBER) and is_open,
            may_decide=self.who.may(Role.REGISTRAR) and is_open and not conflicted,
            may_end=self.who.may(Role.REGISTRAR),
            grants=definition.grants.value,
            currency=definition.envelope.currency if definition.envelope else "",
            accreditation=self._accreditation(application),
            renews=_renewed(self.session, application),
            done=done,
            typed=typed or {},
            errors=self._errors(wrong or {}),
        )

    def decision(self, application: Application, given: RulingForm, wrong: Mapping[str, str]) -> Response:
        """The decision's form."""
        definition = view.definition_of(self.session, application)
        return self.office.pages.render(
            self.request,
            "applications/decide.html",
            status=422 if wrong else 200,
            who=self.who,
            application=application,
            title=view.title(application, self.lang),
            given=given.model_dump(),
            options=view.options(self.office, definition, self.lang),
            conditions=[one.read_in(self.lang) for one in definition.conditions],
            grants=definition.grants.value,
            validity_months=definition.validity_months,
            currency=definition.envelope.currency if definition.envelope else "",
            left=schemes.left(self.session.get_one(Scheme, application.scheme_id)),
            counted=rules.counted(self.session, application),
            needed=definition.opinions,
            errors=self._errors(wrong),
        )

    def review(self, application: Application, form: RulingForm) -> Response:
        """What the decision will do, before it is confirmed."""
        definition, ruling = view.definition_of(self.session, application), ruling_form.read(form)
        until = ruling.valid_until
        if ruling.valid_from is not None and until is None:
            until = rulings.last_moment(definition, ruling.valid_from)
        names = view.options(self.office, definition, self.lang)
        return self.office.pages.render(
            self.request,
            "applications/review.html",
            who=self.who,
            application=application,
            title=view.title(application, self.lang),
            form=form.model_dump(exclude={"confirmed"}),
            approve=ruling.approve,
            signs=ruling.approve and definition.grants is Grant.ACCREDITATION,
            elsewhere=application.applicant_organisation_id is None,
            valid_from=ruling.valid_from,
            valid_until=until,
            scope=[
                (self._say(label), dict(names[name]).get(getattr(ruling, name), ""))
                for name, label in (("track", N_("Track")), ("stream", N_("Stream")), ("territory", N_("Territory")))
            ],
            conditions=[one.read_in(self.lang) for one in definition.conditions],
        )

    def _accreditation(self, application: Application) -> accreditation_listing.Row | None:
        """The accreditation that came of it, as its own page shows it."""
        if application.accreditation_id is None:
            return None
        found = accreditation.accreditation_of(self.session, application.authority_id, application.accreditation_id)
        writer = self.office.pages.writer(self.lang)
        [row] = accreditation_listing.rows(
            self.session, [found], language=self.lang, translate=self._say, writer=writer, now=self.office.clock()
        )
        return row

    def _errors(self, wrong: Mapping[str, str]) -> dict[str, str]:
        return {field: self._say(sentence) for field, sentence in wrong.items()}

    def _say(self, text: str, **values: object) -> str:
        return self.office.pages.translate(self.lang, text, **values)


def _eligible(session: Session, application: Application, authority: Organisation) -> list[tuple[str, str]]:
    """Who may look after it: the team, without those who keep out of it and closed accounts."""
    away = {one.member_id for one in rules.conflicts_of(session, application)}
    team: list[StaffMember] = staff.team(session, authority)
    return [(one.id, one.name) for one in team if one.id not in away and one.disabled_at is None]


def _renewed(session: Session, application: Application) -> tuple[str, str] | None:
    """Id and number of the accreditation whose renewal is asked for."""
    if application.renews_id is None:
        return None
    found = accreditation.accreditation_of(session, application.authority_id, application.renews_id)
    return found.id, found.number
