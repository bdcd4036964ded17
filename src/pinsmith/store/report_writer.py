"""
Write reports in batches, over a connection of their own.

A report is acknowledged when the transaction that contains it is durable. One transaction takes all that waits, so the
cost of a commit is shared by everybody who waits for it, and a moment after each commit lets more of them come. The
queue is bounded. `pinsmith.store.report_batch` computes the rows of a batch.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self

from pinsmith.errors import UsageError
from pinsmith.store.report_batch import Grouping, size_of
from pinsmith.store.report_sqlite import SQLiteReports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from pinsmith.store.address import DatabaseAddress
    from pinsmith.store.report_batch import Arrival, Batch

MAX_WAITING: Final = 20_000
"""Reports that may wait for their commit; most take a few kilobytes."""
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
"""Bytes of their bodies, because one of them may have as many as a hundred others."""
MAX_GROUPS: Final = 100_000
"""Groups that are kept; a year of real causes makes some hundreds. Each of several writers counts those it knows."""

MAX_DATABASE_BYTES: Final = 2 * 1024 * 1024 * 1024
"""The size at which strangers cannot make the database grow any more, because what hosts present needs room, too."""

_MAX_BATCH: Final = 500  # reports, whose statements take some milliseconds
# After a commit, more reports are awaited, because a row is written once for all reports of a batch that it counts. The
# first report after a silence does not wait.
_GATHER_SECONDS: Final = 0.002
_LOG: Final = logging.getLogger("pinsmith.store")


class ReportEngine(Protocol):
    """The tables of reports in one database."""

    @property
    def faults(self) -> tuple[type[Exception], ...]:
        """What its methods raise when the database cannot be used. The call has changed nothing then."""

    async def open(self) -> list[tuple[bytes, int]]:
        """Connect; return the groups with their numbers of reports, by the time of the last one, the oldest first."""

    async def is_full(self, limit: int) -> bool:
        """Return whether the database has about *limit* bytes, without those that are free again, or more."""

    async def displace(self, keys: Sequence[bytes]) -> Mapping[bytes, int]:
        """Delete those of the groups that have one report; return those that are kept, with their numbers."""

    async def write(self, batch: Batch) -> Mapping[bytes, int]:
        """Write a batch, durably; return the numbers of reports of groups that others may count, too."""

    async def close(self) -> None:
        """Disconnect."""


class ReportWriter:
    """Writes what waits, batch by batch. Use it in ``async with``; leaving writes the rest."""

    def __init__(self, database: DatabaseAddress, *, sends_on: bool = False) -> None:
        """
        Name the database, whose tables exist.

        Args:
            database: A file, or a database of PostgreSQL, which may have several writers.

            sends_on: Whether counts are also put into the outbox of the file, see `pinsmith.store.report_outbox`, which
                is open.

        Raises:
            UsageError: If PostgreSQL's driver is not installed, or the authorities of the server cannot be read.
            ValueError: If counts of a database on PostgreSQL should be sent on.
        """
        self._engine = _engine(database, sends_on=sends_on)
        self._waiting: deque[tuple[Sequence[Arrival], asyncio.Future[bool]]] = deque()
        self._count = self._bytes = 0
        self._is_closing = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """
        Connect.

        Raises:
            StoreError: If a server cannot be used.
        """
        self._loop = asyncio.get_running_loop()
        self._groups = Grouping(await self._engine.open())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closing = True
        if self._task is not None:
            await self._task
        await self._engine.close()

    @property
    def has_room(self) -> bool:
        """Whether more reports may wait."""
        return self._count < MAX_WAITING and self._bytes < MAX_WAITING_BYTES and not self._is_closing

    def put(self, arrivals: Sequence[Arrival]) -> asyncio.Future[bool]:
        """
        Queue reports that came together.

        Returns:
            Done when they are durable: true, or false if they could not be written.
        """
        durable: asyncio.Future[bool] = self._loop.create_future()
        self._waiting.append((arrivals, durable))
        self._count += len(arrivals)
        self._bytes += size_of(arrivals)
        if self._task is None:
            self._task = self._loop.create_task(self._run())
        return durable

    async def _run(self) -> None:
        """Write until nothing waits."""
        while self._waiting:
            arrivals: list[Arrival] = []
            durables: list[asyncio.Future[bool]] = []
            while self._waiting and len(arrivals) < _MAX_BATCH:
                members, durable = self._waiting.popleft()
                arrivals += members
                durables.append(durable)
            is_written = await self._write(arrivals)
            self._count -= len(arrivals)
            self._bytes -= size_of(arrivals)
            for durable in durables:
                if not durable.done():  # otherwise the sender has left
                    durable.set_result(is_written)
            if len(self._waiting) < _MAX_BATCH:
                await asyncio.sleep(_GATHER_SECONDS)
        self._task = None

    async def _write(self, arrivals: Sequence[Arrival]) -> bool:
        engine, groups = self._engine, self._groups
        try:
            is_full = await engine.is_full(MAX_DATABASE_BYTES)
            surplus = [] if is_full else groups.surplus(arrivals, most=MAX_GROUPS)
            if surplus:
                groups.displace(surplus, await engine.displace(surplus))
            batch = groups.batch(arrivals, most=MAX_GROUPS, is_full=is_full)
            groups.settle(batch, await engine.write(batch))
        except Exception as error:  # noqa: BLE001 - senders wait for an answer, and later reports for this transaction
            if not isinstance(error, engine.faults):
                _LOG.exception("reports were not written")
            return False
        return True


def _engine(database: DatabaseAddress, *, sends_on: bool) -> ReportEngine:
    if isinstance(database, Path):
        return SQLiteReports(database, sends_on=sends_on)
    if sends_on:
        raise ValueError("an outbox is in a file")
    try:
        from pinsmith.store.report_postgresql import PostgreSQLReports
    except ImportError as error:
        hint = "pip install 'pinsmith[server,postgresql]'"
        raise UsageError(f"a database on PostgreSQL needs {error.name}", hint=hint) from error
    return PostgreSQLReports(database)
