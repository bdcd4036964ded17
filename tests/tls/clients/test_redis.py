"""The connection classes for redis-py, with a server that knows just enough of the protocol."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import redis
import redis.asyncio
import redis.asyncio.connection
import redis.connection

from pinsmith.clients.redis import AsyncSSLConnection, SSLConnection
from pinsmith.errors import PinMismatchError, UnsafeContextError, find
from tests.tls.attack import silent
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.clients._needs import Pins
    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve

Untyped = Any  # redis-py has types only in part


def speak_redis(sock: socket.socket, connection: RecordedConnection) -> None:
    """Answer OK to everything."""
    while received := sock.recv(65536):
        sock.sendall(b"+OK\r\n" * received.count(b"*"))


def store(pins: Pins, server: RecordingServer, **options: Untyped) -> None:
    """Store a secret with the blocking client."""
    pool = redis.ConnectionPool(
        connection_class=SSLConnection, pins=pins, host=HOST, port=server.port, protocol=2, **options
    )
    with redis.Redis(connection_pool=pool) as client:
        client.set("card", "SECRET")
    pool.disconnect()


def store_by_asyncio(pins: Pins, server: RecordingServer, **options: Untyped) -> None:
    """Store a secret with the asyncio client."""

    async def run() -> None:
        pool = redis.asyncio.ConnectionPool(
            connection_class=AsyncSSLConnection, pins=pins, host=HOST, port=server.port, protocol=2, **options
        )
        async with redis.asyncio.Redis(connection_pool=pool) as client:
            await client.set("card", "SECRET")
        await pool.disconnect()

    asyncio.run(run())


STORES = [store, store_by_asyncio]


@pytest.mark.parametrize("run", STORES)
def test_the_pinned_server_receives_the_secret(
    pki: PKI, context: MakeContext, serve: Serve, run: Callable[..., None]
) -> None:
    """The secret reaches the pinned server; this also shows that a leak in the tests below would be seen."""
    server = serve(pki.leaf, speak=speak_redis)
    run(context(), server)
    server.settled()
    assert b"SECRET" in server.received


@pytest.mark.parametrize("run", STORES)
def test_the_rogue_server_receives_nothing(
    pki: PKI, context: MakeContext, serve: Serve, run: Callable[..., None]
) -> None:
    """The rogue server does not even receive the password, which redis-py sends first."""
    server = serve(pki.rogue, speak=speak_redis)
    with pytest.raises(redis.ConnectionError) as caught:
        run(context(), server, password="PASSWORD")
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(server)


@pytest.mark.parametrize("run", STORES)
@pytest.mark.parametrize(
    "option", [{"ssl_cert_reqs": "none"}, {"ssl_check_hostname": False}, {"ssl_ca_certs": "roots.pem"}], ids=str
)
def test_options_for_tls_are_refused(
    context: MakeContext, good_server: RecordingServer, run: Callable[..., None], option: dict[str, Any]
) -> None:
    """Options that redis-py would set on a context of its own have no effect here, so they are refused."""
    with pytest.raises(UnsafeContextError, match=next(iter(option))):
        run(context(), good_server, **option)
    assert not good_server.connections


@pytest.fixture
def another_redis(cafile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make redis-py connect as a release might that does not call the overridden methods."""

    def connect(self: Untyped) -> Untyped:
        sock = redis.connection.Connection._connect(self)  # type: ignore[no-untyped-call]
        return ssl.create_default_context(cafile=cafile).wrap_socket(sock, server_hostname=self.host)

    async def connect_by_asyncio(self: Untyped) -> None:
        plain = ssl.create_default_context(cafile=cafile)
        self._reader, self._writer = await asyncio.open_connection(self.host, self.port, ssl=plain)

    monkeypatch.setattr(redis.connection.SSLConnection, "_connect", connect)
    monkeypatch.setattr(redis.asyncio.connection.SSLConnection, "_connect", connect_by_asyncio, raising=False)


@pytest.mark.usefixtures("another_redis")
@pytest.mark.parametrize("run", STORES)
def test_a_redis_that_connects_in_another_way_does_not_bypass_the_pins(
    pki: PKI, context: MakeContext, serve: Serve, run: Callable[..., None]
) -> None:
    """Before 5.1, redis-py wraps sockets with a context of its own; here it is pinned, or closed before any byte."""
    server = serve(pki.rogue, speak=speak_redis)
    with pytest.raises((UnsafeContextError, redis.ConnectionError)) as caught:
        run(context(), server)
    assert isinstance(find(caught.value), UnsafeContextError if run is store_by_asyncio else PinMismatchError)
    assert silent(server)
