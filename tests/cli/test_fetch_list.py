"""The progress bar of `pinsmith fetch --from` shows the number of hosts, if that can be known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.exit_code import ExitCode
from tests.cli.conftest import HOST
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.cli.conftest import World


def test_the_bar_shows_the_total(world: World, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The total is known for a file, but not for standard input."""
    monkeypatch.setenv("TERM", "xterm")
    (here / "hosts.txt").write_text(f"{HOST}\n" * 3)
    words = ("fetch", "--format", "json", "--connect", world.values["api"], "--cafile", world.cafile, "--from")
    of_file = run(*words, "hosts.txt", tty="stderr")
    of_stdin = run(*words, "-", stdin=f"{HOST}\n" * 3, tty="stderr")
    assert (of_file.code, of_stdin.code) == (ExitCode.OK, ExitCode.OK)
    assert "3/3" in of_file.stderr
    assert "3/?" in of_stdin.stderr
