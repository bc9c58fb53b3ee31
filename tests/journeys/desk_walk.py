"""One shipped scheme walked in a browser, from adopting it to the last verdict, by its definition and nothing else.

Who walks is told by the scheme's territory, what is answered by the type of each question, and every word that the
walk presses or expects is the page's own, in the language of the walk.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from sqlmodel import Session, col, select

from issuer.issuance.models import IssuedCredential, SignedDocument
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation, OrganisationKind
from issuer.programmes import service as programmes
from issuer.programmes.models import Stream
from issuer.programmes.service import ProgrammeText
from issuer.schemes.definition import Definition, Grant, Question, QuestionType
from passport.demo.seed import PASSWORD
from tests import axe
from tests.conftest import PageOpener
from tests.issuer.applications.desk import PDF, answers, stream_of
from tests.journeys.conftest import Services

NARROW = {"width": 320, "height": 640}
TODAY = datetime.now(UTC).date()
IN_FORCE_FROM, COMPLETED, WITHDRAWN = (TODAY - timedelta(days=days) for days in (200, 60, 10))
COMMITTEE = ("member", "registrar", "administrator")


@dataclass
class Shared:
    """What the walks of one module share: the signed-in people's cookies, and the kinds of page looked over."""

    cookies: MutableMapping[str, Any] = field(default_factory=dict)
    looked_over: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Walk:
    """A scheme on its way, the language of everybody on it, and what came of it so far."""

    services: Services
    shared: Shared
    open_page: PageOpener
    folder: Path
    definition: Definition
    lang: str

    def __post_init__(self) -> None:
        with self.services.office.database.unit() as session:
            self.authority = self._local(session, OrganisationKind.AUTHORITY)
            self.institution = self._local(session, OrganisationKind.INSTITUTION)
            self.title = self._training(session)
        self.plan = self.folder / "plan.pdf"
        self.plan.write_bytes(PDF)
        self.track = self.definition.tracks[0].key if self.definition.tracks else ""

    @property
    def accredits(self) -> bool:
        """Whether an approval is an accreditation."""
        return self.definition.grants is Grant.ACCREDITATION

    @property
    def name(self) -> str:
        """The scheme's name."""
        return self.definition.name.read_in(self.lang)

    @property
    def institution_name(self) -> str:
        """Who applies."""
        return self.institution.name_fr

    # --- who ---

    def person(self, role: str, organisation: Organisation) -> Page:
        """A page of somebody who signed in, in this walk or in one before."""
        address = f"{role}@{organisation.slug}.test"
        known = self.shared.cookies.get(address)
        page = self.open_page(locale=f"{self.lang}-CA", storage_state=known)
        if known is None:
            self.go(page, "office/sign-in")
            page.get_by_label(self.say("E-mail address")).fill(address)
            page.get_by_label(self.say("Password"), exact=True).fill(PASSWORD)
            page.locator("main button[type=submit]").click()
            page.wait_for_url("**/office/")
            self.shared.cookies[address] = page.context.storage_state()
        return page

    def _local(self, session: Session, kind: OrganisationKind) -> Organisation:
        """The first organisation of a kind in whose territory the scheme is."""
        place = self.definition.territories[0]
        return next(one for one in organisations.all_of(session, kind) if place.startswith(one.territory))

    def _training(self, session: Session) -> str:
        """A training of the institution that nobody has accredited; returns its title."""
        text = ProgrammeText(
            title_fr=f"Formation à accréditer, {self.definition.key}",
            title_en=f"Training to accredit, {self.definition.key}",
            description_fr="Des ateliers, avec les données de l’entreprise.",
            description_en="Workshops, with the data of the enterprise.",
            criteria_fr="Réussir le projet.",
            criteria_en="Pass the project.",
            hours=40,
            stream=Stream(stream_of(self.definition) or "upskilling"),
            language="fr",
        )
        programmes.create(self.services.office, session, self.institution, text, actor="system")
        return text.title_fr if self.lang == "fr" else text.title_en

    # --- how ---

    def say(self, text: str, **values: object) -> str:
        """A sentence of the issuer's in the language of the walk."""
        return self.services.office.pages.translate(self.lang, text, **values)

    def go(self, page: Page, path: str) -> None:
        """Open a page of the issuer."""
        page.goto(f"{self.services.issuer}/{self.lang}/{path}")

    def press(self, page: Page, name: str) -> None:
        """Press the button of this name."""
        page.get_by_role("button", name=self.say(name)).first.click()

    def status(self, page: Page, said: str) -> None:
        """The page says that it was done."""
        expect(page.get_by_role("status")).to_have_text(self.say(said))

    def look_over(self, page: Page, kind: str) -> None:
        """Once for each kind of page and language: axe finds nothing, and it fits the narrowest screen."""
        if (kind, self.lang) in self.shared.looked_over:
            return
        self.shared.looked_over.add((kind, self.lang))
        assert axe.violations(page) == [], kind
        full = page.viewport_size
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a size
        page.wait_for_function("innerWidth === 320")
        page.evaluate("() => new Promise(laid_out => requestAnimationFrame(() => requestAnimationFrame(laid_out)))")
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"], kind
        page.set_viewport_size(full)  # type: ignore[arg-type]  # the size it had

    # --- the scheme ---

    def open_scheme(self, officer: Page) -> None:
        """Adopt it unless the authority runs it already, give it dates that admit today, and open it."""
        self.go(officer, "office/schemes")
        self.look_over(officer, "schemes")
        adopt = officer.locator(f'form:has(input[value="{self.definition.key}"]) button')
        if adopt.count():
            adopt.click()
            self._set_dates(officer)
            self.press(officer, "Open for applications")
            self.status(officer, "Opened. Institutions can apply within its dates.")
        else:
            officer.get_by_role("link", name=self.name).click()
        expect(officer.locator("h1")).to_have_text(self.name)
        expect(officer.get_by_text(self.say("Open"), exact=True)).to_be_visible()
        self.look_over(officer, "scheme")

    def _set_dates(self, officer: Page) -> None:
        """Put days ahead of us where the scheme names days; one without days keeps none."""
        self.look_over(officer, "scheme's dates")
        later = TODAY + timedelta(days=30)
        if self.definition.opens is not None:
            officer.get_by_label(self.say("Opens (optional)")).fill(f"{IN_FORCE_FROM} 09:00")
        if self.definition.closes is not None:
            officer.get_by_label(self.say("Closes (optional)")).fill(f"{later} 23:59")
        if self.definition.answer_by is not None:
            officer.get_by_label(self.say("Or a day by which you answer (optional)")).fill(
                f"{later + timedelta(days=30)}"
            )
        self.press(officer, "Save")
        self.status(officer, "Saved.")

    # --- the application ---

    def apply(self, applicant: Page) -> None:
        """Fill the guided form in, send it, and stay where it stands."""
        self.go(applicant, "office/applications")
        self.look_over(applicant, "applications")
        applicant.locator('main a[href$="/applications/new"]').first.click()
        self.look_over(applicant, "which program and scheme")
        self._choose(applicant, "Program", self.title)
        with self.services.office.database.reading() as session:
            authority = organisations.name(session.merge(self.authority), self.lang)
        self._choose(applicant, "Scheme", f"{authority} – {self.name}")
        self.press(applicant, "Begin")
        self._describe_the_organisation(applicant)
        self._answer_the_questions(applicant)
        self._attach_files(applicant)
        self.look_over(applicant, "check and send")
        self.press(applicant, "Send the application")
        self.status(applicant, "Sent. The committee has it now.")

    def _choose(self, page: Page, label: str, shown: str = "", *, value: str = "") -> None:
        box = page.get_by_label(self.say(label), exact=True)
        if value:
            box.select_option(value=value)
        else:
            box.select_option(label=shown)

    def _describe_the_organisation(self, applicant: Page) -> None:
        self.look_over(applicant, "organization")
        self._choose(applicant, "Kind of organization", value=self.definition.admits[0])
        if self.track:
            self._choose(applicant, "Track", value=self.track)
        if self.definition.streams:
            self._choose(applicant, "Stream", value=stream_of(self.definition))
        self._choose(applicant, "Territory", value=self.definition.territories[0])
        self.press(applicant, "Save and continue")

    def _answer_the_questions(self, applicant: Page) -> None:
        """Every question of the scheme; what cannot be an answer is said at its field first."""
        self.look_over(applicant, "questions")
        given, asked = answers(self.definition, self.track), self.definition.asked(self.track)
        for question in asked:
            if question.type is not QuestionType.ATTACHMENT:
                self._answer(applicant, question, given[question.key])
        strict = next(one for one in asked if one.type in (QuestionType.NUMBER, QuestionType.DATE))
        self._answer(applicant, strict, "quarante")
        self.press(applicant, "Save and continue")
        expect(applicant.locator(f"#q-{strict.key}-error")).to_be_visible()
        self.look_over(applicant, "questions with an error")
        self._answer(applicant, strict, given[strict.key])
        self.press(applicant, "Save and continue")
        expect(applicant.locator("h1")).to_have_text(self.say("Attachments"))

    def _label(self, question: Question) -> str:
        return question.label.read_in(self.lang) + ("" if question.required else " " + self.say("(optional)"))

    def _answer(self, applicant: Page, question: Question, answer: str) -> None:
        label = self._label(question)
        if question.type is QuestionType.CHOICE:
            option = next(one for one in question.options if one.key == answer)
            self._group(applicant, label).get_by_label(option.name.read_in(self.lang), exact=True).check()
        elif question.type is QuestionType.YES_NO:
            self._group(applicant, label).get_by_label(self.say(answer.capitalize()), exact=True).check()
        else:
            applicant.get_by_label(label, exact=True).fill(answer)

    def _group(self, page: Page, label: str) -> Locator:
        return page.get_by_role("group", name=label)

    def _attach_files(self, applicant: Page) -> None:
        """Every file that the scheme asks for; a required one is missed first, and found from where it is missed."""
        self.look_over(applicant, "attachments")
        files = [one for one in self.definition.asked(self.track) if one.type is QuestionType.ATTACHMENT]
        for question in files:
            if question.required:
                applicant.get_by_role("link", name=self.say("Continue")).click()
                self.look_over(applicant, "check with a gap")
                applicant.get_by_role("link", name=question.label.read_in(self.lang)).click()
            place = applicant.get_by_role("region", name=question.label.read_in(self.lang))
            place.get_by_label(self.say("File")).set_input_files(self.plan)
            place.get_by_role("button", name=self.say("Attach")).click()
            expect(applicant.get_by_role("link", name="plan.pdf")).to_have_count(files.index(question) + 1)
        applicant.get_by_role("link", name=self.say("Continue")).click()

    # --- the committee ---

    def ask(self, officer: Page, applicant: Page) -> None:
        """The committee asks, the clock stands still, the applicant answers, the committee reads."""
        self.go(officer, "office/queue")
        self.look_over(officer, "queue")
        officer.locator("main tr", has_text=self.title).get_by_role("link").first.click()
        self.look_over(officer, "application to judge")
        officer.get_by_label(self.say("Ask a question")).fill("Qui anime les ateliers?")
        self.press(officer, "Send the question")
        self.status(officer, "Asked. The clock stands still until the answer.")
        applicant.reload()
        self.look_over(applicant, "application with a question")
        applicant.get_by_label(self.say("Your answer")).fill("Deux personnes, chacune avec dix ans de pratique.")
        self.press(applicant, "Send the answer")
        self.status(applicant, "Your answer was sent to the committee.")

    def give_opinions(self, queue: str) -> None:
        """As many people as the scheme asks for say what they think; a member has no way to decide."""
        for role in COMMITTEE[: self.definition.opinions]:
            person = self.person(role, self.authority)
            person.goto(queue)
            expect(person.get_by_text("dix ans de pratique")).to_be_visible()
            self._group(person, self.say("Your opinion")).get_by_label(self.say("For"), exact=True).check()
            person.locator("#opinion").fill("La pratique est au centre.")
            self.press(person, "Give your opinion")
            self.status(person, "Your opinion is noted. You can change it until the decision.")
            expect(person.get_by_role("link", name=self.say("Decide…"))).to_have_count(0 if role == "member" else 1)
            self.look_over(person, f"application judged by a {role}")

    def decide(self, officer: Page, queue: str) -> None:
        """Approve, read the effect, and sign."""
        officer.goto(queue)
        officer.get_by_role("link", name=self.say("Decide…")).click()
        self.look_over(officer, "decision")
        officer.get_by_label(self.say("Approve"), exact=True).check()
        officer.get_by_label(self.say("Reasons"), exact=True).fill("La formation répond aux critères.")
        officer.get_by_label(self.say("From"), exact=True).fill(f"{IN_FORCE_FROM}")
        self.press(officer, "Continue")
        self.look_over(officer, f"effect of a decision, {self.definition.grants}")
        self.press(officer, "Sign and publish" if self.accredits else "Approve and publish")
        self.status(officer, "Decided.")
        self.look_over(officer, f"application decided, {self.definition.grants}")

    # --- the public ---

    def public_page(self, reader: Page) -> Locator:
        """Open what anybody reads about the training's standing: the register, or a scheme's list of participants."""
        base = f"o/{self.authority.slug}"
        if self.accredits:
            self.go(reader, f"{base}/accreditations?q={self.definition.key}")
            self.look_over(reader, "register")
            reader.get_by_role("link", name=self.title).click()
            self.look_over(reader, "register's entry")
        else:
            self.go(reader, f"{base}/schemes/{self.definition.key}")
            self.look_over(reader, "scheme's participants")
        return reader.locator("main")

    def issue(self, registrar: Page) -> str:
        """Issue to a learner who completed the training while it was accredited; returns the credential's text."""
        register = self.folder / "registre.csv"
        register.write_text(f"Matricule;Prénom;Nom;Date de réussite\n77001;Zoé;Étoile;{COMPLETED}\n", "utf-8")
        self.go(registrar, "office/programmes")
        registrar.get_by_role("link", name=self.title).click()
        registrar.locator('a[href$="/cohorts/new"]').first.click()
        registrar.get_by_label(self.say("Name of the cohort")).fill("ETE")
        registrar.get_by_label(self.say("First day")).fill(f"{COMPLETED - timedelta(days=5)}")
        registrar.get_by_label(self.say("Last day")).fill(f"{COMPLETED}")
        self.press(registrar, "Create the cohort")
        registrar.locator('main a[href$="/import"]').first.click()
        registrar.set_input_files("#file", register)
        self.press(registrar, "Continue")
        registrar.locator('form[action$="/take-over"] button').click()
        registrar.locator('main a[href$="/issue"]').click()
        registrar.locator("main form button[type=submit]").click()
        expect(registrar.get_by_role("rowheader", name="Zoé Étoile")).to_be_visible()
        with self.services.office.database.reading() as session:
            newest = select(SignedDocument.body).join(IssuedCredential).order_by(col(IssuedCredential.issued_at).desc())
            return session.exec(newest).first().decode()  # type: ignore[union-attr]  # it was just issued

    def verdict(self, employer: Page, credential: str) -> Locator:
        """Have the credential checked; returns the page of the verdict."""
        employer.goto(f"{self.services.verifier}/{self.lang}/")
        employer.locator("#text").fill(credential)
        employer.locator('form[action$="/check"] button[type=submit]').click()
        expect(employer.locator("h1#vh1")).to_be_visible()
        return employer.locator("main")

    # --- the end ---

    def end(self, officer: Page, queue: str) -> None:
        """Withdraw the accreditation, or end the participation, with a reason that is published."""
        officer.goto(queue)
        if self.accredits:
            officer.locator('main a[href*="/office/accreditations/"]').click()
            officer.get_by_role("link", name=self.say("Withdraw…")).click()
            self.look_over(officer, "withdrawal")
            officer.get_by_label(self.say("As of")).fill(f"{WITHDRAWN}")
        else:
            officer.get_by_text(self.say("End the participation")).click()
        officer.get_by_label(self.say("Reason"), exact=True).fill("Le programme a changé.")
        self.press(officer, "Withdraw, sign and publish" if self.accredits else "End it")
        expect(officer.get_by_role("status")).to_be_visible()
