"""What is recorded first and signed afterwards is linted before it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.i18n import N_
from kit.problems import Unprocessable
from vc.lint import DraftRefused, blocking


class NotToBeSigned(Unprocessable):
    """What is to be signed breaks a rule; the answer says which. Nothing was recorded."""

    slug, title = "not-to-be-signed", N_("This cannot be signed as it stands")
    advice = N_(
        "A text holds characters that cannot be signed, or is too long. Type names and sentences anew where they were "
        "entered, instead of copying them from another document."
    )


def checked_first(draft: Callable[[], Any]) -> None:
    """Have what is planned drafted and linted, in the unit that records it. Raises `NotToBeSigned`."""
    try:
        draft()
    except DraftRefused as refused:
        raise NotToBeSigned(reasons=[one.sentence for one in blocking(refused.findings)]) from refused
