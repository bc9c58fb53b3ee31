"""What the verdict page shows of a verified credential: the card, the chain of trust, the skills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kit.crest import initials
from kit.i18n import N_, Writer
from kit.matrix import Matrix, matrix_of
from kit.places import place
from kit.verdicts import KINDS, Said, Translate, Words
from vc import achievement, endorsement, times
from vc.credential import entries, issuer_of, texts_in
from vc.errors import MalformedValueError
from vc.findings import Answer, Report, Tone
from vc.policy import Anchors

_INKS = {"CA-QC": "qc", "CA-ON": "on", "BE": "be"}
_IN_FORCE = N_("In force")
_NOT_RELIED_ON = N_("Not confirmed")


@dataclass(frozen=True)
class Card:
    """The credential card, for `macros.card`. Only made for a recognised issuer."""

    ink: str
    kind: str
    status: str
    initials: str
    issuer: str
    place: str
    title: str
    title_lang: str
    meta: str
    facts: Sequence[tuple[str, str, bool]]
    number: str
    off: bool


@dataclass(frozen=True)
class Link:
    """One link of the chain of trust; `cut` where trust stops."""

    kind: str
    role: str
    name: str
    via: str
    cut: bool


@dataclass(frozen=True)
class Endorsed:
    """Somebody's word for the training: an opinion. `by` is the endorser's own word for itself."""

    by: str
    comment: str
    holds: bool


@dataclass(frozen=True)
class Judged:
    """One credential with its verdict, as the page shows it."""

    kind: str
    headline: str
    advice: str
    said: Sequence[Said]
    chain: Sequence[Link]
    card: Card | None
    title: str
    issuer: str
    person: str
    skills: Sequence[str]
    ask_holder: bool
    matrix: Matrix | None
    endorsements: Sequence[Endorsed]
    parts: Sequence[Judged]
    """What a learner record holds, each judged by itself."""


def judged(report: Report, words: Words, writer: Writer, language: str, anchors: Anchors) -> Judged:
    """Return everything that the page shows about one report."""
    translate = words.translate
    document = report.credential or {}
    content = content_of(document, language)
    headline = report.headline
    said = words.checks(report)
    return Judged(
        kind=KINDS[headline.tone],
        headline=words.headline(headline),
        advice=words.advice(report),
        said=words.ordered(said),
        chain=_chain(report, said, content, translate, language, anchors) if report.credential else (),
        card=_card(report, content, translate, writer, anchors),
        title=content.title,
        issuer=content.issuer,
        person=content.person,
        skills=content.skills,
        ask_holder=report["holder"].answer is Answer.NOT_CHECKED and headline.tone is Tone.PASS,
        matrix=matrix_of(report, translate=translate, writer=writer, language=language),
        endorsements=[_endorsed(one, language) for one in report.endorsements],
        parts=[judged(one, words, writer, language, anchors) for one in report.parts],
    )


def _endorsed(report: Report, language: str) -> Endorsed:
    document = report.credential or {}
    _, comment = endorsement.endorsed_by(document)
    name = _issuer(document, language) or str(issuer_of(document) or "")
    return Endorsed(by=name, comment=comment or "", holds=report.verified)


@dataclass(frozen=True)
class Content:
    """What a verified document says of itself; moments as ISO texts, empty where it is silent."""

    title: str = ""
    issuer: str = ""
    person: str = ""
    number: str = ""
    issued: str = ""
    until: str = ""
    completed: str = ""
    results: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()


def content_of(document: Mapping[str, Any], language: str) -> Content:
    """Read a verified document for people who read `language`."""
    subject = next((one for one in entries(document.get("credentialSubject")) if isinstance(one, dict)), {})
    stated = subject.get("achievement")
    about: Mapping[str, Any] = stated if isinstance(stated, dict) else {}
    titles = (achievement.in_language(one.get("name"), language) for one in (document, about))
    completed = achievement.completion_date(document)
    return Content(
        title=next(filter(None, titles), ""),
        issuer=_issuer(document, language),
        person=_person(subject),
        number=_number(about),
        issued=_date(document.get("validFrom")),
        until=_date(document.get("validUntil")),
        completed=completed.isoformat() if completed else "",
        results=_results(subject, about),
        skills=tuple(
            str(one["targetName"])
            for one in entries(about.get("alignment"))
            if isinstance(one, dict) and isinstance(one.get("targetName"), str)
        ),
    )


def _issuer(document: Mapping[str, Any], language: str) -> str:
    issuer = document.get("issuer")
    return achievement.in_language(issuer.get("name"), language) or "" if isinstance(issuer, dict) else ""


def _results(subject: Mapping[str, Any], about: Mapping[str, Any]) -> tuple[str, ...]:
    """The results as people write them: a percentage with its sign."""
    percentages = {
        str(one.get("id"))
        for one in entries(about.get("resultDescription"))
        if isinstance(one, dict) and one.get("resultType") == "Percent"
    }
    return tuple(
        value if percentages.isdisjoint(_references(one.get("resultDescription"))) else f"{value}\u00a0%"
        for one in entries(subject.get("result"))
        if isinstance(one, dict)
        for value in _values(one.get("value"))
    )


def _values(value: Any) -> list[str]:
    return [str(value)] if isinstance(value, (int, float)) else texts_in(value)


def _references(value: Any) -> list[str]:
    """The identifiers that a member points at, in any of the spellings that JSON-LD has for it."""
    named = (one.get("id") if isinstance(one, dict) else one for one in entries(value))
    return [identifier for identifier in named if isinstance(identifier, str)]


def _person(subject: Mapping[str, Any]) -> str:
    """The name in the credential: an identity in clear of type `name`, else the subject's own name."""
    for identity in entries(subject.get("identifier")):
        if isinstance(identity, dict) and identity.get("identityType") == "name" and identity.get("hashed") is False:
            return str(identity.get("identityHash", ""))
    name = subject.get("name")
    return name if isinstance(name, str) else ""


