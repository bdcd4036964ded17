"""Connections to the database: SQLite with the settings that make it durable, PostgreSQL with its server verified."""

from __future__ import annotations

import sqlite3
import ssl
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

    from pinsmith.store.address import DatabaseAddress, PostgreSQLAddress

# Longer than a server needs that has just been killed and starts again; then the round fails, and the next one tries.
_CONNECT_SECONDS: Final = 10
_STATEMENT_SECONDS: Final = 60


def open_engine(database: DatabaseAddress, *, is_immediate: bool = False) -> AsyncEngine:
    """
    Return an engine that has not connected yet.

    A connection that has ended, as after a restart of the server, is replaced before it is used again.

    Args:
        database: Where it is.

        is_immediate: Whether each transaction of SQLite takes the lock of writers when it begins. It is needed where a
            transaction reads what it then changes, and another process may do so, too.

    Raises:
        UsageError: If PostgreSQL's driver is not installed, or the authorities of the server cannot be read.
    """
    if isinstance(database, Path):
        engine = create_async_engine(f"sqlite+aiosqlite:///{database}")
        event.listen(engine.sync_engine, "connect", _set_up)
        event.listen(engine.sync_engine, "begin", partial(_begin, "BEGIN IMMEDIATE" if is_immediate else "BEGIN"))
        return engine
    # The engine does not get the address, so it cannot show the password.
    connect = connecting(database)
    try:
        return create_async_engine("postgresql+asyncpg://", async_creator=connect, pool_pre_ping=True)
    except ImportError as error:
        hint = "pip install 'pinsmith[server,postgresql]'"
        raise UsageError(f"a database on PostgreSQL needs {error.name}", hint=hint) from error


def connecting(address: PostgreSQLAddress) -> Callable[[], Awaitable[Any]]:
    """
    Return what opens a connection of asyncpg, and raises ConnectionError or another OSError if that fails.

    Raises:
        UsageError: If the authorities of the server cannot be read.
    """
    return partial(_connect, address, _verifying(address.cafile) if address.is_verified else None)


def prepare(database: DatabaseAddress) -> None:
    """
    Create the file of an SQLite database, which only its owner can read, and find out whether it is a database.

    Raises:
        OSError: If it cannot be created.
        sqlite3.Error: If it cannot be opened.
    """
    if isinstance(database, Path):
        database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        database.touch(mode=0o600)
        # aiosqlite leaves a thread behind if a file cannot be opened.
        with closing(sqlite3.connect(database)) as opened:
            opened.execute("PRAGMA schema_version")


def _verifying(cafile: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=cafile)
    except OSError as error:
        hint = "name a file with the certificates of authorities in PEM"
        raise UsageError(f"sslrootcert={cafile} cannot be used: {error.strerror or error}", hint=hint) from error


async def _connect(address: PostgreSQLAddress, context: ssl.SSLContext | None) -> Any:  # noqa: ANN401 - asyncpg has no types
    import asyncpg

    try:
        return await asyncpg.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password or None,
            database=address.name,
            ssl=context or False,  # given a context, asyncpg refuses a server that does not offer TLS
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            server_settings={"application_name": "pinsmith"},
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # SQLAlchemy passes errors of the connection on as they are, or wraps them, depending on its release.
        raise ConnectionError(str(error)) from error


def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - the connection of any driver
    # Python's sqlite3 begins a transaction late, and never for changes of tables; `_begin` does it instead.
    connection.isolation_level = None
    try:
        cursor = connection.cursor()
        # A commit that returned survives a crash of the process and of the machine.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
    except Exception:
        connection.close()  # the pool does not have it yet, so nobody else would
        raise


def _begin(statement: str, connection: Connection) -> None:
    connection.exec_driver_sql(statement)
