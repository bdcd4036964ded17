"""
Run one client of the lab as a process: bounded in time and in memory, and nothing of it left afterwards.

It is run by a thread of its own, which no signal interrupts, so that an interrupt of the caller at any moment ends the
client too. Nothing here polls: the pipe, the end of the client and the order to stop are waited for together.
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
    Run a client to its end, with nothing on its standard input, and end whatever it leaves behind.

    What it left behind and what runs after *timeout_seconds* is asked to end (SIGTERM) and half a second later killed.
    The same happens when the caller is interrupted. Can be called from several threads at a time.

    Args:
        arguments: The program and its arguments; see `require_runnable` for where the program is looked for.

        environment: All of it; nothing is inherited.

        timeout_seconds: How long the client may take.

        expect: What its output must hold.

        directory: Where it runs; None: here.

        stop: Ends it from another thread.

    Raises:
        ClientStartError: The client cannot be started.
        ClientStoppedError: *stop* was set.
        LabError: The client cannot be ended.
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
        results.clear()  # an exception that holds its own frame lives on until the next collection


def _run_in_thread(thread: threading.Thread, begun: threading.Event, ended: threading.Event, interrupt: Stop) -> None:
    """
    Wait for *thread*; if that is interrupted, stop it and still wait, however often it is interrupted then.

    ``Thread.join`` alone does not do: interrupted, Python 3.11 and 3.12 take the thread for ended.
    """
    interruption: KeyboardInterrupt | None = None
    try:
        thread.start()
        ended.wait()
    finally:
        while True:
            try:
                # A thread that begins only now sees this before it starts anything: `start` may have been interrupted.
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
        return subprocess.Popen(  # noqa: S603 - the very purpose; no shell
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
            raise ClientStoppedError("the client was not started: the lab was told to stop")
        began = time.monotonic()
        supervisor = Supervisor(start(), excerpt, selector, bell, stops, began=began)
        try:
            return supervisor.finish(timeout_seconds)
        finally:
            supervisor.close()
