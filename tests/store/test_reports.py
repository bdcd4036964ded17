"""Reports in the database: counted by group, sampled fairly, classified, and forgotten in time."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from pinsmith.reports import Classified
from pinsmith.store import Store, report_writer
from pinsmith.store.report_reader import KEEP_COUNTS, KEEP_SAMPLES, VersionCount
from pinsmith.store.report_writer import Arrival, ReportWriter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest

    from pinsmith.store.report_reader import ReportReader

T = TypeVar("T")
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def arrival(key: bytes = b"one", *, at: datetime = NOON, version: str = "1", network: str = "192.0.2.0/24") -> Arrival:
    """Make a report."""
    return Arrival(
        key=key,
        source="",
        at=(at - EPOCH) // timedelta(microseconds=1),
        network=network,
        version=version,
        platform="android 14",
        host="api.example.com",
        app="com.example.app",
        format="event",
        enforced=True,
        reason="no-pinned-key",
        body=b"{}",
    )


def write(path: Path, *arrivals: Arrival) -> None:
    """Write reports, and wait until they are durable."""

    async def run() -> list[bool]:
        async with Store(path), ReportWriter(path) as writer:
            return await asyncio.gather(*(writer.put([arrival]) for arrival in arrivals))

    assert asyncio.run(run()) == [True] * len(arrivals)


def read(path: Path, use: Callable[[ReportReader], Awaitable[T]]) -> T:
    """Read from the reports."""

    async def run() -> T:
        async with Store(path) as store:
            return await use(store.reports)

    return asyncio.run(run())


def test_a_group_has_its_spread(tmp_path: Path) -> None:
    """Versions, days and networks are counted, and the first and the last time are kept."""
    later = NOON + timedelta(days=1)
    write(tmp_path / "x.db", arrival(), arrival(version="2"), arrival(at=later, network="198.51.100.0/24"))
    found = read(tmp_path / "x.db", lambda reports: reports.group(b"one"))
    assert found is not None
    group, spread, bodies = found
    assert (group.reports, group.first_seen, group.last_seen, len(bodies)) == (3, NOON, later, 3)
    assert (spread.versions, spread.networks, list(spread.days.values())) == ({"1": 2, "2": 1}, 2, [2, 1])
    assert read(tmp_path / "x.db", lambda reports: reports.group(b"two")) is None


def test_counts_go_on_after_a_restart(tmp_path: Path) -> None:
    """A new process adds to what is there, and does not overwrite the bodies of before."""
    for _ in range(2):
        write(tmp_path / "x.db", *[arrival()] * 3)
    found = read(tmp_path / "x.db", lambda reports: reports.group(b"one"))
    assert found is not None
    assert (found[0].reports, len(found[2])) == (6, 5)


def test_a_flood_of_different_causes_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of groups, new ones are counted as dropped, and those that exist go on."""
    monkeypatch.setattr(report_writer, "MAX_GROUPS", 2)
    keys = [b"one", b"two"]
    write(tmp_path / "x.db", *(arrival(key) for key in keys))
    write(tmp_path / "x.db", arrival(b"three"), arrival(b"one"))
    assert sorted(group.key for group in read(tmp_path / "x.db", lambda reports: reports.groups())) == sorted(keys)
    assert read(tmp_path / "x.db", lambda reports: reports.dropped()) == {"too-many-groups": 1}


