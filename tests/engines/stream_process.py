"""
A collector or a consumer as a process of its own, so that a test can kill it.

Usage: ``python -m tests.engines.stream_process``, with ``collect DATABASE`` or ``consume``; the addresses stand in the
variable ADDRESSES. It prints a line for each report that is acknowledged, or for each write before it is committed.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from base64 import b64decode
from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith.store import Store
from pinsmith.store.report_outbox import ReportOutbox
from pinsmith.store.report_writer import ReportWriter
from pinsmith.stream.consumer import Consumer
from pinsmith.stream.feed import Feed
from pinsmith.stream.warehouse import Warehouse
from tests.engines.stream_reports import report

if TYPE_CHECKING:
    from pinsmith.stream.address import ClickHouseAddress, KafkaAddress


async def collect(path: Path, kafka: KafkaAddress) -> None:
    """Acknowledge reports without end."""
    async with Store(path):
        with ReportOutbox(path) as outbox:
            feed = Feed(outbox, kafka, "killed", interval_seconds=0.01)
            async with ReportWriter(path, sends_on=True) as writer, asyncio.TaskGroup() as group:
                group.create_task(feed.run(asyncio.Event()))
                number = 0
                while await writer.put([report(number)]):
                    print(number, flush=True)  # noqa: T201 - the test reads it
                    number += 1


async def consume(kafka: KafkaAddress, clickhouse: ClickHouseAddress) -> None:
    """Consume, a few messages at a time; stop for ever between the second write and its commit."""
    written: list[int] = []

    def wrote(batches: int) -> None:
        written.append(batches)
        print(batches, flush=True)  # noqa: T201 - the test reads it
        if len(written) == 2:
            sys.stdin.read()

    with Warehouse(clickhouse) as warehouse:
        await Consumer(kafka, warehouse, wrote=wrote, most=3).run(asyncio.Event())


def main() -> None:
    """Run the role that the command line names."""
    kafka, clickhouse = pickle.loads(b64decode(os.environ["ADDRESSES"]))  # noqa: S301 - of the test
    if sys.argv[1] == "collect":
        asyncio.run(collect(Path(sys.argv[2]), kafka))
    else:
        asyncio.run(consume(kafka, clickhouse))


if __name__ == "__main__":
    main()
