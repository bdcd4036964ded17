"""The queue on NATS, whose server is killed, too."""

from __future__ import annotations

import asyncio
import random
import re
from contextlib import AsyncExitStack, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec
import pytest
from nats.js.api import DiscardPolicy
from nats.js.errors import NotFoundError

from pinsmith.dispatch.nats import NatsQueue
from pinsmith.dispatch.nats_address import parse_nats
from pinsmith.dispatch.nats_body import pack
from pinsmith.dispatch.nats_streams import KEPT, LEASES, WORK
from pinsmith.dispatch.queue import Progress
from pinsmith.dispatch.shard import Result, Shard
from pinsmith.errors.dispatch import AlreadyDoneError, DispatchError, QueueError
from tests.dispatch.contract import ATTEMPTS, SECONDS, QueueContract, buried, claimed, finished, listed, on, shard
from tests.dispatch.worker import VANTAGE, answered
from tests.engines.nats import run_nats

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.engines.nats import Nats
    from tests.tls.pki import PKI

T = TypeVar("T")
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

    async def write(self, subject: str, body: bytes) -> None:
        """Write a message, as a user with the right to do so could."""
        async with self._nats.jetstream() as stream:
            await stream.publish(subject, body)

    async def count(self, name: str, kind: str) -> int:
        """Count the messages of a kind."""
        async with self._nats.jetstream() as stream:
            info = await stream.stream_info(name, subjects_filter=f"pinsmith.{kind}.>")
            return len(info.state.subjects or {})

    async def replace_part(self, body: bytes | None) -> None:
        """Remove the first part of each result, or write another one in its place."""
        async with self._nats.jetstream() as stream:
            info = await stream.stream_info(KEPT, subjects_filter="pinsmith.part.*.*.*.*.0")
            assert info.state.subjects
            for subject in info.state.subjects:
                await stream.purge_stream(KEPT, subject=subject)
                if body is not None:
                    await stream.publish(subject, body)

    async def forget_tickets(self) -> None:
        """Delete the stream of tickets, with all ids that JetStream remembers."""
        async with self._nats.jetstream() as stream:
            await stream.delete_stream(WORK)

    async def loosen(self, name: str) -> None:
        """Let new messages replace old ones."""
        async with self._nats.jetstream() as stream:
            config = (await stream.stream_info(name)).config
            config.discard, config.discard_new_per_subject = DiscardPolicy.OLD, False
            await stream.update_stream(config)

    async def clear(self) -> None:
        """Delete all streams."""
        async with self._nats.jetstream() as stream:
            for name in (KEPT, LEASES, WORK):
                with suppress(NotFoundError):
                    await stream.delete_stream(name)


@pytest.fixture
def bench(nats: Nats) -> NatsBench:
    """Use a server without streams."""
    made = NatsBench(nats)
    asyncio.run(made.clear())
    return made


class TestQueue(QueueContract):
    """The contract."""


