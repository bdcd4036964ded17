"""
Write reports in batches, over a connection of their own.

A report is acknowledged when the transaction that contains it is durable. One transaction takes all that waits, so the
cost of a commit is shared by everybody who waits for it, and a moment after each commit lets more of them come. The
queue is bounded.

Groups are counted first, and bodies are sampled second. So a flood of one cause makes a bounded number of rows, also if
each report names another version or comes from another network. A flood of different causes is bounded as well, because
groups beyond a limit are only counted as dropped, as is all that is new when the database has become too large.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sqlite3
from collections import Counter, OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

import msgspec

from pinsmith.store.report_outbox import queue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

MAX_WAITING: Final = 20_000
"""Reports that may wait for their commit; most take a few kilobytes."""
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
"""Bytes of their bodies, because one of them may have as many as a hundred others."""
MAX_GROUPS: Final = 100_000
"""Groups that are kept; a year of real causes makes some hundreds."""

MAX_DATABASE_BYTES: Final = 2 * 1024 * 1024 * 1024
"""The size at which strangers cannot make the database grow any more, because what hosts present needs room, too."""

_MAX_BATCH: Final = 500  # reports, whose statements take some milliseconds
# After a commit, more reports are awaited, because a row is written once for all reports of a batch that it counts. The
# first report after a silence does not wait.
_GATHER_SECONDS: Final = 0.002
# Networks that are counted for a group on one day; also versions of the app, each with the platforms that it runs on.
_MAX_SPREAD: Final = 256
_MAX_SPREADS: Final = 20_000  # groups, days and kinds of value for which that is remembered
_SAMPLES: Final = 5  # bodies of a group
_PATIENCE_MILLISECONDS: Final = 10_000
_OTHER: Final = "other"
_SIZES: Final = ("page_count", "freelist_count", "page_size")
_LOG: Final = logging.getLogger("pinsmith.store")


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """
    One report as it is stored.

    Attributes:
        key: Of its group, see `pinsmith.reports.group_key`.
        source: The key in the path that it was sent to; empty if there was none.
        at: When it arrived, microseconds since 1970, UTC.
        network: Where it came from: a truncated address.
        version: Of the app; empty if it is not known.
        platform: With its version; empty if it is not known.
        host: Canonical; empty if the report does not name it.
        app: The id of the app; empty if it is not known.
        format: The id of the format.
        enforced: Whether the client refused the connection; None if that is not known.
        reason: Why, see `pinsmith.reports.Reason`.
        body: The report as it came, without the id of the installation.
    """

    key: bytes
    source: str
    at: int
    network: str
    version: str
    platform: str
    host: str
    app: str
    format: str
    enforced: bool | None
    reason: str
    body: bytes


class ReportWriter:
    """Writes what waits, batch by batch. Use it in ``async with``; leaving writes the rest."""

    def __init__(self, path: Path, *, sends_on: bool = False) -> None:
        """
        Name the database, whose tables exist.

        Args:
            path: The file.

            sends_on: Whether counts are also put into the outbox, see `pinsmith.store.report_outbox`, which is open.
        """
        self._path, self._sends_on = path, sends_on
        self._waiting: deque[tuple[Sequence[Arrival], asyncio.Future[bool]]] = deque()
        self._count = self._bytes = 0
        self._is_closing = False
        self._task: asyncio.Task[None] | None = None
        self._groups: dict[bytes, int] = {}
        self._spreads: OrderedDict[tuple[bytes, int, str], set[int]] = OrderedDict()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        # Only what may wait for the disk or for a lock runs in the thread. The rest takes microseconds, and two threads
        # that take turns for each statement would need twice as long.
        self._thread = ThreadPoolExecutor(1, "pinsmith-reports")
        self._database = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._database.execute(f"PRAGMA {pragma}")
        self._groups = dict(self._database.execute("SELECT key, reports FROM report_groups"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closing = True
        if self._task is not None:
            await self._task
        self._database.close()
        self._thread.shutdown()

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
        self._bytes += _size(arrivals)
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
            self._bytes -= _size(arrivals)
            for durable in durables:
                if not durable.done():  # otherwise the sender has left
                    durable.set_result(is_written)
            if len(self._waiting) < _MAX_BATCH:
                await asyncio.sleep(_GATHER_SECONDS)
        self._task = None

    async def _write(self, arrivals: Sequence[Arrival]) -> bool:
        try:
            await self._begin()
            is_full = self._size() >= MAX_DATABASE_BYTES
            groups, dropped = self._grouped(arrivals, most=0 if is_full else MAX_GROUPS)
            self._database.executemany(_GROUP, [_group(members) for members in groups.values()])
            samples = [] if is_full else self._samples(groups)
            # Old bodies are deleted, and without one a group could not be classified again when pins change.
            firsts = [] if is_full else [_first(members[0]) for members in groups.values()]
            days = self._days(groups, most=0 if is_full else _MAX_SPREAD)
            if self._sends_on:
                queue(self._database, days, samples, firsts)
            self._database.executemany(_SAMPLE, samples)
            self._database.executemany(_VACANT, firsts)
            self._database.executemany(_DAY, days)
            if dropped:
                self._database.execute(_DROP, ("database-full" if is_full else "too-many-groups", dropped))
            await self._in_thread("COMMIT")
        except Exception as error:  # noqa: BLE001 - senders wait for an answer, and later reports for this transaction
            if not isinstance(error, sqlite3.Error):
                _LOG.exception("reports were not written")
            if self._database.in_transaction:
                with suppress(sqlite3.Error):  # the next batch tries it again; without it, nobody would get an answer
                    await self._in_thread("ROLLBACK")
            return False
        for key, members in groups.items():
            self._groups[key] = self._groups.get(key, 0) + len(members)
        return True

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

    def _size(self) -> int:
        """Return the bytes of the database without those that are free again."""
        pages, free, page_bytes = (self._database.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
        return int((pages - free) * page_bytes)

    def _grouped(self, arrivals: Sequence[Arrival], *, most: int) -> tuple[dict[bytes, list[Arrival]], int]:
        """Put reports of a group together; also return how many are of groups beyond *most*."""
        groups: dict[bytes, list[Arrival]] = {}
        dropped = 0
        for arrival in arrivals:
            if arrival.key not in self._groups and arrival.key not in groups and len(self._groups) >= most:
                dropped += 1
            else:
                groups.setdefault(arrival.key, []).append(arrival)
        return groups, dropped

    def _samples(self, groups: dict[bytes, list[Arrival]]) -> list[tuple[bytes, int, int, bytes]]:
        """Choose bodies so that each report of a group has the same chance, whenever it came."""
        chosen = []
        for key, members in groups.items():
            for number, arrival in enumerate(members, self._groups.get(key, 0)):
                slot = number if number < _SAMPLES else int(random.random() * (number + 1))  # noqa: S311 - a sample
                if slot < _SAMPLES:
                    chosen.append((key, slot, arrival.at, arrival.body))
        return chosen

    def _days(self, groups: dict[bytes, list[Arrival]], *, most: int) -> list[tuple[bytes, int, str, str, str, int]]:
        arrived = Counter(
            (arrival.key, arrival.at // _DAY_MICROSECONDS, arrival.version, arrival.platform, arrival.network)
            for members in groups.values()
            for arrival in members
        )
        counts: Counter[tuple[bytes, int, str, str, str]] = Counter()
        for (key, day, version, platform, network), count in arrived.items():
            if not self._is_counted(key, day, "network", network, most=most):
                network = _OTHER  # noqa: PLW2901
            if not self._is_counted(key, day, "version", version, platform, most=most):
                version = platform = _OTHER  # noqa: PLW2901
            counts[key, day, version, platform, network] += count
        return [(*dimensions, count) for dimensions, count in counts.items()]

    def _is_counted(self, key: bytes, day: int, what: str, *value: str, most: int) -> bool:
        """Return whether a value has a count of its own: beyond *most* of them, all others are one."""
        known = self._spreads.get((key, day, what))
        if known is None:
            known = self._spreads[key, day, what] = set()
            if len(self._spreads) > _MAX_SPREADS:
                self._spreads.popitem(last=False)
        mark = hash(value)  # strangers choose the texts, and a number has no length
        if mark not in known and len(known) >= most:
            return False
        known.add(mark)
        return True


_DAY_MICROSECONDS: Final = 24 * 60 * 60 * 1_000_000

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


def _size(arrivals: Sequence[Arrival]) -> int:
    return sum([len(arrival.body) for arrival in arrivals])


def _first(arrival: Arrival) -> tuple[bytes, int, int, bytes]:
    return arrival.key, 0, arrival.at, arrival.body


def _group(members: Sequence[Arrival]) -> tuple[object, ...]:
    first, last = members[0], members[-1]
    return (
        first.key,
        first.source,
        first.host,
        first.app,
        first.format,
        first.enforced,
        first.reason,
        first.at,
        last.at,
        len(members),
    )
