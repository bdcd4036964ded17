"""A mail server that takes each alert and digest as a text."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from pinsmith.documents.digest import message_text
from pinsmith.errors.service import DeliveryError
from pinsmith.service.http import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pinsmith.documents.digest import Message
    from pinsmith.service.settings import Mail


def sender(channel: Mail, folder: Path) -> Callable[[Message, str, datetime], None]:
    """Return what sends a message; see `pinsmith.service.channels.sender`."""
    password = channel.password.reveal(folder) if channel.password else None

    def send(message: Message, identifier: str, now: datetime) -> None:
        mail = EmailMessage()
        mail["Subject"] = f"[pinsmith] {message.state}: {message.title}"
        mail["From"], mail["To"] = channel.sender, ", ".join(channel.to)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{identifier}@pinsmith.invalid>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message_text(message))
        try:
            with _connect(channel) as server:
                if channel.tls == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if channel.user is not None and password is not None:
                    server.login(channel.user, password)
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"{channel.server} did not take the mail: {_words(error)}") from error

    return send


def _connect(channel: Mail) -> smtplib.SMTP:
    if channel.tls == "implicit":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(channel.server, channel.port, timeout=TIMEOUT_SECONDS, context=context)
    return smtplib.SMTP(channel.server, channel.port, timeout=TIMEOUT_SECONDS)


def _words(error: Exception) -> str:
    """Describe *error* without what was sent, which may contain the password."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "it refused the user or the password"
    return str(error) or type(error).__name__
