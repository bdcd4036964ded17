"""Servers and clients of redis, PostgreSQL and MySQL."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import aiomysql
import asyncpg
import pymysql
import redis
import redis.asyncio
import redis.backoff
import redis.retry

from pinsmith.clients.aiomysql import connect
from pinsmith.clients.redis import AsyncSSLConnection, SSLConnection
from tests.probe.scripts import mysql_greeting, mysql_packet
from tests.tls.clients.way import SECONDS, Errand, Way
from tests.tls.services import loop
from tests.tls.services.service import PASSWORD, USER, Script, Service

if TYPE_CHECKING:
    import socket
    from io import BufferedRWPair

    from pinsmith.lab.servers.connection import RecordedConnection

_SSL_REQUEST = struct.pack("!II", 8, 80877103)
_MYSQL_OK = b"\0\0\0\x02\0\0\0"
_CLIENT_SSL = 0x0800


class Redis(Script):
    """
    A server that answers PONG to PING, and OK to everything else.

    Source: redis.io, the protocol specification
    """

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        with sock.makefile("rwb") as stream:
            while head := stream.readline():
                words = [_read_bulk(stream) for _ in range(int(head[1:]))]
                stream.write(_redis_answer(words[0].upper()))
                stream.flush()


def _read_bulk(stream: BufferedRWPair) -> bytes:
    size = int(stream.readline()[1:])
    return stream.read(size + 2)[:size]


def _redis_answer(command: bytes) -> bytes:
    return {b"HELLO": b"%1\r\n$5\r\nproto\r\n:3\r\n", b"PING": b"+PONG\r\n"}.get(command, b"+OK\r\n")


class Postgres(Script):
    """
    A server that asks for the password in the clear and answers every statement.

    Args:
        agrees: Whether it agrees to TLS; if not, it serves in the clear.

    Source: the PostgreSQL manual, "Message Formats"
    """

    def __init__(self, *, agrees: bool = True) -> None:
        self._agrees = agrees

    def to_tls(self, sock: socket.socket) -> None:
        if _read_startup(sock) != _SSL_REQUEST[4:]:
            raise ConnectionAbortedError("the client does not ask for TLS")
        sock.sendall(b"S" if self._agrees else b"N")
        if not self._agrees:
            _read_startup(sock)
            raise ConnectionAbortedError("the client goes on without TLS")

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        _read_startup(sock)
        sock.sendall(_pg(b"R", struct.pack("!I", 3)))
        _read_message(sock)
        sock.sendall(
            _pg(b"R", struct.pack("!I", 0))
            + _pg(b"S", b"server_version\x0015.0\0")
            + _pg(b"S", b"client_encoding\0UTF8\0")
            + _pg(b"K", struct.pack("!II", 1, 2))
            + _pg(b"Z", b"I")
        )
        while _read_message(sock)[:1] == b"Q":
            sock.sendall(_pg(b"C", b"SELECT 1\0") + _pg(b"Z", b"I"))


def _pg(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def _read_startup(sock: socket.socket) -> bytes:
    return _read_exactly(sock, int.from_bytes(_read_exactly(sock, 4)) - 4)


def _read_message(sock: socket.socket) -> bytes:
    kind = _read_exactly(sock, 1)
    return kind + _read_startup(sock) if kind else b""


def _read_exactly(sock: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        more = sock.recv(size - len(received))  # read no further, because TLS may follow
        if not more:
            return b""
        received += more
    return received


class MySQL(Script):
    """
    A server that accepts every login and answers OK to everything.

    Args:
        offers_tls: Whether it announces TLS; if not, it serves in the clear.

    Source: the MySQL internals manual, "Connection Phase"
    """

    def __init__(self, *, offers_tls: bool = True) -> None:
        self._offers_tls = offers_tls

    def to_tls(self, sock: socket.socket) -> None:
        sock.sendall(mysql_greeting(0xFFFF if self._offers_tls else 0xFFFF & ~_CLIENT_SSL))
        packet = _read_packet(sock)
        if not self._offers_tls:
            raise ConnectionAbortedError("the client goes on without TLS")
        if len(packet) != 4 + 32:
            raise ConnectionAbortedError("the client does not ask for TLS")

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        while packet := _read_packet(sock):
            if packet[3] == 0 and packet[4] == 1:  # COM_QUIT
                return
            sock.sendall(mysql_packet(packet[3] + 1, _MYSQL_OK))


def _read_packet(sock: socket.socket) -> bytes:
    head = _read_exactly(sock, 4)
    return head + _read_exactly(sock, int.from_bytes(head[:3], "little")) if head else b""


def ask_by_redis(errand: Errand, **connection: Any) -> bytes:  # noqa: ANN401
    """Use pinsmith's connection class, or another."""
    connection = connection or {"connection_class": SSLConnection, "pins": errand.context}
    pool = redis.ConnectionPool(
        host=errand.host, port=errand.port, username=USER, password=PASSWORD, socket_timeout=SECONDS, **connection
    )
    with redis.Redis(connection_pool=pool) as client:
        try:
            return b"PONG" if client.ping() else b""
        finally:
            pool.disconnect()


