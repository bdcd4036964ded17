"""Reports in an SQLite file, which has one writer at a time."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from pinsmith.store.report_outbox import queue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

    from pinsmith.store.report_batch import Batch

_PATIENCE_MILLISECONDS: Final = 10_000
_SIZES: Final = ("page_count", "freelist_count", "page_size")


class SQLiteReports:
    """The tables of reports in a file, see `pinsmith.store.report_writer.ReportEngine`."""

    faults: Final = (sqlite3.Error,)

    def __init__(self, path: Path, *, sends_on: bool) -> None:
        """
        Name the file.

        Args:
            path: The file, whose tables exist.

            sends_on: Whether counts are also put into the outbox, see `pinsmith.store.report_outbox`, which is open.
        """
        self._path, self._sends_on = path, sends_on

    async def open(self) -> list[tuple[bytes, int]]:
        """Open the file; return the groups with their numbers of reports, the oldest first."""
        self._loop = asyncio.get_running_loop()
        # Only what may wait for the disk or for a lock runs in the thread. The rest takes microseconds, and two threads
        # that take turns for each statement would need twice as long.
        self._thread = ThreadPoolExecutor(1, "pinsmith-reports")
        self._database = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._database.execute(f"PRAGMA {pragma}")
        return self._database.execute(_KNOWN).fetchall()

    async def close(self) -> None:
        """Close the file."""
        self._database.close()
        self._thread.shutdown()

    async def is_full(self, limit: int) -> bool:
        """Return whether the database has *limit* bytes, without those that are free again, or more."""
        pages, free, page_bytes = (self._database.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
        return bool((pages - free) * page_bytes >= limit)

    async def displace(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Delete those of the groups that have one report; return the others, with their numbers of reports."""
        async with self._transaction():
            kept: dict[bytes, int] = {}
            gone: list[tuple[bytes]] = []
            for key in keys:
                found = self._database.execute(_REPORTS, (key,)).fetchone()
                if found is None:
                    continue
                # Counts that are not sent yet need their group, also while nothing is sent on.
                if found[0] > 1 or self._database.execute(_WAITS, (key,)).fetchone():
                    kept[key] = found[0]
                else:
                    gone.append((key,))
            for statement in _DELETE:
                self._database.executemany(statement, gone)
            if gone:
                self._database.execute(_DROP, ("displaced", len(gone)))
        return kept

    async def write(self, batch: Batch) -> Mapping[bytes, int]:
        """Write a batch, durably. Nobody else counts, so no numbers are returned."""
        async with self._transaction():
            self._database.executemany(_GROUP, batch.groups)
            if self._sends_on:
                queue(self._database, batch.days, batch.samples, batch.firsts)
            self._database.executemany(_SAMPLE, batch.samples)
            self._database.executemany(_VACANT, batch.firsts)
            self._database.executemany(_DAY, batch.days)
            if batch.dropped:
                self._database.execute(_DROP, (batch.reason, batch.dropped))
        return {}

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        try:
            await self._begin()
            yield
            await self._in_thread("COMMIT")
        except Exception:
            if self._database.in_transaction:
                with suppress(sqlite3.Error):  # the next batch tries it again
                    await self._in_thread("ROLLBACK")
            raise

    async def _begin(self) -> None:
        """Begin a transaction; only if another writer has the lock, wait for it in the thread."""
        self._database.execute("PRAGMA busy_timeout=0")
        try:
            self._database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            self._database.execute(f"PRAGMA busy_timeout={_PATIENCE_MILLISECONDS}")
            await self._in_thread("BEGIN IMMEDIATE")

    async def _in_thread(self, statement: str) -> None:
        await self._loop.run_in_executor(self._thread, self._database.execute, statement)


_KNOWN: Final = "SELECT key, reports FROM report_groups ORDER BY last_seen"
_REPORTS: Final = "SELECT reports FROM report_groups WHERE key = ?"
_WAITS: Final = "SELECT 1 FROM report_outbox_counts WHERE key = ?"
_DELETE: Final = (  # the connection does not enforce foreign keys, because that would cost a look-up for each row
    "DELETE FROM report_samples WHERE key = ?",
    "DELETE FROM report_days WHERE key = ?",
    "DELETE FROM report_groups WHERE key = ?",
)
_GROUP: Final = """
INSERT INTO report_groups (key, source, host, app, format, enforced, reason, first_seen, last_seen, reports)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET last_seen = excluded.last_seen, reports = reports + excluded.reports
"""
_SAMPLE: Final = """
INSERT INTO report_samples (key, slot, at, body) VALUES (?, ?, ?, ?)
ON CONFLICT (key, slot) DO UPDATE SET at = excluded.at, body = excluded.body
"""
_VACANT: Final = """
INSERT INTO report_samples (key, slot, at, body) VALUES (?, ?, ?, ?) ON CONFLICT (key, slot) DO NOTHING
"""
_DAY: Final = """
INSERT INTO report_days (key, day, version, platform, network, reports) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key, day, version, platform, network) DO UPDATE SET reports = reports + excluded.reports
"""
_DROP: Final = """
INSERT INTO report_drops (reason, reports) VALUES (?, ?)
ON CONFLICT (reason) DO UPDATE SET reports = reports + excluded.reports
"""
