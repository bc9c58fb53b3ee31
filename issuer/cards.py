"""A credential as people see it: read from its own signed form, so that a page never shows what was not signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from issuer.issuance.models import CredentialState, IssuedCredential
from issuer.office import Office
from issuer.organisations.models import Organisation
from kit.crest import initials
from kit.i18n import N_
from kit.places import place
from vc import strict_json
from vc.achievement import in_language
from vc.credential import entries
from vc.times import parse as parse_time

_INKS = {"CA-QC": "qc", "CA-ON": "on", "BE": "be"}
_STATES = {
    CredentialState.INTENT: ("info", N_("Being issued")),
    CredentialState.VOID: ("unk", N_("Not issued")),
    CredentialState.ISSUED: ("ok", N_("In force")),
    CredentialState.SUSPENDED: ("warn", N_("Suspended")),
    CredentialState.REVOKED: ("bad", N_("Revoked")),
}

Translate = Callable[..., str]


@dataclass(frozen=True)
class Skill:
    """A skill of a public framework that the training leads to."""

    name: str
    framework: str
    code: str
    url: str


@dataclass(frozen=True)
class Content:
    """What a signed form says, in one reader's language where the issuer gave it."""

    credential_id: str
    title: str
    other_title: str
    """The title in the other language; empty when it is the same."""
    description: str
    criteria: str
    text_language: str
    """In which language `criteria` and the names of skills are written."""
    issuer_name: str
    holder: str
    hours: str
    result: str
    completed: datetime
    issued: datetime
    until: datetime | None
    skills: tuple[Skill, ...]


def content(body: bytes, language: str) -> Content:
    """Read a signed form of ours."""
    document = strict_json.settled(body)
    subject = document["credentialSubject"]
    achievement = subject["achievement"]
    title = in_language(document["name"], language) or achievement["name"]
    other = in_language(document["name"], "en" if language == "fr" else "fr") or ""
    return Content(
        credential_id=document["id"],
        title=title,
        other_title="" if other == title else other,
        description=in_language(document.get("description"), language) or achievement["description"],
        criteria=achievement["criteria"]["narrative"],
        text_language=achievement["inLanguage"],
        issuer_name=document["issuer"]["name"],
        holder=_holder(subject),
        hours=str(subject.get("creditsEarned", "")),
        result=_result(subject),
        completed=parse_time(document["awardedDate"], path="/awardedDate"),
        issued=parse_time(document["validFrom"], path="/validFrom"),
        until=parse_time(document["validUntil"], path="/validUntil") if "validUntil" in document else None,
        skills=tuple(
            Skill(one["targetName"], one.get("targetFramework", ""), one.get("targetCode", ""), one["targetUrl"])
            for one in entries(achievement.get("alignment"))
        ),
    )


def _holder(subject: Mapping[str, Any]) -> str:
    names = [one["identityHash"] for one in entries(subject.get("identifier")) if one.get("identityType") == "name"]
    return names[0] if names else ""


def _result(subject: Mapping[str, Any]) -> str:
    described = {one["id"]: one for one in entries(subject["achievement"].get("resultDescription"))}
    for one in entries(subject.get("result")):
        percent = described.get(one.get("resultDescription"), {}).get("resultType") == "Percent"
        return f"{one['value']}\u00a0%" if percent else str(one["value"])
    return ""


# --- what templates take ---


def standing(credential: IssuedCredential, until: datetime | None, *, now: datetime) -> tuple[str, str]:
    """Return the silhouette and the English word for where a credential stands."""
    if credential.state is CredentialState.ISSUED and until is not None and until < now:
        return "unk", N_("Expired")
    return _STATES[credential.state]


def card(
    office: Office,
    language: str,
    shown: Content,
    organisation: Organisation,
    *,
    number: str,
    tag: tuple[str, str],
    accredited_by: Sequence[str],
) -> dict[str, Any]:
    """Return what `macros.html` needs for the credential card. `tag`: silhouette and English word."""

    def _(text: str, **values: object) -> str:
        return office.pages.translate(language, text, **values)

    writer = office.pages.writer(language)
    validity = (
        (_("Valid until"), writer.date(shown.until), False) if shown.until else (_("Validity"), _("No end date"), False)
    )
    accreditation = ", ".join(accredited_by) or _("Not accredited")
    return {
        "ink": _INKS.get(organisation.territory, "qc"),
        "kind": tag[0],
        "status": _(tag[1]),
        "off": tag[0] in ("bad", "unk"),
        "initials": initials(shown.issuer_name),
        "issuer": shown.issuer_name,
        "place": place(organisation.territory, _),
        "title": shown.title,
        "title_lang": None,
        "meta": _("Microcredential · %(hours)s h · issued to %(name)s", hours=shown.hours, name=shown.holder),
        "facts": [
            (_("Issued"), writer.date(shown.issued), False),
            validity,
            (_("Accredited by"), accreditation, True),
        ],
        "number": number,
    }
