"""How much one verification may ask to be canonicalised (threats V-DOS-1, V-DOS-7).

Each document is bounded by itself: 10,000 members, 16 proofs, a limit on entangled graphs. They multiply: every proof
covers its whole document again, a presentation's covers all that it holds. So the product is counted, over everything
in one verification, before the work is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vc.canonical import language_tags
from vc.credential import entries
from vc.errors import LimitExceeded


@dataclass
class Effort:
    """What has been asked for so far, in members to canonicalise, out of `limit`."""

    limit: int
    asked: int = 0

    def spend(self, document: Mapping[str, Any]) -> None:
        """Count `document` once for each of its proofs and forms (`language_tags`). Raises `LimitExceeded`."""
        forms = 2 if language_tags.has_other_form(document) else 1
        self.asked += members_of(document) * forms * max(1, len(entries(document.get("proof"))))
        if self.asked > self.limit:
            raise LimitExceeded("members under all proofs together", limit=self.limit)

    def foresee(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Raises `LimitExceeded` where all of `documents` together would: before the first is worked on."""
        ahead = replace(self)
        for document in documents:
            ahead.spend(document)


def members_of(value: Any) -> int:
    """Members and items, at whatever depth."""
    if isinstance(value, dict):
        return len(value) + sum(map(members_of, value.values()))
    if isinstance(value, list):
        return len(value) + sum(map(members_of, value))
    return 0
