"""What an employer can ask for, as DCQL queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kit.i18n import N_
from vc.openid4vp import OPEN_BADGE, ldp_vc_query

QUERY_ID = "training"


@dataclass(frozen=True)
class Wanted:
    """One choice on the form."""

    code: str
    label: str
    """Source text."""
    query: Mapping[str, Any]


CHOICES: Mapping[str, Wanted] = {
    wanted.code: wanted
    for wanted in (
        Wanted(
            "one",
            N_("One credential of the person's choice"),
            {"credentials": [ldp_vc_query(QUERY_ID, type_values=OPEN_BADGE)]},
        ),
        Wanted(
            "several",
            N_("One or more credentials of the person's choice"),
            {"credentials": [ldp_vc_query(QUERY_ID, type_values=OPEN_BADGE, multiple=True)]},
        ),
    )
}
