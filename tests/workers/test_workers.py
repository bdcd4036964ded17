"""A call in a worker that hangs or crashes costs its own task and no other, and no worker outlives who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith import workers
from pinsmith.workers import Lost, _worker
from tests.workers import tasks

if TYPE_CHECKING:
    from pathlib import Path

LIMIT: Final = 0.2
"""Seconds of processor time, of which the other tasks need none."""
needs_signals = pytest.mark.skipif(os.name == "nt", reason="not on Windows: no SIGINT and SIGKILL for children")
# It has no guard against being imported again.
PROGRAM: Final = """
import sys
from pinsmith import workers
from tests.workers import tasks
print("begins", flush=True)
workers.run(tasks.announce, sys.argv[1:], workers=2)
"""


@pytest.mark.parametrize("number", [1, 2])
def test_results_have_the_order_of_the_tasks(number: int) -> None:
    """The number of workers does not change the results, and each task is counted once."""
    ticks: list[None] = []
    found = workers.run(tasks.double, range(50), workers=number, tick=lambda: ticks.append(None))
    assert found == [2 * task for task in range(50)]
    assert len(ticks) == 50


def test_a_task_that_hangs_is_lost_alone() -> None:
    """The system ends a worker that uses too much processor time, and the next one goes on."""
    lost = Lost("reading it took more than 0.2 seconds of processor time")
    assert workers.run(tasks.turn, [1, -1, 2], workers=1, seconds=LIMIT) == [2, lost, 4]


def test_where_the_system_limits_no_processor_time_a_task_that_waits_is_lost_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There the time of the clock counts, and more of it is given."""
    monkeypatch.setattr(_worker, "LIMITS_ITSELF", False)
    monkeypatch.setattr(workers, "_LOOK_SECONDS", 0.01)
    (found,) = workers.run(tasks.wait, [-1], workers=1, seconds=0.01)
    assert isinstance(found, Lost)
    assert "more than 0.01 seconds" in found.problem


@pytest.mark.parametrize("number", [1, 2])
def test_a_task_that_crashes_is_lost_alone(number: int) -> None:
    """After a crash of a parser the other tasks have their results."""
    lost = Lost("the parser crashed")
    assert workers.run(tasks.die, [1, -1, 2, -2, 3], workers=number) == [2, lost, 4, lost, 6]


def test_a_worker_that_was_killed_by_chance_costs_nothing(tmp_path: Path) -> None:
    """A task is tried again, because the system may have killed the worker for another reason."""
    mark = str(tmp_path / "mark")
    assert workers.run(tasks.die_once, [mark], workers=1) == [mark]


def test_a_bug_is_raised_here_and_says_where_it_is() -> None:
    """An exception that no reader raises does not become a file that was not read."""
    with pytest.raises(RuntimeError, match="KeyError: 7") as raised:
        workers.run(tasks.fail, [7], workers=1)
    assert "in fail" in "".join(raised.value.__notes__)


@needs_signals
def test_what_a_task_prints_reads_or_is_sent_disturbs_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    """The messages of a worker have pipes of their own, and Ctrl-C is left to who started it."""
    assert workers.run(tasks.disturb, [1, 2], workers=1) == [2, 4]
    assert capfd.readouterr() == ("", "")


def test_without_workers_the_tasks_are_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started, nothing is lost."""
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert workers.run(tasks.double, [1, 2], workers=2) == [2, 4]


def test_the_current_folder_is_not_searched_for_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree that is read cannot run its own code in a worker."""
    for name in ("pinsmith", "pickle", "queue", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("open('mark', 'w')\n")
    monkeypatch.chdir(tmp_path)
    assert workers.run(tasks.double, [1], workers=1) == [2]
    assert not (tmp_path / "mark").exists()


def test_few_small_files_start_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are for many files, and for one that may keep a parser busy."""
    small, large = tmp_path / "small.kt", tmp_path / "large.kt"
    small.touch()
    large.write_bytes(bytes(workers.LARGE + 1))
    started: list[int] = []

    def run(function: object, given: list[int], *, workers: int, tick: object) -> list[int]:
        del function, tick
        started.append(workers)
        return given

    monkeypatch.setattr(workers, "run", run)
    assert workers.run_for_files(tasks.double, [1, 2], [small, tmp_path / "missing"]) == [2, 4]
    assert started == []
    workers.run_for_files(tasks.double, [1, 2], [small, large])
    many = [*range(workers.MANY)]
    workers.run_for_files(tasks.double, many, [small] * len(many))
    assert started[0] == 1
    assert len(started) == 2


@needs_signals
@pytest.mark.parametrize("number", [signal.SIGINT, getattr(signal, "SIGKILL", signal.SIGTERM)], ids=["Ctrl-C", "kill"])
def test_workers_end_with_who_started_them(number: int, tmp_path: Path) -> None:
    """After Ctrl-C, and even if the program is killed in the middle of a task, no worker is left."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, pipe, pipe], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        with pipe.open() as announced:
            assert int(announced.readline()) != int(announced.readline())
            process.send_signal(number)
            assert announced.read() == ""  # each worker has closed it
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert out == "begins\n"
    assert process.returncode in (-number, 1)
    assert ("KeyboardInterrupt" in err) == (number == signal.SIGINT)
