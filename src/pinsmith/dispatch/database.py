"""A queue in tables of SQLite or PostgreSQL."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import and_, case, func, insert, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError

from pinsmith.dispatch.queue import DeadShard, Progress
from pinsmith.dispatch.shard import Lease, Result, Shard, clean_reason, conflict, decode, encode, require_whole, spent
from pinsmith.dispatch.tables import metadata, results, shards
from pinsmith.errors.dispatch import AlreadyDoneError, DispatchError, LeaseLostError
from pinsmith.store.engine import open_engine, prepare
from pinsmith.store.fault import fault
from pinsmith.store.lock import Lock, hold
from pinsmith.store.put import insert_into

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Container, Iterable
    from types import TracebackType

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from pinsmith.store.address import DatabaseAddress

_TOGETHER: Final = 50  # shards that one transaction adds


def system_clock() -> datetime:
    """Return the time of this machine, in UTC."""
    return datetime.now(UTC)


class DatabaseQueue:
    """
    A `Queue` that several processes may open. Use it in ``async with``.

    Source:
        ``FOR UPDATE SKIP LOCKED``, https://www.postgresql.org/docs/current/sql-select.html#SQL-FOR-UPDATE-SHARE, and
        ``BEGIN IMMEDIATE``, https://www.sqlite.org/lang_transaction.html.
    """

    def __init__(
        self, database: DatabaseAddress, *, attempts: int = 5, clock: Callable[[], datetime] = system_clock
    ) -> None:
        """
        Name the database. Nothing is opened.

        Args:
            database: Where it is.

            attempts: How often a shard is claimed before it is dead.

            clock: Aware; for SQLite. PostgreSQL uses its own, so that machines need not agree.

        Raises:
            UsageError: If PostgreSQL's driver is missing.
        """
        self._database, self._attempts, self._clock = database, attempts, clock
        self._engine = open_engine(database, is_immediate=True)

    def __str__(self) -> str:
        """Return the file, or the address without the password."""
        return str(self._database)

    async def __aenter__(self) -> Self:
        """
        Open the database, and make the tables if they are missing.

        Raises:
            StoreError: If it cannot be used, here and in each method.
        """
        try:
            prepare(self._database)
        except (OSError, sqlite3.Error) as error:
            raise fault(self._database, error) from error
        try:
            async with self._transaction() as connection:
                await hold(connection, Lock.MIGRATE)
                await connection.run_sync(metadata.create_all)
        except BaseException:
            await self._engine.dispose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._engine.dispose()

    async def enqueue(self, shards: Iterable[Shard]) -> None:
        """Add shards that are not there yet; see `Queue`."""
        remaining = iter(shards)
        while part := list(islice(remaining, _TOGETHER)):
            async with self._transaction() as connection:
                await self._add(connection, part)

    async def _add(self, connection: AsyncConnection, added: list[Shard]) -> None:
        now = await self._now(connection)
        bodies: dict[tuple[str, int], bytes] = {}
        rows: list[dict[str, object]] = []
        for shard in sorted(added, key=_key):  # so that two processes do not wait for each other
            body = encode(shard)
            if bodies.setdefault(_key(shard), body) != body:
                raise conflict(*_key(shard))
            row = {"run": shard.run, "number": shard.number, "vantage": shard.vantage, "body": body}
            rows.append({**row, "state": "open", "attempts": 0, "until": now})
        await connection.execute(insert_into(connection, shards).on_conflict_do_nothing(), rows)
        chosen = select(shards.c.run, shards.c.number, shards.c.body)
        there = await connection.execute(chosen.where(tuple_(shards.c.run, shards.c.number).in_(list(bodies))))
        for run, number, body in there:
            if body != bodies[run, number]:
                raise conflict(run, number)

    async def claim(self, vantage: str, seconds: float) -> Lease | None:
        """Take the shard that has waited longest; see `Queue`."""
        async with self._transaction() as connection:
            now = await self._now(connection)
            chosen = (
                select(shards)
                .where(shards.c.vantage == vantage, shards.c.state == "open", shards.c.until <= now)
                .where(shards.c.attempts < self._attempts)
                .order_by(shards.c.until, shards.c.run, shards.c.number)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            while (row := (await connection.execute(chosen)).one_or_none()) is not None:
                try:
                    shard = _shard(row)
                except DispatchError as error:
                    await self._set(connection, row.run, row.number, state="dead", reason=clean_reason(str(error)))
                    continue
                token, until, attempt = secrets.token_hex(16), now + timedelta(seconds=seconds), row.attempts + 1
                await self._set(connection, row.run, row.number, token=token, until=until, attempts=attempt)
                return Lease(shard=shard, token=token, attempt=attempt)
        return None

    async def extend(self, lease: Lease, seconds: float) -> None:
        """Keep a shard for *seconds* from now; see `Queue`."""
        async with self._transaction() as connection:
            _, now = await self._held(connection, lease)
            until = now + timedelta(seconds=seconds)
            await self._set(connection, lease.shard.run, lease.shard.number, until=until)

    async def done(self, lease: Lease, result: Result) -> None:
        """Store the first result; see `Queue`."""
        require_whole(result, lease.shard)
        body = encode(result)
        run, number = lease.shard.run, lease.shard.number
        async with self._transaction() as connection:
            row = await self._lock(connection, lease)
            if row.state == "done":
                raise AlreadyDoneError(run, number)
            await connection.execute(insert(results).values(run=run, number=number, body=body))
            await self._set(connection, run, number, state="done", token=None, reason=None)

    async def fail(self, lease: Lease, reason: str) -> None:
        """Give a shard back; see `Queue`."""
        async with self._transaction() as connection:
            row, now = await self._held(connection, lease)
            state = "open" if row.attempts < self._attempts else "dead"
            changed = {"state": state, "token": None, "until": now, "reason": clean_reason(reason)}
            await self._set(connection, lease.shard.run, lease.shard.number, **changed)

    async def dead(self, run: str) -> AsyncIterator[DeadShard]:
        """List the dead shards; see `Queue`."""
        number = -1
        while True:
            async with self._transaction() as connection:
                await self._bury(connection, await self._now(connection))
                chosen = select(shards).where(shards.c.run == run, shards.c.state == "dead", shards.c.number > number)
                row = (await connection.execute(chosen.order_by(shards.c.number).limit(1))).one_or_none()
            if row is None:
                return
            number = row.number
            try:
                hosts = _shard(row).hosts
            except DispatchError:
                hosts = ()
            yield DeadShard(number=number, hosts=hosts, reason=row.reason or "")

    async def results(self, run: str, *, known: Container[int] = ()) -> AsyncIterator[Result]:
        """List the results; see `Queue`."""
        async with self._transaction() as connection:
            chosen = select(results.c.number).where(results.c.run == run).order_by(results.c.number)
            numbers = list((await connection.execute(chosen)).scalars())
        for number in numbers:
            if number not in known:
                result = await self._read(run, number)
                if result is not None:
                    yield result

    async def _read(self, run: str, number: int) -> Result | None:
        async with self._transaction() as connection:
            chosen = select(shards, results.c.body.label("result")).join(results)
            row = (await connection.execute(chosen.where(shards.c.run == run, shards.c.number == number))).one()
            try:
                result = decode(row.result, Result)
                require_whole(result, _shard(row))
            except DispatchError as error:
                await connection.execute(results.delete().where(results.c.run == run, results.c.number == number))
                await self._set(connection, run, number, state="dead", reason=clean_reason(str(error)))
                return None
            return result

    async def progress(self, run: str) -> Progress:
        """Count the shards; see `Queue`."""
        async with self._transaction() as connection:
            now = await self._now(connection)
            await self._bury(connection, now)
            is_leased = and_(shards.c.token.is_not(None), shards.c.until > now)
            state = case((shards.c.state != "open", shards.c.state), (is_leased, "leased"), else_="waiting")
            states = select(state.label("state")).where(shards.c.run == run).subquery()
            counted = select(states.c.state, func.count()).group_by(states.c.state)
            counts: dict[str, int] = {row[0]: row[1] for row in await connection.execute(counted)}
        return Progress(**counts)

    async def forget(self, run: str) -> int:
        """Remove a run; see `Queue`."""
        async with self._transaction() as connection:
            await connection.execute(results.delete().where(results.c.run == run))
            return (await connection.execute(shards.delete().where(shards.c.run == run))).rowcount

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise fault(self._database, error) from error

    async def _now(self, connection: AsyncConnection) -> datetime:
        if connection.dialect.name != "postgresql":
            return self._clock()
        now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
        return now

    async def _bury(self, connection: AsyncConnection, now: datetime) -> None:
        # A worker that was killed at the last attempt has no opportunity to give the shard back.
        lost = (
            select(shards.c.run, shards.c.number)
            .where(shards.c.state == "open", shards.c.until <= now, shards.c.attempts >= self._attempts)
            .with_for_update(skip_locked=True)
        )
        for run, number in (await connection.execute(lost)).all():
            await self._set(connection, run, number, state="dead", token=None, reason=spent(self._attempts))

    async def _lock(self, connection: AsyncConnection, lease: Lease) -> Row[Any]:
        chosen = select(shards).where(shards.c.run == lease.shard.run, shards.c.number == lease.shard.number)
        row = (await connection.execute(chosen.with_for_update())).one_or_none()
        if row is None:
            raise LeaseLostError(lease.shard.run, lease.shard.number)
        return row

    async def _held(self, connection: AsyncConnection, lease: Lease) -> tuple[Row[Any], datetime]:
        row = await self._lock(connection, lease)
        now = await self._now(connection)
        if row.state != "open" or row.token != lease.token or row.until <= now:
            raise LeaseLostError(lease.shard.run, lease.shard.number)
        return row, now

    async def _set(self, connection: AsyncConnection, run: str, number: int, **changed: object) -> None:
        await connection.execute(update(shards).where(shards.c.run == run, shards.c.number == number).values(**changed))


def _key(shard: Shard) -> tuple[str, int]:
    return shard.run, shard.number


def _shard(row: Row[Any]) -> Shard:
    shard = decode(row.body, Shard)
    if (shard.run, shard.number, shard.vantage) != (row.run, row.number, row.vantage):
        raise DispatchError(f"shard {row.number} of run {row.run} is another shard")
    return shard
