"""All that a service remembers in SQLite moves to PostgreSQL, and what happens at the same time is not lost."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import create_async_engine

from pinsmith.errors.service import StoreError
from pinsmith.store import Store, move as moving
from pinsmith.store.migrations import migrate
from pinsmith.store.move import move
from pinsmith.store.tables import Moment, digests, metadata, moves, report_writers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from sqlalchemy import Column
    from sqlalchemy.ext.asyncio import AsyncEngine

    from tests.engines.postgres import Postgres

T = TypeVar("T")
pytestmark = pytest.mark.engines

ADDRESS = "postgresql://pinsmith@db.example.com/pinsmith"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
OUTBOX = [table for table in metadata.sorted_tables if table.name.startswith("report_outbox")]
LEFT = (moves, report_writers, *OUTBOX)
TABLES = [table for table in metadata.sorted_tables if table not in LEFT]
ROWS = 2 * moving._ROWS + 3


def value(column: Column[Any], number: int) -> object:
    """Make a value that is different in each row where that is needed."""
    if isinstance(column.type, Moment):
        return NOW + timedelta(microseconds=number)
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, LargeBinary):
        return b"\0\xff%d" % number
    if isinstance(column.type, (BigInteger, Integer)):
        return number
    return f"ü {column.name} {number}"


def filled(path: Path, rows: int = 3) -> Path:
    """Make the database of a service in which each table has rows."""

    async def run() -> None:
        async with Store(path) as store, store._engine.begin() as connection:
            for table in TABLES:
                values = [{c.name: value(c, number) for c in table.c} for number in range(1, rows + 1)]
                await connection.execute(insert(table), values)

    asyncio.run(run())
    return path


def on(postgres: Postgres, database: str, use: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Use an engine for a database that has the tables."""

    async def run() -> T:
        context = ssl.create_default_context(cafile=str(postgres.cafile))
        url = postgres.url(database).replace("postgresql:", "postgresql+asyncpg:")
        engine = create_async_engine(url, connect_args={"ssl": context})
        try:
            async with engine.begin() as connection:
                await connection.run_sync(migrate)
            return await use(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())


async def rows_of(engine: AsyncEngine, table: Table) -> list[tuple[Any, ...]]:
    """Read a table."""
    async with engine.connect() as connection:
        chosen = select(table).order_by(*table.primary_key.columns)
        return [tuple(row) for row in await connection.execute(chosen)]


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Read all tables of the file."""

    async def run() -> dict[str, list[tuple[Any, ...]]]:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
        found = {table.name: await rows_of(engine, table) for table in TABLES}
        await engine.dispose()
        return found

    return asyncio.run(run())


async def everything(engine: AsyncEngine) -> dict[str, list[tuple[Any, ...]]]:
    """Read all tables of the new database."""
    return {table.name: await rows_of(engine, table) for table in TABLES}


def moved(path: Path, postgres: Postgres, database: str, address: str = ADDRESS) -> dict[str, int]:
    """Move all rows."""
    return on(postgres, database, lambda engine: move(path, engine, address=address, now=NOW))


def test_every_row_of_every_table_is_moved(tmp_path: Path, postgres: Postgres, database: str) -> None:
    """Numbers, times, texts and bytes are the same, in more rows than one statement takes; nothing is deleted."""
    path = filled(tmp_path / "x.db", ROWS)
    before = contents(path)
    assert moved(path, postgres, database) == {table.name: ROWS for table in TABLES}
    assert on(postgres, database, everything) == before
    assert contents(path) == before


def test_a_new_row_gets_a_number_of_its_own(tmp_path: Path, postgres: Postgres, database: str) -> None:
    """The numbers that came with the rows are not given again."""
    moved(filled(tmp_path / "x.db"), postgres, database)

    async def add(engine: AsyncEngine) -> object:
        async with engine.begin() as connection:
            new = insert(digests).values(channel="c", at=NOW).returning(digests.c.id)
            return (await connection.execute(new)).scalar_one()

    assert on(postgres, database, add) == 4


def test_a_service_that_still_runs_gets_an_error_and_loses_nothing(
    tmp_path: Path, postgres: Postgres, database: str
) -> None:
    """A connection that was open before can read the old rows, and each change of any table fails."""
    path = filled(tmp_path / "x.db")
    with closing(sqlite3.connect(path)) as old:
        assert old.execute("SELECT count(*) FROM services").fetchone() == (3,)
        moved(path, postgres, database)
        for table in TABLES:
            column = next(iter(table.c)).name
            for change in (str(update(table).values({column: table.c[column]})), str(delete(table))):
                with pytest.raises(sqlite3.IntegrityError, match="this database was moved to PostgreSQL"):
                    old.execute(change)
        with pytest.raises(sqlite3.IntegrityError, match="this database was moved to PostgreSQL"):
            old.execute("INSERT INTO report_drops VALUES ('x', 1)")


def test_a_moved_file_is_refused_and_names_the_new_address(tmp_path: Path, postgres: Postgres, database: str) -> None:
    """A service that is started with the old file would send alerts from what was known long ago."""
    path = filled(tmp_path / "x.db")
    moved(path, postgres, database)

    async def opened() -> None:
        async with Store(path):
            raise AssertionError("it was opened")

    with pytest.raises(StoreError, match=r"x\.db cannot be used: it was moved to postgresql://pinsmith@db\.example"):
        asyncio.run(opened())


def test_a_second_call_copies_nothing(tmp_path: Path, postgres: Postgres, database: str) -> None:
    """The option may stay in the command that starts the service."""
    path = filled(tmp_path / "x.db")
    moved(path, postgres, database)
    assert moved(path, postgres, database) == {}
    assert on(postgres, database, everything) == contents(path)


def test_a_database_with_rows_is_refused(tmp_path: Path, postgres: Postgres, database: str) -> None:
    """Rows of two services are not mixed, and the old file stays in use."""
    moved(filled(tmp_path / "one.db"), postgres, database)
    other = filled(tmp_path / "other.db")
    with pytest.raises(StoreError, match="the new database has rows in"):
        moved(other, postgres, database)
    filled_again = sqlite3.connect(other)
    with closing(filled_again) as old:
        old.execute("DELETE FROM report_drops")


@pytest.mark.parametrize("kind", ["missing", "another database", "not a database"])
def test_a_file_that_is_not_of_a_service_is_refused(
    kind: str, tmp_path: Path, postgres: Postgres, database: str
) -> None:
    """Nothing is created or changed."""
    path = tmp_path / "x.db"
    if kind == "another database":
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE x (y)")
    elif kind == "not a database":
        path.write_bytes(b"x" * 8192)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StoreError, match=r"x\.db cannot be moved: "):
        moved(path, postgres, database)
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_file_that_went_elsewhere_is_refused(tmp_path: Path, postgres: Postgres, database: str) -> None:
    """The other database has what came later."""
    path = filled(tmp_path / "x.db")
    moved(path, postgres, database)
    with pytest.raises(StoreError, match=r"it was moved to postgresql://pinsmith@db\.example\.com/pinsmith$"):
        moved(path, postgres, database, "postgresql://pinsmith@other.example.com/pinsmith")


def test_a_database_that_lost_the_rows_is_not_taken_for_new(tmp_path: Path, postgres: Postgres, database: str) -> None:
    """The file is older than what the database had, so it is not copied a second time without a word."""
    path = filled(tmp_path / "x.db")
    moved(path, postgres, database)

    async def lose(engine: AsyncEngine) -> None:
        async with engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                await connection.execute(table.delete())

    on(postgres, database, lose)
    with pytest.raises(StoreError, match="does not contain it any more"):
        moved(path, postgres, database)


def test_a_character_that_postgresql_does_not_store_is_replaced(
    tmp_path: Path, postgres: Postgres, database: str
) -> None:
    """A report may have named a version with NUL in it."""
    path = filled(tmp_path / "x.db")
    with closing(sqlite3.connect(path)) as old:
        old.execute("UPDATE report_groups SET app = 'a' || char(0) || 'b'")
        old.commit()
    moved(path, postgres, database)
    groups = on(postgres, database, everything)["report_groups"]
    assert {row[3] for row in groups} == {"a\ufffdb"}


def test_counts_that_wait_for_kafka_are_not_left_behind(tmp_path: Path, postgres: Postgres, database: str) -> None:
    """Only a service with a file sends them, so it must send them first."""
    path = filled(tmp_path / "x.db")
    with closing(sqlite3.connect(path)) as old:
        old.execute("INSERT INTO report_outbox_counts SELECT x'01', key, 1, '', '', 1 FROM report_groups")
        old.commit()
    with pytest.raises(StoreError, match="3 counts of reports wait for Kafka"):
        moved(path, postgres, database)
    assert not any(on(postgres, database, everything).values())
    with closing(sqlite3.connect(path)) as old:
        old.execute("DELETE FROM report_outbox_counts")
        old.commit()
    assert moved(path, postgres, database)


_CHILD = """
import asyncio, os, ssl, sys
from datetime import datetime, UTC
from pathlib import Path
from sqlalchemy.ext.asyncio import create_async_engine
from pinsmith.store import move as moving

