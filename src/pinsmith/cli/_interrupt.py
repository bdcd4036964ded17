"""
Ctrl-C ends a command, wherever it arrives.

Python raises KeyboardInterrupt between any two steps. In a finalizer or in the callback of a weak reference nothing can
be raised: Python prints "Exception ignored in ..." and goes on as if nobody had pressed a key.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_AGAIN_SECONDS = 0.005
_HAS_ALARM = hasattr(signal, "setitimer")  # not on Windows: there it is raised on leaving


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """
    Raise an interrupt that Python had to ignore once more, a moment later; at the latest on leaving.

    Raises:
        KeyboardInterrupt: If Python ignored one.
    """
    lost = False
    before = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs) -> None:
        nonlocal lost
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            before(unraisable)
            return
        lost = True
        # Not raised at once, because nothing can be raised in this hook either.
        if _HAS_ALARM:
            signal.signal(signal.SIGALRM, signal.default_int_handler)
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)

    sys.unraisablehook = hook
    try:
        yield
        if lost:
            raise KeyboardInterrupt
    finally:
        sys.unraisablehook = before
        if lost and _HAS_ALARM:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)


@contextlib.contextmanager
def or_terminated() -> Iterator[None]:
    """Treat SIGTERM, with which CI ends a background process, like Ctrl-C."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def noted() -> Iterator[Callable[[], bool]]:
    """
    Note Ctrl-C and SIGTERM instead of raising, so that they interrupt no step half done, such as taking a lock.

    The value is a function that returns whether one has arrived. A second one raises, in case a step does not end.

    Raises:
        KeyboardInterrupt: If a second one arrives.
    """
    has_arrived = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal has_arrived
        del number, frame
        if has_arrived:
            raise KeyboardInterrupt
        has_arrived = True

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    if found[signal.SIGINT] is signal.SIG_IGN:  # as in the background of a script, where it stays so
        del found[signal.SIGINT]
    before = {number: handler for number, handler in found.items() if handler is not None}  # others cannot be restored
    try:
        for number in before:
            signal.signal(number, note)
        yield lambda: has_arrived
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
