"""
A worker that claims shards until none is left, or that keeps one until it is killed.

``python -m tests.dispatch.worker work|hold ADDRESS``: prints a line for each shard that it has claimed or done.
"""

from __future__ import annotations

import asyncio
import sys

import msgspec

from pinsmith.dispatch.address import queue_at
from pinsmith.dispatch.shard import Lease, Result, Shard

VANTAGE = "here"
SECONDS = 3_600.0  # longer than any test; tests let the time pass


def answered(shard: Shard, text: str = "ok") -> Result:
    """Make a result with an answer for each host."""
    answer = msgspec.Raw(msgspec.json.encode(text))
    return Result(run=shard.run, number=shard.number, vantage=shard.vantage, answers=(answer,) * len(shard.hosts))


def _say(what: str, lease: Lease) -> None:
    sys.stdout.write(f"{what} {lease.shard.number}\n")
    sys.stdout.flush()


async def _work(*, is_holding: bool, address: str) -> None:
    async with queue_at(address) as queue:
        while (lease := await queue.claim(VANTAGE, SECONDS)) is not None:
            _say("claimed", lease)
            if is_holding:
                await asyncio.Event().wait()
            await queue.done(lease, answered(lease.shard))
            _say("done", lease)


if __name__ == "__main__":
    asyncio.run(_work(is_holding=sys.argv[1] == "hold", address=sys.argv[2]))
