"""
Counts that wait to be sent on: the writer adds to the open batch, and a sender takes batches that are sealed.

A report is put here in the transaction by which it is acknowledged, so neither a kill nor an engine that is away loses
or doubles it. A batch has a random id, which it keeps. Its rows only grow until it is sealed, and then they are sent
unchanged, as often as necessary, until they are discarded.

The next batch is sealed when no other waits. So what waits while the engine is away has as many rows as there are
different counts, and not as many as there are reports or intervals.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

_PATIENCE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    The rows of one group in a sealed batch.

    Attributes:
        batch: The random id of the batch.
        key: Of the group.
        source: The key in the path; empty if there was none.
        host: Canonical; empty if it is not known.
        app: The id of the app; empty if it is not known.
        format: The id of the format of the first report.
        reason: See `pinsmith.reports.Reason`.
        enforced: Whether clients refused the connection; None if that is not known.
        counts: Day since 1970, version, platform, and how many reports.
        networks: Day since 1970, and a network.
        samples: Slot, microseconds since 1970, and the body.
    """

    batch: bytes
    key: bytes
    source: str
    host: str
    app: str
    format: str
    reason: str
    enforced: bool | None
    counts: tuple[tuple[int, str, str, int], ...]
    networks: tuple[tuple[int, str], ...]
    samples: tuple[tuple[int, int, bytes], ...]


def queue(
    database: sqlite3.Connection,
    days: Sequence[tuple[bytes, int, str, str, str, int]],
    samples: Sequence[tuple[bytes, int, int, bytes]],
    firsts: Sequence[tuple[bytes, int, int, bytes]],
) -> None:
    """
    Add to the open batch, in the transaction of the caller.

    Args:
        database: In a transaction; `ReportOutbox` has opened a batch in it.

        days: Key, day, version, platform, network and number of reports.

        samples: Key, slot, time and body of those that are chosen.

        firsts: The same of the first report of each group, which is taken if the database has no body of the group.
    """
    counts: Counter[tuple[bytes, int, str, str]] = Counter()
    for key, day, version, platform, _, reports in days:
        counts[key, day, version, platform] += reports
    database.executemany(_COUNT, [(*row, reports) for row, reports in counts.items()])
    networks = {(key, day, network) for key, day, _, _, network, _ in days}
    database.executemany(_NETWORK, list(networks))
    database.executemany(_FIRST, [(*first, first[0]) for first in firsts])
    database.executemany(_SAMPLE, samples)


class ReportOutbox:
    """
    The outbox of one database, over a connection of its own. Its methods wait for the disk, so call them in a thread.

    Use it in ``with``, one at a time.
    """

    def __init__(self, path: Path) -> None:
        """
        Open the outbox, and begin a batch.

        The batch that was open before is sealed: after the return to a backup, it must not grow under the same id.

        Args:
            path: The database, whose tables exist.
        """
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_PATIENCE_SECONDS)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(_OPEN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def seal(self) -> None:
        """Seal the open batch, unless another one still waits."""
        self._database.execute(_SEAL)

    def waiting(self, *, most: int) -> list[Waiting]:
        """Return groups of sealed batches, at most so many."""
        with closing(self._database.execute(_WAITING, (most,))) as found:
            return [self._waiting(row) for row in found.fetchall()]

    def _waiting(self, row: tuple[Any, ...]) -> Waiting:
        batch, key, source, host, app, format_, reason, enforced = row
        counts, networks, samples = (
            tuple(self._database.execute(statement, (batch, key)).fetchall()) for statement in _ROWS
        )
        return Waiting(
            batch=batch,
            key=key,
            source=source,
            host=host,
            app=app,
            format=format_,
            reason=reason,
            enforced=None if enforced is None else bool(enforced),
            counts=counts,
            networks=networks,
            samples=samples,
        )

    def discard(self, sent: Sequence[Waiting]) -> None:
        """Forget what was sent, once it is durable elsewhere."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            for statement in _DISCARD:
                self._database.executemany(statement, [(members.batch, members.key) for members in sent])
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def is_empty(self) -> bool:
        """Say whether everything was sent, also the open batch."""
        return self._database.execute(_EMPTY).fetchone() is None


_OPEN: Final = """
INSERT INTO report_outbox_open (id, batch) VALUES (1, randomblob(16))
ON CONFLICT (id) DO UPDATE SET batch = excluded.batch
"""
_SEAL: Final = """
UPDATE report_outbox_open SET batch = randomblob(16)
WHERE EXISTS (SELECT 1 FROM report_outbox_counts WHERE batch = (SELECT batch FROM report_outbox_open))
AND NOT EXISTS (SELECT 1 FROM report_outbox_counts WHERE batch <> (SELECT batch FROM report_outbox_open))
"""
_COUNT: Final = """
INSERT INTO report_outbox_counts (batch, key, day, version, platform, reports)
VALUES ((SELECT batch FROM report_outbox_open), ?, ?, ?, ?, ?)
ON CONFLICT (batch, key, day, version, platform) DO UPDATE SET reports = reports + excluded.reports
"""
_NETWORK: Final = """
INSERT INTO report_outbox_networks (batch, key, day, network)
VALUES ((SELECT batch FROM report_outbox_open), ?, ?, ?)
ON CONFLICT (batch, key, day, network) DO NOTHING
"""
_SAMPLE: Final = """
INSERT INTO report_outbox_samples (batch, key, slot, at, body)
VALUES ((SELECT batch FROM report_outbox_open), ?, ?, ?, ?)
ON CONFLICT (batch, key, slot) DO UPDATE SET at = excluded.at, body = excluded.body
"""
_FIRST: Final = """
INSERT INTO report_outbox_samples (batch, key, slot, at, body)
SELECT (SELECT batch FROM report_outbox_open), ?, ?, ?, ?
WHERE NOT EXISTS (SELECT 1 FROM report_samples WHERE key = ?)
ON CONFLICT (batch, key, slot) DO NOTHING
"""
_WAITING: Final = """
SELECT batch, key, source, host, app, format, reason, enforced
FROM (SELECT DISTINCT batch, key FROM report_outbox_counts
    WHERE batch <> (SELECT batch FROM report_outbox_open) LIMIT ?)
JOIN report_groups USING (key)
"""
_ROWS: Final = (
    "SELECT day, version, platform, reports FROM report_outbox_counts WHERE batch = ? AND key = ?",
    "SELECT day, network FROM report_outbox_networks WHERE batch = ? AND key = ?",
    "SELECT slot, at, body FROM report_outbox_samples WHERE batch = ? AND key = ?",
)
_DISCARD: Final = (
    "DELETE FROM report_outbox_counts WHERE batch = ? AND key = ?",
    "DELETE FROM report_outbox_networks WHERE batch = ? AND key = ?",
    "DELETE FROM report_outbox_samples WHERE batch = ? AND key = ?",
)
_EMPTY: Final = "SELECT 1 FROM report_outbox_counts LIMIT 1"