class _Worker:
    """Claims shards and finishes them, and asks again while the server is away."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.has_done_ten, self.was_refused = asyncio.Event(), asyncio.Event()

    async def work(self, queue: NatsQueue) -> None:
        """Work until no shard is left."""
        while (lease := await self._retried(lambda: queue.claim(VANTAGE, 3_600))) is not None:
            result = answered(lease.shard)
            with suppress(AlreadyDoneError):  # the result was stored, and its confirmation was lost
                await self._retried(partial(queue.done, lease, result))
            self.done.append(lease.shard.number)
            if len(self.done) >= 10:
                self.has_done_ten.set()

    async def _retried(self, call: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await call()
            except QueueError:
                self.was_refused.set()
                await asyncio.sleep(0.01)


def test_a_server_that_is_killed_loses_no_shard_and_counts_none_twice(pki: PKI, cafile: Path) -> None:
    """Four workers ask again until it is back; a claim that was not confirmed runs out."""
    with run_nats(pki.leaf, cafile) as nats:
        bench = NatsBench(nats)

        async def run() -> list[int]:
            worker = _Worker()
            async with AsyncExitStack() as stack:
                queues = [await stack.enter_async_context(bench.open(attempts=9)) for _ in range(4)]
                await queues[0].enqueue(shard(number) for number in range(200))
                async with asyncio.TaskGroup() as group:
                    for queue in queues:
                        group.create_task(worker.work(queue))
                    await worker.has_done_ten.wait()
                    nats.program.kill()
                    await worker.was_refused.wait()
                    assert len(worker.done) < 200
                    nats.program.start_again()
                await bench.pass_time(4_000)
                await worker.work(queues[0])
            return worker.done

        assert sorted(asyncio.run(run())) == list(range(200))
        assert on(bench, lambda queue: queue.progress("run")) == Progress(done=200)
        assert [result.number for result in on(bench, listed)] == list(range(200))


def _large(added: Shard, megabytes: int) -> Result:
    """Make a result that cannot be compressed."""
    texts = [random.Random(seed).randbytes(megabytes << 20).hex() for seed in range(len(added.hosts))]  # noqa: S311
    answers = tuple(msgspec.Raw(msgspec.json.encode(text)) for text in texts)
    return Result(run=added.run, number=added.number, vantage=added.vantage, answers=answers)


class TestParts:
    """Results that are larger than a message may be."""

    def test_a_result_that_is_larger_than_a_message_comes_back_whole(self, bench: NatsBench) -> None:
        """Megabytes that cannot be compressed are divided, and a second result of this size is refused."""

        async def use(queue: NatsQueue) -> None:
            await queue.enqueue([shard()])
            lease, result = await claimed(queue), _large(shard(), 2)
            await queue.done(lease, result)
            assert await listed(queue) == [result]
            parts = await bench.count(KEPT, "part")
            assert parts > 4 << 20 >> 19
            with pytest.raises(AlreadyDoneError):
                await queue.done(lease, _large(shard(), 1))
            assert await bench.count(KEPT, "part") == parts

        on(bench, use)

    @pytest.mark.parametrize("damage", [None, b"other"], ids=["missing", "other bytes"])
    def test_a_part_that_is_not_what_was_written_makes_the_shard_dead(
        self, damage: bytes | None, bench: NatsBench
    ) -> None:
        """The result is neither shown in part nor counted."""

        async def use(queue: NatsQueue) -> None:
            await queue.enqueue([shard()])
            await queue.done(await claimed(queue), _large(shard(), 1))
            await bench.replace_part(damage)
            assert await listed(queue) == []
            (dead,) = await buried(queue)
            assert re.search("part 0 of the result|do not belong together", dead.reason)
            assert await queue.progress("run") == Progress(dead=1)

        on(bench, use)

    def test_a_shard_that_is_larger_than_a_message_is_refused(self, bench: NatsBench) -> None:
        """A list of names that cannot be compressed below the limit of the server has to be divided."""

        async def use(queue: NatsQueue) -> None:
            letters = [chr(code) for code in range(0x4E00, 0x9F00)]
            hosts = ["".join(random.Random(seed).choices(letters, k=160)) for seed in range(2_000)]  # noqa: S311
            with pytest.raises(DispatchError, match="shard 0 of run run is too large for a message"):
                await queue.enqueue([shard(hosts=tuple(hosts))])
            assert await queue.progress("run") == Progress()

        on(bench, use)


class TestTickets:
    """Tickets and leases that JetStream and workers write follow the stored results, and not the other way round."""

    def test_a_run_that_goes_on_later_hands_out_only_what_is_left(self, bench: NatsBench) -> None:
        """JetStream has forgotten the ids, and the tickets of what is done or dead are not written again."""

        async def use(queue: NatsQueue) -> None:
            added = [shard(number) for number in range(3)]
            await queue.enqueue(added)
            await queue.done(await claimed(queue), answered(shard(0)))
            for _ in range(ATTEMPTS):
                await queue.fail(await claimed(queue), "always")
            await bench.forget_tickets()
            async with bench.open() as again:
                await again.enqueue(added)
                assert await bench.count(WORK, "work") == 1
                assert await finished(again) == [2]
                assert await again.progress("run") == Progress(done=2, dead=1)

        on(bench, use)

    def test_a_run_that_was_forgotten_can_be_added_again_at_once(self, bench: NatsBench) -> None:
        """JetStream still knows the ids of its tickets, but the new ones have others."""

        async def use(queue: NatsQueue) -> None:
            await queue.enqueue([shard()])
            await queue.forget("run")
            await queue.enqueue([shard()])
            assert await finished(queue) == [0]

        on(bench, use)

    def test_a_shard_without_a_ticket_is_handed_out_when_the_run_goes_on(self, bench: NatsBench) -> None:
        """The scan was killed between the two, or the stream of tickets was lost."""

        async def use(queue: NatsQueue) -> None:
            await queue.enqueue([shard()])
            await bench.forget_tickets()
            async with bench.open() as again:
                await again.enqueue([shard()])
                assert await finished(again) == [0]

        on(bench, use)

    def test_the_lease_decides_and_not_the_delivery(self, bench: NatsBench) -> None:
        """JetStream delivers the ticket again while its worker is still at work; nobody else gets the shard."""

        async def use(queue: NatsQueue) -> None:
            await queue.enqueue([shard()])
            lease = await claimed(queue)
            await bench.pass_time(0)
            assert await queue.claim(VANTAGE, SECONDS) is None
            await queue.extend(lease, SECONDS)
            await queue.done(lease, answered(shard()))
            assert await queue.progress("run") == Progress(done=1)

        on(bench, use)

    def test_a_lease_that_cannot_be_read_makes_the_shard_dead(self, bench: NatsBench) -> None:
        """A worker with wrong bytes could otherwise keep it from everybody, or get it for ever."""

        async def use(queue: NatsQueue) -> None:
            await queue.enqueue([shard()])
            await claimed(queue)
            await bench.write("pinsmith.lease.here.run.0", b"{")
            assert await queue.progress("run") == Progress(dead=1)

        on(bench, use)

    def test_a_result_from_another_vantage_point_counts_for_nothing(self, bench: NatsBench) -> None:
        """A worker there may write what it likes below its own name."""

        async def use(queue: NatsQueue) -> None:
            await queue.enqueue([shard()])
            await bench.write("pinsmith.result.elsewhere.run.0", b"z")
            await bench.write("pinsmith.dead.elsewhere.run.0", b"{}")
            assert await queue.progress("run") == Progress(waiting=1)
            assert await listed(queue) == []
            assert await finished(queue) == [0]

        on(bench, use)

    @pytest.mark.parametrize("stream", [KEPT, WORK])
    def test_streams_with_other_limits_are_refused(self, stream: str, bench: NatsBench) -> None:
        """Results could be replaced, or tickets vanish, so the queue is not opened."""

        async def use(_: NatsQueue) -> None:
            await bench.loosen(stream)
            with pytest.raises(QueueError, match=f"the stream {stream} has other settings: discard") as caught:
                async with bench.open():
                    raise AssertionError
            assert "delete it once nobody needs its runs" in (caught.value.hint or "")

        on(bench, use)
