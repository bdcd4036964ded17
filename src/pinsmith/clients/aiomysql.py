"""
aiomysql: a `connect` that never logs in without TLS.

::

    connection = await connect(context, host="db.example.com", user="app", password=password)

aiomysql itself treats ``ssl=context`` as optional. An attacker who removes the offer of TLS from the server's greeting
gets name and password in the clear, and the context is never used. Its pool makes connections in the same way; there is
no helper for it.

Source: aiomysql 0.3.2, ``Connection._request_authentication``
"""

from __future__ import annotations

from typing import Any

from pinsmith.clients._needs import Pins, context_of, needs
from pinsmith.errors import UnsafeContextError

with needs("aiomysql"):
    import aiomysql
    from pymysql.constants import CLIENT

__all__ = ["Connection", "connect"]


class Connection(aiomysql.Connection):  # type: ignore[misc]  # aiomysql has no types
    """An `aiomysql.Connection` that demands TLS before it sends its credentials."""

    async def _request_authentication(self) -> None:
        if not self._ssl_context or not self.server_capabilities & CLIENT.SSL:
            raise UnsafeContextError(
                f"{self.host} offers no TLS, so nothing can be pinned and nothing was sent",
                hint="enable TLS on the server; if it is enabled, an attacker on the way removed the offer",
            )
        await super()._request_authentication()


async def connect(pins: Pins, **options: Any) -> Connection:
    """
    Connect, check the pins, log in.

    Args:
        pins: A policy or a pinned context. Pass a context to make it once for all connections.

        options: As in `aiomysql.connect`, without ``ssl`` and ``unix_socket``.

    Raises:
        UnsafeContextError: if one of these options is given, or this release of aiomysql logs in in another way. If the
            server offers no TLS, it is raised inside the ``OperationalError`` of aiomysql.
    """
    for name in ("ssl", "unix_socket"):
        if options.get(name) is not None:
            raise UnsafeContextError(
                f"{name}= cannot be combined with pins, because every connection must use the pinned context"
            )
    if "_request_authentication" not in vars(aiomysql.Connection):
        raise UnsafeContextError(
            "pinsmith does not know how the installed aiomysql logs in, so pins cannot be enforced",
            hint="this version of aiomysql is newer than this helper: upgrade pinsmith",
        )
    connection = Connection(ssl=context_of(pins), **options)
    await connection._connect()
    return connection
