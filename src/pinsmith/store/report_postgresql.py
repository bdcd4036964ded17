"""
Reports in PostgreSQL, which may have several writers.

Rows are inserted from arrays, in the order of their keys. So two writers that count the same groups wait for each
other, and never for each other at once. The writer that has the row of a group may change its days and samples.

Each batch leaves its number in the transaction that contains it. If the connection is lost during the commit, the
writer asks for that number, and so knows whether the batch was committed.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from pinsmith.store.engine import connecting
from pinsmith.store.fault import fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from pinsmith.store.address import PostgreSQLAddress
    from pinsmith.store.report_batch import Batch

# The last one comes from a connection on which the answer to the statement before was lost.
_FAULTS: Final = (
    *(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError),
    asyncpg.InternalClientError,
)
_SIZE_SECONDS: Final = 10  # for which a size is believed, because the server reads it from the file system
# A server that was killed is back within seconds. Senders wait for as long, because nobody knows yet what to answer.
_PATIENCE_SECONDS: Final = 30
_AGAIN_SECONDS: Final = 0.1
_KEEP: Final = timedelta(days=30)  # rows of writers that were killed


class PostgreSQLReports:
    """The tables of reports on a server, see `pinsmith.store.report_writer.ReportEngine`."""

    faults: Final = _FAULTS

    def __init__(self, address: PostgreSQLAddress) -> None:
        """
        Name the database.

        Args:
            address: The database, whose tables exist.

        Raises:
            UsageError: If the authorities of the server cannot be read.
        """
        self._address = address
        self._connect = connecting(address)
        self._connection: Any = None  # asyncpg has no types
        self._id, self._number = os.urandom(16), 0
        self._is_full, self._measured = False, -float(_SIZE_SECONDS)

    async def open(self) -> list[tuple[bytes, int]]:
        """
        Connect; return the groups with their numbers of reports, the oldest first.

        Raises:
            StoreError: If the server cannot be used.
        """
        try:
            async with self._connected() as connection:
                await connection.execute(_FORGET, time.time_ns() // 1000 - _KEEP // timedelta(microseconds=1))
                return [(row[0], row[1]) for row in await connection.fetch(_KNOWN)]
        except _FAULTS as error:
            raise fault(self._address, error) from error

    async def close(self) -> None:
        """Disconnect."""
        with suppress(*_FAULTS):  # what was written is durable
            if self._connection is not None and not self._connection.is_closed():
                await self._connection.execute(_LEAVE, self._id)
                await self._connection.close()
        self._drop()

    async def is_full(self, limit: int) -> bool:
        """
        Return whether the database had *limit* bytes, without bodies that are deleted, or more a few seconds ago.

        PostgreSQL keeps the room of deleted rows for new ones. If it does not come to that, because too much is written
        and deleted, the database is full with twice as many bytes.
        """
        if time.monotonic() - self._measured >= _SIZE_SECONDS:
            async with self._connected() as connection:
                size = await connection.fetchval(_SIZE)
                self._is_full = size >= 2 * limit or (
                    size >= limit and size - await connection.fetchval(_DELETED) >= limit
                )
            self._measured = time.monotonic()
        return self._is_full

    async def displace(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """
        Delete those of the groups that have one report; return the others, with their numbers of reports.

        Groups that another writer counts at the moment are kept, because to wait for them could be a deadlock.
        """
        async with self._connected() as connection:
            await connection.execute(_DISPLACE, keys)
            return {row[0]: row[1] for row in await connection.fetch(_KEPT, keys)}

    async def write(self, batch: Batch) -> Mapping[bytes, int]:
        """
        Write a batch, durably; return the numbers of reports that its groups have now.

        If the connection is lost during the commit, wait until the server says whether it was committed.
        """
        self._number += 1
        async with self._connected() as connection:
            await connection.execute("BEGIN")
            counts = await self._add(connection, batch)
            is_committed = False
            with suppress(*_FAULTS):
                await connection.execute("COMMIT")
                is_committed = True
        if not is_committed:
            self._drop()
            if not await self._is_committed():
                raise ConnectionError("the connection was lost before the commit")
        return counts

    async def _add(self, connection: Any, batch: Batch) -> dict[bytes, int]:  # noqa: ANN401 - of asyncpg
        counted = await connection.fetch(_GROUP, *_columns(batch.groups, 10))
        await connection.execute(_SAMPLE, *_columns(batch.samples, 4))
        await connection.execute(_VACANT, *_columns(batch.firsts, 4))
        await connection.execute(_DAY, *_columns(batch.days, 6))
        if batch.dropped:
            await connection.execute(_DROP, batch.reason, batch.dropped)
        await connection.execute(_NUMBER, self._id, self._number, time.time_ns() // 1000)
        return {row[0]: row[1] for row in counted}

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        """Yield the connection, or a new one. After an error it is not used again, so the server undoes what it did."""
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._connect()
            yield self._connection
        except BaseException:
            self._drop()
            raise

    async def _is_committed(self) -> bool:
        """
        Return whether the server has committed the last batch.

        The row is written, and not only read: if the old connection is still committing, that waits for it.
        """
        end = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                async with self._connected() as connection:
                    return bool(await connection.fetchval(_ASK, self._id, time.time_ns() // 1000) == self._number)
            except _FAULTS:
                if time.monotonic() >= end:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


def _columns(rows: Sequence[tuple[Any, ...]], number: int) -> list[Sequence[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * number


_SIZE: Final = "SELECT pg_database_size(current_database())"
# The sizes of rows come from their heads, so no body is read. A row and its entry in the index have some 100 bytes.
_DELETED: Final = """
SELECT pg_total_relation_size('report_samples') - coalesce(sum(pg_column_size(body) + 100), 0)::bigint
FROM report_samples
"""
_KNOWN: Final = "SELECT key, reports FROM report_groups ORDER BY last_seen"
_GROUP: Final = """
INSERT INTO report_groups AS known
    (key, source, host, app, format, enforced, reason, first_seen, last_seen, reports)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[],
    $8::bigint[], $9::bigint[], $10::bigint[])
