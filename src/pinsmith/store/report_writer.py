"""
Write reports in batches, by a thread with a connection of its own.

A report is acknowledged when the transaction that contains it is durable. One transaction takes all that waits, so the
cost of a commit is shared by everybody who waits for it. The queue is bounded.

Groups are counted first, and bodies are sampled second: a flood of one cause makes a few rows. A flood of different
causes is bounded as well, because groups beyond a limit are only counted as dropped.
"""

from __future__ import annotations

import random
import sqlite3
import threading
from collections import Counter, OrderedDict, deque
from contextlib import closing
from typing import TYPE_CHECKING, Final, Generic, Self, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from types import TracebackType

Waiting = TypeVar("Waiting")

MAX_WAITING: Final = 20_000
"""Reports that may wait for their commit; each takes a few kilobytes."""
MAX_GROUPS: Final = 100_000
"""Groups that are kept; a year of real causes makes some hundreds."""

_MAX_BATCH: Final = 4_000
_MAX_SPREAD: Final = 256  # different networks that are counted for a group on one day
_MAX_SPREADS: Final = 20_000  # groups and days for which that is remembered
_SAMPLES: Final = 5  # bodies of a group
_ELSEWHERE: Final = "other"


class Arrival(msgspec.Struct, frozen=True):
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


class ReportWriter(Generic[Waiting]):
    """The thread that writes. Use it in ``with``; leaving writes what waits."""

    def __init__(self, path: Path, settle: Callable[[Sequence[Waiting], sqlite3.Error | None], None]) -> None:
        """
        Name the database, whose tables exist.

        Args:
            path: The file.

            settle: Called in the thread after each transaction with all who waited for it, and with the error that
                undid it.
        """
        self._path = path
        self._settle = settle
        self._waiting: deque[tuple[Sequence[Arrival], Waiting]] = deque()
        self._count = 0
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="pinsmith-reports", daemon=True)
        self._groups: dict[bytes, int] = {}
        self._spreads: OrderedDict[tuple[bytes, int], set[str]] = OrderedDict()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()

    @property
    def has_room(self) -> bool:
        """Whether more reports may wait."""
        return self._count < MAX_WAITING and not self._is_closing

    def put(self, arrivals: Sequence[Arrival], waiting: Waiting) -> None:
        """
        Queue reports that came together.

        Args:
            arrivals: The reports.

            waiting: Passed to `settle` when they are durable.
        """
        with self._changed:
            self._waiting.append((arrivals, waiting))
            self._count += len(arrivals)
            self._changed.notify()

    def _run(self) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as database:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000"):
                database.execute(f"PRAGMA {pragma}")
            self._groups = dict(database.execute("SELECT key, reports FROM report_groups"))
            while batch := self._take():
                error: sqlite3.Error | None = None
                try:
                    self._write(database, [arrival for arrivals, _ in batch for arrival in arrivals])
                except sqlite3.Error as problem:
                    error = problem
                self._settle([waiting for _, waiting in batch], error)

    def _take(self) -> list[tuple[Sequence[Arrival], Waiting]]:
        """Wait for reports, and return those of the next transaction; empty at the end."""
        with self._changed:
            while not self._waiting and not self._is_closing:
                self._changed.wait()
            batch = []
            taken = 0
            while self._waiting and taken < _MAX_BATCH:
                batch.append(self._waiting.popleft())
                taken += len(batch[-1][0])
            self._count -= taken
            return batch

    def _write(self, database: sqlite3.Connection, arrivals: Iterable[Arrival]) -> None:
        groups: dict[bytes, list[Arrival]] = {}
        dropped = 0
        for arrival in arrivals:
            if arrival.key not in self._groups and arrival.key not in groups and len(self._groups) >= MAX_GROUPS:
                dropped += 1
                continue
            groups.setdefault(arrival.key, []).append(arrival)
        database.execute("BEGIN IMMEDIATE")
        try:
            database.executemany(_GROUP, [_group(members) for members in groups.values()])
            database.executemany(_SAMPLE, self._samples(groups))
            database.executemany(_DAY, self._days(groups))
            if dropped:
                database.execute(_DROP, ("too-many-groups", dropped))
            database.execute("COMMIT")
        except sqlite3.Error:
            database.execute("ROLLBACK")
            raise
        for key, members in groups.items():
            self._groups[key] = self._groups.get(key, 0) + len(members)

    def _samples(self, groups: dict[bytes, list[Arrival]]) -> list[tuple[bytes, int, int, bytes]]:
        """Choose bodies so that each report of a group has the same chance, whenever it came."""
        chosen = []
        for key, members in groups.items():
            for number, arrival in enumerate(members, self._groups.get(key, 0)):
                slot = number if number < _SAMPLES else random.randrange(number + 1)  # noqa: S311 - a sample
                if slot < _SAMPLES:
                    chosen.append((key, slot, arrival.at, arrival.body))
        return chosen

    def _days(self, groups: dict[bytes, list[Arrival]]) -> list[tuple[bytes, int, str, str, str, int]]:
        counts: Counter[tuple[bytes, int, str, str, str]] = Counter()
        for key, members in groups.items():
            for arrival in members:
                day = arrival.at // _DAY_MICROSECONDS
                network = self._spread(key, day, arrival.network)
                counts[key, day, arrival.version, arrival.platform, network] += 1
        return [(*dimensions, count) for dimensions, count in counts.items()]

    def _spread(self, key: bytes, day: int, network: str) -> str:
        """Return the network as it is counted: beyond a number of them, all others are one."""
        known = self._spreads.get((key, day))
        if known is None:
            known = self._spreads[key, day] = set()
            if len(self._spreads) > _MAX_SPREADS:
                self._spreads.popitem(last=False)
        if network not in known:
            if len(known) >= _MAX_SPREAD:
                return _ELSEWHERE
            known.add(network)
        return network


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
_DAY: Final = """
INSERT INTO report_days (key, day, version, platform, network, reports) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (key, day, version, platform, network) DO UPDATE SET reports = reports + excluded.reports
"""
_DROP: Final = """
INSERT INTO report_drops (reason, reports) VALUES (?, ?)
ON CONFLICT (reason) DO UPDATE SET reports = reports + excluded.reports
"""


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