def _number(about: Mapping[str, Any]) -> str:
    other = next((one for one in entries(about.get("otherIdentifier")) if isinstance(one, dict)), {})
    return str(other.get("identifier", ""))


def _date(value: Any) -> str:
    try:
        return times.parse(value, path="").isoformat()
    except MalformedValueError:
        return ""


def _card(report: Report, content: Content, translate: Translate, writer: Writer, anchors: Anchors) -> Card | None:
    if report.credential is None or report["issuer"].answer is not Answer.PASSED:
        return None
    territory = _territory(report, anchors)
    good = report.headline.tone is Tone.PASS
    facts = [(translate(N_("Issued")), writer.date(content.issued), False)] if content.issued else []
    if content.until:
        facts.append((translate(N_("Valid until")), writer.date(content.until), False))
    else:
        facts.append((translate(N_("Validity")), translate(N_("No end date")), False))
    facts.extend((translate(N_("Result")), result, False) for result in content.results[:2])
    return Card(
        ink=_INKS.get(territory, "qc"),
        kind=KINDS[report.headline.tone],
        status=translate(_IN_FORCE if good else _NOT_RELIED_ON),
        initials=initials(content.issuer),
        issuer=content.issuer,
        place=place(territory, translate),
        title=content.title,
        title_lang="",
        meta=content.person,
        facts=facts,
        number=content.number,
        off=not good,
    )


def _territory(report: Report, anchors: Anchors) -> str:
    for finding in report["accreditation"].findings:
        authority = anchors.authority(str(finding.data.get("authority", "")))
        if authority is not None:
            return authority.territory
    return ""


def _chain(
    report: Report, said: Sequence[Said], content: Content, translate: Translate, language: str, anchors: Anchors
) -> list[Link]:
    by_name = {one.name: one for one in said}
    accreditation, issuer = by_name["accreditation"], by_name["issuer"]
    authorities = [
        authority.name(language)
        for finding in report["accreditation"].findings
        if (authority := anchors.authority(str(finding.data.get("authority", "")))) is not None
    ]
    document = max((by_name[name] for name in ("integrity", "status", "validity")), key=lambda one: _GRAVITY[one.kind])
    holder = by_name["holder"]
    unknown = translate(N_("Unknown"))

    def link(one: Said, role: str, name: str, *, cut: bool) -> Link:
        return Link(one.kind, translate(role), name or unknown, one.answer, cut and one.kind != "ok")

    return [
        link(accreditation, N_("Accrediting authority"), ", ".join(dict.fromkeys(authorities)), cut=True),
        link(issuer, N_("Institution"), content.issuer, cut=True),
        link(document, N_("Credential"), content.title, cut=True),
        link(holder, N_("Person"), content.person, cut=False),
    ]


_GRAVITY = {"ok": 0, "unk": 1, "warn": 2, "bad": 3}
