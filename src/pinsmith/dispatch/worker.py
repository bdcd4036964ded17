"""Claim shards, ask their hosts, and write the results back, until somebody asks it to stop."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from pinsmith.errors.dispatch import AlreadyDoneError, DispatchError, LeaseLostError
from pinsmith.errors.service import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pinsmith.dispatch.queue import Queue
    from pinsmith.dispatch.shard import Lease, Result, Shard

    Ask = Callable[[Shard, Callable[[], bool]], Result | None]

T = TypeVar("T")

LEASE_SECONDS: Final = 120.0
IDLE_SECONDS: Final = 2.0
_LONGEST_PAUSE_SECONDS: Final = 30.0
_TICK_SECONDS: Final = 0.2  # how soon a request to stop is noticed
_EXTENSIONS: Final = 4  # in the time of a lease, so that a lease survives some that fail


class StoppedError(Exception):
    """The worker was stopped while it waited for the queue."""


class Worker:
    """One worker, with one shard at a time. It keeps its lease while it works, and gives the shard back if it stops."""

    def __init__(
        self,
        queue: Queue,
        vantage: str,
        ask: Ask,
        *,
        is_stopped: Callable[[], bool],
        tell: Callable[[str], None],
        lease_seconds: float = LEASE_SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """
        Prepare a worker.

        Args:
            queue: Opened.

            vantage: The name of the vantage point.

            ask: As `pinsmith.dispatch.asking.ask`. It runs in a thread, and ends soon after its second argument
                returns True.

            is_stopped: Whether somebody asked to stop.

            tell: Called with lines for the log.

            lease_seconds: How long nobody else gets a shard after this worker has died.

            sleep: Waits for some seconds.
        """
        self._queue, self._vantage, self._ask = queue, vantage, ask
        self._is_stopped, self._tell, self._sleep = is_stopped, tell, sleep
        self._lease_seconds = lease_seconds

    async def run(self, *, until_empty: bool = False) -> None:
        """Work until somebody asks to stop, or, if *until_empty*, until no shard can be claimed."""
        try:
            while not self._is_stopped():
                lease = await self.retried(partial(self._queue.claim, self._vantage, self._lease_seconds))
                if lease is not None:
                    await self._work(lease)
                elif until_empty:
                    return
                else:
                    await self._pause(IDLE_SECONDS)
        except StoppedError:
            return

    async def retried(self, call: Callable[[], Awaitable[T]]) -> T:
        """
        Call until the queue can be reached, with growing pauses.

        Raises:
            StoppedError: If somebody asks to stop meanwhile.
        """
        pause = 1.0
        while True:
            try:
                return await call()
            except StoreError as error:
                self._tell(f"{error}; trying again in {pause:.0f} s")
            await self._pause(pause)
            if self._is_stopped():
                raise StoppedError
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _pause(self, seconds: float) -> None:
        while seconds > 0 and not self._is_stopped():
            await self._sleep(min(seconds, _TICK_SECONDS))
            seconds -= _TICK_SECONDS

    async def _work(self, lease: Lease) -> None:
        name = f"shard {lease.shard.number} of run {lease.shard.run}"
        has_ended = threading.Event()
        asking = asyncio.create_task(
            asyncio.to_thread(self._ask, lease.shard, lambda: has_ended.is_set() or self._is_stopped())
        )
        try:
            is_held = await self._keep(lease, asking)
        finally:
            has_ended.set()
            await asyncio.wait([asking])
        if not is_held:
            self._tell(f"{name} was left to another worker, because its lease was lost")
            return
        error = asking.exception()
        if error is not None:
            await self._give_back(lease, f"{type(error).__name__}: {error}")
        elif (result := asking.result()) is None:
            await self._give_back(lease, "the worker was stopped")
        else:
            await self._finish(lease, result, name)

    async def _keep(self, lease: Lease, asking: asyncio.Task[Result | None]) -> bool:
        """Extend the lease until the hosts were asked; return whether it was not lost."""
        between = self._lease_seconds / _EXTENSIONS
        while not (await asyncio.wait([asking], timeout=between))[0]:
            try:
                await self._queue.extend(lease, self._lease_seconds)
            except LeaseLostError:
                return False
            except StoreError as error:
                self._tell(f"{error}; the shard is asked on")
        return True

    async def _finish(self, lease: Lease, result: Result, name: str) -> None:
        try:
            await self.retried(partial(self._queue.done, lease, result))
        except AlreadyDoneError:
            self._tell(f"{name} had a result already")
        except LeaseLostError:
            self._tell(f"{name} is not in the queue any more")
        except DispatchError as error:
            await self._give_back(lease, str(error))
        else:
            self._tell(f"{name} is done: {len(lease.shard.hosts)} hosts")

    async def _give_back(self, lease: Lease, reason: str) -> None:
        self._tell(f"shard {lease.shard.number} of run {lease.shard.run} was given back: {reason}")
        try:
            await self._queue.fail(lease, reason)
        except (LeaseLostError, StoreError) as error:
            self._tell(f"{error}")  # it can be claimed when the lease has run out
