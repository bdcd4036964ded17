"""Reports in a real PostgreSQL: several writers, and a server that is killed while they write."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors.service import StoreError
from pinsmith.store import Store, report_writer
from pinsmith.store.address import PostgreSQLAddress, parse_database
from pinsmith.store.report_postgresql import PostgreSQLReports
from pinsmith.store.report_reader import KEEP_COUNTS, KEEP_SAMPLES
from pinsmith.store.report_writer import ReportWriter
from tests.engines.postgres import PASSWORD, run_postgres
from tests.store.contract import rows
from tests.store.report_contract import NOON, ReportContract, arrival, counts, read, write, writing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engines.postgres import Postgres
    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines


@pytest.fixture
def where(postgres: Postgres, database: str) -> str:
    """Return the address of an empty database, which is used over TLS."""
    return postgres.url(database, query=f"?sslrootcert={postgres.cafile}")


class TestPostgreSQL(ReportContract):
    """PostgreSQL keeps the promises."""


def _engine(writer: ReportWriter) -> PostgreSQLReports:
    engine = writer._engine
    assert isinstance(engine, PostgreSQLReports)
    return engine


def test_several_writers_count_exactly(where: str) -> None:
    """Writers that count the same new groups in different orders neither lose a report nor wait for each other."""
    keys = [bytes([number]) for number in range(20)]

    async def load(writer: ReportWriter, number: int) -> None:
        order = keys if number % 2 else keys[::-1]
        for _ in range(20):
            done = [writer.put([arrival(key, version=str(number)) for key in order]) for _ in range(2)]
            assert all(await asyncio.gather(*done))

    async def run() -> None:
        database = parse_database(where)
        async with Store(database), AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(load(await stack.enter_async_context(ReportWriter(database)), number))

    asyncio.run(run())
    assert counts(where) == dict.fromkeys(keys, 4 * 20 * 2)
    sampled = dict(rows(where, "SELECT key, count(*) FROM report_samples GROUP BY key"))
    assert set(sampled) == set(keys)
    assert max(sampled.values()) <= 5


def test_a_writer_learns_what_others_count(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that another writer has counted meanwhile is neither displaced nor sampled as if it were new."""
    monkeypatch.setattr(report_writer, "MAX_GROUPS", 2)

    async def run() -> None:
        async with writing(where) as one, writing(where) as two:
            assert await one.put([arrival(b"shared"), arrival(b"single")])
            assert await two.put([arrival(b"shared")])
            assert two._groups._known == {b"shared": 2}
            assert await one.put([arrival(b"new")])  # the group that looks oldest has two reports
            assert one._groups._known == {b"shared": 2, b"single": 1}
            assert await one.put([arrival(b"newer")])
            assert one._groups._known == {b"shared": 2, b"newer": 1}
            assert await two.put([arrival(b"shared")] * 20)

    asyncio.run(run())
    assert counts(where)[b"shared"] == 22
    assert set(counts(where)) == {b"shared", b"newer"}


@pytest.mark.parametrize("work", ["reclassify", "forget"])
def test_no_work_on_groups_is_a_deadlock(work: str, where: str) -> None:
    """Work on all groups waits for the first one that a writer has, and the writer gets the next one."""
    lock = "UPDATE report_groups SET reports = reports WHERE key = $1"
    blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"

    async def run() -> None:
        async with writing(where) as writer, Store(parse_database(where)) as store:
            # In the order in which they lie in the table, those with greater keys come first.
            assert all([await writer.put([arrival(key)]) for key in (b"3", b"2", b"1")])
            connection = _engine(writer)._connection
            await connection.execute("BEGIN")
            await connection.execute(lock, b"1")
            later = NOON + 2 * KEEP_COUNTS
            doing = asyncio.ensure_future(
                store.reports.forget(later) if work == "forget" else store.reports.reclassify()
            )
            while not await connection.fetchval(blocked):  # noqa: ASYNC110 - the server knows, and tells nobody
                await asyncio.sleep(0)
            await connection.execute(lock, b"3")
            await connection.execute("COMMIT")
            await doing

    asyncio.run(asyncio.wait_for(run(), 60))
    assert counts(where) == ({} if work == "forget" else {b"1": 1, b"2": 1, b"3": 1})


def test_a_server_that_is_killed_acknowledges_nothing_wrong(pki: PKI, cafile: Path) -> None:
    """Senders repeat what is not durable, and whatever moment the server is killed at, each report counts once."""
    sent: Counter[bytes] = Counter()
    kills = [400, 250, 100]

    def kill_and_start(postgres: Postgres) -> None:
        postgres.program.kill()
        postgres.program.start_again()

    async def load(writer: ReportWriter, number: int, postgres: Postgres, thread: ThreadPoolExecutor) -> None:
        key = bytes([number])
        for version in range(60):
            while not await writer.put([arrival(key, version=str(version))]):
                pass
            sent[key] += 1
            if kills and sum(sent.values()) >= kills[-1]:
                kills.pop()
                await asyncio.get_running_loop().run_in_executor(thread, kill_and_start, postgres)

    async def run(postgres: Postgres, thread: ThreadPoolExecutor) -> None:
        async with writing(postgres.url()) as writer, asyncio.TaskGroup() as group:
            for number in range(10):
                group.create_task(load(writer, number, postgres, thread))

    # The server ends with the thread that has started it, so that thread stays until the reports were counted.
    with run_postgres(pki.leaf, cafile) as postgres, ThreadPoolExecutor(1) as thread:
        asyncio.run(run(postgres, thread))
        assert counts(postgres.url()) == dict(sent) == {bytes([number]): 60 for number in range(10)}


