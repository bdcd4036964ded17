"""The behaviour of every queue, on every engine. Time passes only when a test lets it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from contextlib import AsyncExitStack, contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

import pytest

from pinsmith.dispatch.queue import DeadShard, Progress, Queue
from pinsmith.dispatch.shard import MAX_RESULT_BYTES, Lease, Result, Shard
from pinsmith.errors.dispatch import AlreadyDoneError, DispatchError, LeaseLostError
from tests.dispatch.worker import VANTAGE, answered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import TracebackType


T = TypeVar("T")
Q = TypeVar("Q", bound="AnyQueue")
Q_co = TypeVar("Q_co", bound="AnyQueue", covariant=True)
ATTEMPTS = 3
SECONDS = 60.0


class AnyQueue(Queue, Protocol):
    """A queue of any engine, which is not opened yet."""

    async def __aenter__(self) -> Self:
        """Open it."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""


class Bench(Protocol[Q_co]):
    """An empty database, and power over its time and its rows."""

    address: str

    def open(self) -> Q_co:
        """Return a queue of the database, with three attempts."""

    async def pass_time(self, seconds: float) -> None:
        """Let time pass for everybody."""

    async def overwrite(self, table: str, body: bytes) -> None:
        """Write to all rows, as somebody with the password could."""


def shard(number: int = 0, *, run: str = "run", vantage: str = VANTAGE, hosts: tuple[str, ...] = ("a", "b")) -> Shard:
    """Make a shard."""
    return Shard(run=run, number=number, vantage=vantage, hosts=hosts)


def on(bench: Bench[Q], use: Callable[[Q], Awaitable[T]]) -> T:
    """Use a queue of the bench."""

    async def run() -> T:
        async with bench.open() as queue:
            return await use(queue)

    return asyncio.run(run())


async def claimed(queue: AnyQueue, seconds: float = SECONDS) -> Lease:
    """Claim a shard that must be there."""
    lease = await queue.claim(VANTAGE, seconds)
    assert lease is not None
    return lease


async def finished(queue: AnyQueue) -> list[int]:
    """Work until no shard is left; return the numbers of those that were claimed."""
    numbers = []
    while (lease := await queue.claim(VANTAGE, SECONDS)) is not None:
        numbers.append(lease.shard.number)
        await queue.done(lease, answered(lease.shard))
    return numbers


async def listed(queue: AnyQueue, run: str = "run", known: tuple[int, ...] = ()) -> list[Result]:
    """List the results."""
    return [result async for result in queue.results(run, known=known)]


async def buried(queue: AnyQueue, run: str = "run") -> list[DeadShard]:
    """List the dead shards."""
    return [dead async for dead in queue.dead(run)]


