"""Clients as processes: every way to end, and no process that outlives a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from pinsmith.errors import ClientStoppedError, LabError
from pinsmith.lab.process import supervisor
from pinsmith.lab.process.command import run
from pinsmith.lab.process.excerpt import Excerpt
from pinsmith.lab.process.stop import Stop
from tests.lab.process.lifeline import Lifeline, let_limits_pass
from tests.thinned import thinned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.process.supervisor import Ending

pytestmark = pytest.mark.skipif(os.name != "posix", reason="not on Windows: the clients are shell scripts")

LONG = 200.0  # longer than any test takes, so that a test which waits for it fails
HOLD = "exec 3>$LIFELINE; "
SAY = "echo lives >&3; "
LIVE = f"{HOLD}{SAY}"
SPAWN = "import os, subprocess, sys; "
HOLD_PYTHON = (
    "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    'line = os.open(os.environ[\\"LIFELINE\\"], os.O_WRONLY); os.write(line, b\\"lives\\")'
)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Lifeline]:
    """Return a pipe that shows whether processes of the client still run."""
    with Lifeline(tmp_path) as lifeline:
        yield lifeline


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return the output that was read from clients, which grows while they run."""
    chunks: list[bytes] = []
    add = Excerpt.add

    def noted(excerpt: Excerpt, chunk: bytes) -> None:
        add(excerpt, chunk)
        chunks.append(chunk)

    monkeypatch.setattr(Excerpt, "add", noted)
    return chunks


@pytest.fixture(params=thinned(("pidfd", "a thread that looks", "threads only"), {"pidfd"}))
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Supervise as on each system: Linux, macOS, and Windows, which offers the least."""
    if request.param != "pidfd":
        monkeypatch.setattr(supervisor, "_pidfd_open", None)
    if request.param == "threads only":
        monkeypatch.delattr(os, "waitid")  # as on macOS before Python 3.13
        monkeypatch.setattr(supervisor, "_SELECTS_PIPES", False)
    return str(request.param)


def shell(
    script: str,
    *,
    timeout_seconds: float = LONG,
    expect: bytes | None = None,
    stop: Stop | None = None,
    environment: dict[str, str] | None = None,
) -> Ending:
    """Run a shell script as the client."""
    return run(
        ["sh", "-c", script],
        environment=environment or {"PATH": os.environ["PATH"]},
        timeout_seconds=timeout_seconds,
        expect=expect,
        stop=stop,
    )


@pytest.mark.parametrize(
    ("script", "code", "output"),
    [
        ("exit 0", 0, b""),
        ("echo one; echo two >&2; echo three; exit 7", 7, b"one\ntwo\nthree\n"),
        ("kill -9 $$", -9, b""),
        ("exec >&- 2>&-; exit 3", 3, b""),
        ("cat; echo empty", 0, b"empty\n"),
        ("printf %s%s $PINSMITH_TEST $HOME", 0, b""),
    ],
    ids=["well", "badly, with words", "by a signal", "silent long before", "standard input", "environment"],
)
def test_a_client_that_ends_by_itself(script: str, code: int, output: bytes, way: str) -> None:
    """The result has the client's own code and output; its input is empty, and it gets only the given environment."""
    os.environ["PINSMITH_TEST"] = "inherited"
    try:
        ending = shell(script)
    finally:
        del os.environ["PINSMITH_TEST"]
    assert (ending.code, ending.output, ending.found) == (code, output, True)
    assert 0 < ending.seconds < LONG


def _patience(script: str) -> float:
    """Return the seconds between SIGTERM and SIGKILL: few for a script that ignores SIGTERM, else enough to end."""
    return 0.05 if "trap '' TERM" in script or "STOP" in script else LONG


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("script", "words"),
    [
        (f"echo before; {SAY} sleep 1000", b"before\n"),
        (f"trap '' TERM; echo before; {SAY} while :; do sleep 1000; done", b"before\n"),
        # The child speaks itself, because a shell that has just forked could swallow the signal.
        (f"trap 'echo asked; exit 0' TERM; sh -c '{SAY} exec sleep 1000' & wait", b"asked\n"),
        (f"trap '' TERM; sleep 1000 & echo before; {SAY} sleep 1000", b"before\n"),
        (f"{SAY} kill -STOP $$", b""),
        (f"printf 'y\\ny\\n'; {SAY} while :; do echo y; done | tee /dev/null", None),
    ],
    ids=["asleep", "ignores SIGTERM", "ends well when asked", "with a stubborn child", "halted", "keeps writing"],
)
def test_a_client_that_never_ends(
    script: str, words: bytes | None, line: Lifeline, read: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client receives SIGTERM and then SIGKILL, with its children; it has no code, whatever it does at the end."""
    monkeypatch.setattr(supervisor, "_ASK_SECONDS", _patience(script))
    is_quiet = words in {b"", b"asked\n"}
    let_limits_pass(monkeypatch, once=lambda: line.has_spoken and (is_quiet or bool(read)))
    ending = shell(HOLD + script, environment=line.environment)
    assert ending.code is None
    assert ending.output == words if words is not None else ending.output.startswith(b"y\ny\n")
    assert line.last_words() == b"lives\n"


@pytest.mark.parametrize(
    "child",
    ["sleep 1000 &", "(trap '' TERM; sleep 1000; sleep 1000) &", "while :; do echo y; done &", "sleep 1000 >&- 2>&- &"],
    ids=["that sleeps", "that ignores SIGTERM", "that keeps writing", "that has closed the output"],
)
def test_a_child_that_outlives_the_client(
    child: str, line: Lifeline, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that keeps the output open is ended: the result does not wait for it, and has the client's code."""
    monkeypatch.setattr(supervisor, "_ASK_SECONDS", _patience(child))
    if way == "threads only" and ">&-" in child:
        pytest.skip("not on systems that cannot look at a process without burying it")
    ending = shell(f"{LIVE} {child} echo done; exit 4", environment=line.environment)
    assert ending.code == 4
    assert b"done\n" in ending.output
    assert line.last_words() == b"lives\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux: elsewhere nobody can be asked")
