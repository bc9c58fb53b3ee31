"""What is written to learners: the link in one message, the transaction code in another, sent when they ask for it."""

from __future__ import annotations

from datetime import timedelta

from issuer.hand_over import invitations
from issuer.hand_over.invitations import Claim, InvitationEnded, InvitationState
from issuer.office import Office
from issuer.staff.models import Attempt
from kit.i18n import N_
from kit.mail import MailRefused
from kit.problems import Unavailable, Unprocessable
from kit.throttle import count_attempt

CODES_PER_HOUR = 5

_INVITATION = N_(
    """Hello %(name)s,

%(institution)s has issued you a digital credential:

    %(title)s

It belongs to you. Keep it in a digital wallet and show it when you want to:

    %(link)s

This link works until %(until)s, once. On the page, check that your name is right before you accept.

%(institution)s
"""
)
_CODE = N_(
    """Hello %(name)s,

Your code to receive "%(title)s" from %(institution)s:

    %(code)s

Type it in the wallet where you opened the offer. Nobody from your institution will ask you for it.
If you did not ask for this code, you can ignore this message.

%(institution)s
"""
)


class NoAddress(Unprocessable):
    """The register has no e-mail address for this person."""

    slug, title = "no-address", N_("There is no e-mail address for this person")
    advice = N_("Give the link and the code to the person yourself, or add an address to the register.")


class NotSent(Unavailable):
    """The mail server did not take the message."""

    title = N_("The message could not be sent")
    advice = N_("Try again in a few minutes.")


def send_invitation(office: Office, found: Claim) -> None:
    """Send the link. The code is not in this message. Raises `NoAddress`, `NotSent`."""
    language = invitations.language_of(found.participant)
    writer = office.pages.writer(language)
    _send(
        office,
        found,
        language,
        subject=N_("Your credential is ready: %(title)s"),
        text=_INVITATION,
        link=invitations.claim_address(office, found.invitation, language),
        until=writer.date(found.invitation.expires_at),
    )


def send_code(office: Office, token: str, *, language: str) -> None:
    """Send the transaction code to the address in the register, a few times an hour at most.

    Opens its own unit, and sends after it. Raises `UnknownInvitation`, `InvitationEnded`, `NoAddress`, `NotSent`,
    `TooManyRequests`.
    """
    now = office.clock()
    with office.database.unit() as session:
        found = invitations.claim(session, token)
        if invitations.state_of(found.invitation, now=now) is not InvitationState.OPEN:
            raise InvitationEnded
        tries = f"claim-code:{found.invitation.id}"
        count_attempt(session, Attempt, tries, limit=CODES_PER_HOUR, window=timedelta(hours=1), now=now)
    _send(
        office,
        found,
        language,
        subject=N_("Your code for %(title)s"),
        text=_CODE,
        code=invitations.transaction_code(office.settings.secret, found.invitation),
    )


def masked(address: str) -> str:
    """Return an address that its owner recognises and nobody else learns: e•••@courriel.example."""
    name, at, host = address.partition("@")
    return f"{name[:1]}•••@{host}" if at else ""


def _send(office: Office, found: Claim, language: str, *, subject: str, text: str, **values: str) -> None:
    if not found.participant.email:
        raise NoAddress
    french = language == "fr"
    words = {
        "name": found.participant.given_name,
        "title": found.programme.title_fr if french else found.programme.title_en,
        "institution": found.organisation.name_fr if french else found.organisation.name_en,
        **values,
    }
    translate = office.pages.translate
    try:
        office.mailer.send(
            found.participant.email,
            translate(language, subject, **words),
            translate(language, text, **words),
        )
    except MailRefused as error:
        raise NotSent from error
