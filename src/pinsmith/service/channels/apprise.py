"""Any service that Apprise knows, if it is installed. Source: https://github.com/caronc/apprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.documents.digest import message_text
from pinsmith.errors.service import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pinsmith.documents.digest import Message
    from pinsmith.service import settings

_TYPES = {"ok": "success", "warning": "warning", "unreachable": "warning"}


def sender(channel: settings.Apprise, folder: Path) -> Callable[[Message, str, datetime], None]:
    """Return what sends a message; see `pinsmith.service.channels.sender`."""
    url = channel.url.reveal(folder)

    def send(message: Message, identifier: str, now: datetime) -> None:  # noqa: ARG001 - Apprise takes neither
        try:
            import apprise
        except ImportError:
            hint = "run `pip install apprise` where the service runs"
            raise DeliveryError("Apprise is not installed", hint=hint) from None
        receiver = apprise.Apprise()
        if not receiver.add(url):
            raise DeliveryError("Apprise does not know this URL")
        kind = _TYPES.get(message.state, "failure")
        if not receiver.notify(body=message_text(message), title=message.title, notify_type=kind):
            raise DeliveryError("Apprise did not deliver it")

    return send
