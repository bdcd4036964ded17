"""The feed of a collector outlives faults of the disk and of the brokers, and says once that it waits."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from typing import TYPE_CHECKING, cast

import pytest

from pinsmith.errors.stream import StreamError
from pinsmith.stream import feed as module
from pinsmith.stream.address import KafkaAddress
from pinsmith.stream.feed import Feed

if TYPE_CHECKING:
    from pinsmith.store.report_outbox import ReportOutbox, Waiting

ADDRESS = KafkaAddress(servers=(("127.0.0.1", 1),), topic="reports", tls=False)


class Outbox:
    """An outbox with nothing in it, which fails at first."""

    def __init__(self, faults: list[Exception], stop: asyncio.Event) -> None:
        self._faults, self._stop = faults, stop
        self._loop = asyncio.get_running_loop()

    def seal(self) -> None:
        """Fail as long as there are faults."""
        if self._faults:
            raise self._faults.pop()

    def waiting(self, *, most: int) -> list[Waiting]:
        """Return none, and end the test."""
        self._loop.call_soon_threadsafe(self._stop.set)
        return []


@pytest.mark.parametrize(
    "fault",
    [sqlite3.OperationalError("database is locked"), StreamError("Kafka cannot be used", address="127.0.0.1:1")],
    ids=["the disk", "the brokers"],
)
def test_a_fault_that_passes_ends_nothing(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The service goes on, and its log has one line when the fault begins and one when it has ended."""
    monkeypatch.setattr(module, "require_client", lambda: None)
    caplog.set_level(logging.WARNING, "pinsmith.stream")

    async def act() -> None:
        stop = asyncio.Event()
        outbox = cast("ReportOutbox", Outbox([fault] * 3, stop))
        await asyncio.wait_for(Feed(outbox, ADDRESS, "here", interval_seconds=0.001).run(stop), 60)

    asyncio.run(act())
    assert [record.getMessage() for record in caplog.records] == [
        f"{fault}; counts of reports wait in the database",
        "Kafka at 127.0.0.1:1 can be used again",
    ]
