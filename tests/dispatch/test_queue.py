"""The queue in SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.dispatch.database import DatabaseQueue
from tests.dispatch.contract import ATTEMPTS, QueueContract

if TYPE_CHECKING:
    from pathlib import Path


class SQLiteBench:
    """A file and a clock."""

    def __init__(self, path: Path) -> None:
        self.address = str(path)
        self._path = path
        self._passed = timedelta()
        self._start = datetime.now(UTC)

    def open(self) -> DatabaseQueue:
        """Return a queue of the file."""
        return DatabaseQueue(self._path, attempts=ATTEMPTS, clock=self._now)

    def _now(self) -> datetime:
        return self._start + self._passed

    async def pass_time(self, seconds: float) -> None:
        """Set the clock."""
        self._passed += timedelta(seconds=seconds)

    async def overwrite(self, table: str, body: bytes) -> None:
        """Write to all rows."""
        with closing(sqlite3.connect(self._path)) as opened, opened:
            opened.execute(f"UPDATE {table} SET body = ?", [body])  # noqa: S608 - a table of the contract


class TestQueue(QueueContract):
    """The contract."""

    @pytest.fixture
    def bench(self, tmp_path: Path) -> SQLiteBench:
        """Name a file that does not exist yet."""
        return SQLiteBench(tmp_path / "folder" / "queue.db")