def test_an_orphan_in_a_group_of_its_own_is_ended(line: Lifeline) -> None:
    """A child that left the process group, as with ``timeout`` or job control, is found by its session."""
    child = f"[sys.executable, '-c', 'import time; {HOLD_PYTHON}; os.write(2, bytes(1)); time.sleep(1000)']"
    spawn = f"subprocess.Popen({child}, process_group=0, stderr=w)"
    script = f"{SPAWN}r, w = os.pipe(); {spawn}; os.read(r, 1); os._exit(6)"
    ending = run([sys.executable, "-c", script], environment=line.environment, timeout_seconds=LONG)
    assert ending.code == 6
    assert line.last_words() == b"lives"


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux: elsewhere nobody can be asked")
@pytest.mark.parametrize("escape", ["process_group=0", "start_new_session=True"])
@pytest.mark.parametrize("output", ["None", "subprocess.DEVNULL"])
def test_a_child_that_leaves_the_group(escape: str, output: str, line: Lifeline) -> None:
    """A descendant in a group or session of its own is ended with the client, even if it ignores SIGTERM."""
    child = f"[sys.executable, '-c', 'import time; {HOLD_PYTHON}; time.sleep(1000)']"
    script = f"{SPAWN}subprocess.Popen({child}, {escape}, stdout={output}, stderr={output}).wait()"
    stop = Stop()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(
            run, [sys.executable, "-c", script], environment=line.environment, timeout_seconds=LONG, stop=stop
        )
        assert line.heard() == b"lives"
        stop.set()
        with pytest.raises(ClientStoppedError):
            future.result()
    assert line.last_words() == b""


