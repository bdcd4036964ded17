"""Roles at the command line: corrections from live hosts, and two authorities for forty hosts."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.lab.servers.server import RecordingServer
from tests.cli.conftest import END, HOST, START
from tests.cli.support import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import World

SPARE = Identity.self_signed("spare.example.com").pin
HOSTS = 40


def _pin_file(here: Path, *keys: tuple[str, str, str]) -> None:
    lines = ["version = 1", "# Kept as it is."]
    for name, pin, more in keys:
        lines += [f"[keys.{name}]", f'pin = "{pin}"', *filter(None, [more])]
    names = ", ".join(f'"{name}"' for name, _, _ in keys)
    (here / "pins.toml").write_text("\n".join([*lines, "[[host]]", f'name = "{HOST}"', f"keys = [{names}]", ""]))


def test_fix_roles_writes_the_roles_of_the_live_host(here: Path, world: World) -> None:
    """Unknown and wrong roles are set, a standby key in service loses its mark, and the rest of the file stays."""
    _pin_file(
        here,
        ("api", world.identity.pin, "standby = true"),
        ("issuing", world.intermediate.pin, 'role = "leaf"'),
        ("root", world.root.pin, ""),
        ("spare", SPARE, 'role = "leaf"\nstandby = true'),
    )
    answer = run("check", "--fix-roles", "--connect", world.values["api"], "--cafile", world.cafile)
    assert answer.code == ExitCode.OK, answer.stderr
    assert "issuing: role = intermediate" in answer.stderr
    assert "warning" not in answer.stdout  # the file is judged as it is now
    assert "new standby key" not in answer.stderr
    keys = {key.name: (key.role, key.standby) for key in pinfile.load(here / "pins.toml").keys}
    assert keys == {
        "api": ("leaf", False),
        "issuing": ("intermediate", False),
        "root": ("root", False),
        "spare": ("leaf", True),
    }
    assert "# Kept as it is." in (here / "pins.toml").read_text()
    again = run("check", "--fix-roles", "--connect", world.values["api"], "--cafile", world.cafile)
    assert "already has the right role for every key" in again.stderr
    assert "warning" not in again.stdout


def test_after_the_last_standby_key_the_next_one_is_asked_for(here: Path, world: World) -> None:
    """A host whose standby key went into service has none left, and the note names the command that makes one."""
    _pin_file(here, ("old", SPARE, 'role = "leaf"'), ("api", world.identity.pin, 'role = "leaf"\nstandby = true'))
    answer = run("check", "--fix-roles", "--connect", world.values["api"], "--cafile", world.cafile)
    assert answer.code == ExitCode.OK, answer.stderr
    assert answer.stderr.splitlines()[-1] == (
        f"pinsmith: make a new standby key with `pinsmith add {HOST} --generate-backup`"
    )


def test_an_untrusted_chain_gives_no_role(here: Path, world: World) -> None:
    """A chain that does not verify proves no role, whatever certificates it contains."""
    _pin_file(here, ("api", world.stranger.pin, ""), ("spare", SPARE, ""))
    run("check", "--fix-roles", "--connect", world.values["self"], "--cafile", world.cafile)
    assert {key.role for key in pinfile.load(here / "pins.toml").keys} == {"unknown"}


def test_a_certificate_that_is_not_served_shows_no_role(here: Path, world: World) -> None:
    """The error explains that --fix-roles and --certificate contradict each other."""
    _pin_file(here, ("api", world.identity.pin, ""), ("spare", SPARE, ""))
    answer = run("check", "--fix-roles", "--certificate", world.values["chain-file"])
    assert (answer.code, "needs live hosts" in answer.stderr) == (ExitCode.USAGE, True)


@pytest.fixture
def farm(here: Path) -> Iterator[list[str]]:
    """Serve forty addresses, half of them below each of two roots; ca.pem and a file per root contain the roots."""
    roots = [Authority.root(name, not_before=START, not_after=END) for name in ("First Root", "Second Root")]
    for number, root in enumerate(roots):
        (here / f"root-{number}.pem").write_text(root.pem)
    (here / "ca.pem").write_text("".join(root.pem for root in roots))
    with ExitStack() as stack:
        places = []
        for number in range(HOSTS):
            address = f"127.0.1.{number + 1}"
            identity = roots[number % 2].issue(address, not_before=START, not_after=END)
            server = stack.enter_context(RecordingServer(identity, address=address))
            places.append(f"{address}:{server.port}")
        yield places


def test_two_roots_are_pinned_for_forty_hosts_at_once_and_check_is_silent(here: Path, farm: list[str]) -> None:
    """Every host keeps the other root as its backup, and a healthy check prints no warning."""
    backups = ["--backup", "root-0.pem", "--backup", "root-1.pem"]
    made = run("init", *farm, "--strategy", "ca-set", *backups, "--cafile", "ca.pem")
    assert made.code == ExitCode.OK, made.stderr
    policy = pinfile.load(here / "pins.toml")
    assert sorted(key.name for key in policy.keys) == ["first-root", "second-root"]
    assert {key.role for key in policy.keys} == {"root"}
    assert len(policy.hosts) == HOSTS
    checked = run("check", "--cafile", "ca.pem")
    assert checked.code == ExitCode.OK, checked.stdout
    assert len(checked.stdout.splitlines()) == HOSTS
    assert "warning" not in checked.stdout + checked.stderr
