"""`pinsmith init` and `pinsmith add` beyond their transcripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.exit_code import ExitCode
from pinsmith.lab.servers.server import RecordingServer
from tests.cli.conftest import END, HOST, START
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World


def test_add_dials_the_port_of_the_entry(here: Path, world: World) -> None:
    """A host with a port in its entry is dialled there, as by `pinsmith check`."""
    numbered = world.intermediate.issue("127.0.0.1", not_before=START, not_after=END)
    with RecordingServer(numbered) as server:
        words = ("--backup", world.values["stranger-pin"], "--cafile", world.cafile)
        made = run("init", f"127.0.0.1:{server.port}", *words)
        assert made.code == ExitCode.OK, made.stderr
        assert f"port = {server.port}" in (here / "pins.toml").read_text()
        again = run("add", "127.0.0.1", "--cafile", world.cafile)
        assert (again.code, again.stderr) == (
            ExitCode.OK,
            "pinsmith: ok: there is no new key to pin, so pins.toml is unchanged\n",
        )


def test_a_stranger_at_a_pinned_host_is_not_pinned(here: Path, world: World) -> None:
    """A server with none of the pinned keys may be an interceptor, so nothing is written, not even a standby key."""
    away = ("--backup", world.values["stranger-pin"], "--cafile", world.cafile)
    assert run("init", HOST, "--connect", world.values["api"], *away).code == ExitCode.OK
    before = (here / "pins.toml").read_bytes()
    words = ("add", HOST, "--connect", world.values["renewed"], "--cafile", world.cafile)
    keys = ("--generate-backup", "--backup-dir", here / "keys")
    for more in ((), keys):
        refused = run(*words, *more)
        assert refused.code == ExitCode.MISMATCH
        assert refused.stderr.startswith(f"pinsmith: error[pin-mismatch]: {HOST} presented no pinned key\n")
        assert world.identity.pin in refused.stderr.partition("pinned:")[2]
        assert "--force" in refused.stderr
    assert (here / "pins.toml").read_bytes() == before
    assert not (here / "keys").exists()
    forced = run(*words, "--force")
    assert forced.code == ExitCode.OK
    assert "warning: " in forced.stderr
    assert "presented none of the keys that were pinned before" in forced.stderr
    assert (here / "pins.toml").read_bytes() != before


def test_a_stranger_among_several_hosts_stops_them_all(here: Path, world: World) -> None:
    """If one of several hosts is refused, none of them is written."""
    away = ("--backup", world.values["stranger-pin"], "--cafile", world.cafile)
    assert run("init", HOST, "--connect", world.values["api"], *away).code == ExitCode.OK
    before = (here / "pins.toml").read_bytes()
    refused = run("add", "www.example.com", HOST, "--connect", world.values["renewed"], *away)
    assert refused.code == ExitCode.MISMATCH
    assert (here / "pins.toml").read_bytes() == before


def test_a_new_backup_alone_is_not_reported_as_a_new_key_of_the_server(here: Path, world: World) -> None:
    """The reason for a pin is printed for a new key of the server, and not for a new backup."""
    away = ("--connect", world.values["api"], "--cafile", world.cafile)
    made = run("init", HOST, "--backup", world.values["stranger-pin"], *away)
    more = run("add", HOST, "--generate-backup", "--backup-dir", here.parent / "keys", *away)
    assert (made.code, more.code) == (ExitCode.OK, ExitCode.OK)
    for text in ("pinned the server's own key", "these pins come from this network"):
        assert text in made.stderr
        assert text not in more.stderr
    assert "pinsmith: the private key of " in more.stderr


def test_a_second_standby_key_is_not_made_by_the_same_command(here: Path, world: World) -> None:
    """A script may run the command again: it succeeds, makes no new key, and the file stays as it was."""
    keys = here.parent / "keys"
    generate = ("--generate-backup", "--backup-dir", keys, "--connect", world.values["api"], "--cafile", world.cafile)
    assert run("init", HOST, *generate).code == ExitCode.OK
    before, made = (here / "pins.toml").read_bytes(), sorted(keys.iterdir())
    again = run("add", HOST, *generate)
    assert again.code == ExitCode.OK
    assert again.stderr == (
        f"pinsmith: {HOST} already has the standby key api-standby, which no server presents: no other was made\n"
        "pinsmith: ok: there is no new key to pin, so pins.toml is unchanged\n"
    )
    assert ((here / "pins.toml").read_bytes(), sorted(keys.iterdir())) == (before, made)
