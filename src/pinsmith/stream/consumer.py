"""
Write the batches of a topic into a warehouse.

Messages are committed when they are durable there. A consumer that is killed in between, or loses a partition to
another one, causes repetitions, and the tables count those once.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from pinsmith.errors.report import BatchError
from pinsmith.errors.stream import StreamError
from pinsmith.stream.batch import Batch, decode_batch
from pinsmith.stream.kafka import consumer, faults, stop as stop_client

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinsmith.stream.address import KafkaAddress

GROUP: Final = "pinsmith-reports"
_MAX_RECORDS: Final = 1_000
_WAIT_MILLISECONDS: Final = 500
_MAX_PAUSE_SECONDS: Final = 30.0
_LOG: Final = logging.getLogger("pinsmith.stream")


class Writes(Protocol):
    """Where batches are written, see `pinsmith.stream.warehouse.Warehouse`."""

    def write(self, batches: Sequence[Batch]) -> None:
        """Make *batches* durable; they may be there already."""


@dataclass
class Consumer:
    """
    One member of a group of consumers, between which the partitions of the topic are divided.

    Attributes:
        address: Of the brokers, and the topic.
        warehouse: Where batches are written.
        group: The name of the group of consumers.
        wrote: Called when batches are durable and before that is committed, with their number.
        most: How many messages are written at once.
        pause_seconds: After a failed write; each further one doubles it.
    """

    address: KafkaAddress
    warehouse: Writes
    group: str = GROUP
    wrote: Callable[[int], None] = lambda _: None
    most: int = _MAX_RECORDS
    pause_seconds: float = 1.0

    def __post_init__(self) -> None:
        self._next: dict[Any, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """
        Consume until *stop* is set.

        Messages that are not batches are logged and passed over, because they would stop everything behind them.

        Raises:
            StreamError: If the brokers cannot be used at the start. Later it waits for them.
        """
        client = consumer(self.address, self.group)
        try:
            with faults(self.address):
                await client.start()
            client.subscribe([self.address.topic])
            while not stop.is_set():
                found = await self._found(client)
                batches = [batch for records in found.values() for batch in self._read(records)]
                if found and await self._write(batches, stop):
                    await self._commit(client, {place: records[-1].offset + 1 for place, records in found.items()})
        finally:
            await stop_client(client)

    async def _found(self, client: Any) -> dict[Any, Any]:  # noqa: ANN401 - aiokafka is optional
        """Wait for messages for a moment; report those that the brokers have deleted before they were read."""
        found: dict[Any, Any] = {}
        try:
            with faults(self.address):
                found = await client.getmany(timeout_ms=_WAIT_MILLISECONDS, max_records=self.most)
                for place, records in found.items():
                    lost = records[0].offset - self._next.get(place, 0)
                    if lost > 0:  # or another consumer has read on
                        lost = min(lost, records[0].offset - (await client.committed(place) or 0))
                    if lost > 0:
                        _LOG.error("%d messages of %s/%d were deleted unread", lost, place.topic, place.partition)
                    self._next[place] = records[-1].offset + 1
        except StreamError as error:
            _LOG.warning("%s", error)
        return found

    def _read(self, records: Sequence[Any]) -> list[Batch]:
        batches = []
        for record in records:
            try:
                batches.append(decode_batch(record.value or b""))
            except BatchError as error:
                place = f"{record.topic}/{record.partition} at {record.offset}"
                _LOG.error("a message was passed over: %s: %s", place, error)
        return batches

    async def _write(self, batches: Sequence[Batch], stop: asyncio.Event) -> bool:
        """Write until it succeeds; return false if *stop* is set before."""
        pause, is_failing = self.pause_seconds, False
        while True:
            try:
                await asyncio.to_thread(self.warehouse.write, batches)
            except StreamError as error:
                if not is_failing:
                    _LOG.warning("%s; it is tried again", error)
                is_failing = True
            else:
                self.wrote(len(batches))
                return True
            try:
                async with asyncio.timeout(pause):
                    await stop.wait()
            except TimeoutError:
                pause = min(2 * pause, _MAX_PAUSE_SECONDS)
            else:
                return False

    async def _commit(self, client: Any, places: dict[Any, int]) -> None:  # noqa: ANN401 - aiokafka is optional
        """Commit; if another consumer has a partition now, or no broker answers, the messages are only read again."""
        try:
            with faults(self.address):
                await client.commit(places)
        except StreamError as error:
            _LOG.info("%s; some messages are read again", error)
