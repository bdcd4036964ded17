"""The process of a worker: it calls a function for one task after the other, until nobody asks any more."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from pinsmith.workers._message import encode, receive, send

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import resource
except ImportError:  # on Windows, where the other process measures the time
    LIMITS_ITSELF = False
else:
    LIMITS_ITSELF = True

READY: Final = "ready"
"""The first message, after the function was imported."""
_MAY_DIE: Final = "500"  # if memory runs out, Linux ends such a process before others


class Done(NamedTuple):
    """What the function returned."""

    result: Any


class Broke(NamedTuple):
    """An exception of the function that is a bug: its text, and where it was raised."""

    problem: str
    trace: str


def main(module: str, name: str, seconds: str) -> None:
    """Call the function *name* of *module* for each task on standard input; *seconds* of processor time end a call."""
    tasks, answers = _pipes()
    _prepare()
    function = getattr(import_module(module), name)
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with suppress(OSError):
        send(answers, encode(READY))
        threading.Thread(target=_listen, args=(tasks, waiting), daemon=True).start()
        while True:
            task = waiting.get()
            _limit(float(seconds))
            send(answers, _answer(function, task))


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep both pipes for messages, so that nothing else that reads or prints can disturb them."""
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return tasks, answers


def _prepare() -> None:
    """Leave Ctrl-C to the process that started this one, and die of a limit or a crash without leaving anything."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if LIMITS_ITSELF:
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGXCPU})
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_MAY_DIE, "ascii")


def _listen(tasks: BinaryIO, waiting: queue.SimpleQueue[Any]) -> None:
    """Pass tasks on. If the process that sends them is gone, end at once, even in the middle of a task."""
    with suppress(EOFError, OSError):
        while True:
            waiting.put(receive(tasks))
    os._exit(0)


def _limit(seconds: float) -> None:
    """Let the system end this process when it has used some more seconds of processor time, whatever it does then."""
    if LIMITS_ITSELF:
        soft, hard = int(time.process_time() + seconds) + 1, resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _answer(function: Callable[[Any], object], task: object) -> bytes:
    try:
        return encode(Done(function(task)))
    except MemoryError:
        os._exit(1)
    except Exception as error:  # noqa: BLE001 - the other process raises it
        return encode(Broke(f"{type(error).__name__}: {error}", traceback.format_exc()))
