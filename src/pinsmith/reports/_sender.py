"""`Sender`: sends reports of mismatches in the background."""

from __future__ import annotations

import _thread
import atexit
import os
import ssl
import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Literal, Self

from pinsmith.errors import UnknownFormatError
from pinsmith.reports._outbox import Letter, Outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.reports._deliver import Failure
    from pinsmith.tls.event import MismatchEvent

    Attempt = Callable[[Letter, float], Failure | None]

_FORMAT_IDS: Final = ("event", "rfc7469")
_ATTEMPT_SECONDS: Final = 10.0
_EXIT_SECONDS: Final = 2.0


class Sender:
    """
    Sends reports of mismatches to the ``report-uris`` of the hosts, in the background.

    It is a callback: pass it as ``on_mismatch``. To do something else as well, call it from your own callback. Without
    a sender, pinsmith sends nothing.

    A report never delays or changes the connection that failed. A background thread, which starts with the first
    report, sends it. If the receiver does not accept it, the thread tries again for an hour, with growing waits, and
    not before the time in ``Retry-After``. If too many reports wait, further ones are dropped and counted. At its end,
    a program waits at most two seconds. After ``os.fork``, the child sends its own reports, but not those of its
    parent. Workers of `multiprocessing` end without waiting: call `close` there.

    Addresses are https, or http on the loopback. The connection is verified, and the pins of the policy apply to it, as
    RFC 7469 demands. If the pins of an address share a key or a trust anchor with those that failed, the sender drops
    the report, because they would stop reports when they are needed; ``pinsmith lint`` finds such an address.
    ``HTTPS_PROXY`` and ``NO_PROXY`` are respected. Redirects are not followed. A report contains pins, certificates,
    the host, and what you pass here.

    Args:
        format_id: What is sent: pinsmith's own ``event``, or the older and poorer ``rfc7469``.
        cafile: Trust anchors for the connections of the sender, instead of the system's.
        app_id, app_version, platform: What events say of your program. RFC 7469 has no place for them.
        max_waiting: How many reports may wait; one for each address.

    Attributes:
        dropped: How many reports this process did not send, because too many waited, or because they were given up.

    Raises:
        UnknownFormatError: If there is no such format.
        OSError: If *cafile* cannot be read.

    Source:
        :rfc:`7469#section-2.1.4` and section 3
    """

    def __init__(
        self,
        *,
        format_id: Literal["event", "rfc7469"] = "event",
        cafile: str | os.PathLike[str] | None = None,
        app_id: str | None = None,
        app_version: str | None = None,
        platform: str | None = None,
        max_waiting: int = 100,
    ) -> None:
        if format_id not in _FORMAT_IDS:
            raise UnknownFormatError(f"reports are not sent as {format_id!r}", hint=f"use {' or '.join(_FORMAT_IDS)}")
        self._cafile = os.fspath(cafile) if cafile is not None else None
        if self._cafile is not None:  # now, because later nobody would see the error
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(self._cafile)
        self._format_id = format_id
        self._app = {"app-id": app_id, "app-version": app_version, "platform": platform}
        self._max_waiting = max_waiting
        self._line = _Line(self._attempt)

    @property
    def dropped(self) -> int:
        """How many reports of this process were not sent."""
        return self._own_line().dropped

    def __call__(self, event: MismatchEvent) -> None:
        """Queue the reports of *event*. Never waits; safe in many threads, in signal handlers and after a fork."""
        for uri in event.entry.report_uris if event.entry is not None else ():
            self._own_line().put(Letter(uri, event), self._max_waiting)

    def close(self, timeout_seconds: float = 5.0) -> bool:
        """
        Wait until the reports that are due are sent, and end. Later ones are dropped.

        Returns:
            Whether no report waits any more. If the time does not allow the next attempt for a report, it is dropped.
        """
        return self._own_line().end(timeout_seconds)

    def __enter__(self) -> Self:
        """Return the sender itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _own_line(self) -> _Line:
        with _lock:
            if self._line.process != os.getpid():
                self._line = _Line(self._attempt)  # the reports of the parent are the parent's
            return self._line

    def _attempt(self, letter: Letter, timeout_seconds: float) -> Failure | None:
        from pinsmith.reports._body import BODIES
        from pinsmith.reports._deliver import deliver

        body = BODIES[self._format_id](letter.event, self._app)
        return deliver(letter.uri, letter.event, body, cafile=self._cafile, timeout_seconds=timeout_seconds)


class _Line:
    """
    The reports that wait in one process, and the thread that sends them.

    `SimpleQueue` and the reentrant lock are safe in signal handlers. So is `_thread`, whereas `threading.Thread` takes
    a lock that the interrupted code may hold.

    Args:
        attempt: Makes one attempt to deliver a letter, in a number of seconds.
    """

    def __init__(self, attempt: Attempt) -> None:
        self.process = os.getpid()
        self.dropped = 0
        self._attempt = attempt
        self._queue: SimpleQueue[Letter | float] = SimpleQueue()
        self._waiting = 0
        self._runs = self._ends = False
        self._ended = threading.Event()
        self._logged: set[str] = set()

    def put(self, letter: Letter, max_waiting: int) -> None:
        """Queue *letter*, or drop it."""
        with _lock:
            is_taken = not self._ends and self._waiting < max_waiting and self._start()
            if is_taken:
                self._waiting += 1
        if is_taken:
            self._queue.put(letter)
        else:
            self._drop("", "a report was dropped, because too many wait or the sender is closed")

    def end(self, timeout_seconds: float) -> bool:
        """See `Sender.close`."""
        atexit.unregister(self._exit)
        with _lock:
            self._ends = True
            if not self._runs or self.process != os.getpid():  # a child after a fork has no such thread
                return True
        self._queue.put(time.monotonic() + timeout_seconds)
        self._ended.wait(timeout_seconds)
        return self._waiting == 0

    def _exit(self) -> None:
        self.end(_EXIT_SECONDS)

    def _start(self) -> bool:
        if not self._runs:
            try:
                _thread.start_new_thread(self._run, ())
            except RuntimeError:  # the interpreter ends, or the system has no thread left
                return False
            self._runs = True
            atexit.register(self._exit)
        return True

    def _run(self) -> None:
        from random import random

        outbox, deadline = Outbox(random), None
        try:
            while True:
                now = time.monotonic()
                wait = outbox.wait(now)
                if deadline is not None and (wait is None or now + wait >= deadline):
                    self._abandon(outbox)
                    return
                try:
                    item = self._queue.get(timeout=wait)
                except Empty:
                    left = _ATTEMPT_SECONDS if deadline is None else min(_ATTEMPT_SECONDS, deadline - now)
                    self._send(outbox, outbox.take(), left)
                else:
                    if isinstance(item, Letter):
                        outbox.put(item, now)
                    else:
                        deadline = item
        finally:
            self._ended.set()

    def _send(self, outbox: Outbox, letter: Letter, timeout_seconds: float) -> None:
        try:
            failure = self._attempt(letter, timeout_seconds)
        except Exception as error:  # noqa: BLE001 - the thread must go on with the next one
            self._drop(letter.uri, f"a report to {letter.uri} was dropped: {error!r}")
        else:
            if failure is None:
                pass
            elif failure.again and outbox.again(letter, time.monotonic(), after_seconds=failure.after_seconds):
                return
            else:
                self._drop(letter.uri, f"a report was dropped: {letter.uri} {failure.why}")
        with _lock:
            self._waiting -= 1

    def _abandon(self, outbox: Outbox) -> None:
        while outbox.wait(0.0) is not None:
            uri = outbox.take().uri
            self._drop(uri, f"a report to {uri} was dropped, because the sender was closed before it was delivered")

    def _drop(self, subject: str, message: str) -> None:
        """Count a report that is lost, and log the first one of each *subject*."""
        with _lock:
            self.dropped += 1
            is_first = subject not in self._logged
            self._logged.add(subject)
        if is_first:
            import logging

            with suppress(Exception):  # a handler of the program may fail
                logging.getLogger("pinsmith").warning("%s; further ones are counted and not logged", message)


# As in `pinsmith.tls.event`: held for microseconds, reentrant for signal handlers, and new in a forked child.
_lock = _thread.RLock()


def _renew_lock() -> None:
    global _lock  # noqa: PLW0603 - the process has one
    _lock = _thread.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_renew_lock)
