"""
A URL that gets each alert and digest as JSON.

With a secret, requests are signed as https://www.standardwebhooks.com says: HMAC-SHA256 over id, time and body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING

from pinsmith.documents.document import encode_line
from pinsmith.service.http import request

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pinsmith.documents.digest import Message
    from pinsmith.service.settings import Webhook


def sender(channel: Webhook, folder: Path) -> Callable[[Message, str, datetime], None]:
    """Return what sends a message; see `pinsmith.service.channels.sender`."""
    secret = channel.secret.reveal(folder) if channel.secret else None

    def send(message: Message, identifier: str, now: datetime) -> None:
        body = encode_line(message)
        headers = {"Content-Type": "application/json", "webhook-id": identifier}
        headers["webhook-timestamp"] = str(int(now.timestamp()))
        if secret is not None:
            signed = b".".join([identifier.encode(), headers["webhook-timestamp"].encode(), body])
            digest = hmac.digest(_key(secret), signed, hashlib.sha256)
            headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        request("POST", channel.url, body, headers)

    return send


def _key(secret: str) -> bytes:
    """Return the bytes of a secret; one with the prefix ``whsec_`` is base64."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