@contextmanager
def process(kind: str, address: str) -> Iterator[subprocess.Popen[str]]:
    """Start a worker; kill it at the end."""
    command = [sys.executable, "-m", "tests.dispatch.worker", kind, address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def lines(worker: subprocess.Popen[str], count: int) -> list[str]:
    """Wait for *count* lines, or for the end."""
    assert worker.stdout is not None
    found = (worker.stdout.readline() for _ in range(count))
    return [line for line in found if line]


class QueueContract:
    """The tests. A subclass has the fixture `bench`."""

    def test_a_shard_goes_to_a_worker_of_its_vantage_and_comes_back_as_a_result(self, bench: Bench[AnyQueue]) -> None:
        """A worker gets the shard as it was added, workers elsewhere get nothing, and the answers are unchanged."""

        async def use(queue: AnyQueue) -> None:
            added = shard(7, hosts=("exämple.com:8443", "[2001:db8::1]:443"))
            await queue.enqueue([added])
            assert await queue.claim("elsewhere", SECONDS) is None
            assert await queue.progress("run") == Progress(waiting=1)
            lease = await claimed(queue)
            assert (lease.shard, lease.attempt) == (added, 1)
            assert await queue.claim(VANTAGE, SECONDS) is None
            assert await queue.progress("run") == Progress(leased=1)
            await queue.done(lease, answered(added, "ü\n"))
            assert await queue.progress("run") == Progress(done=1)
            assert await listed(queue) == [answered(added, "ü\n")]
            assert await listed(queue, known=(7,)) == []
            assert await listed(queue, "other") == []

        on(bench, use)

    def test_the_first_shard_that_was_added_is_the_first_to_be_claimed(self, bench: Bench[AnyQueue]) -> None:
        """A run that began earlier is finished first, and its shards go out in order."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue(shard(number, run="z") for number in (1, 0))
            await bench.pass_time(1)
            await queue.enqueue([shard(0, run="a")])
            leases = [(await claimed(queue)).shard for _ in range(3)]
            assert [(s.run, s.number) for s in leases] == [("z", 0), ("z", 1), ("a", 0)]

        on(bench, use)

    def test_adding_again_adds_nothing(self, bench: Bench[AnyQueue]) -> None:
        """More shards than one transaction adds, twice; a shard that is done stays done."""

        async def use(queue: AnyQueue) -> None:
            added = [shard(number) for number in range(101)]
            await queue.enqueue(added)
            await queue.done(await claimed(queue), answered(shard(0)))
            await claimed(queue)
            await queue.enqueue([*added, added[0]])
            assert await queue.progress("run") == Progress(waiting=99, leased=1, done=1)

        on(bench, use)

    @pytest.mark.parametrize("other", [shard(hosts=("a", "c")), shard(vantage="elsewhere")], ids=["hosts", "vantage"])
    def test_another_shard_of_the_same_number_is_refused(self, other: Shard, bench: Bench[AnyQueue]) -> None:
        """A run that continues with other hosts would mix answers, whether the shard is there or in the same call."""

        async def use(queue: AnyQueue) -> None:
            with pytest.raises(DispatchError, match="shard 0 of run run has other hosts already"):
                await queue.enqueue([shard(), other])
            assert await queue.progress("run") == Progress()
            await queue.enqueue([shard()])
            with pytest.raises(DispatchError, match="shard 0 of run run has other hosts already"):
                await queue.enqueue([shard(1), other])
            assert await queue.progress("run") == Progress(waiting=1)

        on(bench, use)

    def test_eight_workers_claim_each_shard_once(self, bench: Bench[AnyQueue]) -> None:
        """Eight connections claim at the same time, and no shard goes to two of them."""

        async def run() -> None:
            async with AsyncExitStack() as stack:
                queues = [await stack.enter_async_context(bench.open()) for _ in range(8)]
                await queues[0].enqueue(shard(number) for number in range(40))
                found = await asyncio.gather(*(finished(queue) for queue in queues))
                assert sorted(chain.from_iterable(found)) == list(range(40))
                assert await queues[0].progress("run") == Progress(done=40)

        asyncio.run(run())

    def test_a_lease_that_has_run_out_makes_the_shard_claimable(self, bench: Bench[AnyQueue]) -> None:
        """Another worker gets it, as the second attempt, and not a moment before."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            first = await claimed(queue)
            await bench.pass_time(SECONDS / 2)
            assert await queue.claim(VANTAGE, SECONDS) is None
            await bench.pass_time(SECONDS / 2)
            assert await queue.progress("run") == Progress(waiting=1)
            second = await claimed(queue)
            assert (second.attempt, second.shard) == (2, first.shard)
            assert second.token != first.token

        on(bench, use)

    def test_a_lease_that_is_extended_does_not_run_out(self, bench: Bench[AnyQueue]) -> None:
        """The seconds count from the time of the call."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            lease = await claimed(queue)
            for _ in range(3):
                await bench.pass_time(SECONDS * 0.8)
                await queue.extend(lease, SECONDS)
            assert await queue.claim(VANTAGE, SECONDS) is None

        on(bench, use)

    def test_a_lost_lease_can_neither_be_extended_nor_fail(self, bench: Bench[AnyQueue]) -> None:
        """It is lost when it has run out, when another worker has the shard, when it was given back, and when done."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])

            async def is_lost(lease: Lease) -> None:
                with pytest.raises(LeaseLostError, match="the lease of shard 0 of run run was lost"):
                    await queue.extend(lease, SECONDS)
                with pytest.raises(LeaseLostError):
                    await queue.fail(lease, "too late")

            first = await claimed(queue)
            await bench.pass_time(SECONDS)
            await is_lost(first)
            second = await claimed(queue)
            await is_lost(first)
            await queue.extend(second, SECONDS)
            await queue.fail(second, "stopped")
            await is_lost(second)
            third = await claimed(queue)
            await queue.done(third, answered(shard()))
            await is_lost(third)
            assert await queue.progress("run") == Progress(done=1)

        on(bench, use)

    def test_a_second_result_is_refused(self, bench: Bench[AnyQueue]) -> None:
        """The first one stays, and it is counted once."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            lease = await claimed(queue)
            await queue.done(lease, answered(shard(), "first"))
            with pytest.raises(AlreadyDoneError, match="shard 0 of run run has a result already"):
                await queue.done(lease, answered(shard(), "second"))
            assert await listed(queue) == [answered(shard(), "first")]
            assert await queue.progress("run") == Progress(done=1)

        on(bench, use)

    @pytest.mark.parametrize("winner", [0, 1], ids=["the worker that was paused", "the worker that has the lease"])
    def test_of_two_workers_the_first_result_counts(self, winner: int, bench: Bench[AnyQueue]) -> None:
        """The first worker is paused after its lease ran out; the worker that finishes second is refused."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            paused = await claimed(queue)
            await bench.pass_time(SECONDS)
            leases = [paused, await claimed(queue)]
            await queue.done(leases[winner], answered(shard(), "first"))
            with pytest.raises(AlreadyDoneError):
                await queue.done(leases[1 - winner], answered(shard(), "second"))
            assert await listed(queue) == [answered(shard(), "first")]
            assert await queue.claim(VANTAGE, SECONDS) is None

        on(bench, use)

    def test_a_late_result_counts_if_there_is_no_other(self, bench: Bench[AnyQueue]) -> None:
        """It counts after its lease has run out, and even when the shard is dead."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            for _ in range(ATTEMPTS):
                lease = await claimed(queue)
                await bench.pass_time(SECONDS)
            assert await queue.progress("run") == Progress(dead=1)
            await queue.done(lease, answered(shard()))
            assert await queue.progress("run") == Progress(done=1)
            assert await buried(queue) == []

        on(bench, use)

    def test_a_shard_that_fails_too_often_is_dead(self, bench: Bench[AnyQueue]) -> None:
        """It is not claimed again, and is listed with its hosts and the last reason, in any characters."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard(3)])
            for attempt in range(1, ATTEMPTS + 1):
                assert await buried(queue) == []
                await queue.fail(await claimed(queue), f"attempt {attempt}: ü\0\ud800" + "x" * 5000)
            assert await queue.claim(VANTAGE, SECONDS) is None
            (dead,) = await buried(queue)
            assert (dead.number, dead.hosts) == (3, ("a", "b"))
            assert dead.reason.startswith("attempt 3: ü\ufffd?xxx")
            assert len(dead.reason) == 1000
            assert await queue.progress("run") == Progress(dead=1)

        on(bench, use)

    def test_a_shard_that_kills_its_workers_is_dead(self, bench: Bench[AnyQueue]) -> None:
        """Nobody gives it back, and it is listed although nobody claims."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            for _ in range(ATTEMPTS):
                assert await buried(queue) == []
                await claimed(queue)
                await bench.pass_time(SECONDS)
            reason = "no worker finished it within its lease, the last time at attempt 3"
            assert await buried(queue) == [DeadShard(number=0, hosts=("a", "b"), reason=reason)]
            assert await queue.claim(VANTAGE, SECONDS) is None

        on(bench, use)

    @pytest.mark.parametrize(
        ("result", "problem"),
        [
            (answered(shard(1)), "is that of another shard"),
            (answered(shard(run="other")), "is that of another shard"),
            (answered(shard(hosts=("a",))), "has 1 answers for 2 hosts"),
            (answered(shard(), "x" * (MAX_RESULT_BYTES // 2)), "a result has .* bytes, and the limit is"),
        ],
        ids=["another number", "another run", "an answer is missing", "too large"],
    )
    def test_a_result_that_cannot_count_is_refused(self, result: Result, problem: str, bench: Bench[AnyQueue]) -> None:
        """The shard stays with its worker, who can still finish it."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            lease = await claimed(queue)
            with pytest.raises(DispatchError, match=problem):
                await queue.done(lease, result)
            assert await queue.progress("run") == Progress(leased=1)
            await queue.done(lease, answered(shard()))

        on(bench, use)

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"\xff", "a result cannot be read"),
            (b"[" * 100_000, "a result cannot be read"),
            (b'{"run":"run","number":0,"vantage":"here"}', "a result cannot be read"),
            (b'{"run":"run","number":0,"vantage":"here","answers":[1]}', "has 1 answers for 2 hosts"),
            (b" " * (MAX_RESULT_BYTES + 1), "a result has .* bytes"),
        ],
        ids=["not text", "deep", "incomplete", "an answer is missing", "too large"],
    )
    def test_a_stored_result_that_cannot_be_read_is_a_dead_shard(
        self, body: bytes, reason: str, bench: Bench[AnyQueue]
    ) -> None:
        """It is neither skipped nor counted as done, and the other runs are not affected."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            await queue.done(await claimed(queue), answered(shard()))
            await bench.overwrite("queue_results", body)
            await queue.enqueue([shard(1)])
            await queue.done(await claimed(queue), answered(shard(1)))
            assert await listed(queue) == [answered(shard(1))]
            (dead,) = await buried(queue)
            assert re.search(reason, dead.reason)
            assert await queue.progress("run") == Progress(done=1, dead=1)

        on(bench, use)

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b'{"run":"run","number":0,"vantage":"*","hosts":["a"]}', "'*' cannot be the name of a vantage point"),
            (b'{"run":"run","number":9,"vantage":"here","hosts":["a"]}', "shard 0 of run run is another shard"),
        ],
        ids=["a name", "the place of another shard"],
    )
    def test_a_stored_shard_that_cannot_be_read_is_dead(self, body: bytes, reason: str, bench: Bench[AnyQueue]) -> None:
        """The worker gets the next one instead, and the results of another shard are not counted twice."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard()])
            await bench.overwrite("queue_shards", body)
            await queue.enqueue([shard(1)])
            assert (await claimed(queue)).shard == shard(1)
            (dead,) = await buried(queue)
            assert (dead.number, dead.hosts) == (0, ())
            assert reason in dead.reason

        on(bench, use)

    def test_a_run_that_is_forgotten_is_gone(self, bench: Bench[AnyQueue]) -> None:
        """Its results too, while a worker has one of its shards; the other run stays, and the name is free again."""

        async def use(queue: AnyQueue) -> None:
            await queue.enqueue([shard(), shard(1), shard(run="other", vantage="elsewhere")])
            await queue.done(await claimed(queue), answered(shard()))
            lease = await claimed(queue)
            assert (lease.shard.run, lease.shard.number) == ("run", 1)
            assert await queue.forget("run") == 2
            assert await queue.forget("run") == 0
            for call in (queue.extend(lease, SECONDS), queue.done(lease, answered(shard(1))), queue.fail(lease, "x")):
                with pytest.raises(LeaseLostError):
                    await call
            assert (await listed(queue), await queue.progress("run")) == ([], Progress())
            assert await queue.progress("other") == Progress(waiting=1)
            await queue.enqueue([shard(hosts=("c",))])
            assert await queue.progress("run") == Progress(waiting=1)

        on(bench, use)

    def test_workers_that_are_killed_lose_no_shard(self, bench: Bench[AnyQueue]) -> None:
        """Two are killed while they have a shard, two in the middle of their work; each shard is counted once."""
        on(bench, lambda queue: queue.enqueue(shard(number) for number in range(200)))
        with process("hold", bench.address) as first, process("hold", bench.address) as second:
            assert len(lines(first, 1) + lines(second, 1)) == 2
            with process("work", bench.address) as third, process("work", bench.address) as fourth:
                lines(third, 9)
                lines(fourth, 6)
                for worker in (first, second, third, fourth):
                    worker.kill()
        progress = on(bench, lambda queue: queue.progress("run"))
        assert progress.leased >= 2
        assert progress.done >= 7
        on(bench, lambda _: bench.pass_time(4_000))
        assert len(on(bench, finished)) == 200 - progress.done
        assert on(bench, lambda queue: queue.progress("run")) == Progress(done=200)
        assert [result.number for result in on(bench, listed)] == list(range(200))
