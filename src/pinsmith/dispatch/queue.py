"""The interface of a queue of shards. `tests/dispatch/contract.py` states its behaviour on every engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Container, Iterable

    from pinsmith.dispatch.shard import Lease, Result, Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How many shards of a run are in each state.

    Attributes:
        waiting: Those that nobody has.
        leased: Those that a worker has.
        done: Those with a result.
        dead: Those that failed too often.
    """

    waiting: int = 0
    leased: int = 0
    done: int = 0
    dead: int = 0

    @property
    def total(self) -> int:
        """Return how many shards the run has."""
        return self.waiting + self.leased + self.done + self.dead

    @property
    def is_over(self) -> bool:
        """Return whether each shard is done or dead."""
        return not self.waiting and not self.leased


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadShard:
    """
    A shard that nobody claims any more.

    Attributes:
        number: Its number in the run.
        hosts: Its hosts; none if they cannot be read.
        reason: Why the last attempt failed.
    """

    number: int
    hosts: tuple[str, ...]
    reason: str


class Queue(Protocol):
    """
    Shards that are worked on at least once, and whose results count exactly once.

    A method is one transaction, or one for each part of its input or output. Its changes are durable when it returns.
    """

    async def enqueue(self, shards: Iterable[Shard]) -> None:
        """
        Add shards. A shard that the queue has already, in any state, stays as it is.

        Raises:
            DispatchError: If a shard of the same run and number has other hosts or another vantage point.
        """

    async def claim(self, vantage: str, seconds: float) -> Lease | None:
        """
        Take a shard that nobody has, the one that has waited longest; None if there is none.

        Args:
            vantage: The name of the vantage point.

            seconds: How long nobody else gets it.
        """

    async def extend(self, lease: Lease, seconds: float) -> None:
        """
        Keep a shard for *seconds* from now.

        Raises:
            LeaseLostError: If the lease has run out, even if nobody else has claimed the shard.
        """

    async def done(self, lease: Lease, result: Result) -> None:
        """
        Store the result. It counts even if the lease has run out, unless there is one already.

        Raises:
            AlreadyDoneError: If there is one already.
            DispatchError: If the result is not that of the shard, is too large, or does not answer each host.
        """

    async def fail(self, lease: Lease, reason: str) -> None:
        """
        Give a shard back, so that it can be claimed again; after too many attempts it is dead.

        Raises:
            LeaseLostError: If the lease has run out.
        """

    def dead(self, run: str) -> AsyncIterator[DeadShard]:
        """List the dead shards of a run, in order."""

    def results(self, run: str, *, known: Container[int] = ()) -> AsyncIterator[Result]:
        """
        List the results that are there now, in order. A shard whose result cannot be read becomes dead.

        Args:
            run: The name of the run.

            known: The numbers of shards to leave out.
        """

    async def progress(self, run: str) -> Progress:
        """Count the shards of a run. A run without shards is over."""

    async def forget(self, run: str) -> int:
        """Remove a run with its results, also while workers have shards of it; return how many shards it had."""
