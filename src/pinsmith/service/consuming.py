"""Consume the counts of collectors until the process is asked to end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pinsmith.service.ending import ending
from pinsmith.stream.consumer import Consumer
from pinsmith.stream.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.stream.address import ClickHouseAddress, KafkaAddress


def consume(kafka: KafkaAddress, clickhouse: ClickHouseAddress, *, began: Callable[[], None]) -> None:
    """
    Create the tables that are missing, and write what the topic contains into them, until SIGINT or SIGTERM.

    Args:
        kafka: Of the topic.

        clickhouse: Of the database.

        began: Called when the tables exist.

    Raises:
        StreamError: If an engine cannot be used at the start.
        UsageError: If a client is not installed.
    """

    async def run() -> None:
        stop = asyncio.Event()
        with Warehouse(clickhouse) as warehouse, ending(stop.set):
            await asyncio.to_thread(warehouse.create)
            began()
            await Consumer(kafka, warehouse).run(stop)

    asyncio.run(run())
