"""
Send the outbox of a collector to Kafka, batch by batch, for as long as it takes.

A batch is discarded when the brokers have acknowledged it. If that is not known, it is sent again: under the same id,
so that it counts once.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pinsmith.errors.stream import StreamError
from pinsmith.stream.batch import Batch, Count, Network, Sample, encode_batch
from pinsmith.stream.kafka import faults, producer, require_client, stop as stop_client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.store.report_outbox import ReportOutbox, Waiting
    from pinsmith.stream.address import KafkaAddress

INTERVAL_SECONDS: Final = 5.0
"""How long counts are collected before they are sent; longer makes fewer rows."""
_AT_ONCE: Final = 200  # groups, of which one may have thousands of rows
_LAST_SECONDS: Final = 10.0  # for what waits when the service ends; the rest is sent at the next start
_LOG: Final = logging.getLogger("pinsmith.stream")


@dataclass
class Feed:
    """
    The way of counts from an outbox to a topic.

    Attributes:
        outbox: Open.
        address: Of the brokers, and the topic.
        collector: The name of this collector.
        interval_seconds: See `INTERVAL_SECONDS`.

    Raises:
        UsageError: If the client of Kafka is not installed.
    """

    outbox: ReportOutbox
    address: KafkaAddress
    collector: str
    interval_seconds: float = INTERVAL_SECONDS

    def __post_init__(self) -> None:
        require_client()
        self._producer: Any = None
        self._is_failing = False

    async def run(self, stop: asyncio.Event) -> None:
        """Send until *stop* is set, and then what still waits if the brokers take it at once."""
        try:
            while not stop.is_set():
                await self._attempt()
                try:
                    async with asyncio.timeout(self.interval_seconds):
                        await stop.wait()
                except TimeoutError:
                    continue
            async with asyncio.timeout(_LAST_SECONDS):
                await self._attempt()  # what was sealed before
                await self._attempt()
        except TimeoutError:
            _LOG.warning("counts of reports wait for Kafka at %s until the next start", self.address)
        finally:
            await self._disconnect()

    async def _attempt(self) -> None:
        """Send what is sealed; a failure is logged when it begins, and when it ends."""
        try:
            await self.send()
        except (StreamError, sqlite3.Error) as error:  # a disk that is full may have room again
            await self._disconnect()
            if not self._is_failing:
                _LOG.warning("%s; counts of reports wait in the database", error)
            self._is_failing = True
        else:
            if self._is_failing:
                _LOG.warning("Kafka at %s can be used again", self.address)
            self._is_failing = False

    async def send(self) -> None:
        """
        Seal a batch, send what is sealed, and discard it.

        Raises:
            StreamError: If the brokers did not acknowledge it; it waits for the next time.
        """
        await asyncio.to_thread(self.outbox.seal)
        while waiting := await asyncio.to_thread(self.outbox.waiting, most=_AT_ONCE):
            with faults(self.address):
                if self._producer is None:
                    self._producer = producer(self.address)
                    await self._producer.start()
                await self._send(waiting)
            await asyncio.to_thread(self.outbox.discard, waiting)

    async def _send(self, waiting: Sequence[Waiting]) -> None:
        sent = [
            await self._producer.send(self.address.topic, message, key=members.key)
            for members in waiting
            for message in encode_batch(_batch(members, self.collector))
        ]
        await asyncio.gather(*sent)

    async def _disconnect(self) -> None:
        if self._producer is not None:
            client, self._producer = self._producer, None
            await stop_client(client)


def _batch(waiting: Waiting, collector: str) -> Batch:
    return Batch(
        id=waiting.batch,
        collector=collector,
        key=waiting.key,
        source=waiting.source,
        host=waiting.host,
        app=waiting.app,
        format=waiting.format,
        reason=waiting.reason,
        enforced=waiting.enforced,
        counts=tuple(Count(*row) for row in waiting.counts),
        networks=tuple(Network(*row) for row in waiting.networks),
        samples=tuple(Sample(*row) for row in waiting.samples),
    )
