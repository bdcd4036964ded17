"""End what runs in an event loop when the process is asked to end."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def ending(end: Callable[[], None]) -> Iterator[None]:
    """Call *end* for the first SIGINT or SIGTERM; a second one ends the process as usual."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(_number: int, _frame: object) -> None:
        restore()
        loop.call_soon_threadsafe(end)

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