def test_a_flood_of_different_versions_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of versions or networks, all others are one, and none of the reports is lost."""
    monkeypatch.setattr(report_writer, "_MAX_SPREAD", 2)
    flood = [arrival(version=f"{number}", network=f"192.0.{number}.0/24") for number in range(5)]
    write(tmp_path / "x.db", *flood, arrival(version="0", network="192.0.0.0/24"))
    found = read(tmp_path / "x.db", lambda reports: reports.group(b"one"))
    assert found is not None
    assert (found[1].versions, found[1].networks) == ({"0": 2, "1": 1, "other": 3}, 3)
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        assert database.execute("SELECT count(*), sum(reports) FROM report_days").fetchone() == (3, 6)


def test_strangers_cannot_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a database that is too large, known causes are still counted, without bodies, and new ones are dropped."""
    path = tmp_path / "x.db"
    write(path, arrival())
    monkeypatch.setattr(report_writer, "MAX_DATABASE_BYTES", path.stat().st_size)
    write(path, arrival(), arrival(version="2"), arrival(b"two"))
    found = read(path, lambda reports: reports.group(b"one"))
    assert found is not None
    assert (found[0].reports, found[1].versions, len(found[2])) == (3, {"1": 1, "other": 2}, 1)
    assert read(path, lambda reports: reports.groups()) == [found[0]]
    assert read(path, lambda reports: reports.dropped()) == {"database-full": 1}


def test_a_batch_that_breaks_stops_no_later_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its senders hear that it was not written, and the next batch is."""
    path = tmp_path / "x.db"

    def broken(*_: object) -> None:
        raise OverflowError

    async def run() -> list[bool]:
        async with Store(path), ReportWriter(path) as writer:
            with monkeypatch.context() as patched:
                patched.setattr(writer, "_days", broken)
                first = await writer.put([arrival()])
            return [first, await writer.put([arrival()])]

    assert asyncio.run(asyncio.wait_for(run(), 60)) == [False, True]
    assert [group.reports for group in read(path, lambda reports: reports.groups())] == [1]


def test_a_disk_that_fails_twice_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If neither the commit nor its withdrawal works, senders hear that, and the next batches are written again."""
    path = tmp_path / "x.db"

    async def run() -> list[bool]:
        async with Store(path), ReportWriter(path) as writer:

            async def failing(statement: str) -> None:
                raise sqlite3.OperationalError(f"disk I/O error: {statement}")

            with monkeypatch.context() as patched:
                patched.setattr(writer, "_in_thread", failing)
                first = await writer.put([arrival()])
            return [first, await writer.put([arrival()]), await writer.put([arrival()])]

    assert asyncio.run(asyncio.wait_for(run(), 60)) == [False, False, True]
    assert [group.reports for group in read(path, lambda reports: reports.groups())] == [1]


def test_another_writer_is_waited_for(tmp_path: Path) -> None:
    """While the monitor writes, reports wait, and the loop that takes them goes on."""
    path = tmp_path / "x.db"

    async def run() -> bool:
        async with Store(path), ReportWriter(path) as writer:
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


