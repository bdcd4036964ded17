"""The outbox of reports: what is acknowledged is in it, once, until it was sent."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from pinsmith.store import Store, report_sqlite, report_writer
from pinsmith.store.report_outbox import ReportOutbox, Waiting
from pinsmith.store.report_reader import KEEP_SAMPLES
from pinsmith.store.report_writer import ReportWriter
from tests.store.report_contract import NOON, arrival, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from pinsmith.store.report_batch import Arrival
    from pinsmith.store.report_reader import ReportReader


def run(path: Path, *steps: list[Arrival] | Callable[[ReportOutbox], None]) -> None:
    """Write reports, and do with the outbox what the other steps say, in one process."""

    async def act() -> None:
        async with Store(path):
            with ReportOutbox(path) as outbox:
                async with ReportWriter(path, sends_on=True) as writer:
                    for step in steps:
                        if isinstance(step, list):
                            assert await writer.put(step)
                        else:
                            step(outbox)

    asyncio.run(act())


def sent(path: Path, *, discards: bool = True) -> list[Waiting]:
    """Take everything that waits, in a new process."""
    with ReportOutbox(path) as outbox:
        waiting = outbox.waiting(most=1000)
        if discards:
            outbox.discard(waiting)
    return waiting


def counts(waiting: list[Waiting]) -> Counter[tuple[bytes, str]]:
    """Count by group and version, each row of each batch once and with its greatest count, as the tables do."""
    rows: dict[tuple[bytes, bytes, str, str], int] = {}
    for members in waiting:
        for day, version, platform, reports in members.counts:
            row = (members.batch, members.key, version, f"{day} {platform}")
            rows[row] = max(rows.get(row, 0), reports)
    found: Counter[tuple[bytes, str]] = Counter()
    for (_, key, version, _), reports in rows.items():
        found[key, version] += reports
    return found


def test_a_batch_has_what_was_counted(tmp_path: Path) -> None:
    """Reports of one group, day, version and platform are one row, and networks and bodies come along."""
    path = tmp_path / "x.db"
    run(path, [arrival(), arrival(network="198.51.100.0/24")], [arrival(version="2"), arrival(b"two")])
    one, two = sorted(sent(path), key=lambda members: members.key)
    day = NOON.toordinal() - 719_163
    assert one.batch == two.batch
    assert (len(one.batch), one.key, two.key) == (16, b"one", b"two")
    assert sorted(one.counts) == [(day, "1", "android 14", 2), (day, "2", "android 14", 1)]
    assert sorted(one.networks) == [(day, "192.0.2.0/24"), (day, "198.51.100.0/24")]
    assert [slot for slot, _, _ in one.samples] == [0, 1, 2]
    assert {(at, body) for _, at, body in one.samples} == {(arrival().at, b"{}")}
    assert (one.source, one.host, one.app) == ("", "api.example.com", "com.example.app")
    assert (one.format, one.reason, one.enforced) == ("event", "no-pinned-key", True)
    assert sent(path) == []


def test_the_open_batch_is_not_sent(tmp_path: Path) -> None:
    """A batch that may still grow does not wait; sealed, it does, and what comes later is in another one."""
    path, seen = tmp_path / "x.db", []

    def look(outbox: ReportOutbox) -> None:
        seen.append(outbox.waiting(most=10))

    run(path, [arrival()], look, ReportOutbox.seal, [arrival()], look)
    assert [len(waiting) for waiting in seen] == [0, 1]
    first, second = sent(path)
    assert first.batch != second.batch
    assert counts([first]) == counts([second]) == {(b"one", "1"): 1}


def test_while_nothing_can_be_sent_one_batch_grows(tmp_path: Path) -> None:
    """However long the engine is away, what waits has a row for each different count, and no report is missing."""
    path = tmp_path / "x.db"
    run(path, *([arrival(), arrival(version="2")], ReportOutbox.seal) * 50)
    waiting = sent(path)
    assert sum(len(members.counts) for members in waiting) == 4
    assert counts(waiting) == {(b"one", "1"): 50, (b"one", "2"): 50}


def test_nothing_is_queued_unless_it_is_sent_on(tmp_path: Path) -> None:
    """A service without a log fills no outbox."""
    path = tmp_path / "x.db"

    async def act() -> bool:
        async with Store(path), ReportWriter(path) as writer:
            return await writer.put([arrival()])

    assert asyncio.run(act())
    with ReportOutbox(path) as outbox:
        assert outbox.is_empty()


def test_a_batch_that_breaks_is_not_queued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports whose senders hear that they were not written are not sent on either."""
    path = tmp_path / "x.db"

    async def act() -> list[bool]:
        async with Store(path):
            with ReportOutbox(path):
                async with ReportWriter(path, sends_on=True) as writer:
                    with monkeypatch.context() as patched:
                        patched.setattr(report_sqlite, "_DAY", "INSERT INTO nothing VALUES (?, ?, ?, ?, ?, ?)")
                        first = await writer.put([arrival()])
                    return [first, await writer.put([arrival()])]

    assert asyncio.run(act()) == [False, True]
    assert counts(sent(path)) == {(b"one", "1"): 1}


