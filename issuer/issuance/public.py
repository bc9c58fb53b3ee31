"""The public page of a credential: off by default, never listed by search engines, for people and for machines."""

from __future__ import annotations

from fastapi import Depends
from sqlmodel import Session, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer import cards
from issuer.accreditation import in_force
from issuer.completions.models import Completion
from issuer.issuance.models import CredentialState, IssuedCredential, SignedDocument
from issuer.issuance.service import UnknownCredential, first_form
from issuer.office import OfficeDep
from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang, preferred_language
from kit.problems import wants_page
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

_HEADERS = {"x-robots-tag": "noindex, nofollow", "vary": "accept", "cache-control": "no-store"}
_SHOWN = (CredentialState.ISSUED, CredentialState.SUSPENDED, CredentialState.REVOKED)


@router.get("/c/{public_id}")
def credential_of_any_language(request: Request, session: Reading, public_id: str) -> Response:
    """Lead people to the page in their language, and give machines the signed credential."""
    _credential, form = _public(session, public_id)
    if wants_page(request):
        return RedirectResponse(f"/{preferred_language(request)}/c/{public_id}", 303, _HEADERS)
    return _signed(form)


@router.get("/{lang}/c/{public_id}")
def credential_page(request: Request, office: OfficeDep, session: Reading, lang: Lang, public_id: str) -> Response:
    """Show the credential as its holder sees it, and where it stands today."""
    credential, form = _public(session, public_id)
    if not wants_page(request) and "json" in request.headers.get("accept", ""):
        return _signed(form)
    now = office.clock()
    content = cards.content(form.body, lang)
    organisation = session.get_one(Organisation, credential.organisation_id)
    completion = session.get_one(Completion, credential.completion_id)
    programme = session.get_one(Programme, completion.programme_id)
    accredited = in_force.of_training(session, programme.achievement_id, now=now)
    tag = cards.standing(credential, content.until, now=now)
    response: Response = office.pages.render(
        request,
        "issuance/public.html",
        ctx=office.pages.translate(lang, N_("Credential page")),
        content=content,
        credential=credential,
        state=credential.state.value,
        accredited=accredited,
        foreign=content.text_language if not content.text_language.startswith(lang) else "",
        verifier_link=office.settings.verifier_link.format(lang=lang) if office.settings.verifier_link else "",
        card=cards.card(
            office,
            lang,
            content,
            organisation,
            number=credential.number,
            tag=tag,
            accredited_by=[one.authority(lang) for one in accredited],
        ),
    )
    response.headers.update(_HEADERS)
    return response


def _public(session: Session, public_id: str) -> tuple[IssuedCredential, SignedDocument]:
    query = select(IssuedCredential).where(IssuedCredential.public_id == public_id)
    credential = session.exec(query).first()
    if credential is None or not credential.public_page or credential.state not in _SHOWN:
        raise UnknownCredential
    form = first_form(session, credential)
    if form is None:
        raise UnknownCredential
    return credential, form


def _signed(form: SignedDocument) -> Response:
    return Response(form.body, media_type="application/json", headers=_HEADERS)