def test_what_waits_has_room_again_when_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few large reports fill the queue as many small ones do, and leaving writes what waits."""
    path = tmp_path / "x.db"
    monkeypatch.setattr(report_writer, "MAX_WAITING_BYTES", 3)

    async def run() -> list[bool]:
        async with Store(path):
            async with ReportWriter(path) as writer:
                first = writer.put([arrival(), arrival()])
                room = [writer.has_room, await first, writer.has_room]
                last = writer.put([arrival()])
            return [*room, last.result()]

    assert asyncio.run(run()) == [False, True, True, True]
    assert [group.reports for group in read(path, lambda reports: reports.groups())] == [3]


def test_a_class_is_found_again_after_an_hour_of_reports(tmp_path: Path) -> None:
    """A group waits for its class when it is new, when it was classified long before its last report, and on demand."""
    path = tmp_path / "x.db"

    async def settle(reports: ReportReader) -> None:
        await reports.settle(b"one", Classified("interception", ("A private authority.",)), NOON)

    write(path, arrival())
    assert len(read(path, lambda reports: reports.waiting())) == 1
    read(path, settle)
    assert read(path, lambda reports: reports.waiting()) == []
    write(path, arrival(at=NOON + timedelta(minutes=59)))
    assert read(path, lambda reports: reports.waiting()) == []
    write(path, arrival(at=NOON + timedelta(minutes=61)))
    ((group, body),) = read(path, lambda reports: reports.waiting())
    assert (group.name, group.evidence, body) == ("interception", ("A private authority.",), b"{}")
    read(path, settle)
    read(path, lambda reports: reports.reclassify())
    assert len(read(path, lambda reports: reports.waiting())) == 1


def test_a_flood_of_new_causes_starves_no_other(tmp_path: Path) -> None:
    """The group that has waited longest has its turn, and so has the newest one."""
    path, keys = tmp_path / "x.db", [bytes([number]) for number in range(10)]
    write(path, *(arrival(key, at=NOON + timedelta(seconds=number)) for number, key in enumerate(keys)))
    asked = [group.key for group, _ in read(path, lambda reports: reports.waiting(most=4))]
    assert sorted(asked) == [keys[0], keys[1], keys[8], keys[9]]
    assert len(read(path, lambda reports: reports.waiting(most=50))) == len(keys)


def test_a_group_without_a_body_keeps_its_class(tmp_path: Path) -> None:
    """When pins change after its bodies are gone, it has the class of before, until another report comes."""
    path = tmp_path / "x.db"
    later = NOON + KEEP_SAMPLES + timedelta(days=1)

    async def pins_change(reports: ReportReader) -> list[tuple[str | None, datetime | None]]:
        await reports.settle(b"one", Classified("stale-app-version", ("Old.",)), NOON)
        await reports.forget(later)
        await reports.reclassify()
        return [(group.name, group.classified) for group in await reports.groups()]

    write(path, *[arrival()] * 1000)
    assert read(path, pins_change) == [("stale-app-version", NOON)]
    assert read(path, lambda reports: reports.waiting()) == []
    write(path, arrival(at=later))
    assert len(read(path, lambda reports: reports.waiting())) == 1


def test_any_body_that_is_left_is_enough(tmp_path: Path) -> None:
    """The first body of a group is the first to be deleted, and the class follows from another one."""
    path = tmp_path / "x.db"
    write(path, arrival(), arrival(at=NOON + timedelta(days=2)))
    read(path, lambda reports: reports.forget(NOON + KEEP_SAMPLES + timedelta(days=1)))
    assert len(read(path, lambda reports: reports.waiting())) == 1


def test_totals_count_reports(tmp_path: Path) -> None:
    """Metrics read them."""
    write(tmp_path / "x.db", arrival(), arrival(version="2"), arrival(b"two", version="2"))
    totals = read(tmp_path / "x.db", lambda reports: reports.totals())
    assert totals == {("api.example.com", "unknown", True): 3}


def test_versions_that_still_report_are_counted(tmp_path: Path) -> None:
    """For each version of each app there is the number of reports, and the first and the last day with one."""
    later = NOON + timedelta(days=2)
    write(tmp_path / "x.db", arrival(), arrival(version="2"), arrival(b"two", version="2", at=later))
    counts = read(tmp_path / "x.db", lambda reports: reports.versions(since=NOON))
    app = "com.example.app"
    assert counts == [
        VersionCount(app, "2", 2, NOON.date(), later.date()),
        VersionCount(app, "1", 1, NOON.date(), NOON.date()),
    ]
    counts = read(tmp_path / "x.db", lambda reports: reports.versions(since=NOON + timedelta(days=1)))
    assert [(count.version, count.reports) for count in counts] == [("2", 1)]
    assert [
        count.version for count in read(tmp_path / "x.db", lambda reports: reports.versions(since=NOON, most=1))
    ] == ["2"]


def test_bodies_are_forgotten_before_counts(tmp_path: Path) -> None:
    """Bodies may name people, so they go after a month; counts stay for more than a year."""
    path = tmp_path / "x.db"
    write(path, arrival())
    read(path, lambda reports: reports.forget(NOON + KEEP_SAMPLES + timedelta(seconds=1)))
    found = read(path, lambda reports: reports.group(b"one"))
    assert found is not None
    assert (found[0].reports, found[2]) == (1, [])
    read(path, lambda reports: reports.forget(NOON + KEEP_COUNTS + timedelta(days=1)))
    assert read(path, lambda reports: reports.groups()) == []
