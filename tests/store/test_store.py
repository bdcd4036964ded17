"""What the service remembers, in a real SQLite file."""

from __future__ import annotations

import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.script import ScriptDirectory

from pinsmith.errors import UsageError
from pinsmith.errors.service import StoreError
from pinsmith.store import Store, migrations
from tests.store.contract import StoreContract, within

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def where(tmp_path: Path) -> str:
    """Name a file in a directory that does not exist yet."""
    return str(tmp_path / "data" / "x.db")


class TestSQLite(StoreContract):
    """SQLite keeps the promises."""

    racers = 2  # each takes a second of a core; there are four in the session `engines`


def test_nobody_else_can_read_the_file(tmp_path: Path) -> None:
    """Hosts, chains and reports are nobody else's business."""
    within(str(tmp_path / "data" / "x.db"), Store.states)
    assert stat.S_IMODE((tmp_path / "data" / "x.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def _newer(path: Path) -> None:
    within(str(path), Store.states)
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda path: path.write_bytes(b"not a database, but a text" * 100), "file is not a database"),
        (_newer, "a newer release of pinsmith has written it"),
        (lambda path: path.mkdir(), "Is a directory|unable to open"),
    ],
    ids=["not a database", "newer", "a directory"],
)
def test_a_database_that_cannot_be_used_is_left_alone(
    spoil: Callable[[Path], object], problem: str, tmp_path: Path
) -> None:
    """The error names the file and what to do, and the file stays as it is."""
    path = tmp_path / "x.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=problem) as caught:
        within(str(path), Store.states)
    assert str(path) in str(caught.value)
    assert caught.value.hint
    assert before == (path.read_bytes() if path.is_file() else None)


def test_alembic_is_not_imported_where_it_has_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that starts again is ready in half the time, because its tables are those of its release."""
    within(str(tmp_path / "x.db"), Store.states)
    monkeypatch.setitem(sys.modules, "alembic", None)
    within(str(tmp_path / "x.db"), Store.states)
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        database.execute("DROP TABLE alembic_version")
        database.commit()
    with pytest.raises(UsageError, match="the service needs alembic") as caught:
        within(str(tmp_path / "x.db"), Store.states)
    assert caught.value.hint == "pip install 'pinsmith[server]'"


def test_the_last_revision_is_the_newest() -> None:
    """A revision that `migrate` does not know would never reach a database that exists."""
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_heads() == [migrations.NEWEST]


def test_a_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's driver is an extra, and the hint names the command that installs it."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(UsageError, match="a database on PostgreSQL needs asyncpg") as caught:
        within("postgresql://pin@localhost/watch", Store.states)
    assert caught.value.hint == "pip install 'pinsmith[server,postgresql]'"
