"""From rows to what a form says: the lines of the table, the items of a feed, the issuers that other wallets name."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from issuer.accreditation.listing import stream_name, track_name
from issuer.accreditation.models import Accreditation
from issuer.office import Office
from issuer.organisations import service as organisations
from issuer.organisations.models import Organisation
from issuer.registry import words
from issuer.registry.forms import Item
from issuer.registry.register import Act, Decision, Entry, RecognisedIssuer
from keys.dids import DidError, did_web
from kit.i18n import N_
from kit.places import place

_TEXTS = {
    Act.ACCREDITED: N_("%(authority)s accredits “%(title)s” of %(institution)s from %(day)s."),
    Act.SUSPENDED: N_("%(authority)s suspends the accreditation of “%(title)s” of %(institution)s as of %(day)s."),
    Act.REINSTATED: N_(
        "%(authority)s puts the accreditation of “%(title)s” of %(institution)s back in force from %(day)s."
    ),
    Act.WITHDRAWN: N_("%(authority)s withdraws the accreditation of “%(title)s” of %(institution)s as of %(day)s."),
    Act.EXPIRED: N_("The accreditation of “%(title)s” of %(institution)s by %(authority)s ended on %(day)s."),
}
_REASON = N_("Reason: %(reason)s")


def title(accreditation: Accreditation, language: str) -> str:
    """Return the training's title: French for readers of French, English where there is one for all others."""
    if language == "fr":
        return accreditation.programme_title_fr
    return accreditation.programme_title_en or accreditation.programme_title_fr


def page_address(office: Office, language: str, authority: Organisation, accreditation_id: str) -> str:
    """Return the permanent page of an accreditation; readers of Dutch are led to the English one."""
    shown = language if language in ("fr", "en") else "en"
    return f"{office.settings.public_url}/{shown}/o/{authority.slug}/accreditations/{accreditation_id}"


# --- the table ---


def headings(language: str) -> list[str]:
    """Return the headings of the table."""
    return [words.say(language, text) for text in words.COLUMNS.values()]


def line(office: Office, entry: Entry, language: str) -> list[str]:
    """Return the cells of one accreditation, in the order of the headings."""
    one = entry.accreditation

    def say(text: str) -> str:
        return words.say(language, text)

    return [
        one.number,
        title(one, language),
        one.institution_name,
        one.institution_did,
        one.achievement_id,
        organisations.name(entry.authority, language),
        entry.authority.did,
        ", ".join(place(value, say) for value in one.territory.split()),
        track_name(one, language, say),
        stream_name(one, say),
        say(words.STANDINGS[entry.standing][1]),
        entry.since.date().isoformat(),
        one.valid_from.date().isoformat(),
        one.valid_until.date().isoformat() if one.valid_until else "",
        entry.reason,
        page_address(office, language, entry.authority, one.id),
    ]


# --- feeds ---


def item(office: Office, decision: Decision, language: str) -> Item:
    """Return a decision as an item of a feed."""
    one, authority = decision.accreditation, decision.authority
    text = words.say(language, _TEXTS[decision.act]) % {
        "authority": organisations.name(authority, language),
        "title": title(one, language),
        "institution": one.institution_name,
        "day": decision.effective.date().isoformat(),
    }
    if decision.reason:
        text = f"{text} {words.say(language, _REASON) % {'reason': decision.reason}}"
    address = page_address(office, language, authority, one.id)
    word = words.say(language, words.ACTS[decision.act])
    return Item(
        id=f"urn:uuid:{one.id}#{decision.edition or decision.act.value}",
        url=address,
        title=f"{word} – {title(one, language)} – {one.institution_name}",
        text=text,
        at=decision.at,
        tags=(word,),
        decision={
            "act": decision.act.value,
            "number": one.number,
            "authority": authority.did,
            "institution": one.institution_did,
            "programme": one.achievement_id,
            "effective": decision.effective.date().isoformat(),
            "reason": decision.reason,
        },
    )


# --- who may issue ---


def issuers(office: Office, found: Sequence[RecognisedIssuer], language: str) -> dict[str, dict[str, str]]:
    """Return the institutions by DID as the registry file names them."""
    return {
        one.did: {
            "name": one.name,
            "location": ", ".join(
                place(value, lambda text: words.say(language, text)) for value in one.territory.split()
            ),
            "url": _home(office, one.did),
        }
        for one in found
    }


def _home(office: Office, did: str) -> str:
    """The institution's own host, where its identifier names one; else our register."""
    try:
        parts = urlsplit(did_web.document_url(did))
    except DidError:
        return f"{office.settings.public_url}/fr/registry"
    return f"{parts.scheme}://{parts.netloc}"
