"""The learner's side of a claim invitation: the card, the ways to take it, the code, a word back."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Form
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from issuer import cards
from issuer.accreditation import in_force
from issuer.hand_over import invitations, letters
from issuer.hand_over.exchange import offer_address
from issuer.hand_over.invitations import Claim, InvitationState
from issuer.issuance import service as issuance
from issuer.office import Office, OfficeDep
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.problems import Unprocessable
from kit.web import Reading, Unit
from kit.web import router as strict_router
from vc.openid4vci import offer_link_by_reference

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

_NOT_LISTED = {"x-robots-tag": "noindex, nofollow"}


@router.get("/{lang}/claim/{token}")
def claim_page(
    request: Request, office: OfficeDep, session: Reading, lang: Lang, token: str, done: str = ""
) -> Response:
    """Show the credential that waits, and how to take it."""
    return _page(request, office, session, lang, token, done=done)


@router.post("/{lang}/claim/{token}/code")
def send_code(office: OfficeDep, lang: Lang, token: str) -> Response:
    """Send the transaction code to the address in the register."""
    letters.send_code(office, token, language=lang)
    return RedirectResponse(f"/{lang}/claim/{quote(token)}?done=code", 303)


@router.post("/{lang}/claim/{token}/report")
def report(
    request: Request,
    office: OfficeDep,
    session: Unit,
    lang: Lang,
    token: str,
    text: Annotated[str, Form()] = "",
) -> Response:
    """Keep what the learner says is wrong."""
    try:
        invitations.report(session, token, text, now=office.clock())
    except Unprocessable:
        return _page(request, office, session, lang, token, report=text, status=422)
    return RedirectResponse(f"/{lang}/claim/{quote(token)}?done=report", 303)


def _page(
    request: Request,
    office: Office,
    session: Session,
    lang: str,
    token: str,
    *,
    done: str = "",
    report: str | None = None,
    status: int = 200,
) -> Response:
    found = invitations.claim(session, token)
    now = office.clock()
    state = invitations.state_of(found.invitation, now=now)
    if state in (InvitationState.EXPIRED, InvitationState.VOIDED):
        status = 410
    response: Response = office.pages.render(
        request,
        "hand_over/claim.html",
        status=status,
        state=state.value,
        done=done if done in ("code", "report") else "",
        report=report,
        token=token,
        **_shown(office, session, lang, found, token),
    )
    response.headers.update(_NOT_LISTED)
    return response


def _shown(office: Office, session: Session, lang: str, found: Claim, token: str) -> dict[str, Any]:
    form = issuance.first_form(session, found.credential)
    if form is None:
        raise invitations.UnknownInvitation
    content = cards.content(form.body, lang)
    by = in_force.authorities(session, found.programme.achievement_id, lang, now=office.clock())
    link = offer_link_by_reference(offer_address(office, found.organisation.slug, token))
    wallet = office.settings.wallet_link.format(lang=lang, link=quote(link, safe=""), query=urlsplit(link).query)
    return {
        "ctx": office.pages.translate(lang, N_("Receive a credential")),
        "holder": content.holder,
        "issuer_name": found.organisation.name_fr if lang == "fr" else found.organisation.name_en,
        "card": cards.card(
            office,
            lang,
            content,
            found.organisation,
            number=found.credential.number,
            tag=("info", N_("To be accepted")),
            accredited_by=by,
        ),
        "offer_link": link,
        "wallet_link": wallet,
        "expires": found.invitation.expires_at,
        "address": letters.masked(found.participant.email),
    }
