"""
Move everything that a service remembers from SQLite to PostgreSQL, while the service runs.

The old file is locked for the time of the copy. When the copy is durable, each further change of the file fails, so a
service that still writes to it gets an error instead of losing what it writes. Nothing is deleted from the file.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, func, insert, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from pinsmith.errors.service import StoreError
from pinsmith.store.migrations import migrate
from pinsmith.store.tables import metadata, moves, report_outbox_counts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Table
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_ROWS: Final = 1000  # of one statement
# A transaction of the service that runs may finish first.
_PATIENCE_MILLISECONDS: Final = 60_000
# Not the outbox, which is sent before, nor the numbers by which processes find their own commits.
_LEFT: Final = ("moves", "report_outbox", "report_writers")
_COPIED: Final = [table for table in metadata.sorted_tables if not table.name.startswith(_LEFT)]


async def move(source: Path, engine: AsyncEngine, *, address: str, now: datetime) -> dict[str, int]:
    """
    Copy all rows to a database that is empty, and close the old file for changes.

    A second call after a crash goes on where the first one ended, and does nothing if that was the end.

    Args:
        source: The SQLite file of a service.

        engine: The PostgreSQL database; its tables exist.

        address: Of the database, without a password; the old file names it to whoever opens it.

        now: Aware.

    Returns:
        How many rows were copied, by table; empty if they had been copied before.

    Raises:
        StoreError: If *source* is not the database of a service or was moved elsewhere, or the other database is not
            empty. Nothing was changed then.
    """
    try:
        number = _number(source, now)
        with _locked(source) as old:
            away = old.execute(select(moves).where(moves.c.is_away)).one_or_none()
            if away is not None and away.address != address:
                raise _refusal(source, f"it was moved to {away.address}", "name that database with --database")
            async with engine.begin() as new:
                is_there = (await new.execute(select(moves).where(moves.c.id == number))).one_or_none() is not None
                if away is not None and not is_there:
                    why = f"it was moved to {address}, which does not contain it any more"
                    raise _refusal(source, why, "restore that database from its backup")
                if not is_there:
                    _require_sent(source, old)
                copied = {} if is_there else await _copy(source, old, new)
                if not is_there:
                    row = {"id": number, "address": str(source), "at": now, "is_away": False}
                    await new.execute(insert(moves).values(**row))
            if away is None:
                _close(old, number, address, now)
    except SQLAlchemyError as error:
        why = str(error.__cause__ or error).splitlines()[0]
        raise _refusal(source, why, "nothing was changed; mend this, and run the same command again") from error
    return copied


def require_here(connection: Connection, path: str) -> None:
    """
    Refuse a file that was moved to another database.

    Args:
        connection: To a database with all tables.

        path: Its file.

    Raises:
        StoreError: If it was moved.
    """
    away = connection.execute(select(moves).where(moves.c.is_away)).one_or_none()
    if away is not None:
        hint = f"pass --database with that address; {path} still contains what was known until then"
        raise StoreError(f"{path} cannot be used: it was moved to {away.address}", path=path, hint=hint)


def _number(source: Path, now: datetime) -> str:
    """Bring the tables of the file up to date, and return the number by which this file is known elsewhere."""
    if not source.is_file():
        raise _refusal(source, "there is no such file", "name the database of the service that you move")
    with _locked(source) as old:
        if not inspect(old).has_table("services"):
            raise _refusal(source, "it is not the database of a service", "name the file that --database named before")
        migrate(old)
        known = old.execute(select(moves.c.id)).scalar_one_or_none()
        if known is None:
            known = secrets.token_hex(16)
            old.execute(insert(moves).values(id=known, address="", at=now, is_away=False))
        return str(known)


@contextmanager
def _locked(source: Path) -> Iterator[Connection]:
    """Open the file in a transaction that keeps others from writing; it is committed at the end."""
    engine = create_engine(f"sqlite:///{source}")
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - the connection of any driver
    connection.isolation_level = None
    for pragma in ("synchronous=FULL", f"busy_timeout={_PATIENCE_MILLISECONDS}"):
        connection.execute(f"PRAGMA {pragma}")


def _require_sent(source: Path, old: Connection) -> None:
    """Require that nothing waits for Kafka, because only a service with a file sends it."""
    waiting = old.execute(select(func.count()).select_from(report_outbox_counts)).scalar_one()
    if waiting:
        hint = "let the service run on this file until its brokers have taken them, then remove [reports.kafka]"
        raise _refusal(source, f"{waiting} counts of reports wait for Kafka", hint)


async def _copy(source: Path, old: Connection, new: AsyncConnection) -> dict[str, int]:
    for table in _COPIED:
        if (await new.execute(select(func.count()).select_from(table))).scalar_one():
            hint = "name an empty database with --database, or leave out --migrate-from"
            raise _refusal(source, f"the new database has rows in {table.name}", hint)
    copied = {}
    for table in _COPIED:
        copied[table.name] = await _copy_table(table, old, new)
        if "id" in table.c:
            # The rows have brought their numbers, so the next new row would take one that is in use.
            sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
            largest = f"(SELECT max(id) FROM {table.name})"  # noqa: S608 - a name of ours
            await new.execute(text(f"SELECT setval({sequence}, {largest}) WHERE {largest} IS NOT NULL"))
    return copied


async def _copy_table(table: Table, old: Connection, new: AsyncConnection) -> int:
    chosen = select(table).order_by(*table.primary_key.columns)
    count = 0
    for rows in old.execute(chosen.execution_options(yield_per=_ROWS)).partitions():
        await new.execute(insert(table), [_clean(dict(row._mapping)) for row in rows])  # noqa: SLF001 - its public way
        count += len(rows)
    written = (await new.execute(select(func.count()).select_from(table))).scalar_one()
    if written != count:
        raise AssertionError(f"{table.name}: {count} rows were read and {written} written")
    return count


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    """Replace the character NUL, which PostgreSQL does not store in texts."""
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}


def _close(old: Connection, number: str, address: str, now: datetime) -> None:
    """Let each further change of the file fail, also in processes that have it open."""
    closed = update(moves).where(moves.c.id == number)
    old.execute(closed.values(address=address, at=now, is_away=True))
    for table in _COPIED:
        for change in ("INSERT", "UPDATE", "DELETE"):
            old.exec_driver_sql(
                f"CREATE TRIGGER moved_{table.name}_{change.lower()} BEFORE {change} ON {table.name} "
                "BEGIN SELECT RAISE(ABORT, 'this database was moved to PostgreSQL'); END"
            )


def _refusal(source: Path, why: str, hint: str) -> StoreError:
    return StoreError(f"{source} cannot be moved: {why}", path=str(source), hint=hint)
