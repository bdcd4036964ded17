"""Ctrl-C in every waiting command gives exit code 130, no traceback and no new file."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile, workers
from pinsmith.cli import _app
from pinsmith.exit_code import ExitCode
from pinsmith.files import _growing
from pinsmith.material import read_material
from tests.cli.conftest import HOST
from tests.cli.support import run
from tests.thinned import thinned

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no SIGINT for children")

# Commands that dial, and keep the pin file as it was.
DIALLING = {
    "fetch": ("fetch", HOST),
    "check": ("check",),
    "add, a new host": ("add", "www.example.com", "--generate-backup", "--backup-dir", "standby"),
    "add, a pinned host": ("add", HOST),
    "remove": ("remove", HOST, "--key", "old"),
}


def _start(here: Path, *words: str, missing: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Start a command, as if some libraries were not installed."""
    code = f"import sys; sys.modules |= dict.fromkeys({missing}); from pinsmith.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=here,
        # Lines appear when they are printed; after another end, the traceback shows the place.
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PINSMITH_TRACEBACK": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _interrupt_in_the_tarpit(here: Path, world: World, *words: str) -> tuple[int, str, str]:
    """Interrupt a command that hangs in a handshake; return its exit code and its output."""
    world.tarpit.wait_closed()  # a connection of the previous command must not count for this one
    world.tarpit.reached.clear()
    process = _start(here, *words, "--connect", world.values["tarpit"], "--timeout", "50")
    try:
        assert world.tarpit.reached.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    return process.returncode, out, err


@pytest.mark.parametrize("name", thinned(DIALLING, {"fetch", "add, a new host", "remove"}))
def test_ctrl_c_in_a_handshake_ends_quietly_and_changes_nothing(name: str, here: Path, world: World) -> None:
    """After the interrupt of a waiting command the pin file is unchanged, and there is no new file."""
    text = "\n".join(
        (
            "version = 1",
            f'[keys.old]\npin = "{world.identity.pin}"',
            f'[keys.new]\npin = "{world.stranger.pin}"',
            f'[[host]]\nname = "{HOST}"\nkeys = ["old", "new"]\n',
        )
    )
    (here / "pins.toml").write_text(text)
    code, out, err = _interrupt_in_the_tarpit(here, world, *DIALLING[name])
    assert err == "pinsmith: interrupted\n"
    assert (code, out) == (ExitCode.INTERRUPTED, "")
    assert (here / "pins.toml").read_text() == text
    assert [path.name for path in here.iterdir()] == ["pins.toml"]


def test_ctrl_c_in_init_leaves_neither_pin_file_nor_key(here: Path, world: World) -> None:
    """An interrupted `init` leaves neither a pin file nor a standby key."""
    words = ("init", HOST, "--generate-backup", "--backup-dir", "standby")
    code, out, err = _interrupt_in_the_tarpit(here, world, *words)
    assert err == "pinsmith: interrupted\n"
    assert (code, out) == (ExitCode.INTERRUPTED, "")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("command", ["init", "add"])
