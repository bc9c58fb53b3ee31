"""A programme as its own address describes it to programs: Open Badges 3.0 `Achievement`, texts in both languages."""

from __future__ import annotations

from typing import Any

from issuer.organisations.models import Organisation
from issuer.programmes.models import Programme


def as_achievement(programme: Programme, organisation: Organisation) -> dict[str, Any]:
    """Return what the programme is and who teaches it, under the name that credentials give it."""
    return {
        "id": programme.achievement_id,
        "type": ["Achievement"],
        "name": _both(programme.title_fr, programme.title_en),
        "description": _both(programme.description_fr, programme.description_en),
        "criteria": {"narrative": _both(programme.criteria_fr, programme.criteria_en)},
        "inLanguage": programme.language,
        "creditsAvailable": programme.hours,
        "creator": {
            "id": organisation.did,
            "type": ["Profile"],
            "name": _both(organisation.name_fr, organisation.name_en),
        },
    }


def _both(fr: str, en: str) -> list[dict[str, str]]:
    return [{"@value": fr, "@language": "fr"}, {"@value": en, "@language": "en"}]
