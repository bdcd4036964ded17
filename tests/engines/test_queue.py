"""The queue in PostgreSQL, whose server is killed, too."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import BigInteger, type_coerce, update

from pinsmith.dispatch.database import DatabaseQueue
from pinsmith.dispatch.queue import Progress
from pinsmith.dispatch.tables import metadata, shards
from pinsmith.errors.dispatch import AlreadyDoneError
from pinsmith.errors.service import StoreError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.store.address import parse_database
from pinsmith.store.engine import open_engine
from tests.cli.support import run
from tests.dispatch.contract import ATTEMPTS, QueueContract, listed, on, shard
from tests.dispatch.test_scan import Silent
from tests.dispatch.worker import VANTAGE, answered
from tests.engines.postgres import PASSWORD, run_postgres

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
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


@contextmanager
def _program(folder: Path, where: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "pinsmith", "worker", "--vantage", VANTAGE, "--cafile", "ca.pem", where]
    environ = {**os.environ, "PGPASSWORD": PASSWORD}
    with subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def test_a_scan_survives_a_worker_that_is_killed(
    postgres: Postgres, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second worker gets the shard when its lease has run out, and no line contains the password."""
    bench = PostgresBench(postgres, database)
    where = bench.address.replace(f":{PASSWORD}@", "@")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    root = Authority.root()
    (tmp_path / "ca.pem").write_text(root.pem)
    with RecordingServer(root.issue("127.0.0.1")) as server, Silent() as silent:
        names = [f"127.0.0.1:{silent.port}", f"127.0.0.1:{server.port}"]
        (tmp_path / "hosts.txt").write_text("\n".join(names))
        on(bench, lambda queue: queue.enqueue([shard(hosts=tuple(names))]))
        with _program(tmp_path, where) as first:
            assert silent.has_accepted.wait(60)
            first.kill()
            _, heard = first.communicate()
        assert on(bench, lambda queue: queue.progress("run")) == Progress(leased=1)
        on(bench, lambda _: bench.pass_time(121))
        with _program(tmp_path, where) as second:
            scanned = run("scan", "--from", "hosts.txt", "--run", "run", "--vantage", VANTAGE, where)
            second.terminate()
            _, said = second.communicate(timeout=60)
    assert scanned.code == 1
    assert [json.loads(line)["port"] for line in scanned.stdout.splitlines()] == [silent.port, server.port]
    assert "shard 0 of run run is done: 2 hosts" in said
    assert second.returncode == 0
    assert PASSWORD not in heard + said + scanned.stderr
