"""What the address of a training says about itself, to fill a form with: Open Badges 3.0 `Achievement` as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keys.fetching import Fetcher, FetchError
from vc import strict_json
from vc.achievement import in_language
from vc.errors import ParsingError

_MAX_BYTES = 256 * 1024


def described_at(url: str, *, fetcher: Fetcher) -> Mapping[str, str]:
    """Return the fields of the form that the training's own address fills; empty where it says nothing usable.

    What is found is a suggestion to whoever fills in the form, and proves nothing.
    """
    try:
        fetched = fetcher.fetch(url.strip(), accept=("application/json", "application/ld+json"), max_bytes=_MAX_BYTES)
        document = strict_json.parse_object(fetched.body)
    except (FetchError, ParsingError):
        return {}
    creator = document.get("creator")
    found = {
        "achievement_id": document.get("id"),
        "programme_title_fr": in_language(document.get("name"), "fr"),
        "programme_title_en": in_language(document.get("name"), "en"),
        **(_creator(creator) if isinstance(creator, dict) else {}),
    }
    return {name: value[:500] for name, value in found.items() if isinstance(value, str) and value}


def _creator(creator: Mapping[str, Any]) -> dict[str, Any]:
    return {"applicant_did": creator.get("id"), "applicant_name": in_language(creator.get("name"), "fr")}
