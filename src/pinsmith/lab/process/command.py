"""
Run one client of the lab as a process, with limits in time and memory, and without leftovers.

A separate thread runs it, which signals do not interrupt, so that an interrupt of the caller always ends the client
too. Nothing polls here. The thread waits for the pipe, the end of the client and the order to stop together.
"""

from __future__ import annotations

import selectors
import subprocess
import threading
import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from pinsmith.errors import ClientStoppedError
from pinsmith.lab.process.excerpt import Excerpt
from pinsmith.lab.process.program import explained, require_runnable
from pinsmith.lab.process.stop import Bell, Stop
from pinsmith.lab.process.supervisor import Ending, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    timeout_seconds: float,
    expect: bytes | None = None,
    directory: Path | None = None,
    stop: Stop | None = None,
) -> Ending:
    """
    Run a client to its end, with an empty standard input, and end all processes that it leaves behind.

    Processes that it left behind, or that still run after *timeout_seconds*, get SIGTERM and half a second later
    SIGKILL. The same happens when the caller is interrupted. Several threads can call this at a time.

    Args:
        arguments: The program and its arguments; see `require_runnable` for where the program is looked for.

        environment: The whole environment. Nothing is inherited.

        timeout_seconds: The time limit.

        expect: Bytes that the output must contain.

        directory: The working directory; None for the current one.

        stop: Ends it from another thread.

    Raises:
        ClientStartError: if the client cannot be started.
        ClientStoppedError: if *stop* was set.
        LabError: if the client cannot be ended.
    """
    program = require_runnable(arguments, environment=environment)
    interrupt, begun, ended = Stop(), threading.Event(), threading.Event()
    stops = (interrupt,) if stop is None else (interrupt, stop)
    results: list[Ending | BaseException] = []

    def attempt() -> None:
        begun.set()
        try:
            process = partial(_start, arguments, program, environment, directory)
            results.append(_attempt(process, timeout_seconds, Excerpt(expect), stops))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            results.append(error)
        finally:
            ended.set()

    _run_in_thread(threading.Thread(target=attempt, name=f"client {arguments[0]!r}"), begun, ended, interrupt)
    try:
        if isinstance(results[0], BaseException):
            raise results[0]
        return results[0]
    finally:
        results.clear()  # an exception that holds its own frame would live until the next collection


def _run_in_thread(thread: threading.Thread, begun: threading.Event, ended: threading.Event, interrupt: Stop) -> None:
    """
    Wait for *thread*. If that is interrupted, stop the thread and wait on, even if that is interrupted again.

    ``Thread.join`` is not enough, because after an interrupt Python 3.11 and 3.12 treat the thread as ended.
    """
    interruption: KeyboardInterrupt | None = None
    try:
        thread.start()
        ended.wait()
    finally:
        while True:
            try:
                # `start` may have been interrupted. A thread that begins only now sees this before it starts a client.
                interrupt.set()
                if begun.is_set():
                    ended.wait()
                    thread.join()
                break
            except KeyboardInterrupt as error:
                interruption = error
        if interruption is not None:
            raise interruption


def _start(
    arguments: Sequence[str], program: str, environment: Mapping[str, str], directory: Path | None
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - this is the purpose; no shell
            list(arguments),
            executable=program,
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except (OSError, ValueError) as error:
        raise explained(error, arguments, program, directory) from error


def _attempt(
    start: Callable[[], subprocess.Popen[bytes]], timeout_seconds: float, excerpt: Excerpt, stops: Sequence[Stop]
) -> Ending:
    with ExitStack() as resources:
        selector = resources.enter_context(selectors.DefaultSelector())
        bell = Bell()
        resources.callback(bell.close)
        for stop in stops:
            resources.enter_context(stop.rings(bell))
        if any(stop.is_set for stop in stops):
            raise ClientStoppedError("the client was not started, because the lab was stopped")
        began = time.monotonic()
        supervisor = Supervisor(start(), excerpt, selector, bell, stops, began=began)
        try:
            return supervisor.finish(timeout_seconds)
        finally:
            supervisor.close()
