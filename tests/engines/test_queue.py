"""The queue in PostgreSQL, whose server is killed, too."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import BigInteger, type_coerce, update

from pinsmith.dispatch.database import DatabaseQueue
from pinsmith.dispatch.queue import Progress
from pinsmith.dispatch.tables import metadata, shards
from pinsmith.errors.dispatch import AlreadyDoneError
from pinsmith.errors.service import StoreError
from pinsmith.store.address import parse_database
from pinsmith.store.engine import open_engine
from tests.dispatch.contract import ATTEMPTS, QueueContract, listed, on, shard
from tests.dispatch.worker import VANTAGE, answered
from tests.engines.postgres import run_postgres

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from sqlalchemy import Executable

    from tests.engines.postgres import Postgres
    from tests.tls.pki import PKI

T = TypeVar("T")
pytestmark = pytest.mark.engines


class PostgresBench:
    """A database whose rows get older when time passes, because its clock is that of the server."""

    def __init__(self, postgres: Postgres, database: str) -> None:
        self.address = postgres.url(database, query=f"?sslrootcert={postgres.cafile}")

    def open(self, attempts: int = ATTEMPTS) -> DatabaseQueue:
        """Return a queue of the database."""
        return DatabaseQueue(parse_database(self.address, {}), attempts=attempts)

    async def pass_time(self, seconds: float) -> None:
        """Move all times into the past."""
        await self._run(update(shards).values(until=type_coerce(shards.c.until, BigInteger) - int(seconds * 1e6)))

    async def overwrite(self, table: str, body: bytes) -> None:
        """Write to all rows."""
        await self._run(update(metadata.tables[table]).values(body=body))

    async def _run(self, statement: Executable) -> None:
        engine = open_engine(parse_database(self.address, {}))
        async with engine.begin() as connection:
            await connection.execute(statement)
        await engine.dispose()


class TestQueue(QueueContract):
    """The contract."""

    @pytest.fixture
    def bench(self, postgres: Postgres, database: str) -> PostgresBench:
        """Use an empty database."""
        return PostgresBench(postgres, database)


class _Worker:
    """Claims shards and finishes them, and asks again while the server is away."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.has_done_ten, self.was_refused = asyncio.Event(), asyncio.Event()

    async def work(self, queue: DatabaseQueue) -> None:
        """Work until no shard is left."""
        while (lease := await self._retried(lambda: queue.claim(VANTAGE, 3_600))) is not None:
            result = answered(lease.shard)
            with suppress(AlreadyDoneError):  # the commit was durable, and its confirmation was lost
                await self._retried(partial(queue.done, lease, result))
            self.done.append(lease.shard.number)
            if len(self.done) >= 10:
                self.has_done_ten.set()

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await call()
            except StoreError:
                self.was_refused.set()
                await asyncio.sleep(0.01)


def test_a_server_that_is_killed_loses_no_shard_and_counts_none_twice(pki: PKI, cafile: Path) -> None:
    """Four workers ask again until it is back; a claim that was not confirmed runs out."""
    with run_postgres(pki.leaf, cafile) as postgres:
        bench = PostgresBench(postgres, "postgres")

        async def run() -> list[int]:
            worker = _Worker()
            async with bench.open(attempts=9) as queue:
                await queue.enqueue(shard(number) for number in range(200))
                async with asyncio.TaskGroup() as group:
                    for _ in range(4):
                        group.create_task(worker.work(queue))
                    await worker.has_done_ten.wait()
                    postgres.program.kill()
                    await worker.was_refused.wait()
                    assert len(worker.done) < 200
                    postgres.program.start_again()
                await bench.pass_time(4_000)
                await worker.work(queue)
            return worker.done

        assert sorted(asyncio.run(run())) == list(range(200))
        assert on(bench, lambda queue: queue.progress("run")) == Progress(done=200)
        assert [result.number for result in on(bench, listed)] == list(range(200))
