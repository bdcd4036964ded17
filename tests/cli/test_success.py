"""A command that changes nothing, because all is well, says so with its first word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.cli import _output
from pinsmith.exit_code import ExitCode
from tests.cli import support
from tests.cli.conftest import HOST
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

OUTPUT = '\n[[output]]\nformat = "curl"\npath = "curlrc"\n'


@pytest.mark.parametrize(
    "words",
    [("sync",), ("sync", "--check"), ("export", "curl", "-o", "curlrc"), ("add", HOST), ("import", "curlrc")],
    ids=" ".join,
)
def test_the_first_word_of_a_success_says_so(words: tuple[str, ...], here: Path, world: World) -> None:
    """The first run reports that it wrote; the second begins with `ok`, and standard output stays empty."""
    network = ("--connect", world.values["api"], "--cafile", world.cafile)
    made = run("init", HOST, "--backup", world.stranger.pin, *network)
    assert made.stderr.startswith("pinsmith: wrote pins.toml\n")
    with (here / "pins.toml").open("a") as file:
        file.write(OUTPUT)
    assert run("sync").stderr.startswith("pinsmith: wrote curlrc\n")
    more = {"add": network, "import": ("--host", HOST, "--into", "pins.toml")}.get(words[0], ())
    again = run(*words, *more)
    assert (again.code, again.stdout) == (ExitCode.OK, "")
    (word,) = (line for line in again.stderr.splitlines() if not line.startswith("pinsmith: warning: "))
    assert word.startswith("pinsmith: ok: ")
    assert "pins.toml" in word or "curlrc" in word


def test_the_first_line_of_a_check_without_faults_begins_with_ok(here: Path, world: World) -> None:
    """Every host that presents a pinned key has a line that begins with `ok`, and there is no other line."""
    network = ("--connect", world.values["api"], "--cafile", world.cafile)
    run("init", HOST, "--backup", world.stranger.pin, *network)
    shown = run("check", *network)
    assert (shown.code, shown.stderr) == (ExitCode.OK, "")
    assert all(line.startswith("ok  ") for line in shown.stdout.splitlines())
    assert here.joinpath("pins.toml").exists()


def test_the_word_is_green_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colour helps to find it, and is left out where there is none."""
    for is_terminal, expected in ((True, "pinsmith: \x1b[32mok: \x1b[0mdone\n"), (False, "pinsmith: ok: done\n")):
        err = support.Terminal(is_terminal=is_terminal)
        monkeypatch.setattr("sys.stderr", err)
        monkeypatch.setenv("TERM", "xterm")
        _output.success("done")
        assert err.text == expected
