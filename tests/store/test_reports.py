"""Reports in a real SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.store.report_contract import ReportContract, arrival, read, writing

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def where(tmp_path: Path) -> str:
    """Name a file."""
    return str(tmp_path / "x.db")


class TestSQLite(ReportContract):
    """SQLite keeps the promises."""


def test_a_disk_that_fails_twice_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If neither the commit nor its withdrawal works, senders hear that, and the next batches are written again."""
    path = tmp_path / "x.db"

    async def run() -> list[bool]:
        async with writing(path) as writer:

            async def failing(statement: str) -> None:
                raise sqlite3.OperationalError(f"disk I/O error: {statement}")

            with monkeypatch.context() as patched:
                patched.setattr(writer._engine, "_in_thread", failing)
                first = await writer.put([arrival()])
            return [first, await writer.put([arrival()]), await writer.put([arrival()])]

    assert asyncio.run(asyncio.wait_for(run(), 60)) == [False, False, True]
    assert [group.reports for group in read(path, lambda reports: reports.groups())] == [1]


def test_another_writer_is_waited_for(tmp_path: Path) -> None:
    """While the monitor writes, reports wait, and the loop that takes them goes on."""
    path = tmp_path / "x.db"

    async def run() -> bool:
        async with writing(path) as writer:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                durable = writer.put([arrival()])
                for _ in range(10):
                    await asyncio.sleep(0)
                assert not durable.done()
                other.execute("COMMIT")
                return await durable

    assert asyncio.run(run())
    assert len(read(path, lambda reports: reports.groups())) == 1
