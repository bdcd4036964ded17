"""What workers do in tests."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path


def double(number: int) -> int:
    """Return twice the number."""
    return 2 * number


def turn(number: int) -> int:
    """Return twice the number, or use processor time without end for a negative one."""
    while number < 0:
        pass
    return 2 * number


def wait(number: int) -> int:
    """Return twice the number. A negative one waits without end, and uses no processor time."""
    if number < 0:
        threading.Event().wait()
    return 2 * number


def die(number: int) -> int:
    """Return twice the number, or crash as a parser does for a negative one."""
    if number < 0:
        os.abort()
    return 2 * number


def die_once(mark: str) -> str:
    """Be killed the first time, as by a system without memory."""
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return mark
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    return ""


def fail(number: int) -> int:
    """Raise what no reader raises."""
    raise KeyError(number)


def disturb(number: int) -> int:
    """Print, read, and press Ctrl-C."""
    print("a line", flush=True)  # noqa: T201 - the point
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGINT)
    return 2 * number


def announce(pipe: str) -> None:
    """Open a pipe, write a line, and wait without end. The pipe ends with this process."""
    file = open(pipe, "w", encoding="ascii")  # noqa: SIM115, PTH123 - it stays open
    file.write(f"{os.getpid()}\n")
    file.flush()
    threading.Event().wait()
