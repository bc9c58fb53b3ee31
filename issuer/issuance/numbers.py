"""The numbers of credentials, for people to read."""

from __future__ import annotations

from datetime import datetime

from kit.tokens import short_code


def new_numbers(territory: str, *, count: int, now: datetime) -> list[str]:
    """Return `count` different numbers such as QC-2606-7F3K-92MD: territory, year and month, forty random bits.

    That no other credential has one of them, the database sees to.
    """
    begins = f"{territory.rpartition('-')[2]}-{now:%y%m}"
    found: dict[str, None] = {}
    while len(found) < count:
        code = short_code(8)
        found[f"{begins}-{code[:4]}-{code[4:]}"] = None
    return list(found)
