"""A reporter is bounded and never blocks a connection, whatever a rogue sends and whatever else the process does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Chain
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls import event
from pinsmith.tls.event import MismatchEvent, Reporter
from pinsmith.verdict import Mismatched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SIZE = 100_000  # the size of a chain that OpenSSL accepts


def mismatch(host: str = "api.example.com") -> Mismatched:
    """Make a verdict that is reported."""
    entry = HostPins(host, (Key("api", Pin.of_spki(b"pinned")),))
    return Mismatched(host, entry, None, "no-pinned-key")


def unique(size: int = 100) -> Chain:
    """Return what a rogue sends that has a new key for each connection."""
    return Chain.of_der([os.urandom(size)])


@pytest.fixture
def events() -> list[MismatchEvent]:
    """Collect what the callback is given."""
    return []


@pytest.fixture
def alarm() -> Iterator[Callable[[Callable[[], None]], object]]:
    """Return a function that installs a handler of SIGALRM for the test."""
    before = signal.getsignal(signal.SIGALRM)
    yield lambda act: signal.signal(signal.SIGALRM, lambda *_: act())
    signal.signal(signal.SIGALRM, before)


class TestBound:
    """A rogue with a new key for each connection does not cause a report for each."""

    def test_the_callback_is_called_sixteen_times_for_one_host(self, events: list[MismatchEvent]) -> None:
        """Further failures are counted, and the first event of the next interval has their number."""
        reporter = Reporter(events.append)
        for minutes in (0, 10, 60):
            for _ in range(300 if minutes < 60 else 1):
                reporter.tell(
                    mismatch(),
                    policy=Policy(),
                    time=NOON + timedelta(minutes=minutes),
                    port=443,
                    presented=unique(),
                    verified=None,
                )
        assert [event.suppressed for event in events] == [0] * 16 + [600 - 16]
        assert events[-1].time == NOON + timedelta(hours=1)

    def test_another_host_has_reports_of_its_own(self, events: list[MismatchEvent]) -> None:
        """The limit for one host does not suppress failures of another."""
        reporter = Reporter(events.append)
        for _ in range(20):
            reporter.tell(mismatch(), policy=Policy(), time=NOON, port=443, presented=unique(), verified=None)
        reporter.tell(
            mismatch("other.example.com"), policy=Policy(), time=NOON, port=443, presented=unique(), verified=None
        )
        assert events[-1].host == "other.example.com"
        assert events[-1].suppressed == 0

    def test_memory_is_bounded(self) -> None:
        """Of 300 chains of 100 kB, only those of the sixteen reports are kept, and those only in the log of pytest."""
        reporter = Reporter()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(300):
                reporter.tell(mismatch(), policy=Policy(), time=NOON, port=443, presented=unique(SIZE), verified=None)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert after - before < 20 * SIZE


class TestLock:
    """The lock of the reporter never blocks a refusal."""

    @pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: there is no such signal")
    def test_a_signal_handler_may_report_while_its_thread_reports(
        self, events: list[MismatchEvent], alarm: Callable[[Callable[[], None]], object]
    ) -> None:
        """A signal handler that connects and is refused may interrupt code that holds the lock."""
        reporter = Reporter(events.append)
        alarm(
            lambda: reporter.tell(mismatch(), policy=Policy(), time=NOON, port=443, presented=unique(), verified=None)
        )
        with event._lock:
            signal.raise_signal(signal.SIGALRM)
        assert len(events) == 1

    @pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: there is no fork")
    def test_a_forked_child_reports_although_a_thread_held_the_lock(self) -> None:
        """The thread does not exist in the child, so it would never release the lock."""
        program = """
import os, sys, threading, warnings
warnings.simplefilter("ignore")  # a fork with threads is what this is about
from datetime import UTC, datetime
from pinsmith.certificate import Chain
from pinsmith.policy import Policy
from pinsmith.tls import event
from tests.tls.test_reporter import mismatch
held, done = threading.Event(), threading.Event()
def hold():
    with event._lock:
        held.set()
        done.wait()
threading.Thread(target=hold, daemon=True).start()
held.wait()
child = os.fork()
if child == 0:
    events = []
    event.Reporter(events.append).tell(
        mismatch(), policy=Policy(), time=datetime.now(UTC), port=None, presented=Chain(()), verified=None
    )
    os._exit(7 if events else 1)
done.set()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
        process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
        try:
            assert process.wait(timeout=20) == 7
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def test_another_thread_waits(self, events: list[MismatchEvent]) -> None:
        """The control: the lock does exclude other threads."""
        reporter = Reporter(events.append)
        reported = threading.Event()

        def tell() -> None:
            reporter.tell(mismatch(), policy=Policy(), time=NOON, port=443, presented=unique(), verified=None)
            reported.set()

        with event._lock:
            thread = threading.Thread(target=tell)
            thread.start()
            assert not reported.wait(0.05)
        thread.join(10)
        assert len(events) == 1
