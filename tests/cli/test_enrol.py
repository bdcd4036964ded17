"""`pinsmith init` and `pinsmith add` beyond their transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.cli._exit import ExitCode
from pinsmith.lab.server import RecordingServer
from tests.cli.conftest import END, START
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World


def test_add_dials_the_port_of_the_entry(here: Path, world: World) -> None:
    """A host that was pinned at a port of its own is asked there, as by `pinsmith check`."""
    numbered = world.intermediate.issue("127.0.0.1", not_before=START, not_after=END)
    with RecordingServer(numbered) as server:
        words = ("--backup", world.values["stranger-pin"], "--cafile", world.cafile)
        made = run("init", f"127.0.0.1:{server.port}", *words)
        assert made.code == ExitCode.OK, made.stderr
        assert f"port = {server.port}" in (here / "pins.toml").read_text()
        again = run("add", "127.0.0.1", "--cafile", world.cafile)
        assert (again.code, again.stderr) == (
            ExitCode.OK,
            "pinsmith: pins.toml is as it was: everything that is presented is pinned already\n",
        )
