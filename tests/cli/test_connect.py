"""`connect` and `cafile` of a host: commands use them and say so, and `check --public` does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import pinsmith
from pinsmith import pinfile
from pinsmith.errors import ParseError
from pinsmith.exit_code import ExitCode
from tests.cli.conftest import HOST
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

OTHER = "www.example.com"


@pytest.fixture
def pinned(here: Path, world: World) -> Path:
    """Pin two hosts, one below a private authority at an address of its own."""
    (here / "certs").mkdir()
    (here / "certs" / "corp.pem").write_text(world.root.pem)
    path = here / "pins.toml"
    path.write_text(
        f"""version = 1
[keys.api]
pin = "{world.identity.pin}"
role = "leaf"
[keys.spare]
pin = "{world.values["stranger-pin"]}"
role = "leaf"
standby = true
[[host]]
name = "{HOST}"
keys = ["api", "spare"]
connect = "{world.values["api"]}"
cafile = "certs/corp.pem"
[[host]]
name = "{OTHER}"
keys = ["api", "spare"]
"""
    )
    return path


def test_check_connects_and_trusts_as_the_entry_says_and_says_so(pinned: Path, world: World) -> None:
    """The other host is looked up and trusted as usual."""
    done = run("check", HOST)
    assert done.code == ExitCode.OK, done.stderr
    assert f"presents api (via {world.values['api']} and certs/corp.pem)" in done.stdout
    (result,) = json.loads(run("check", HOST, "--format", "json").stdout)["hosts"]
    assert result["via"] == f"{world.values['api']} and certs/corp.pem"
    assert f"via {world.values['api']} and certs/corp.pem" in run("check", HOST, "--format", "junit").stdout
    assert f"::notice title=via::{HOST}:443" in run("check", HOST, "--format", "github").stdout
    assert f',via="{result["via"]}"}} 1' in run("check", HOST, "--format", "prometheus").stdout
    assert "(via " in run("check", HOST, "--quiet").stdout
    other = run("check", OTHER)
    assert other.code == ExitCode.BROKE
    assert "via" not in other.stdout


def test_check_in_public_ignores_both(pinned: Path, world: World) -> None:
    """A change of the file cannot hide that the public server presents another key."""
    done = run("check", "--public", HOST)
    assert done.code == ExitCode.BROKE
    assert "unreachable" in done.stdout
    assert "via" not in done.stdout
    for words in (("--cafile", str(world.cafile)), ("--connect", "127.0.0.1"), ("--certificate", "x.pem")):
        refused = run("check", "--public", *words)
        assert (refused.code, "--public asks DNS" in refused.stderr) == (ExitCode.USAGE, True)


def test_an_option_of_the_command_replaces_that_of_the_entry(pinned: Path, world: World) -> None:
    """The result names what was used."""
    away = run("check", HOST, "--connect", world.values["renewed"])
    assert away.code == ExitCode.MISMATCH
    assert f"(via {world.values['renewed']} and certs/corp.pem)" in away.stdout
    (pinned.parent / "certs" / "corp.pem").write_text(world.stranger.pem)
    assert run("check", HOST).code == ExitCode.MISMATCH
    trusted = run("check", HOST, "--cafile", world.cafile)
    assert trusted.code == ExitCode.OK, trusted.stderr
    assert f"and {world.cafile})" in trusted.stdout


def test_add_and_remove_connect_and_trust_as_the_entry_says(pinned: Path, world: World) -> None:
    """A key of the entry is removed only if the host presents another one, and both say where they asked."""
    added = run("add", HOST)
    assert added.code == ExitCode.OK, added.stderr
    assert "there is no new key to pin" in added.stderr
    via = f"{HOST} was reached via {world.values['api']} and certs/corp.pem, as the pin file says"
    assert via in added.stderr
    removed = run("remove", HOST, "--key", "spare", "--no-backup")
    assert removed.code == ExitCode.OK, removed.stderr
    assert f"warning: {via}" in removed.stderr
    given = run("remove", HOST, "--key", "api", "--connect", world.values["self"], "--cafile", world.cafile)
    assert "was reached" not in given.stderr


def test_a_file_of_authorities_that_is_missing_is_named(pinned: Path) -> None:
    """It is read only when a command connects."""
    (pinned.parent / "certs" / "corp.pem").unlink()
    assert pinfile.load(pinned).find(HOST) is not None
    done = run("check", HOST)
    assert done.code == ExitCode.BROKE
    assert "certs/corp.pem" in done.stderr


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('connect = "https://192.0.2.7"', "is not an address"),
        ('connect = "192.0.2.7:0"', "has no valid port"),
        ('connect = "192.0.2.7 "', "is not an address"),
        ('cafile = "a\\u0007"', "is not a path"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_line(pinned: Path, line: str, problem: str) -> None:
    """The error names the entry."""
    text = pinned.read_text()
    kept = "\n".join(row for row in text.splitlines() if not row.startswith(line.partition(" ")[0]))
    pinned.write_text(kept.replace(f'name = "{HOST}"\n', f'name = "{HOST}"\n{line}\n'))
    with pytest.raises(ParseError, match=problem) as caught:
        pinfile.load(pinned)
    assert "host[0]" in str(caught.value)


def test_clients_ignore_both(pinned: Path, world: World) -> None:
    """Enforcement trusts what its context trusts; only commands read these settings."""
    policy = pinsmith.load(pinned)
    context = pinsmith.PinnedSSLContext(policy)
    assert context.cert_store_stats() == pinsmith.PinnedSSLContext(pinsmith.Policy()).cert_store_stats()


def test_a_certificate_is_judged_by_the_authorities_of_the_entry(pinned: Path, world: World) -> None:
    """The authority of the host is private, so the system does not know it; the result says what was trusted."""
    done = run("check", "--certificate", world.values["chain-file"], HOST)
    assert done.code == ExitCode.OK, done.stdout
    assert "(via certs/corp.pem)" in done.stdout
    (pinned.parent / "certs" / "corp.pem").write_text(world.stranger.pem)
    assert run("check", "--certificate", world.values["chain-file"], HOST).code == ExitCode.MISMATCH
    named = run("check", "--certificate", world.values["chain-file"], HOST, "--cafile", world.cafile)
    assert (named.code, "via" in named.stdout) == (ExitCode.OK, False)
