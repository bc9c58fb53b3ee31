"""Territories by their codes (ISO 3166-2), as people call them."""

from __future__ import annotations

from collections.abc import Callable

from kit.i18n import N_

NAMES = {
    "CA": N_("Canada"),
    "CA-QC": N_("Québec"),
    "CA-ON": N_("Ontario"),
    "CA-NB": N_("New Brunswick"),
    "BE": N_("Belgium"),
    "BE-BRU": N_("Brussels"),
    "BE-VLG": N_("Flanders"),
    "BE-WAL": N_("Wallonia"),
}


def place(territory: str, translate: Callable[[str], str]) -> str:
    """Return the name of a territory in the reader's language; its code where we have no name."""
    return translate(NAMES[territory]) if territory in NAMES else territory
