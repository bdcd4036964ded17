"""Requests to URLs that the operator has configured: short, without redirects, with TLS except on the loopback."""

from __future__ import annotations

import http.client
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from pinsmith.errors.service import DeliveryError
from pinsmith.host import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS: Final = 15.0
_SUCCESSES: Final = range(200, 300)


def allowed_url(url: str) -> SplitResult:
    """
    Split a URL to which requests may be sent.

    Raises:
        DeliveryError: If it is not allowed. The message does not contain the URL, which may be a secret.
    """
    hint = "write https://HOST/PATH in ASCII, without a user"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise DeliveryError("its URL is not valid", hint=hint) from None
    if not host or not url.isascii() or parts.scheme not in {"https", "http"} or parts.username is not None:
        raise DeliveryError("its URL is not valid", hint=hint)
    if parts.scheme == "http" and not is_loopback(host):
        raise DeliveryError(f"{host} would get the alert without TLS", hint="use https")
    return parts


def request(method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
    """
    Send a request.

    Raises:
        DeliveryError: If the URL is not allowed, or the answer is not a success. The message does not contain the URL,
            which may be a secret.
    """
    parts = allowed_url(url)
    host, port = parts.hostname or "", parts.port
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = (
        http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    )
    try:
        connection.request(method, target, body, {"User-Agent": "pinsmith", **(headers or {})})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise DeliveryError(f"{host} cannot be reached: {str(error) or type(error).__name__}") from error
    finally:
        connection.close()
    if status not in _SUCCESSES:
        raise DeliveryError(f"{host} answered with the status {status}")
