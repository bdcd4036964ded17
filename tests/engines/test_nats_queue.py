"""The queue on NATS, whose server is killed, too."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from nats.js.errors import NotFoundError

from pinsmith.dispatch.nats import NatsQueue
from pinsmith.dispatch.nats_address import parse_nats
from pinsmith.dispatch.nats_body import pack
from pinsmith.dispatch.nats_streams import KEPT, LEASES, WORK
from tests.dispatch.contract import ATTEMPTS, QueueContract

if TYPE_CHECKING:
    from tests.engines.nats import Nats

pytestmark = pytest.mark.engines
_KINDS = {"queue_results": "result", "queue_shards": "shard"}


class NatsBench:
    """A server whose clock is ahead by the time that has passed."""

    def __init__(self, nats: Nats) -> None:
        self.address = nats.queue()
        self._nats = nats
        self._passed = timedelta()

    def open(self, attempts: int = ATTEMPTS) -> NatsQueue:
        """Return a queue of the server."""
        return NatsQueue(parse_nats(self.address, {}), attempts=attempts, clock=self._later)

    def _later(self, now: datetime) -> datetime:
        return now + self._passed

    async def pass_time(self, seconds: float) -> None:
        """Set the clock, and let JetStream forget which tickets it has delivered."""
        self._passed += timedelta(seconds=seconds)
        async with self._nats.jetstream() as stream:
            for consumer in await stream.consumers_info(WORK):
                await stream.delete_consumer(WORK, consumer.name)
                await stream.add_consumer(WORK, consumer.config)

    async def overwrite(self, table: str, body: bytes) -> None:
        """Replace all messages of a kind."""
        async with self._nats.jetstream() as stream:
            subjects = f"pinsmith.{_KINDS[table]}.>"
            info = await stream.stream_info(KEPT, subjects_filter=subjects)
            message, parts = pack(body, 1 << 20)
            assert not parts
            for subject in info.state.subjects or {}:
                await stream.purge_stream(KEPT, subject=subject)
                await stream.publish(subject, message)

    async def clear(self) -> None:
        """Delete all streams."""
        async with self._nats.jetstream() as stream:
            for name in (KEPT, LEASES, WORK):
                with suppress(NotFoundError):
                    await stream.delete_stream(name)


class TestQueue(QueueContract):
    """The contract."""

    @pytest.fixture
    def bench(self, nats: Nats) -> NatsBench:
        """Use a server without streams."""
        bench = NatsBench(nats)
        asyncio.run(bench.clear())
        return bench