def ask_by_plain_redis(errand: Errand) -> bytes:
    """Use redis-py's own connection class."""
    return ask_by_redis(errand, connection_class=redis.SSLConnection, ssl_ca_certs=errand.cafile)


async def ask_by_async_redis(errand: Errand, **connection: Any) -> bytes:  # noqa: ANN401
    """Use pinsmith's connection class, or another."""
    connection = connection or {"connection_class": AsyncSSLConnection, "pins": errand.context}
    pool = redis.asyncio.ConnectionPool(
        host=errand.host, port=errand.port, username=USER, password=PASSWORD, socket_timeout=SECONDS, **connection
    )
    async with redis.asyncio.Redis(connection_pool=pool) as client:
        try:
            return b"PONG" if await client.ping() else b""
        finally:
            await pool.disconnect()


async def ask_by_plain_async_redis(errand: Errand) -> bytes:
    """Use redis-py's own connection class."""
    return await ask_by_async_redis(errand, connection_class=redis.asyncio.SSLConnection, ssl_ca_certs=errand.cafile)


async def ask_by_asyncpg(errand: Errand, **options: Any) -> bytes:  # noqa: ANN401
    """Pass the context to connect()."""
    client = await asyncpg.connect(
        host=errand.host,
        port=errand.port,
        user=USER,
        password=PASSWORD,
        database="postgres",
        timeout=SECONDS,
        **(options or {"ssl": errand.context}),
    )
    try:
        answer: str = await client.execute("SELECT 1")
        return answer.encode("ascii")
    finally:
        await client.close()


def ask_by_pymysql(errand: Errand) -> bytes:
    """Pass the context to connect()."""
    client = pymysql.connect(
        host=errand.host, port=errand.port, user=USER, password=PASSWORD, connect_timeout=SECONDS, ssl=errand.context
    )
    with client:
        client.ping(reconnect=False)
        return b"pong"


async def ask_by_aiomysql(errand: Errand) -> bytes:
    """Use the helper."""
    return await _ping(await connect(errand.context, **_options(errand)))


async def ask_by_plain_aiomysql(errand: Errand) -> bytes:
    """Pass the context to aiomysql itself, which falls back to clear text if the server offers no TLS."""
    return await _ping(await aiomysql.connect(ssl=errand.context, **_options(errand)))


def _options(errand: Errand) -> dict[str, Any]:
    return {
        "host": errand.host,
        "port": errand.port,
        "user": USER,
        "password": PASSWORD,
        "connect_timeout": SECONDS,
    }


async def _ping(client: aiomysql.Connection) -> bytes:
    try:
        await client.ping(reconnect=False)
        return b"pong"
    finally:
        await client.ensure_closed()


def in_loop(ask: Any) -> Any:  # noqa: ANN401
    """Run in asyncio's loop."""
    return lambda errand: loop.run(ask(errand))


_MYSQL_REQUEST = rb"\x20\0\0\x01(?s:.{32})"
DATABASES = (
    Service(Way("redis", ask_by_redis), Redis, ask_plainly=ask_by_plain_redis),
    Service(Way("redis:asyncio", in_loop(ask_by_async_redis)), Redis, ask_plainly=in_loop(ask_by_plain_async_redis)),
    Service(Way("asyncpg", in_loop(ask_by_asyncpg)), Postgres, rb"\0\0\0\x08\x04\xd2\x16\x2f"),
    Service(Way("pymysql", ask_by_pymysql), MySQL, _MYSQL_REQUEST),
    Service(
        Way("aiomysql", in_loop(ask_by_aiomysql)), MySQL, _MYSQL_REQUEST, ask_plainly=in_loop(ask_by_plain_aiomysql)
    ),
)
