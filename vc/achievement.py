"""Open Badges 3.0: the draft of a learner's credential, from what the office knows about a completion.

The contexts are exactly credentials/v2 and Open Badges 3.0.3, so that other people's wallets and verifiers need
nothing from us. Open Badges' own texts (an achievement's name, description, criteria) are plain strings in that
context: they are written in one language, stated in `inLanguage`. The credential's own `name` and `description`
belong to the data model, which takes language values: there both languages stand side by side.

Nothing here signs, and nothing is looked up: an `Achievement` and a `Result` come in, a dict goes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import contexts
from vc import times
from vc.credential import entries, texts_in
from vc.errors import MalformedValueError

CONTEXTS = (contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_V3)
BADGE_TYPES = frozenset({"OpenBadgeCredential", "AchievementCredential"})


@dataclass(frozen=True)
class Alignment:
    """A skill in a published framework (ESCO, NOC 2021, a rich skill descriptor). Codes are texts."""

    name: str
    url: str
    code: str | None = None
    framework: str | None = None
    description: str | None = None
    type: str | None = None

    def as_json(self) -> dict[str, Any]:
        return _without_gaps(
            type="Alignment",
            targetName=self.name,
            targetUrl=self.url,
            targetCode=self.code,
            targetFramework=self.framework,
            targetDescription=self.description,
            targetType=self.type,
        )


@dataclass(frozen=True)
class RubricLevel:
    """One level of a rubric, as a result can name it by `id`. `points` is a text, as Open Badges has it."""

    id: str
    name: str
    description: str | None = None
    level: str | None = None
    points: str | None = None

    def as_json(self) -> dict[str, Any]:
        return _without_gaps(
            id=self.id,
            type="RubricCriterionLevel",
            name=self.name,
            description=self.description,
            level=self.level,
            points=self.points,
        )


@dataclass(frozen=True)
class Related:
    """Another achievement that this one has to do with, such as its earlier version."""

    id: str
    language: str | None = None
    version: str | None = None

    def as_json(self) -> dict[str, Any]:
        return _without_gaps(id=self.id, type="Related", inLanguage=self.language, version=self.version)


@dataclass(frozen=True)
class Evidence:
    """What the learner made or did. `url` is where it can be seen, if anywhere."""

    name: str
    url: str | None = None
    description: str | None = None
    narrative: str | None = None
    genre: str | None = None
    audience: str | None = None

    def as_json(self) -> dict[str, Any]:
        return _without_gaps(
            id=self.url,
            type=["Evidence"],
            name=self.name,
            description=self.description,
            narrative=self.narrative,
            genre=self.genre,
            audience=self.audience,
        )


@dataclass(frozen=True)
class ResultDescription:
    """What can be achieved and how it is stated: `result_type` is `LetterGrade`, `Percent`, `Status`, `RubricScore`, …

    `levels`: a rubric; `required_level` is the id of the one that must be reached.
    """

    id: str
    name: str
    result_type: str
    allowed_values: tuple[str, ...] = ()
    value_min: str | None = None
    value_max: str | None = None
    required_value: str | None = None
    levels: tuple[RubricLevel, ...] = ()
    required_level: str | None = None
    alignments: tuple[Alignment, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return _without_gaps(
            id=self.id,
            type="ResultDescription",
            name=self.name,
            resultType=self.result_type,
            allowedValue=list(self.allowed_values) or None,
            valueMin=self.value_min,
            valueMax=self.value_max,
            requiredValue=self.required_value,
            rubricCriterionLevel=[level.as_json() for level in self.levels] or None,
            requiredLevel=self.required_level,
            alignment=[alignment.as_json() for alignment in self.alignments] or None,
        )


@dataclass(frozen=True)
class Result:
    """What this learner achieved. `value` is a text; `description` the id of its `ResultDescription`, `achieved_level`
    that of a level of its rubric."""

    description: str
    value: str | None = None
    status: str | None = None
    achieved_level: str | None = None

    def as_json(self) -> dict[str, Any]:
        return _without_gaps(
            type="Result",
            resultDescription=self.description,
            value=self.value,
            status=self.status,
            achievedLevel=self.achieved_level,
        )


@dataclass(frozen=True)
class Achievement:
    """A programme as a credential names it. `id` is what accreditations point at: it must be stable.

    `name`, `description` and `criteria` (what had to be done) are in `language`. `credits_available` is in the
    unit that the criteria state (hours, or credits). `image_digest`: `digestMultibase` of the picture's bytes, which
    the credential then fixes, so that nobody shows one that changed after signing. `endorsements`: signed endorsements
    of this achievement (`vc.endorsement`), documents or tokens.
    """

    id: str
    name: str
    description: str
    criteria: str
    language: str
    criteria_url: str | None = None
    type: str = "MicroCredential"
    alignments: tuple[Alignment, ...] = ()
    result_descriptions: tuple[ResultDescription, ...] = ()
    credits_available: float | None = None
    field_of_study: str | None = None
    version: str | None = None
    human_code: str | None = None
    tags: tuple[str, ...] = ()
    image_url: str | None = None
    image_digest: str | None = None
    related: tuple[Related, ...] = ()
    endorsements: tuple[Mapping[str, Any] | str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return _without_gaps(
            id=self.id,
            type="Achievement",
            achievementType=self.type,
            name=self.name,
            description=self.description,
            criteria=_without_gaps(id=self.criteria_url, narrative=self.criteria),
            inLanguage=self.language,
            alignment=[alignment.as_json() for alignment in self.alignments] or None,
            resultDescription=[d.as_json() for d in self.result_descriptions] or None,
            creditsAvailable=self.credits_available,
            fieldOfStudy=self.field_of_study,
            version=self.version,
            humanCode=self.human_code,
            tag=list(self.tags) or None,
            image={"id": self.image_url, "type": "Image"} if self.image_url else None,
            related=[related.as_json() for related in self.related] or None,
            endorsement=[dict(one) for one in self.endorsements if not isinstance(one, str)] or None,
            endorsementJwt=[one for one in self.endorsements if isinstance(one, str)] or None,
        )

    def resources(self) -> list[dict[str, Any]]:
        """What the credential fixes by digest (`relatedResource`; VCDM 2.0, section 5.3)."""
        if self.image_url is None or self.image_digest is None:
            return []
        return [{"id": self.image_url, "digestMultibase": self.image_digest}]


def open_badge(
    *,
    credential_id: str,
    issuer: str,
    issuer_name: str,
    subject: str,
    achievement: Achievement,
    names: Mapping[str, str],
    completed: datetime,
    valid_from: datetime,
    valid_until: datetime | None = None,
    descriptions: Mapping[str, str] | None = None,
    started: datetime | None = None,
    results: Sequence[Result] = (),
    credits_earned: float | None = None,
    status: Sequence[Mapping[str, Any]] = (),
    issuer_url: str | None = None,
    evidence: Sequence[Evidence | Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """An unsigned Open Badges 3.0 credential.

    `subject`: the learner's DID, pairwise or chosen by the wallet. Who that is stands in what the office adds: the
    name as an `IdentityObject`; no address or e-mail goes in.
    `names`, `descriptions`: by language tag. `completed`: when the training was completed, which is what
    accreditation is judged by. `valid_from`: when the credential takes effect (whole seconds). `status`: entries
    from `vc.status.bitstring.entry`.
    """
    credential_subject = _without_gaps(
        id=subject,
        type=["AchievementSubject"],
        activityStartDate=times.stamp(started) if started else None,
        activityEndDate=times.stamp(completed),
        creditsEarned=credits_earned,
        achievement=achievement.as_json(),
        result=[result.as_json() for result in results] or None,
    )
    return _without_gaps(
        **{"@context": list(CONTEXTS)},
        id=credential_id,
        type=["VerifiableCredential", "OpenBadgeCredential"],
        issuer=_without_gaps(id=issuer, type=["Profile"], name=issuer_name, url=issuer_url),
        name=language_values(names),
        description=language_values(descriptions) if descriptions else None,
        validFrom=times.stamp(valid_from),
        validUntil=times.stamp(valid_until) if valid_until else None,
        awardedDate=times.stamp(completed),
        credentialSubject=credential_subject,
        credentialStatus=[dict(entry) for entry in status] or None,
        evidence=[item.as_json() if isinstance(item, Evidence) else dict(item) for item in evidence] or None,
        relatedResource=achievement.resources() or None,
    )


def language_values(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """Texts by language tag as the data model writes them (VCDM 2.0, section 11.1)."""
    return [{"@value": text, "@language": language} for language, text in sorted(texts.items())]


def in_language(value: Any, language: str) -> str | None:
    """The text of a `name` or `description` in `language`, else in any language, else None."""
    if isinstance(value, str):
        return value
    texts = [text for text in entries(value) if isinstance(text, dict) and isinstance(text.get("@value"), str)]
    same = [text for text in texts if str(text.get("@language", "")).lower().split("-")[0] == language.lower()]
    chosen = (same or texts or [{}])[0].get("@value")
    return chosen if isinstance(chosen, str) else None


def completion_date(document: Mapping[str, Any]) -> datetime | None:
    """When the training was completed, by the issuer's word.

    The subject's `activityEndDate`, else the credential's `awardedDate`, else its `validFrom` (in 1.1
    `issuanceDate`). None where none of them is a date. A date is believed as far as the issuer is: nothing but the
    signature vouches for it. A date in an array is the date itself (RDF knows no difference, so neither does the
    signature); of several, whose order is not signed either, the last counts.
    """
    subjects = [subject for subject in entries(document.get("credentialSubject")) if isinstance(subject, dict)]
    stated = [subject.get("activityEndDate") for subject in subjects[:1]]
    for value in (*stated, *(document.get(n) for n in ("awardedDate", "validFrom", "issuanceDate"))):
        try:
            dates = [times.parse(text, path="") for text in texts_in(value)]
        except MalformedValueError:
            continue
        if dates:
            return max(dates)
    return None


def programme_of(document: Mapping[str, Any]) -> str | None:
    """The identifier of the achievement that the credential is about, None if it is about none, or about several."""
    subjects = entries(document.get("credentialSubject"))
    achievement = subjects[0].get("achievement") if len(subjects) == 1 and isinstance(subjects[0], dict) else None
    programme = achievement.get("id") if isinstance(achievement, dict) else None
    return programme if isinstance(programme, str) else None


def _without_gaps(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
