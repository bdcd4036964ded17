"""Ways to reach people: one module for each kind of channel. Each sends one message or raises `DeliveryError`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.service import settings
from pinsmith.service.channels import apprise, command, mail, webhook

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pinsmith.documents.digest import Message


def sender(channel: settings.Channel, folder: Path) -> Callable[[Message, str, datetime], None]:
    """
    Return what sends alerts and digests to *channel*.

    Args:
        channel: Its settings.

        folder: To which the paths of its secrets are relative.

    Returns:
        A function of the message, an id that is the same for each attempt, and the time. It blocks until the channel
        has taken the message, and raises `DeliveryError` if it has not.
    """
    match channel:
        case settings.Webhook():
            return webhook.sender(channel, folder)
        case settings.Mail():
            return mail.sender(channel, folder)
        case settings.Command():
            return command.sender(channel)
        case settings.Apprise():
            return apprise.sender(channel, folder)
