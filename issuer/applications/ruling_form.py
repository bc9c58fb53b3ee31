"""The form of a decision: what a registrar typed, and the ruling that it says."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from issuer.applications.rules import InvalidText
from issuer.applications.rulings import Ruling
from issuer.days import moment_of
from kit.i18n import N_


class RulingForm(BaseModel):
    """The form of a decision, as typed."""

    outcome: str = ""
    reasons: str = ""
    conditions: str = ""
    number: str = ""
    track: str = ""
    stream: str = ""
    territory: str = ""
    valid_from: str = ""
    valid_until: str = ""
    granted: str = ""
    confirmed: str = ""


def read(form: RulingForm) -> Ruling:
    """Return the ruling that the form says. Raises `InvalidText`."""
    if form.outcome not in ("approve", "refuse"):
        raise InvalidText("outcome", N_("Choose: approve or refuse."))
    if form.outcome == "refuse":
        return Ruling(approve=False, reasons=form.reasons.strip())
    granted = form.granted.strip()
    if granted and not (granted.isascii() and granted.isdigit() and len(granted) < 14):
        raise InvalidText("granted", N_("Enter a whole number, in digits only."))
    return Ruling(
        approve=True,
        reasons=form.reasons.strip(),
        conditions=form.conditions.strip(),
        number=form.number.strip(),
        track=form.track,
        stream=form.stream,
        territory=form.territory,
        valid_from=_day("valid_from", form.valid_from),
        valid_until=_day("valid_until", form.valid_until, last_moment=True) if form.valid_until.strip() else None,
        granted=int(granted) if granted else None,
    )


def _day(field: str, text: str, *, last_moment: bool = False) -> datetime:
    try:
        return moment_of(text, last_moment=last_moment)
    except ValueError:
        raise InvalidText(field, N_("Give the date as year-month-day. Example: 2026-09-01")) from None
