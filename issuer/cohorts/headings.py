"""The headings that registers come with, in French and English, and the fields that they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from kit.i18n import N_


class RegisterField(StrEnum):
    """What a column of a register can hold."""

    LEARNER_NUMBER = "learner_number"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    EMAIL = "email"
    LANGUAGE = "language"
    COMPLETED_ON = "completed_on"
    RESULT = "result"


REQUIRED = (RegisterField.LEARNER_NUMBER, RegisterField.GIVEN_NAME, RegisterField.FAMILY_NAME)

LABELS: Mapping[RegisterField, str] = {
    RegisterField.LEARNER_NUMBER: N_("Learner number"),
    RegisterField.GIVEN_NAME: N_("Given name"),
    RegisterField.FAMILY_NAME: N_("Family name"),
    RegisterField.EMAIL: N_("E-mail"),
    RegisterField.LANGUAGE: N_("Language"),
    RegisterField.COMPLETED_ON: N_("Completed on"),
    RegisterField.RESULT: N_("Result"),
}

_SYNONYMS: Mapping[RegisterField, Sequence[str]] = {
    RegisterField.LEARNER_NUMBER: (
        "matricule", "no matricule", "numero", "numero de dossier", "no dossier", "numero etudiant", "code permanent",
        "da", "identifiant", "learner number", "student number", "student id", "learner id", "id", "number",
    ),
    RegisterField.GIVEN_NAME: ("prenom", "prenoms", "given name", "first name", "given names", "firstname"),
    RegisterField.FAMILY_NAME: (
        "nom", "nom de famille", "family name", "last name", "surname", "lastname",
    ),
    RegisterField.EMAIL: (
        "courriel", "adresse courriel", "adresse electronique", "email", "e mail", "mail", "email address",
    ),
    RegisterField.LANGUAGE: ("langue", "langue de correspondance", "language", "preferred language"),
    RegisterField.COMPLETED_ON: (
        "date de reussite", "reussite le", "reussi le", "date de fin", "date d obtention", "completed on",
        "completion date", "date completed", "completed",
    ),
    RegisterField.RESULT: (
        "resultat", "note", "note finale", "cote", "mention", "result", "mark", "grade", "final mark",
    ),
}  # fmt: skip

_NOT_WORDS = re.compile(r"[^a-z0-9]+")


def folded(text: str) -> str:
    """Return `text` without accents, case, punctuation and double spaces."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_WORDS.sub(" ", plain).strip()


_BY_HEADING = {heading: field for field, headings in _SYNONYMS.items() for heading in headings}


def recognised(heading: str) -> RegisterField | None:
    """Return the field that a heading means, None when it is not one we know."""
    return _BY_HEADING.get(folded(heading))


def guessed(headings: Sequence[str]) -> dict[RegisterField, int]:
    """Return which column holds which field; of two that mean the same, the first counts."""
    columns: dict[RegisterField, int] = {}
    for place, heading in enumerate(headings):
        field = recognised(heading)
        if field is not None:
            columns.setdefault(field, place)
    return columns
