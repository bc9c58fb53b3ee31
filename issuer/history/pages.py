"""The history for people: what an organisation published, newest first, and how to check that nothing was rewritten."""

from __future__ import annotations

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from issuer.addresses import machine_origin
from issuer.history import service
from issuer.history.models import PublishedKind
from issuer.office import OfficeDep
from issuer.organisations import service as organisations
from kit import csrf
from kit.i18n import N_
from kit.pages import Lang
from kit.web import Reading
from kit.web import router as strict_router

router = strict_router(dependencies=[Depends(csrf.guard)], include_in_schema=False)

PAGE = 50
KINDS = {
    PublishedKind.DID_DOCUMENT: N_("Identifier document"),
    PublishedKind.DID_LOG: N_("Line of the identifier's log"),
    PublishedKind.SIGNED_LIST: N_("Signed list of accreditations"),
    PublishedKind.RECOGNITION: N_("Accreditation, signed"),
}


@router.get("/{lang}/o/{slug}/history")
def history(request: Request, office: OfficeDep, session: Reading, lang: Lang, slug: str, before: int = 0) -> Response:
    """Show what an organisation published, fifty versions at a time."""
    organisation = organisations.by_slug(session, slug)
    head = service.head(session, organisation)
    newest = min(before - 1, head.sequence) if before > 0 else head.sequence
    found = service.versions(session, organisation, after=max(0, newest - PAGE), most=min(PAGE, max(newest, 0)))
    return office.pages.render(
        request,
        "history/list.html",
        organisation=organisation,
        organisation_name=organisations.name(organisation, lang),
        versions=[(one, office.pages.translate(lang, KINDS[one.kind])) for one in reversed(found)],
        head=head,
        address=f"{machine_origin(office.settings)}/o/{slug}/history",
        older=found[0].sequence if found and found[0].sequence > 1 else 0,
    )
