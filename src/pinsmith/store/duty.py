"""
Work that one process at a time does for a database, such as asking the hosts from one place.

On PostgreSQL, a process has a duty as long as its session holds an advisory lock. If the process or its connection
ends, another one takes over. A transaction that writes for a duty requires that lock, so that a process that has lost
its connection without noticing cannot write over what its successor has written. A file of SQLite is used by one
process alone, which has every duty.
"""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from pinsmith.errors.service import DutyError
from pinsmith.store.lock import Lock, hold

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

DELIVER: Final = "deliver"
"""Send alerts and digests, classify reports, and delete what is old."""

# Numbers that other programs do not lock, beside those of `pinsmith.store.lock`.
_DUTIES: Final = 0x70696E74
# objsubid is 2 for locks of two numbers.
_HOLDER: Final = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND pid = :pid "
    "AND classid = :duties AND objid = :number AND database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database())"
)


def watching(vantage: str) -> str:
    """Return the duty to ask the hosts from a place."""
    return f"watch {vantage}"


class Duties:
    """
    The duties of this process for one database.

    Source:
        https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """
        Take none yet.

        Args:
            engine: Of the database.
        """
        self._engine = engine
        self._reserved: AsyncConnection | None = None
        self._pid = 0
        self._held: set[str] = set()
        self._turn = asyncio.Lock()  # a connection does one thing at a time

    async def take(self, duty: str) -> bool:
        """
        Take a duty that nobody has, and find out whether this process has it.

        Returns:
            False if another process has it. It is free again when that process or its connection ends.

        Raises:
            SQLAlchemyError: If the database does not answer. Then this process has no duty any more.
            OSError: If it cannot be reached.
        """
        if self._engine.dialect.name != "postgresql":
            return True
        async with self._turn:
            try:
                session = await self._connected()
                if duty in self._held:
                    return True
                number = _number(duty)
                taken = text("SELECT pg_try_advisory_lock(:duties, :number)")
                if not (await session.execute(taken, {"duties": _DUTIES, "number": number})).scalar_one():
                    return False
                # Its predecessor may be in the transaction that writes its last round; later ones are refused.
                async with self._engine.begin() as connection:
                    await hold(connection, Lock.RECORD)
            except BaseException:
                await self.close()
                raise
            self._held.add(duty)
            return True

    async def require(self, connection: AsyncConnection, duty: str) -> None:
        """
        Require in a transaction, which holds `Lock.RECORD`, that this process has a duty.

        Raises:
            DutyError: If another process may have it.
        """
        if self._engine.dialect.name != "postgresql":
            return
        asked = {"pid": self._pid, "duties": _DUTIES, "number": _number(duty)}
        if duty not in self._held or not (await connection.execute(_HOLDER, asked)).scalar_one():
            await self.close()
            raise DutyError(duty)

    async def close(self) -> None:
        """Let others take the duties of this process."""
        session, self._reserved = self._reserved, None
        self._held.clear()
        if session is not None:
            with suppress(SQLAlchemyError, OSError):
                await session.invalidate()  # a connection that goes back to the pool would keep its locks
            with suppress(SQLAlchemyError, OSError):
                await session.close()

    async def _connected(self) -> AsyncConnection:
        if self._reserved is not None:
            try:
                return await self._alive(self._reserved)
            except (SQLAlchemyError, OSError):  # as after a restart of the server
                await self.close()
        session = await self._engine.connect()
        self._reserved = await session.execution_options(isolation_level="AUTOCOMMIT")
        return await self._alive(self._reserved)

    async def _alive(self, session: AsyncConnection) -> AsyncConnection:
        self._pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        return session


def _number(duty: str) -> int:
    """Return the number that stands for a duty: the same in each process, and never negative."""
    return zlib.crc32(duty.encode()) & 0x7FFFFFFF