path, url, cafile, where = sys.argv[1:]
def die(*_arguments, **_named):
    print("here", flush=True)
    sys.stdin.read()
async def die_later(*_arguments, **_named):
    die()
    return 0
if where == "copy":
    count = iter(range(100))
    copy_table = moving._copy_table
    async def some(*arguments):
        return await copy_table(*arguments) if next(count) < 5 else die()
    moving._copy_table = some
else:
    moving._close = die
async def run():
    engine = create_async_engine(url, connect_args={"ssl": ssl.create_default_context(cafile=cafile)})
    await moving.move(Path(path), engine, address=%r, now=datetime(2026, 6, 15, 12, tzinfo=UTC))
asyncio.run(run())
"""


@pytest.mark.parametrize("where", ["copy", "close"])
def test_a_move_that_was_killed_is_finished_by_the_next(
    where: str, tmp_path: Path, postgres: Postgres, database: str
) -> None:
    """SIGKILL between two tables, and between the two commits: every row is there once at the end."""
    path = filled(tmp_path / "x.db")
    before = contents(path)
    on(postgres, database, everything)
    url = postgres.url(database).replace("postgresql:", "postgresql+asyncpg:")
    command = [sys.executable, "-c", _CHILD % ADDRESS, str(path), url, str(postgres.cafile), where]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"here\n"
        child.send_signal(signal.SIGKILL)
    moved(path, postgres, database)
    assert on(postgres, database, everything) == before
    with closing(sqlite3.connect(path)) as old, pytest.raises(sqlite3.IntegrityError):
        old.execute("DELETE FROM report_drops")


def test_changes_wait_while_the_rows_are_copied(
    tmp_path: Path, postgres: Postgres, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process cannot write to the file between the copy and its end, so no row is missing later."""
    path = filled(tmp_path / "x.db")
    refused = []
    copy_table = moving._copy_table

    async def meddle(*arguments: Any) -> int:  # noqa: ANN401 - they are handed on
        with closing(sqlite3.connect(path, timeout=0)) as other:
            try:
                other.execute("DELETE FROM report_drops")
            except sqlite3.OperationalError as error:
                refused.append(str(error))
        return await copy_table(*arguments)

    monkeypatch.setattr(moving, "_copy_table", meddle)
    moved(path, postgres, database)
    assert refused == ["database is locked"] * len(TABLES)
