"""The draft of a learner's credential: built from what the office knows, linted, and signed at most once.

Having a `Draft` in hand is the proof that every rule was applied. No key is in sight here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import chain
from typing import Any

from issuer.components import service as components
from issuer.issuance.facts import Completed, Facts
from issuer.issuance.intents import Intent
from issuer.office import Office
from issuer.programmes.models import Programme
from issuer.self_check.service import SUITE
from issuer.status import service as status
from issuer.status.models import Purpose
from keys import Signer
from vc import canonical, lint
from vc.achievement import Achievement, Alignment, Related, Result, ResultDescription, open_badge
from vc.findings import Answer, CheckName, Finding
from vc.proofs import data_integrity
from vc.recognition import Conditions, tags

_PURPOSES = frozenset(purpose.value for purpose in Purpose)
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PERCENT = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,2})?)\s?%")


@dataclass(frozen=True)
class PartNotComplete(Finding):
    """A required part of the programme has no credential in force yet."""

    check = CheckName.VALIDITY
    answer = Answer.FAILED
    template = "The part “{part}” is not complete: its credential comes first."
    part: str


class AlreadySigned(RuntimeError):
    """A draft is signed once; whoever signs it again has a bug."""


class TextWithPlaces:
    """A document as JSON, with places for texts: most of it is written once for all that are alike."""

    def __init__(self, document: Mapping[str, Any], marks: Sequence[str]) -> None:
        """`document` has each of `marks` once, as a whole text, where the text of that number goes."""
        numbers = {mark: number for number, mark in enumerate(marks)}
        parts = re.split('"(' + "|".join(map(re.escape, marks)) + ')"', _COMPACT.encode(document))
        self._between, self._places = parts[::2], [numbers[mark] for mark in parts[1::2]]

    def filled(self, texts: Sequence[str]) -> str:
        """Return the JSON with `texts` in their places."""
        written = [_COMPACT.encode(texts[place]) for place in self._places]
        return self._between[0] + "".join(chain.from_iterable(zip(written, self._between[1:], strict=True)))


@dataclass(frozen=True, slots=True)
class Judged:
    """That a signed form passed every question of a verifier: when, and with which published documents of ours."""

    at: datetime
    documents: bytes
    """Their digest (`issuer.self_check.own_documents.OwnDocuments.digest`)."""


@dataclass(eq=False)
class Form:
    """What several drafts have in common, shown by the first of them; `judged` once its signed form passed.

    Threads share it (`issuer.issuance.forms`): nothing in it is changed, and `judged` is only replaced as a whole.
    """

    document: Mapping[str, Any]
    text: TextWithPlaces
    kind: canonical.Kind
    valid_until: datetime | None
    judged: Judged | None = None


@dataclass
class Draft:
    """An unsigned credential that passed the lint, or is of a form that did (`issuer.issuance.forms`).

    `document` is what will be signed, to the letter; `own`, of a form's later ones: what goes into its text.
    """

    document: Mapping[str, Any]
    form: Form | None = None
    own: Sequence[str] = ()
    _signed: bool = field(default=False, init=False)

    @classmethod
    def checked(cls, document: Mapping[str, Any], *, issuer: str) -> Draft:
        """Return the draft of `document`. Raises `vc.lint.DraftRefused`: every rule that it breaks (I-LNT-1)."""
        return cls(lint.checked(document, issuer=issuer, required_status=_PURPOSES))

    @classmethod
    def of_signed(cls, signed: Mapping[str, Any], *, subject_id: str) -> Draft:
        """Return the draft of a further form of a signed credential, for the holder `subject_id`."""
        document = {name: value for name, value in signed.items() if name != "proof"}
        document["credentialSubject"] = {**document["credentialSubject"], "id": subject_id}
        return cls.checked(document, issuer=document["issuer"]["id"])

    def sign(self, signer: Signer, *, verification_method: str, created: datetime) -> bytes:
        """Return the signed form, as the bytes that are kept and served from now on.

        Raises `AlreadySigned` the second time.
        """
        if self._signed:
            raise AlreadySigned
        self._signed = True
        secured = data_integrity.sign(
            self.document, signer=signer, verification_method=verification_method, suite=SUITE, created=created
        )
        if self.form is None or not self.own:
            return _COMPACT.encode(secured).encode()
        proof = _COMPACT.encode(secured["proof"])
        return f'{self.form.text.filled(self.own)[:-1]},"proof":{proof}}}'.encode()


def prepare(office: Office, facts: Facts, intent: Intent) -> Draft:
    """Return the linted draft of the credential that `facts` give, under the names and places of `intent`.

    Raises `vc.lint.DraftRefused`, also while a required part is not complete.
    """
    lacking = [PartNotComplete(one.part.programme.title_en) for one in components.missing(facts.parts)]
    if lacking:
        raise lint.DraftRefused(lacking)
    programme, completion, organisation = facts.offered.programme, facts.completion, facts.offered.organisation
    places = ((Purpose.REVOCATION, intent.revocation), (Purpose.SUSPENSION, intent.suspension))
    described, result = _result(programme, completion.result)
    document = open_badge(
        credential_id=intent.credential_id,
        issuer=organisation.did,
        issuer_name=_in(programme.language, organisation.name_fr, organisation.name_en),
        issuer_url=organisation.url or None,
        subject=intent.subject_id,
        achievement=_achievement(office, facts, described),
        names={"fr": programme.title_fr, "en": programme.title_en},
        descriptions={"fr": programme.description_fr, "en": programme.description_en},
        started=noon(facts.offered.cohort.starts_on),
        completed=min(noon(completion.completed_on), intent.created_at),
        valid_from=intent.created_at,
        valid_until=valid_until(facts),
        results=result,
        credits_earned=programme.hours,
        status=status.entries(office, organisation.slug, places),
    )
    document["credentialSubject"]["identifier"] = [_identity(facts.completion)]
    return Draft.checked(document, issuer=organisation.did)


def _achievement(office: Office, facts: Facts, described: tuple[ResultDescription, ...]) -> Achievement:
    programme, slug = facts.offered.programme, facts.offered.organisation.slug
    language = "fr" if programme.language.startswith("fr") else "en"
    return Achievement(
        id=programme.achievement_id,
        name=_in(programme.language, programme.title_fr, programme.title_en),
        description=_in(programme.language, programme.description_fr, programme.description_en),
        criteria=_in(programme.language, programme.criteria_fr, programme.criteria_en),
        criteria_url=f"{office.settings.public_url}/{language}/o/{slug}/p/{programme.slug}",
        language=programme.language,
        alignments=tuple(
            Alignment(
                name=_in(programme.language, skill.name_fr, skill.name_en),
                url=skill.url,
                code=skill.code or None,
                framework=skill.framework or None,
                type=skill.target_type or None,
            )
            for skill in facts.offered.skills
        ),
        result_descriptions=described,
        credits_available=programme.hours,
        tags=tags(Conditions(streams=(programme.stream.value,))),
        related=tuple(Related(one.part.programme.achievement_id) for one in facts.parts),
        endorsements=facts.endorsements,
    )


def _result(programme: Programme, value: str) -> tuple[tuple[ResultDescription, ...], tuple[Result, ...]]:
    """How the result is stated, and what it was; nothing where the institution gives none."""
    kind, said = stated(value)
    if not kind:
        return (), ()
    name = _in(programme.language, "Résultat", "Result")
    address = f"{programme.achievement_id}-result"
    return (ResultDescription(id=address, name=name, result_type=kind),), (Result(address, value=said),)


@lru_cache(maxsize=256)  # a class has few different results
def stated(result: str) -> tuple[str, str]:
    """Return the kind of a result and how its value is written in a credential; nothing where there is none."""
    if not result:
        return "", ""
    percent = _PERCENT.fullmatch(result)
    return ("Percent", percent[1].replace(",", ".")) if percent else ("Result", result)


def _identity(person: Completed) -> dict[str, Any]:
    """The name in clear: an employer compares it with an identity document (Open Badges 3.0, `IdentityObject`)."""
    return {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": person.name,
        "identityType": "name",
    }


def _in(language: str, fr: str, en: str) -> str:
    return fr if language.startswith("fr") else en


def noon(day: date) -> datetime:
    """Noon in UTC: the same calendar day in every territory that we serve."""
    return datetime.combine(day, time(12), UTC)


def valid_until(facts: Facts) -> datetime | None:
    """The end of the last day on which the credential is valid; None where it does not end."""
    completed_on, months = facts.completion.completed_on, facts.offered.programme.valid_months
    if months is None:
        return None
    year, month = divmod(completed_on.month - 1 + months, 12)
    year, month = completed_on.year + year, month + 1
    for day in range(completed_on.day, 27, -1):  # 31 January and one month: the last day of February
        try:
            return datetime.combine(date(year, month, day), time(23, 59, 59), UTC)
        except ValueError:
            continue
    return datetime.combine(date(year, month, completed_on.day), time(23, 59, 59), UTC)
