"""Outgoing mail: through the SMTP server of the settings, or into files where there is none (the demo)."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

from kit.settings import ServiceSettings
from kit.tokens import new_token

SMTP_SECONDS = 20


class MailRefused(Exception):
    """The message cannot be sent: an address or subject with line breaks, or a server that says no."""


class Mailer:
    """Sends plain-text messages."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self.folder = settings.data_dir / "mail"
        """Where messages go when there is no server, one `.eml` file each."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one message. Raises `MailRefused` (I-INJ-2: line breaks never reach a header)."""
        message = self._message(to, subject, text)
        if self._settings.mail_host:
            self._deliver(message)
        else:
            self._keep(message)

    def _message(self, to: str, subject: str, text: str) -> EmailMessage:
        message = EmailMessage()
        try:
            message["From"] = self._settings.mail_from
            message["To"] = to
            message["Subject"] = subject
        except ValueError as error:
            raise MailRefused("an address or the subject holds a line break") from error
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain="skills-passport")
        message.set_content(text)
        return message

    def _deliver(self, message: EmailMessage) -> None:
        settings = self._settings
        try:
            with smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=SMTP_SECONDS) as server:
                server.starttls(context=ssl.create_default_context())
                if settings.mail_user:
                    server.login(settings.mail_user, settings.mail_password)
                server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise MailRefused("the mail server did not take the message") from error

    def _keep(self, message: EmailMessage) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path: Path = self.folder / f"{new_token(12)}.eml"
        path.write_bytes(message.as_bytes())