def test_nothing_else_is_ended(line: Lifeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of the same user that the client did not start keeps running."""
    let_limits_pass(monkeypatch, once=lambda: line.has_spoken)
    with subprocess.Popen(["/bin/sleep", "1000"]) as bystander:
        try:
            assert shell(f"{LIVE} sleep 1000", environment=line.environment).code is None
            assert line.last_words() == b"lives\n"
            assert bystander.poll() is None
        finally:
            bystander.kill()


@pytest.mark.parametrize("script", ["echo $$; exit 0", "echo $$; sleep 1000"], ids=["by itself", "when ended"])
def test_no_zombie_is_left(script: str, way: str, read: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """The client has been waited for, so its process number is free."""
    let_limits_pass(monkeypatch, once=lambda: "sleep" in script and bool(read))
    ending = shell(script)
    with pytest.raises(ProcessLookupError):
        os.kill(int(ending.output), 0)


def test_200_megabytes_of_output_take_little_memory(way: str) -> None:
    """The beginning and the end are kept, the words in between are found, and the rest is only counted."""
    script = "echo first; head -c 100000000 /dev/zero; printf 'the wo'; printf 'rds'; head -c 100000000 /dev/zero; echo"
    tracemalloc.start()
    try:
        ending = shell(script, expect=b"the words")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ending.code == 0
    assert ending.found
    assert ending.output.startswith(b"first\n\0\0")
    assert b"\n[%d bytes left out]\n" % (200_000_016 - 64 * 1024) in ending.output
    assert ending.output.endswith(b"\0\n")
    assert peak < 1024 * 1024


def test_words_that_are_not_there_are_not_found() -> None:
    """`found` depends on the output, not on the exit code."""
    ending = shell("echo 'the word'; exit 0", expect=b"the words")
    assert (ending.code, ending.found) == (0, False)


def test_a_client_runs_in_its_folder_but_is_found_from_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path of a program is relative to the user's folder, wherever the program runs."""
    (tmp_path / "elsewhere").mkdir()
    program = tmp_path / "client"
    program.write_text('#!/bin/sh\necho "$0"; pwd\n')
    program.chmod(0o700)
    monkeypatch.chdir(tmp_path)
    ending = run(["./client"], environment={}, timeout_seconds=LONG, directory=Path("elsewhere"))
    assert ending.code == 0
    assert ending.output.splitlines()[1] == str(tmp_path / "elsewhere").encode()


def test_an_interrupt_of_the_caller_ends_the_client(
    line: Lifeline, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is raised after the client has ended, and a second one in the meantime changes nothing."""
    monkeypatch.setattr(supervisor, "_ASK_SECONDS", LONG)  # the client ends only after the second interrupt
    main, gate = threading.get_ident(), tmp_path / "gate"
    os.mkfifo(gate)
    heard: list[bytes] = []

    def interrupt() -> None:
        for _ in range(2):
            heard.append(line.heard())
            signal.pthread_kill(main, signal.SIGINT)
        gate.write_text("go\n", encoding="ascii")

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            shell(
                # A shell that receives a signal just before it waits for a command handles it when that command has
                # ended.
                f"trap 'echo asked >&3; read go <{gate}; exit' TERM; {LIVE} while :; do sleep 1; done",
                environment=line.environment,
            )
        future.result()
    assert heard == [b"lives\n", b"asked\n"]
    assert line.last_words() == b""


def test_an_interrupt_while_the_thread_starts_ends_the_client(line: Lifeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread and the client may already run before `Thread.start` returns."""
    start, pids = threading.Thread.start, []

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        if thread.name.startswith("client "):
            pids.append(int(line.heard()))
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shell(f"{HOLD}echo $$ >&3; sleep 1000", environment=line.environment)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert line.last_words() == b""


def test_an_interrupt_before_the_thread_starts_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt before the thread starts is raised at once, because no client runs."""

    def interrupted(_: threading.Thread) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        shell("sleep 1000")


def test_an_interrupt_ends_a_client_that_ignores_it(line: Lifeline) -> None:
    """A client that ignores SIGTERM is killed before Ctrl-C is raised."""
    main = threading.get_ident()

    def interrupt() -> None:
        line.heard()
        signal.pthread_kill(main, signal.SIGINT)

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            shell(f"trap '' TERM; {LIVE} while :; do sleep 1000; done", environment=line.environment)
        future.result()
    assert line.last_words() == b""


def test_all_clients_are_stopped_from_another_thread(line: Lifeline, way: str) -> None:
    """One call ends several clients in threads of a pool, and no result looks like a time-out."""
    stop = Stop()
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(shell, f"{LIVE} sleep 1000", stop=stop, environment=line.environment) for _ in range(4)]
        lines = b""
        while lines.count(b"\n") < 4:
            lines += line.heard()
        stop.set()
        errors = [future.exception() for future in running]
    assert [type(error) for error in errors] == [ClientStoppedError] * 4
    assert line.last_words() == b""


def test_nothing_is_started_after_a_stop(tmp_path: Path) -> None:
    """After a stop, a client that was still waiting is not started."""
    stop = Stop()
    stop.set()
    with pytest.raises(ClientStoppedError, match="not started"):
        shell(f"touch '{tmp_path}/begun'", stop=stop)
    assert not (tmp_path / "begun").exists()
    assert stop.is_set


def test_a_stop_that_is_never_set_changes_nothing(way: str) -> None:
    """A client with an unused stop ends like one without a stop."""
    stop = Stop()
    assert shell("echo well", stop=stop).output == b"well\n"
    assert not stop.is_set


CHILD = "echo {0}; sleep 1000 & exit {0}"


def _open_files() -> int:
    return len(list(Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd").iterdir()))


@pytest.mark.parametrize("script", thinned(("echo {0}; exit {0}", CHILD), {CHILD}))
def test_20_runs_at_once_do_not_disturb_each_other(script: str, way: str) -> None:
    """Each run gets its own output and code, and closes the files that it opened."""
    files, threads = _open_files(), threading.active_count()
    with ThreadPoolExecutor(20) as pool:
        endings = list(pool.map(lambda number: shell(script.format(number)), range(40)))
    assert [(ending.code, ending.output) for ending in endings] == [(n, b"%d\n" % n) for n in range(40)]
    assert _open_files() <= files
    assert threading.active_count() <= threads


def test_a_client_that_cannot_be_ended_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client of another user is not waited for; the error gives its number, and it is reaped when it ends."""
    monkeypatch.setattr(supervisor, "_KILL_SECONDS", 0)
    monkeypatch.setattr(supervisor, "_ASK_SECONDS", 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "killpg", Mock())
        with pytest.raises(LabError, match=r"^client process \d+ cannot be ended$") as caught:
            shell("sleep 1000", timeout_seconds=0.1)
    assert "sudo" in str(caught.value.hint)
    pid = int(str(caught.value).split()[2])
    os.killpg(pid, signal.SIGKILL)
    for thread in threading.enumerate():
        if thread.name == f"client process {pid}":  # unless it has ended already
            thread.join(LONG)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
