"""What the service remembers, in a real SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from pinsmith.checks import check_host
from pinsmith.errors.service import StoreError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.monitor.outcome import Outcome, Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.watch import Patience
from pinsmith.store import Store
from pinsmith.store.tables import metadata
from tests.checks.sample import END, HOST, NOW, START, fetched, key, policy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from pinsmith.monitor.outcome import Memory

T = TypeVar("T")
ROOT = Authority.root()
LEAF, NEW = (ROOT.issue(HOST, not_before=START, not_after=END) for _ in range(2))
SPARE = key("standby", Identity.self_signed("spare.example.com").pin, standby=True)
PINNED = policy(key("live", LEAF.pin), SPARE)
SERVICE = Service("/srv/pins.toml", HOST, 443)
MINUTE = timedelta(minutes=1)


def outcome(identity: Identity, memory: Memory | None = None, minutes: int = 0) -> Outcome:
    """Conclude a round in which the host presented *identity*."""
    now = NOW + minutes * MINUTE
    checks = check_host(PINNED, [fetched(identity)], now=now)
    return conclude(SERVICE, checks, memory, now=now, patience=Patience(), pace=Pace(), chance=0.5)


def wanted(_alert: object, at: datetime) -> datetime:
    """Want every alert at once."""
    return at


def within(path: Path, use: Callable[[Store], Awaitable[T]]) -> T:
    """Open the store, use it, and close it."""

    async def opened() -> T:
        async with Store(path) as store:
            return await use(store)

    return asyncio.run(opened())


def test_what_is_known_survives_a_restart(tmp_path: Path) -> None:
    """State, memory and last answer are read back as they were written."""
    first = outcome(LEAF)
    within(tmp_path / "data" / "x.db", lambda store: store.record([first], vantage="home", channels={}))
    (known,) = within(tmp_path / "data" / "x.db", Store.states)
    assert (known.service, known.vantage, known.memory, known.asked) == (SERVICE, "home", first.memory, NOW)
    assert known.reasons == []


def test_nobody_else_can_read_the_file(tmp_path: Path) -> None:
    """Hosts, chains and reports are nobody else's business."""
    within(tmp_path / "data" / "x.db", Store.states)
    assert stat.S_IMODE((tmp_path / "data" / "x.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_observations_are_stored_by_change_only(tmp_path: Path) -> None:
    """Rounds that see the same extend one row; another key begins a new one, with its certificates."""

    async def rounds(store: Store) -> None:
        memory = None
        for minutes, identity in enumerate([LEAF, LEAF, LEAF, NEW, NEW]):
            seen = outcome(identity, memory, minutes)
            memory = seen.memory
            await store.record([seen], vantage="home", channels={})

    path = tmp_path / "x.db"
    within(path, rounds)
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT first_seen, last_seen, state FROM observations ORDER BY id").fetchall()
        ((certificates,),) = database.execute("SELECT count(*) FROM certificates")
    assert [((last - first) / 60e6, state) for first, last, state in rows] == [(2, "ok"), (1, "lockout")]
    assert certificates == 3  # two leaves and their root


def test_the_newest_observation_is_that_of_the_last_round(tmp_path: Path) -> None:
    """A host that presents an old certificate again has the time of its last round, from each place, and no other."""

    async def rounds(store: Store) -> list[tuple[object, ...]]:
        for minutes, identity in enumerate([LEAF, NEW, LEAF, LEAF]):
            await store.record([outcome(identity, minutes=minutes)], vantage="home", channels={})
        await store.record([outcome(NEW)], vantage="abroad", channels={})
        found = await store.newest(SERVICE.file, {HOST})
        assert await store.newest(SERVICE.file, {"other.example.com"}) == []
        assert await store.newest("/srv/other.toml", {HOST}) == []
        return [(one.vantage, (one.at - NOW) // MINUTE, *one.observation.leaves) for one in found]

    assert within(tmp_path / "x.db", rounds) == [("abroad", 0, NEW.pin), ("home", 3, LEAF.pin)]


def test_an_alert_stays_due_until_it_is_delivered(tmp_path: Path) -> None:
    """It is written with the state, for each channel, and is tried again when the attempt says so."""

    async def use(store: Store) -> list[tuple[str, int]]:
        await store.record([outcome(NEW)], vantage="home", channels={"hook": wanted, "mail": wanted})
        hook, mail = await store.due(NOW)
        assert (hook.message.state, hook.message.vantage) == ("lockout", "home")
        await store.settle(hook, at=NOW)
        await store.settle(mail, at=NOW, error="refused", again=NOW + MINUTE)
        assert await store.due(NOW) == []
        return [(delivery.channel, delivery.attempts) for delivery in await store.due(NOW + MINUTE)]

    assert within(tmp_path / "x.db", use) == [("mail", 1)]


def test_a_round_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """If one part fails, the state is as before, so the alert is made again."""

    class Broken(Exception):  # noqa: N818 - it is not an error of the store
        pass

    def outcomes() -> object:
        yield outcome(NEW)
        raise Broken

    async def use(store: Store) -> int:
        try:
            await store.record(outcomes(), vantage="home", channels={"hook": wanted})  # type: ignore[arg-type]
        except Broken:
            return len(await store.states()) + len(await store.due(NOW))
        return -1

    assert within(tmp_path / "x.db", use) == 0


def _newer(path: Path) -> None:
    within(path, Store.states)
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
        within(path, Store.states)
    assert str(path) in str(caught.value)
    assert caught.value.hint
    assert before == (path.read_bytes() if path.is_file() else None)


def test_the_revisions_make_the_tables(tmp_path: Path) -> None:
    """A table that is changed without a revision would be missing from databases that exist."""
    path = tmp_path / "x.db"
    within(path, Store.states)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
