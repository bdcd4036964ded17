"""A worker keeps its lease, gives shards back, and outlives its queue."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from pinsmith.dispatch.database import DatabaseQueue
from pinsmith.dispatch.queue import Progress
from pinsmith.dispatch.shard import Lease, Result, Shard
from pinsmith.dispatch.worker import Worker
from pinsmith.errors.dispatch import DispatchError
from pinsmith.errors.service import StoreError
from tests.dispatch.contract import ATTEMPTS, buried, claimed, listed, shard
from tests.dispatch.worker import VANTAGE, answered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Scene:
    """A queue with one shard, a log, and a pause that takes no time."""

    def __init__(self, queue: DatabaseQueue) -> None:
        self.queue = queue
        self.log: list[str] = []
        self.has_paused = asyncio.Event()
        self.stopped = False

    async def _sleep(self, seconds: float) -> None:
        self.has_paused.set()
        await asyncio.sleep(0)

    async def work(
        self,
        ask: Callable[[Shard, Callable[[], bool]], Result | None] = lambda asked, _: answered(asked),
        *,
        until_empty: bool = True,
        lease_seconds: float = 60,
    ) -> None:
        """Run a worker."""
        worker = Worker(
            self.queue,
            VANTAGE,
            ask,
            is_stopped=lambda: self.stopped,
            tell=self.log.append,
            lease_seconds=lease_seconds,
            sleep=self._sleep,
        )
        await worker.run(until_empty=until_empty)


def play(folder: Path, use: Callable[[Scene], object], attempts: int = ATTEMPTS) -> None:
    """Run a coroutine function with a scene."""

    async def run() -> None:
        async with DatabaseQueue(folder / "queue.db", attempts=attempts) as queue:
            await queue.enqueue([shard()])
            await use(Scene(queue))  # type: ignore[misc]

    asyncio.run(run())


def test_a_worker_finishes_what_it_claims(tmp_path: Path) -> None:
    """Shards of its vantage point are done, and it ends when none is left."""

    async def use(scene: Scene) -> None:
        await scene.queue.enqueue([shard(1), shard(2, vantage="elsewhere")])
        await scene.work()
        assert await scene.queue.progress("run") == Progress(done=2, waiting=1)
        assert scene.log == ["shard 0 of run run is done: 2 hosts", "shard 1 of run run is done: 2 hosts"]

    play(tmp_path, use)


def test_a_worker_waits_for_shards(tmp_path: Path) -> None:
    """Without --until-empty it looks again until it is stopped."""

    async def use(scene: Scene) -> None:
        def ask(asked: Shard, _: object) -> Result:
            scene.stopped = asked.number == 1
            return answered(asked)

        working = asyncio.create_task(scene.work(ask, until_empty=False))
        await scene.has_paused.wait()
        await scene.queue.enqueue([shard(1)])
        await working
        assert await scene.queue.progress("run") == Progress(done=2)

    play(tmp_path, use)


def test_a_worker_extends_its_lease_while_it_asks(tmp_path: Path) -> None:
    """A shard that takes longer than a lease is not claimed by another worker."""

    async def use(scene: Scene) -> None:
        extended = threading.Event()
        extend = scene.queue.extend

        async def seen(lease: Lease, seconds: float) -> None:
            await extend(lease, seconds)
            extended.set()

        scene.queue.extend = seen  # type: ignore[method-assign]

        def ask(asked: Shard, _: object) -> Result:
            assert extended.wait(240)
            return answered(asked)

        await scene.work(ask, lease_seconds=2)
        assert await scene.queue.progress("run") == Progress(done=1)

    play(tmp_path, use)


def test_a_worker_that_has_lost_its_lease_stops_asking(tmp_path: Path) -> None:
    """The other worker has the shard, and no result of the first one is written."""

    async def use(scene: Scene) -> None:
        async def lost(lease: Lease, seconds: float) -> None:
            await scene.queue.fail(lease, "taken away")
            other.append(await claimed(scene.queue))
            await extend(lease, seconds)

        other: list[Lease] = []
        extend, scene.queue.extend = scene.queue.extend, lost  # type: ignore[method-assign]
        was_told = threading.Event()

        def ask(_: Shard, is_stopped: Callable[[], bool]) -> None:
            while not is_stopped():
                was_told.wait(0.001)

        await scene.work(ask, lease_seconds=2)
        assert scene.log == ["shard 0 of run run was left to another worker, because its lease was lost"]
        assert await scene.queue.progress("run") == Progress(leased=1)
        await scene.queue.done(other[0], answered(shard()))

    play(tmp_path, use)


def test_a_worker_that_is_stopped_gives_its_shard_back(tmp_path: Path) -> None:
    """The next worker need not wait until the lease runs out."""

    async def use(scene: Scene) -> None:
        def ask(_: Shard, is_stopped: Callable[[], bool]) -> None:
            assert not is_stopped()
            scene.stopped = True
            assert is_stopped()

        await scene.work(ask)
        assert scene.log == ["shard 0 of run run was given back: the worker was stopped"]
        assert (await claimed(scene.queue)).attempt == 2

    play(tmp_path, use)


def test_a_shard_whose_hosts_break_the_worker_becomes_dead(tmp_path: Path) -> None:
    """The worker goes on, and the reason names the error."""

    async def use(scene: Scene) -> None:
        def ask(asked: Shard, _: object) -> Result:
            if asked.number == 0:
                raise OverflowError("too deep")
            return answered(asked)

        await scene.queue.enqueue([shard(1)])
        await scene.work(ask)
        (dead,) = await buried(scene.queue)
        assert (dead.number, dead.reason) == (0, "OverflowError: too deep")
        assert [result.number for result in await listed(scene.queue)] == [1]

    play(tmp_path, use)


def test_a_result_that_the_queue_refuses_is_given_back(tmp_path: Path) -> None:
    """A result that is not whole never counts, and the worker goes on."""

    async def use(scene: Scene) -> None:
        await scene.work(lambda _, __: answered(shard(9)))
        (dead,) = await buried(scene.queue)
        assert dead.reason == "the result of shard 0 of run run is that of another shard"

    play(tmp_path, use)


@pytest.mark.parametrize("method", ["claim", "done"])
def test_a_worker_tries_again_while_the_queue_cannot_be_reached(method: str, tmp_path: Path) -> None:
    """Its pauses grow, and the result that it has is not lost."""

    async def use(scene: Scene) -> None:
        call, failures = getattr(scene.queue, method), iter(range(3))

        async def flaky(*given: object) -> object:
            if next(failures, None) is not None:
                raise StoreError("the queue cannot be reached", path="x")
            return await call(*given)

        setattr(scene.queue, method, flaky)
        await scene.work()
        assert await scene.queue.progress("run") == Progress(done=1)
        assert scene.log[:3] == [f"the queue cannot be reached; trying again in {n} s" for n in (1, 2, 4)]

    play(tmp_path, use)


def test_a_worker_whose_commit_was_not_confirmed_goes_on(tmp_path: Path) -> None:
    """The second attempt to write the result is refused, and that is a success."""

    async def use(scene: Scene) -> None:
        done = scene.queue.done
        failures = iter(range(1))

        async def unconfirmed(lease: Lease, result: Result) -> None:
            await done(lease, result)
            if next(failures, None) is not None:
                raise StoreError("the connection was lost", path="x")

        scene.queue.done = unconfirmed  # type: ignore[method-assign]
        await scene.work()
        assert scene.log[-1] == "shard 0 of run run had a result already"
        assert await scene.queue.progress("run") == Progress(done=1)

    play(tmp_path, use)


def test_a_worker_outlives_a_run_that_is_forgotten(tmp_path: Path) -> None:
    """It drops the result, and goes on with the next run."""

    async def use(scene: Scene) -> None:
        done = scene.queue.done

        async def forgotten(lease: Lease, result: Result) -> None:
            await scene.queue.forget("run")
            await done(lease, result)

        scene.queue.done = forgotten  # type: ignore[method-assign]
        await scene.queue.enqueue([shard(run="x")])
        await scene.work()
        assert scene.log == ["shard 0 of run run is not in the queue any more", "shard 0 of run x is done: 2 hosts"]

    play(tmp_path, use)


def test_a_worker_can_be_stopped_while_the_queue_cannot_be_reached(tmp_path: Path) -> None:
    """It ends without an error, and the lease of its shard runs out by itself."""

    async def use(scene: Scene) -> None:
        async def broken(*_: object) -> None:
            scene.stopped = True
            raise StoreError("the queue cannot be reached", path="x")

        scene.queue.done = broken  # type: ignore[assignment,method-assign]
        await scene.work()
        assert await scene.queue.progress("run") == Progress(leased=1)

    play(tmp_path, use)


def test_names_that_cannot_be_parts_of_subjects_are_refused() -> None:
    """A shard with such a run, vantage point, number or host does not exist."""
    for changed in (
        {"run": "a.b"},
        {"run": ""},
        {"run": "x" * 33},
        {"run": "run\n"},
        {"vantage": "*"},
        {"number": -1},
        {"number": 1 << 31},
        {"hosts": ()},
        {"hosts": ("a",) * 2001},
        {"hosts": ("a", "")},
        {"hosts": ("a\nb",)},
        {"hosts": ("\ud800",)},
        {"hosts": ("a" * 301,)},
    ):
        with pytest.raises(DispatchError):
            Shard(**{"run": "r", "number": 0, "vantage": "v", "hosts": ("a",), **changed})  # type: ignore[arg-type]
