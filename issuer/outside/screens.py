"""What the page behind an applicant's link shows, in its three shapes: the proof, the form, and where it stands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from issuer.accreditation import editions
from issuer.accreditation.models import Recognition
from issuer.applications import answers, looking, view
from issuer.applications.models import Application, ApplicationState
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from issuer.outside import delivery, service, wallet_offer
from issuer.outside.models import OutsideApplicant
from issuer.schemes import service as schemes
from issuer.schemes.definition import KINDS, QuestionType
from issuer.schemes.models import Scheme

SCOPE = ("applicant_kind", "contact_name", "contact_email", "track", "stream", "territory")
"""What the form asks beside the scheme's own questions."""


def page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    token: str,
    *,
    done: str = "",
    wrong: Mapping[str, str] | None = None,
    typed: str = "",
) -> Response:
    """The page behind a link, in one of its three shapes."""
    applicant = service.by_token(session, token)
    scheme = session.get_one(Scheme, applicant.scheme_id)
    context: dict[str, Any] = {
        "status": 422 if wrong else 200,
        "base": f"/{lang}/application/{token}",
        "link": f"{office.settings.public_url}/{lang}/application/{token}",
        "applicant": applicant,
        "authority_name": organisations.name(session.get_one(Organisation, scheme.authority_id), lang),
        "scheme_name": schemes.name(scheme, lang),
        "title": applicant.programme_title_fr if lang == "fr" else applicant.programme_title_en,
        "done": done,
        "typed": typed,
        "errors": translated(office, lang, wrong or {}),
    }
    if applicant.proven_at is None:
        asked = service.question(office, applicant)
        text = json.dumps(asked.as_json(), ensure_ascii=False, indent=2)
        return office.pages.render(request, "outside/prove.html", question=text, expires=asked.expires, **context)
    found = service.application(session, applicant)
    if found.state is ApplicationState.DRAFT:
        return _draft_page(request, office, session, lang, found, context)
    return _state_page(request, office, session, lang, applicant, found, context)


def _draft_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    found: Application,
    context: dict[str, Any],
) -> Response:
    scheme = session.get_one(Scheme, found.scheme_id)
    definition, files = schemes.definition(scheme), looking.attachments_of(session, found)
    asked = definition.asked(found.track)
    written = [one for one in asked if one.type is not QuestionType.ATTACHMENT]
    return office.pages.render(
        request,
        "outside/form.html",
        application=found,
        given={name: getattr(found, name) for name in SCOPE},
        answers=answers.of_application(found),
        kinds=[(key, office.pages.translate(lang, name)) for key, name in KINDS.items() if key in definition.admits],
        options=view.options(office, definition, lang),
        sections=[
            (one.name.read_in(lang), [q for q in written if q.section == one.key])
            for one in definition.sections
            if any(q.section == one.key for q in written)
        ],
        attachments=[
            (one, [file for file in files if file.question == one.key])
            for one in asked
            if one.type is QuestionType.ATTACHMENT
        ],
        availability=view.availability(office, scheme, lang),
        **context,
    )


def _state_page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    applicant: OutsideApplicant,
    found: Application,
    context: dict[str, Any],
) -> Response:
    definition = schemes.definition(session.get_one(Scheme, found.scheme_id))
    files = looking.attachments_of(session, found)
    [row] = view.rows(office, session, [found], lang)
    signed = signed_editions(session, found)
    return office.pages.render(
        request,
        "outside/state.html",
        application=found,
        row=row,
        scope=view.scope(office, definition, found, lang),
        sections=view.answered(office, definition, found, files, lang),
        conditions=[one.read_in(lang) for one in definition.conditions],
        questions=looking.questions_of(session, found),
        files=files,
        timeline=view.timeline(office, session, found, lang, for_applicant=True),
        editions=signed,
        offer=wallet_offer.offer_link(office, session.get_one(Organisation, found.authority_id), signed[-1])
        if signed
        else "",
        deliveries=delivery.of_applicant(session, applicant),
        words=delivery.WORDS,
        secret=delivery.secret_of(office, applicant),
        **context,
    )


def signed_editions(session: Session, found: Application) -> list[Recognition]:
    """Return what came of an application, as far as it is signed, oldest first."""
    if found.accreditation_id is None:
        return []
    return [one for one in editions.of_accreditation(session, found.accreditation_id) if one.body is not None]


def translated(office: Office, lang: str, wrong: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with each field, in the reader's language."""
    return {field: office.pages.translate(lang, sentence) for field, sentence in wrong.items()}
