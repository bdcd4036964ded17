"""Promises of the reports in the database on every engine: counted by group, sampled fairly, forgotten in time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from pinsmith.reports import Classified
from pinsmith.store import Store, report_batch, report_writer
from pinsmith.store.address import parse_database
from pinsmith.store.report_batch import Arrival
from pinsmith.store.report_reader import KEEP_COUNTS, KEEP_SAMPLES, VersionCount
from pinsmith.store.report_writer import ReportWriter
from tests.store.contract import rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    import pytest

    from pinsmith.store.report_reader import ReportReader

T = TypeVar("T")
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def arrival(
    key: bytes = b"one",
    *,
    at: datetime = NOON,
    version: str = "1",
    network: str = "192.0.2.0/24",
    platform: str = "android 14",
    source: str = "",
    body: bytes = b"{}",
) -> Arrival:
    """Make a report."""
    return Arrival(
        key=key,
        source=source,
        at=(at - EPOCH) // timedelta(microseconds=1),
        network=network,
        version=version,
        platform=platform,
        host="api.example.com",
        app="com.example.app",
        format="event",
        enforced=True,
        reason="no-pinned-key",
        body=body,
    )


@asynccontextmanager
async def writing(where: str | Path) -> AsyncIterator[ReportWriter]:
    """Make the tables, and open a writer."""
    database = parse_database(str(where))
    async with Store(database), ReportWriter(database) as writer:
        yield writer


def write(where: str | Path, *arrivals: Arrival) -> None:
    """Write reports, and wait until they are durable."""

    async def run() -> list[bool]:
        async with writing(where) as writer:
            return await asyncio.gather(*(writer.put([arrival]) for arrival in arrivals))

    assert asyncio.run(run()) == [True] * len(arrivals)


def read(where: str | Path, use: Callable[[ReportReader], Awaitable[T]]) -> T:
    """Read from the reports."""

    async def run() -> T:
        async with Store(parse_database(str(where))) as store:
            return await use(store.reports)

    return asyncio.run(run())


def counts(where: str | Path) -> dict[bytes, int]:
    """Return the numbers of reports by group, which are the sums of their days."""
    found = {group.key: group.reports for group in read(where, lambda reports: reports.groups(most=10_000))}
    days = rows(str(where), "SELECT key, sum(reports) FROM report_days GROUP BY key")
    assert {bytes(key): int(reports) for key, reports in days} == found
    return found


CHILD = """
import asyncio, os
from tests.store.report_contract import arrival, writing

async def main():
    async with writing(os.environ["DATABASE"]) as writer:
        number = 0
        while True:
            assert await writer.put([arrival(b"%d" % (number % 7), version=str(number))])
            print(number, flush=True)
            number += 1

