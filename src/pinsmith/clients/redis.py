"""
redis-py: connection classes, because it has no parameter for a context.

::

    pool = redis.ConnectionPool(connection_class=SSLConnection, pins=context, host="cache.example.com")
    redis.Redis(connection_pool=pool)

For asyncio the same with `redis.asyncio` and `AsyncSSLConnection`.

The options ``ssl_cert_reqs``, ``ssl_ca_certs`` and the like are refused, because the context has these settings.
"""

from __future__ import annotations

from typing import Any

from pinsmith.clients._needs import Pins, context_of, needs
from pinsmith.errors import UnsafeContextError
from pinsmith.tls._guarded import PinnedSSLObject

with needs("redis"):
    import redis.asyncio.connection
    import redis.connection

__all__ = ["AsyncSSLConnection", "SSLConnection"]


class SSLConnection(redis.connection.SSLConnection):
    """
    A pinned connection of the synchronous client.

    Args:
        pins: A policy or a pinned context. Pass a context to make it once for the whole pool.

        options: As in `redis.connection.Connection`; none of ``ssl_*``.

    Raises:
        UnsafeContextError: if there is an ``ssl_`` option.
    """

    def __init__(self, *, pins: Pins, **options: Any) -> None:
        _refuse_ssl(options)
        self._pins = context_of(pins)
        super().__init__(**options)

    def _connect(self) -> Any:
        # Not super()._connect(): before 5.1 it shakes hands with a context of its own.
        sock = redis.connection.Connection._connect(self)  # type: ignore[no-untyped-call]
        try:
            return self._pins.wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise


class AsyncSSLConnection(redis.asyncio.connection.SSLConnection):
    """
    A pinned connection of the asyncio client; parameters and errors as those of `SSLConnection`.

    Raises:
        UnsafeContextError: on connecting, if redis-py makes the connection with a context of its own.
    """

    def __init__(self, *, pins: Pins, **options: Any) -> None:
        _refuse_ssl(options)
        self._pins = context_of(pins)
        super().__init__(**options)

    def _connection_arguments(self) -> Any:
        return {**super()._connection_arguments(), "ssl": self._pins}

    async def _connect(self) -> None:
        await super()._connect()  # type: ignore[no-untyped-call]
        if self._writer is None or not isinstance(self._writer.get_extra_info("ssl_object"), PinnedSSLObject):
            if self._writer is not None:
                self._writer.close()
            raise _unknown()


def _refuse_ssl(options: dict[str, Any]) -> None:
    named = sorted(name for name in options if name.startswith("ssl_"))
    if named:
        raise UnsafeContextError(
            f"{', '.join(named)} cannot be combined with pins, because every connection must use the pinned context",
            hint="pass pins=PinnedSSLContext(policy, cafile=...) and set the rest on that context",
        )


def _unknown() -> UnsafeContextError:
    from importlib.metadata import version

    return UnsafeContextError(
        f"redis-py {version('redis')} did not use the pinned context, so the connection was closed",
        hint="upgrade pinsmith, or use pinsmith.inject(policy)",
    )
