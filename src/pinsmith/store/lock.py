"""Locks of PostgreSQL that end with the transaction. SQLite does not need them, because it has one writer at a time."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

if TYPE_CHECKING:
    from sqlalchemy import Executable
    from sqlalchemy.engine.interfaces import Dialect
    from sqlalchemy.ext.asyncio import AsyncConnection

_PINSMITH = 0x70696E73  # other programs may lock other numbers in the same database


class Lock(IntEnum):
    """Work that one transaction at a time may do. The numbers never change, because releases must agree."""

    MIGRATE = 1
    RECORD = 2
    SAVE = 3


def locking(dialect: Dialect, lock: Lock) -> Executable | None:
    """
    Return the statement that waits for a lock and keeps it until the transaction ends; None if none is needed.

    Source:
        https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS
    """
    return select(func.pg_advisory_xact_lock(_PINSMITH, int(lock))) if dialect.name == "postgresql" else None


async def hold(connection: AsyncConnection, lock: Lock) -> None:
    """Wait for a lock, and keep it until the transaction of *connection* ends."""
    statement = locking(connection.dialect, lock)
    if statement is not None:
        await connection.execute(statement)