asyncio.run(main())
"""


class ReportContract:
    """The promises. The fixture `where` is the address of an empty database."""

    def test_a_group_has_its_spread(self, where: str) -> None:
        """Versions, days and networks are counted, and the first and the last time are kept."""
        later = NOON + timedelta(days=1)
        write(where, arrival(), arrival(version="2"), arrival(at=later, network="198.51.100.0/24"))
        found = read(where, lambda reports: reports.group(b"one"))
        assert found is not None
        group, spread, bodies = found
        assert (group.reports, group.first_seen, group.last_seen, len(bodies)) == (3, NOON, later, 3)
        assert (spread.versions, spread.networks, list(spread.days.values())) == ({"1": 2, "2": 1}, 2, [2, 1])
        assert read(where, lambda reports: reports.group(b"two")) is None

    def test_counts_go_on_after_a_restart(self, where: str) -> None:
        """A new process adds to what is there, and does not overwrite the bodies of before."""
        for _ in range(2):
            write(where, *[arrival()] * 3)
        found = read(where, lambda reports: reports.group(b"one"))
        assert found is not None
        assert (found[0].reports, len(found[2])) == (6, 5)

    def test_a_flood_of_different_causes_is_bounded(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """If all groups have come twice, new ones are counted as dropped, and those that exist go on."""
        monkeypatch.setattr(report_writer, "MAX_GROUPS", 2)
        keys = [b"one", b"two"]
        write(where, *(arrival(key) for key in keys * 2))
        write(where, arrival(b"three"), arrival(b"one"))
        assert sorted(group.key for group in read(where, lambda reports: reports.groups())) == sorted(keys)
        assert read(where, lambda reports: reports.dropped()) == {"too-many-groups": 1}

    def test_a_flood_of_different_versions_is_bounded(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Beyond a number of versions or networks, all others are one, and none of the reports is lost."""
        monkeypatch.setattr(report_batch, "_MAX_SPREAD", 2)
        flood = [arrival(version=f"{number}", network=f"192.0.{number}.0/24") for number in range(5)]
        write(where, *flood, arrival(version="0", network="192.0.0.0/24"))
        found = read(where, lambda reports: reports.group(b"one"))
        assert found is not None
        assert (found[1].versions, found[1].networks) == ({"0": 2, "1": 1, "other": 3}, 3)
        assert rows(where, "SELECT count(*), sum(reports) FROM report_days") == [(3, 6)]

    def test_strangers_cannot_fill_the_disk(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a database that is too large, known causes are still counted, without bodies, and new ones are dropped."""
        write(where, arrival())
        monkeypatch.setattr(report_writer, "MAX_DATABASE_BYTES", 1)
        write(where, arrival(), arrival(version="2"), arrival(b"two"))
        found = read(where, lambda reports: reports.group(b"one"))
        assert found is not None
        assert (found[0].reports, found[1].versions, len(found[2])) == (3, {"1": 1, "other": 2}, 1)
        assert read(where, lambda reports: reports.groups()) == [found[0]]
        assert read(where, lambda reports: reports.dropped()) == {"database-full": 1}

    def test_a_batch_that_breaks_stops_no_later_one(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its senders hear that it was not written, and the next batch is."""

        def broken(*_: object) -> None:
            raise OverflowError

        async def run() -> list[bool]:
            async with writing(where) as writer:
                with monkeypatch.context() as patched:
                    patched.setattr(report_batch.Grouping, "_days", broken)
                    first = await writer.put([arrival()])
                return [first, await writer.put([arrival()])]

        assert asyncio.run(asyncio.wait_for(run(), 60)) == [False, True]
        assert [group.reports for group in read(where, lambda reports: reports.groups())] == [1]

    def test_what_waits_has_room_again_when_it_is_written(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A few large reports fill the queue as many small ones do, and leaving writes what waits."""
        monkeypatch.setattr(report_writer, "MAX_WAITING_BYTES", 3)

        async def run() -> list[bool]:
            database = parse_database(where)
            async with Store(database):
                async with ReportWriter(database) as writer:
                    first = writer.put([arrival(), arrival()])
                    room = [writer.has_room, await first, writer.has_room]
                    last = writer.put([arrival()])
                return [*room, last.result()]

        assert asyncio.run(run()) == [False, True, True, True]
        assert [group.reports for group in read(where, lambda reports: reports.groups())] == [3]

    def test_a_class_is_found_again_after_an_hour_of_reports(self, where: str) -> None:
        """A group waits for its class when it is new, when its last report is much later, and on demand."""

        async def settle(reports: ReportReader) -> None:
            await reports.settle(b"one", Classified("interception", ("A private authority.",)), NOON)

        write(where, arrival())
        assert len(read(where, lambda reports: reports.waiting())) == 1
        read(where, settle)
        assert read(where, lambda reports: reports.waiting()) == []
        write(where, arrival(at=NOON + timedelta(minutes=59)))
        assert read(where, lambda reports: reports.waiting()) == []
        write(where, arrival(at=NOON + timedelta(minutes=61)))
        ((group, body),) = read(where, lambda reports: reports.waiting())
        assert (group.name, group.evidence, body) == ("interception", ("A private authority.",), b"{}")
        read(where, settle)
        read(where, lambda reports: reports.reclassify())
        assert len(read(where, lambda reports: reports.waiting())) == 1

    def test_a_flood_of_new_causes_starves_no_other(self, where: str) -> None:
        """The group that has waited longest has its turn, and so has the newest one."""
        keys = [bytes([number]) for number in range(10)]
        write(where, *(arrival(key, at=NOON + timedelta(seconds=number)) for number, key in enumerate(keys)))
        asked = [group.key for group, _ in read(where, lambda reports: reports.waiting(most=4))]
        assert sorted(asked) == [keys[0], keys[1], keys[8], keys[9]]
        assert len(read(where, lambda reports: reports.waiting(most=50))) == len(keys)

    def test_a_group_without_a_body_keeps_its_class(self, where: str) -> None:
        """When pins change after its bodies are gone, it has the class of before, until another report comes."""
        later = NOON + KEEP_SAMPLES + timedelta(days=1)

        async def pins_change(reports: ReportReader) -> list[tuple[str | None, datetime | None]]:
            await reports.settle(b"one", Classified("stale-app-version", ("Old.",)), NOON)
            await reports.forget(later)
            await reports.reclassify()
            return [(group.name, group.classified) for group in await reports.groups()]

        write(where, *[arrival()] * 1000)
        assert read(where, pins_change) == [("stale-app-version", NOON)]
        assert read(where, lambda reports: reports.waiting()) == []
        write(where, arrival(at=later))
        assert len(read(where, lambda reports: reports.waiting())) == 1

    def test_any_body_that_is_left_is_enough(self, where: str) -> None:
        """The first body of a group is the first to be deleted, and the class follows from another one."""
        write(where, arrival(), arrival(at=NOON + timedelta(days=2)))
        read(where, lambda reports: reports.forget(NOON + KEEP_SAMPLES + timedelta(days=1)))
        assert len(read(where, lambda reports: reports.waiting())) == 1

    def test_totals_count_reports(self, where: str) -> None:
        """Metrics read them."""
        write(where, arrival(), arrival(version="2"), arrival(b"two", version="2"))
        totals = read(where, lambda reports: reports.totals())
        assert totals == {("api.example.com", "unknown", True): 3}

    def test_versions_that_still_report_are_counted(self, where: str) -> None:
        """For each version of each app there is the number of reports, and the first and the last day with one."""
        later = NOON + timedelta(days=2)
        write(where, arrival(), arrival(version="2"), arrival(b"two", version="2", at=later))
        counts = read(where, lambda reports: reports.versions(since=NOON))
        app = "com.example.app"
        assert counts == [
            VersionCount(app, "2", 2, NOON.date(), later.date()),
            VersionCount(app, "1", 1, NOON.date(), NOON.date()),
        ]
        counts = read(where, lambda reports: reports.versions(since=NOON + timedelta(days=1)))
        assert [(count.version, count.reports) for count in counts] == [("2", 1)]
        assert [count.version for count in read(where, lambda reports: reports.versions(since=NOON, most=1))] == ["2"]

    def test_bodies_are_forgotten_before_counts(self, where: str) -> None:
        """Bodies may name people, so they go after a month; counts stay for more than a year."""
        write(where, arrival())
        read(where, lambda reports: reports.forget(NOON + KEEP_SAMPLES + timedelta(seconds=1)))
        found = read(where, lambda reports: reports.group(b"one"))
        assert found is not None
        assert (found[0].reports, found[2]) == (1, [])
        read(where, lambda reports: reports.forget(NOON + KEEP_COUNTS + timedelta(days=1)))
        assert read(where, lambda reports: reports.groups()) == []

    def test_a_flood_of_different_causes_displaces_itself(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """The oldest groups with one report make room, with all their rows, and are counted as displaced."""
        monkeypatch.setattr(report_writer, "MAX_GROUPS", 3)
        write(where, arrival(b"twice"), arrival(b"old", at=NOON + timedelta(hours=1)), arrival(b"twice"))
        write(where, arrival(b"older"))
        write(where, arrival(b"new", at=NOON + timedelta(hours=2)))
        assert counts(where) == {b"twice": 2, b"old": 1, b"new": 1}
        assert rows(where, "SELECT count(*) FROM report_samples") == [(4,)]
        write(where, *(arrival(b"%d" % number, at=NOON + timedelta(hours=3)) for number in range(3)))
        assert counts(where) == {b"twice": 2, b"0": 1, b"1": 1}
        assert read(where, lambda reports: reports.dropped()) == {"displaced": 3, "too-many-groups": 1}

    def test_a_flood_displaces_nothing_that_comes_again(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A cause whose second report comes before the flood has filled all groups stays; one writer is enough."""
        monkeypatch.setattr(report_writer, "MAX_GROUPS", 20)

        async def run() -> None:
            async with writing(where) as writer:
                for number in range(100):
                    keys = [b"%d" % number] + [b"real"] * (number % 10 == 0)
                    assert await writer.put([arrival(key, at=NOON + timedelta(seconds=number)) for key in keys])

        asyncio.run(run())
        found = counts(where)
        assert (len(found), found[b"real"]) == (20, 10)
        assert read(where, lambda reports: reports.dropped()) == {"displaced": 81}

    def test_one_network_cannot_begin_all_groups(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Beyond a number of groups a day, its new groups are dropped, and no group makes room for them."""
        monkeypatch.setattr(report_writer, "MAX_GROUPS", 5)
        monkeypatch.setattr(report_batch, "_MAX_BEGUN", 2)
        elsewhere = "198.51.100.0/24"

        async def run() -> None:
            async with writing(where) as writer:
                assert await writer.put([arrival(b"real", network=elsewhere), arrival(b"rare", network=elsewhere)])
                for number in range(9):
                    assert await writer.put([arrival(b"%d" % number)] * 2)
                assert await writer.put([arrival(b"real"), arrival(b"3", network="203.0.113.0/24")])
                assert await writer.put([arrival(b"next day", at=NOON + timedelta(days=1))])

        asyncio.run(run())
        assert counts(where) == {b"real": 2, b"3": 1, b"0": 2, b"1": 2, b"next day": 1}
        assert read(where, lambda reports: reports.dropped()) == {"displaced": 1, "too-many-groups": 14}

    def test_texts_that_a_database_refuses_are_replaced(self, where: str) -> None:
        """NUL and surrogates become U+FFFD, also if two versions are one then, and other texts stay."""
        strange = ["a\0b", "a\ud800b", "a\ufffdb", "\ud83d\ude00\U0001f600"]
        write(where, *(arrival(version=text, platform=text, network=text, source=text) for text in strange))
        found = read(where, lambda reports: reports.group(b"one"))
        assert found is not None
        assert (found[0].source, found[0].reports) == ("a\ufffdb", 4)
        assert found[1].versions == found[1].platforms == {"a\ufffdb": 3, "\U0001f600\U0001f600": 1}

    def test_the_longest_texts_have_room(self, where: str) -> None:
        """No stranger can make rows that an index refuses."""
        longest = "".join(chr(0x1F300 + number) for number in range(200))
        platform = f"{longest} {longest[::-1]}"
        write(where, arrival(b"k" * 32, version=longest[::-1], platform=platform, network="2001:db8:ffff::/48"))
        assert counts(where) == {b"k" * 32: 1}

    def test_groups_come_page_by_page(self, where: str) -> None:
        """The newest come first, and a page begins after the last one of the page before."""
        moments = [NOON + timedelta(minutes=number // 2) for number in range(5)]
        write(where, *(arrival(b"%d" % number, at=at) for number, at in enumerate(moments)))
        first = read(where, lambda reports: reports.groups(most=2))
        assert [group.key for group in first] == [b"4", b"2"]
        after = (first[-1].last_seen, first[-1].key)
        rest = read(where, lambda reports: reports.groups(after=after))
        assert [group.key for group in rest] == [b"3", b"0", b"1"]

    def test_classes_are_counted_since_a_day(self, where: str) -> None:
        """Groups without a class are unknown, and earlier days are not counted."""
        write(where, arrival(), arrival(b"two"), arrival(b"two"), arrival(b"two", at=NOON - timedelta(days=1)))

        async def settle(reports: ReportReader) -> None:
            await reports.settle(b"one", Classified("interception", ("A private authority.",)), NOON)

        read(where, settle)
        found = read(where, lambda reports: reports.classes(since=NOON))
        assert list(found.items()) == [("unknown", 2), ("interception", 1)]

    def test_a_killed_writer_loses_and_doubles_nothing(self, where: str) -> None:
        """After SIGKILL, each report that was acknowledged is counted once, and at most one that was not."""
        acknowledged = -1
        environ = {**os.environ, "DATABASE": where}
        with subprocess.Popen([sys.executable, "-c", CHILD], env=environ, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            for line in child.stdout:
                acknowledged = int(line)
                if acknowledged == 30:
                    child.kill()
        assert acknowledged >= 30
        assert sum(counts(where).values()) in (acknowledged + 1, acknowledged + 2)
        found = dict(rows(where, "SELECT version, sum(reports) FROM report_days GROUP BY version"))
        assert {found[str(number)] for number in range(acknowledged + 1)} == {1}
