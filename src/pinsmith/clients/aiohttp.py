"""
aiohttp: a connector whose connections are all pinned.

``aiohttp.TCPConnector(ssl=context)`` is pinned too, but ``ssl=`` of a single request takes precedence there:
``session.get(url, ssl=False)`` is neither pinned nor verified.

::

    async with aiohttp.ClientSession(connector=Connector(policy)) as session:
        await session.get("https://api.example.com/")

Source: aiohttp's ``connector.py``, ``TCPConnector._get_ssl_context``
"""

from __future__ import annotations

from typing import Any

from pinsmith.clients._needs import Pins, context_of, needs
from pinsmith.errors import UnsafeContextError

with needs("aiohttp"):
    import aiohttp

__all__ = ["Connector"]

_OWN_OPTIONS = ("ssl", "ssl_context", "verify_ssl", "fingerprint")


class Connector(aiohttp.TCPConnector):
    """
    An `aiohttp.TCPConnector` that pins every HTTPS connection, to servers and to proxies.

    Args:
        pins: A policy or a pinned context.

        options: As in `aiohttp.TCPConnector`; none of ``ssl``, ``ssl_context``, ``verify_ssl`` and ``fingerprint``.

    Raises:
        UnsafeContextError: if one of these options is given; on sending, if a request has an ``ssl=`` other than
            ``True`` and the pinned context.
    """

    def __init__(self, pins: Pins, **options: Any) -> None:
        named = [name for name in _OWN_OPTIONS if name in options]
        if named:
            raise _refused(", ".join(f"{name}=" for name in named))
        self._pins = context_of(pins)
        super().__init__(ssl=self._pins, **options)

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109 - as in aiohttp
        """Take a connection from the pool or make one, if the request leaves TLS to the connector."""
        # The default is `True`; it was None before aiohttp 3.11.
        if req.ssl not in (True, None, self._pins):
            raise _refused(f"ssl={req.ssl!r}")
        return await super().connect(req, traces, timeout)


def _refused(option: str) -> UnsafeContextError:
    return UnsafeContextError(
        f"{option} cannot be combined with pins, because the pinned context decides whom to trust",
        hint="leave it out; pass cafile= to PinnedSSLContext for other trust anchors",
    )
