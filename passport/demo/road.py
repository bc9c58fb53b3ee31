"""The road: a learner receives a credential, shares it, and an employer gets a verdict; all over real HTTP."""

from __future__ import annotations

import email
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from passport.demo.town import EMPLOYER, DemoFailed, Town
from passport.demo.visitor import Page, Visitor
from passport.words import N_

PASSPHRASE = "quatre mots pour la démonstration"  # noqa: S105 - an invented learner on this machine


@dataclass(frozen=True)
class Walked:
    """Where the road led: the share link, and the verdict as the employer reads it."""

    share_link: str
    verdict: Page


def walk(town: Town, learner: Mapping[str, str], *, language: str, tell: Callable[[str], None]) -> Walked:
    """Walk the road once more. Raises `DemoFailed` at the first step that does not lead on."""
    person = Visitor(language)
    try:
        _sign_in(town, person, learner, language)
        credential = _kept_credential(town, person, language)
        if credential is None:
            tell("claim")
            credential = _claim(town, person, learner)
        tell("share")
        link = _share(town, person, credential, language)
        tell("verify")
        return Walked(link, _verdict(town, link, language))
    finally:
        person.close()


def _sign_in(town: Town, person: Visitor, learner: Mapping[str, str], language: str) -> None:
    """Make the learner's passport if it is new, and open it."""
    wallet = town.address("wallet")
    given = {"email": learner["email"], "passphrase": PASSPHRASE}
    sign_up = person.open(f"{wallet}/{language}/sign-up")
    person.send(sign_up.form("/sign-up"), {**given, "name": learner["name"]})
    sign_in = person.open(f"{wallet}/{language}/sign-in")
    page = person.send(sign_in.form("/sign-in"), given)
    if page.address.endswith("/sign-in"):
        raise DemoFailed(N_("the learner's passport could not be opened"))


def _kept_credential(town: Town, person: Visitor, language: str) -> str | None:
    """The address of a credential that the learner has already, from an earlier run of the demo."""
    passport = person.open(f"{town.address('wallet')}/{language}/")
    return next((link for link in passport.links if re.search(r"/credentials/[0-9a-f-]+$", link)), None)


def _claim(town: Town, person: Visitor, learner: Mapping[str, str]) -> str:
    """Open the link from the letter, ask for the code, receive and accept the credential."""
    invitation = _letter(town.mail, learner["email"], r"https?://\S+/claim/\S+")
    claim = person.open(invitation)
    person.send(claim.form("/code"), {})
    code = _letter(town.mail, learner["email"], r"^ +(\d{6})$")
    offer = person.open(person.open(invitation).link("/offer?"))
    received = person.send(offer.form("/offer"), {"tx_code": code})
    return person.send(received.form("/accept"), {}).address.split("?")[0]


def _letter(folder: Path, address: str, pattern: str) -> str:
    """What `pattern` finds in the newest letter to `address` that has it. Raises `DemoFailed`."""
    newest_first = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in newest_first:
        message = email.message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - what the modern policy makes
        found = re.search(pattern, message.get_content(), re.MULTILINE) if message["To"] == address else None
        if found:
            return found[found.lastindex or 0]
    raise DemoFailed(N_("no letter to {address} was found in {folder}"), address=address, folder=folder)


def _share(town: Town, person: Visitor, credential: str, language: str) -> str:
    """Make a share link for thirty days."""
    identifier = credential.rsplit("/", 1)[1]
    page = person.open(f"{town.address('wallet')}/{language}/shares/new?credential={identifier}")
    made = person.send(page.form("/shares/new"), {"credential": identifier, "days": "30", "label": EMPLOYER})
    for form in made.forms:
        for value in form.values.values():
            if "/s/" in value:
                return value
    return made.link("/s/")


def _verdict(town: Town, link: str, language: str) -> Page:
    """An employer opens the verifier and pastes the link."""
    employer = Visitor(language)
    try:
        page = employer.open(f"{town.address('verifier')}/{language}/")
        return employer.send(page.form("/check"), {"text": link})
    finally:
        employer.close()