def test_ctrl_c_after_the_pin_file_was_written_keeps_what_it_refers_to(
    command: str, here: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby key that is pinned and lost would lock clients out on the day when it is needed."""
    pins, synced = here / "pins.toml", _growing.sync_directory
    if command == "add":
        pins.write_text("version = 1\n")

    def interrupted(directory: Path) -> None:
        synced(directory)
        if pins.exists() and HOST in pins.read_text():
            raise KeyboardInterrupt

    monkeypatch.setattr(_growing, "sync_directory", interrupted)
    words = (command, HOST, "--certificate", world.values["chain-file"], "--generate-backup")
    done = run(*words, "--backup-dir", here.parent / "standby")
    assert done.code == ExitCode.INTERRUPTED
    policy = pinfile.load(pins)
    assert all((here / str(key.certificate)).is_file() for key in policy.keys)
    (private,) = (here.parent / "standby").glob("*.key")
    (material,) = read_material(private.read_bytes())
    assert material.pin == next(key.pin for key in policy.keys if key.standby)


def test_ctrl_c_after_a_certificate_was_replaced_keeps_it(
    here: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pin file names the new certificate already."""
    pins, synced = here / "pins.toml", _growing.sync_directory
    words = ("--certificate", world.values["chain-file"], "--no-backup")
    assert run("init", HOST, *words).code == ExitCode.OK

    def interrupted(directory: Path) -> None:
        synced(directory)
        if "api-2026-2.pem" in pins.read_text():
            raise KeyboardInterrupt

    monkeypatch.setattr(_growing, "sync_directory", interrupted)
    done = run("key", "certificate", "api-2026", world.values["both-file"])
    assert done.code == ExitCode.INTERRUPTED
    (key,) = pinfile.load(pins).keys
    assert (here / str(key.certificate)).is_file()


def test_ctrl_c_that_python_wraps_is_still_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt in the middle of an import may arrive as the cause of another error."""

    class Interrupted:
        def __set_name__(self, owner: type, name: str) -> None:
            raise KeyboardInterrupt

    def wrapped(words: list[str]) -> int:
        try:
            type("Made", (), {"field": Interrupted()})
        except KeyboardInterrupt as error:  # since Python 3.12
            raise RuntimeError(*words) from error
        return 0

    monkeypatch.setattr(_app, "run", wrapped)
    answer = run("fetch")
    assert (answer.code, answer.stderr) == (ExitCode.INTERRUPTED, "pinsmith: interrupted\n")


class _Dropped:
    """Raises an interrupt in a finalizer, where Python cannot pass it on."""

    def __del__(self) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("seconds", [50, 0], ids=["while it waits", "at its end"])
def test_ctrl_c_that_python_drops_is_still_an_interrupt(seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt in a finalizer, which Python prints and drops, still ends the command."""
    ready, held = socket.socketpair()

    def dropped(words: list[str]) -> int:
        del words
        _Dropped()
        select.select([ready], [], [], seconds)
        return 0

    monkeypatch.setattr(_app, "run", dropped)
    with ready, held:
        answer = run("fetch")
    assert (answer.code, answer.stderr) == (ExitCode.INTERRUPTED, "pinsmith: interrupted\n")


@pytest.mark.parametrize("command", ["selftest", "demo", "demo --rotation"])
def test_ctrl_c_in_the_middle_of_the_output_ends_quietly(command: str, here: Path) -> None:
    """A command that is interrupted after its first line of output ends without a traceback."""
    # With fewer clients, the first line of the self-test is printed sooner.
    process = _start(
        here, *command.split(), missing=("urllib3", "requests", "httpx", "aiohttp", "niquests", "botocore", "OpenSSL")
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert first
    assert (process.returncode, err) == (ExitCode.INTERRUPTED, "pinsmith: interrupted\n")


def test_ctrl_c_in_a_lab_run_leaves_neither_process_nor_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The running clients end with the command, and its temporary files are removed."""
    scratch, announced = here / "scratch", here / "announced"
    scratch.mkdir()
    os.mkfifo(announced)
    monkeypatch.setenv("TMPDIR", str(scratch))
    client = f"import os, signal; open({str(announced)!r}, 'w').write(f'{{os.getpid()}}\\n'); signal.pause()"
    process = _start(here, "lab", "run", "--jobs", "2", "--timeout", "50", "--", sys.executable, "-c", client)
    try:
        with announced.open() as pids:
            first = int(pids.readline())
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
            clients = [first, *map(int, pids)]
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, err) == (ExitCode.INTERRUPTED, "pinsmith: interrupted\n")
    assert list(scratch.iterdir()) == []
    for pid in clients:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_ctrl_c_while_a_worker_reads_a_file_ends_both(here: Path) -> None:
    """The command does not wait for the worker, and leaves none behind."""
    (here / "large.kt").write_bytes(b"// x\n" * workers.LARGE)
    os.mkfifo(here / "pipe.kt")
    process = _start(here, "audit", "pipe.kt", "large.kt")
    try:
        with (here / "pipe.kt").open("wb", buffering=0) as pipe:  # until a worker opens it, too
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
            with pytest.raises(BrokenPipeError):
                pipe.write(b"x")
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, err) == (ExitCode.INTERRUPTED, "pinsmith: interrupted\n")
