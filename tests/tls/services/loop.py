"""An event loop that leaves nothing to the garbage collector, even if a client library forgets to close something."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from tests.tls.clients.way import SECONDS

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run *coroutine* as `asyncio.run` does, then let its tasks end, and close all transports that are left."""
    return asyncio.run(_to_the_end(coroutine))


async def _to_the_end(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        return await coroutine
    finally:
        # aiormq closes its transport in a task of its own, which the end of the loop would cancel.
        if rest := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(rest, timeout=SECONDS)
        # A transport that still has bytes to send is not closed by then.
        transports: Mapping[int, asyncio.Transport] = getattr(asyncio.get_running_loop(), "_transports", {})
        for transport in list(transports.values()):
            transport.abort()
        # The socket is closed a turn or two of the loop after its transport.
        for _ in range(4):
            await asyncio.sleep(0)
