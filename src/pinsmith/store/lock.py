"""Locks of PostgreSQL that end with the transaction. SQLite does not need them, because it has one writer at a time."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from pinsmith.store.tables import report_groups

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Executable
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


async def hold_groups(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """
    Lock groups of reports in the order of their keys until the transaction ends.

    Writers of reports take them in this order, so nobody waits for somebody who waits for them.

    Source:
        https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS
    """
    held = select(report_groups.c.key).where(which).order_by(report_groups.c.key).with_for_update().subquery()
    await connection.execute(select(func.count()).select_from(held))