ON CONFLICT (key) DO UPDATE SET
    first_seen = least(known.first_seen, excluded.first_seen),
    last_seen = greatest(known.last_seen, excluded.last_seen),
    reports = known.reports + excluded.reports
RETURNING key, reports
"""
_SAMPLE: Final = """
INSERT INTO report_samples (key, slot, at, body)
SELECT * FROM unnest($1::bytea[], $2::integer[], $3::bigint[], $4::bytea[])
ON CONFLICT (key, slot) DO UPDATE SET at = excluded.at, body = excluded.body
"""
_VACANT: Final = """
INSERT INTO report_samples (key, slot, at, body)
SELECT * FROM unnest($1::bytea[], $2::integer[], $3::bigint[], $4::bytea[])
ON CONFLICT (key, slot) DO NOTHING
"""
_DAY: Final = """
INSERT INTO report_days AS known (key, day, version, platform, network, reports)
SELECT * FROM unnest($1::bytea[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (key, day, version, platform, network) DO UPDATE SET reports = known.reports + excluded.reports
"""
_DROP: Final = """
INSERT INTO report_drops AS known (reason, reports) VALUES ($1, $2)
ON CONFLICT (reason) DO UPDATE SET reports = known.reports + excluded.reports
"""
_DISPLACE: Final = """
WITH gone AS (
    DELETE FROM report_groups WHERE key IN (
        SELECT key FROM report_groups WHERE key = ANY($1::bytea[]) AND reports = 1 FOR UPDATE SKIP LOCKED
    ) RETURNING key
)
INSERT INTO report_drops AS known (reason, reports)
SELECT 'displaced', count(*) FROM gone HAVING count(*) > 0
ON CONFLICT (reason) DO UPDATE SET reports = known.reports + excluded.reports
"""
_KEPT: Final = "SELECT key, reports FROM report_groups WHERE key = ANY($1::bytea[])"
_NUMBER: Final = """
INSERT INTO report_writers (id, batch, at) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, at = excluded.at
"""
_ASK: Final = """
INSERT INTO report_writers (id, batch, at) VALUES ($1, 0, $2)
ON CONFLICT (id) DO UPDATE SET at = excluded.at RETURNING batch
"""
_LEAVE: Final = "DELETE FROM report_writers WHERE id = $1"
_FORGET: Final = "DELETE FROM report_writers WHERE at < $1"
