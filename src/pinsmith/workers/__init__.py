"""
Worker processes: a function is called for many tasks, and a call that hangs or crashes costs only its own task.

A worker is a new Python that imports one function. It does not import the main program again, and does not depend on
how the system copies processes, so any program may start workers, from any thread.
"""

from __future__ import annotations

import os
import queue
import threading
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from pinsmith.workers._worker import Lost as Lost, Worker
from pinsmith.workers.child import Broke

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

Task = TypeVar("Task")
Result = TypeVar("Result")

MAX_SECONDS: Final = 30.0
"""Processor time for a task. Two million characters of code, the most that are read, take 5 seconds."""
MANY: Final = 400
"""Files for which workers are started. Fewer are read sooner than a worker starts."""
LARGE: Final = 1 << 16
"""Bytes of a file for which a worker is started, because a parser may take very long."""
_MAX_WORKERS: Final = 8  # each takes 100 MB
_LOOK_SECONDS: Final = 1.0  # Windows delivers Ctrl-C only between two waits


def run_for_files(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    paths: Iterable[Path],
    *,
    tick: Callable[[], object] = lambda: None,
) -> list[Result | Lost]:
    """
    Call a function that reads a file for each task: in worker processes if the files are many, or one is large.

    Args:
        function: As for `run`.

        tasks: As for `run`.

        paths: The files.

        tick: As for `run`.

    Returns:
        As `run`. The result of a task does not depend on the other tasks, nor on the number of workers.
    """
    if len(tasks) >= MANY:
        return run(function, tasks, workers=_number(len(tasks)), tick=tick)
    if any(map(_is_large, paths)):
        return run(function, tasks, workers=1, tick=tick)
    results: list[Result | Lost] = []
    for task in tasks:
        results.append(function(task))
        tick()
    return results


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > LARGE
    except (OSError, ValueError):  # it cannot be read either
        return False


def _number(tasks: int) -> int:
    """Return how many workers are worth their start."""
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    processors = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(processors, _MAX_WORKERS, tasks // (MANY // 2)))


def run(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int,
    seconds: float = MAX_SECONDS,
    tick: Callable[[], object] = lambda: None,
) -> list[Result | Lost]:
    """
    Call a function for each task in worker processes. If none can be started, call it in this process, without limits.

    Args:
        function: At the top level of a module of pinsmith or of another one that can be imported.

        tasks: Values that can be pickled, as are the results.

        workers: How many processes.

        seconds: Of processor time for a task, rounded up. The use of the machine by others does not count.

        tick: Called after each task, in this thread.

    Returns:
        The results in the order of the tasks.

    Raises:
        RuntimeError: If the function raises something; that is a bug.
    """
    pool = _Pool(function, tasks, seconds)
    try:
        pool.start(min(workers, len(tasks)))
        return pool.results(tick)
    finally:
        pool.close()


class _Pool(Generic[Task, Result]):
    def __init__(self, function: Callable[[Task], Result], tasks: Sequence[Task], seconds: float) -> None:
        self._function, self._tasks, self._seconds = function, tasks, seconds
        self._lock = threading.Lock()
        self._is_closed = False
        self._next = 0
        self._done: queue.SimpleQueue[tuple[int, object] | None] = queue.SimpleQueue()
        self._served: list[tuple[Worker, threading.Thread]] = []

    def start(self, number: int) -> None:
        for _ in range(number):
            worker = Worker(self._function, self._seconds)
            thread = threading.Thread(target=self._serve, args=(worker,), daemon=True)
            self._served.append((worker, thread))
            thread.start()

    def results(self, tick: Callable[[], object]) -> list[Result | Lost]:
        found: dict[int, Any] = {}
        for number, outcome in self._outcomes():
            if isinstance(outcome, Broke):
                error = RuntimeError(outcome.problem)
                error.add_note(outcome.trace)
                raise error
            found[number] = outcome
            tick()
        for number, task in enumerate(self._tasks):
            if number not in found:  # no worker can be started
                found[number] = self._function(task)
                tick()
        return [found[number] for number in range(len(self._tasks))]

    def close(self) -> None:
        """End all workers."""
        self._is_closed = True
        for worker, _ in self._served:
            worker.close()
        for _, thread in self._served:
            if thread.ident is not None:  # Ctrl-C came before its start
                thread.join()

    def _outcomes(self) -> Iterator[tuple[int, object]]:
        running = len(self._served)
        while running:
            try:
                entry = self._done.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                pass
            else:
                running -= entry is None
                if entry is not None:
                    yield entry
            for worker, _ in self._served:
                worker.end_if_overdue()

    def _serve(self, worker: Worker) -> None:
        try:
            while worker.is_ready() and (number := self._take()) is not None:
                outcome = worker.ask(self._tasks[number])
                if not self._is_closed:
                    self._done.put((number, outcome))
        finally:
            worker.end()
            self._done.put(None)

    def _take(self) -> int | None:
        with self._lock:
            number = self._next
            self._next += 1
        return None if self._is_closed or number >= len(self._tasks) else number
