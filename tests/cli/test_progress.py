"""The progress bar on a real terminal: it counts every host, and the results stand above it as without a bar."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.conftest import HOST
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

needs_pty = pytest.mark.skipif(os.name == "nt", reason="not on Windows: needs a pseudo-terminal")
COUNT = 40


def _on_terminal(*words: str | Path) -> tuple[int, str]:
    """Run a command with all streams on one terminal of 200 columns; return the exit code and what it wrote there."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(
        [sys.executable, "-m", "pinsmith", *map(str, words)],
        env=environment | {"TERM": "xterm", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = bytearray()
    try:
        while block := os.read(ours, 65536):
            written += block
    except OSError:  # how Linux reports that the other end was closed
        pass
    finally:
        os.close(ours)
    return process.wait(), written.decode()


def _screen(written: str) -> list[str]:
    """Return the lines that a terminal of any height shows at the end, without those that are empty."""
    lines, row, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[[0-9?]*[A-Za-z]|[\r\n]|[^\r\n\x1b]+", written):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece == "\x1b[2K":
            lines[row] = ""
        elif piece.endswith("A"):
            row -= int(piece[2:-1])
        elif not piece.startswith("\x1b"):
            before = lines[row].ljust(column)
            lines[row] = before[:column] + piece + before[column + len(piece) :]
            column += len(piece)
    return [line.rstrip() for line in lines if line.strip()]


def _without_clock(text: str) -> str:
    """Leave out the number that depends on the day."""
    return re.sub(r"\d+ days left", "N days left", text)


@needs_pty
@pytest.mark.parametrize("output", ["text", "ndjson"])
def test_the_bar_counts_every_host_below_the_results(output: str, here: Path, world: World) -> None:
    """The bar ends at the number of hosts, failures included, and leaves what is shown where there is no bar."""
    (here / "hosts.txt").write_text(f"{HOST}\n" * (COUNT - 2) + "not a host\n-\n")
    network = ("--connect", world.values["api"], "--cafile", world.cafile)
    words = ("fetch", "--from", "hosts.txt", "--format", output, *network)
    code, written = _on_terminal(*words)
    assert code == ExitCode.BROKE
    # Two threads draw, so an older number may come once more in between; the last one counts.
    counts = [int(number) for number in re.findall(rf"(\d+)/{COUNT}", written)]
    assert counts[-1] == max(counts) == COUNT
    plain = run(*words)
    shown = _screen(_without_clock(written))
    assert len(shown) >= COUNT
    assert sorted(shown) == sorted(filter(None, _without_clock(plain.stdout + plain.stderr).splitlines()))


@needs_pty
def test_the_check_of_a_terminal_can_fail() -> None:
    """What a bar left behind would be seen."""
    assert _screen("a bar\r\x1b[2Kone\r\na bar\r\x1b[2K") == ["one"]
    assert _screen("a bar\r\none\r\n") == ["a bar", "one"]
    assert _screen("a bar\rone") == ["onear"]
    assert _screen("a bar\r\n\x1b[1A\x1b[2Kone") == ["one"]


def test_questions_to_several_addresses_are_counted_without_a_total(
    here: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of outcomes is not known in advance, so the bar does not promise one."""
    monkeypatch.setenv("TERM", "xterm")
    (here / "hosts.txt").write_text(f"{HOST}\n" * 3)
    words = ("fetch", "--connect", world.values["api"], "--cafile", world.cafile, "--from", "hosts.txt")
    shown = run(*words, "--key-type", "both", tty="stderr").stderr
    assert re.search(r"[3-6]/\?", shown)
    assert "/3" not in shown