class _Lost:
    """A connection whose commit fails, before the server gets it or after the server has done it."""

    def __init__(self, inner: Any, *, is_done: bool) -> None:  # noqa: ANN401 - of asyncpg
        self._inner, self._is_done = inner, is_done

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    async def execute(self, statement: str, *values: object) -> object:
        if statement == "COMMIT":
            if self._is_done:
                await self._inner.execute(statement)
            self._inner.terminate()
            raise ConnectionResetError("lost")
        return await self._inner.execute(statement, *values)


@pytest.mark.parametrize("is_done", [True, False], ids=["committed", "not committed"])
def test_after_a_lost_commit_the_server_is_asked(is_done: bool, where: str) -> None:  # noqa: FBT001
    """The senders get what has happened, so a report that they repeat counts once."""

    async def run() -> list[bool]:
        async with writing(where) as writer:
            engine = _engine(writer)
            answers = [await writer.put([arrival()])]
            engine._connection = _Lost(engine._connection, is_done=is_done)
            answers.append(await writer.put([arrival()]))
            if not answers[-1]:
                answers.append(await writer.put([arrival()]))
            return answers

    assert asyncio.run(run()) == ([True, True] if is_done else [True, False, True])
    assert counts(where) == {b"one": 2}


def test_a_server_that_stays_away_refuses_reports(pki: PKI, cafile: Path) -> None:
    """Senders get their answer at once, and the same writer goes on when the server is back."""

    async def run(postgres: Postgres) -> list[bool]:
        async with writing(postgres.url()) as writer:
            first = await writer.put([arrival()])
            postgres.program.kill()
            away = [await writer.put([arrival()]) for _ in range(3)]
            postgres.program.start_again()
            return [first, *away, await writer.put([arrival()])]

    with run_postgres(pki.leaf, cafile) as postgres:
        assert asyncio.run(run(postgres)) == [True, False, False, False, True]
        assert counts(postgres.url()) == {b"one": 2}


def test_the_room_of_bodies_that_are_deleted_is_free(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL does not give it back at once, and new causes are taken as soon as old bodies are forgotten."""
    large = [arrival(b"%d" % number, body=os.urandom(100_000)) for number in range(40)]
    write(where, *large)
    ((size,),) = rows(where, "SELECT pg_database_size(current_database())")
    monkeypatch.setattr(report_writer, "MAX_DATABASE_BYTES", int(size) - 1_000_000)
    write(where, arrival(b"dropped"))
    read(where, lambda reports: reports.forget(NOON + KEEP_SAMPLES + timedelta(days=1)))
    write(where, arrival(b"taken"))
    assert set(counts(where)) == {row.key for row in large} | {b"taken"}
    monkeypatch.setattr(report_writer, "MAX_DATABASE_BYTES", int(size) // 2)
    write(where, arrival(b"dropped, too"))
    assert read(where, lambda reports: reports.dropped()) == {"database-full": 2}


def test_the_size_is_not_asked_for_each_batch(where: str) -> None:
    """Many batches share one measurement, because the server reads it from the file system."""

    async def run() -> int:
        async with writing(where) as writer:
            engine = _engine(writer)
            assert await writer.put([arrival()])
            asked = 0
            connection = engine._connection

            class Counting:
                def __getattr__(self, name: str) -> object:
                    nonlocal asked
                    asked += name == "fetchval"
                    return getattr(connection, name)

            engine._connection = Counting()
            for _ in range(5):
                assert await writer.put([arrival()])
            return asked

    assert asyncio.run(run()) == 0


def test_a_writer_leaves_no_row_behind(where: str) -> None:
    """The number of its last batch goes with it."""
    for _ in range(2):
        asyncio.run(_write_one(where))
    assert rows(where, "SELECT * FROM report_writers") == []


async def _write_one(where: str) -> None:
    async with writing(where) as writer:
        assert await writer.put([arrival()])


def test_a_server_that_refuses_the_login_is_an_error(where: str) -> None:
    """The error names the address without the password, and so do its causes."""
    address = parse_database(where)
    assert isinstance(address, PostgreSQLAddress)

    async def run() -> None:
        async with ReportWriter(replace(address, password="Zq7-wrong")):
            raise AssertionError("it was opened")

    with pytest.raises(StoreError, match="the server refuses the login of pinsmith") as caught:
        asyncio.run(run())
    shown = "".join(map(repr, (caught.value, caught.value.__cause__, caught.value.__context__)))
    assert "Zq7-wrong" not in shown
    assert PASSWORD not in shown


def test_an_outbox_needs_a_file(where: str) -> None:
    """Counts are never sent on without one."""
    with pytest.raises(ValueError, match="an outbox is in a file"):
        ReportWriter(parse_database(where), sends_on=True)
