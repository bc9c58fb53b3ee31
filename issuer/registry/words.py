"""The register's words in French, English and Dutch: names of states, acts and columns, for pages, tables and feeds.

Dutch exists for what a register of a Belgian authority must say to its readers, not for whole pages: its catalogue
(`issuer/locale/nl.po`) holds these words only.
"""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations

from issuer.registry.register import ENDED, Act, Standing
from kit.i18n import N_, translations

LANGUAGES = ("fr", "en", "nl")

STANDINGS = {
    Standing.IN_FORCE: ("ok", N_("Accredited")),
    Standing.UPCOMING: ("info", N_("From a later date")),
    Standing.SUSPENDED: ("warn", N_("Suspended")),
    Standing.WITHDRAWN: ("bad", N_("Withdrawn")),
    Standing.EXPIRED: ("unk", N_("Expired")),
}
"""Silhouette and word of each standing."""
FILTERS = {
    "": N_("All"),
    Standing.IN_FORCE.value: N_("In force"),
    Standing.UPCOMING.value: N_("From a later date"),
    Standing.SUSPENDED.value: N_("Suspended"),
    ENDED: N_("Ended"),
}
ACTS = {
    Act.ACCREDITED: N_("Accredited"),
    Act.SUSPENDED: N_("Suspended"),
    Act.REINSTATED: N_("Reinstated"),
    Act.WITHDRAWN: N_("Withdrawn"),
    Act.EXPIRED: N_("Expired"),
}
COLUMNS = {
    "number": N_("Number"),
    "training": N_("Training"),
    "institution": N_("Institution"),
    "institution_did": N_("Identifier of the institution"),
    "training_id": N_("Identifier of the training"),
    "authority": N_("Authority"),
    "authority_did": N_("Identifier of the authority"),
    "territory": N_("Territory"),
    "track": N_("Track"),
    "stream": N_("Stream"),
    "state": N_("State"),
    "since": N_("Since"),
    "from": N_("From"),
    "until": N_("Until"),
    "reason": N_("Reason"),
    "page": N_("Page"),
}
FEED_TITLE = N_("Decisions on accredited trainings")


@cache
def _catalogue(language: str) -> NullTranslations:
    return translations("issuer", language)


def say(language: str, text: str) -> str:
    """Return one of the register's words in `language`."""
    return _catalogue(language).gettext(text)