def test_a_backup_that_is_restored_counts_once(tmp_path: Path) -> None:
    """Batches of before keep their ids, and the one that was open then does not grow under the id that was sent."""
    path, backup = tmp_path / "x.db", tmp_path / "backup.db"
    log: list[Waiting] = []

    def back_up(_: ReportOutbox) -> None:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(backup)) as target:
            source.backup(target)

    run(path, [arrival()] * 5, back_up, [arrival()] * 4)
    log += sent(path)
    shutil.copyfile(backup, path)
    run(path, [arrival()] * 3)
    log += sent(path)
    assert counts(log) == {(b"one", "1"): 12}


def test_a_group_whose_bodies_are_gone_gets_another_one(tmp_path: Path) -> None:
    """Bodies are forgotten after 30 days, here and there, and a group that is still reported needs one."""
    path, later = tmp_path / "x.db", NOON + KEEP_SAMPLES + timedelta(days=1)

    async def forget(reports: ReportReader) -> None:
        await reports.forget(later)

    run(path, *[[arrival()] * 500] * 20)
    assert sent(path)
    read(path, forget)
    run(path, [arrival(at=later)], [arrival(at=later)])
    (members,) = sent(path)
    assert len(members.samples) == 1


_KILLED = """
import asyncio, sys
from pathlib import Path
from pinsmith.store import Store
from pinsmith.store.report_outbox import ReportOutbox
from pinsmith.store.report_writer import ReportWriter
from tests.store.report_contract import arrival

async def main(path):
    async with Store(path):
        with ReportOutbox(path) as outbox:
            async with ReportWriter(path, sends_on=True) as writer:
                number = 0
                while True:
                    assert await writer.put([arrival(version=str(number))])
                    print(number, flush=True)
                    number += 1
                    if number % 7 == 0:
                        outbox.seal()

asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_collector_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """After SIGKILL, each report that was acknowledged is in the outbox once, and at most one that was not."""
    path, acknowledged = tmp_path / "x.db", -1
    with subprocess.Popen([sys.executable, "-c", _KILLED, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for line in child.stdout:
            acknowledged = int(line)
            if acknowledged == 30:
                child.kill()
    assert acknowledged >= 30
    once = sent(path, discards=False)
    found = counts([*once, *sent(path)])
    assert {found[b"one", str(number)] for number in range(acknowledged + 1)} == {1}
    assert sum(found.values()) in (acknowledged + 1, acknowledged + 2)


def test_a_group_that_waits_is_not_displaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While its counts are not sent, a group with one report keeps its place; afterwards it makes room."""
    path = tmp_path / "x.db"
    monkeypatch.setattr(report_writer, "MAX_GROUPS", 1)
    run(path, [arrival(b"one")], [arrival(b"two")])

    async def without_a_log() -> bool:
        async with Store(path), ReportWriter(path) as writer:
            return await writer.put([arrival(b"two")])

    assert asyncio.run(without_a_log())
    assert counts(sent(path)) == {(b"one", "1"): 1}
    run(path, [arrival(b"three")], [arrival(b"four")])
    assert counts(sent(path)) == {(b"three", "1"): 1}
    dropped = read(path, lambda reports: reports.dropped())
    assert dropped == {"too-many-groups": 3, "displaced": 1}
