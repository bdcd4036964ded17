"""Commands behind an HTTP proxy, and a proxy that inspects TLS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.exit_code import ExitCode
from pinsmith.lab.proxy.connect import ConnectProxy
from tests.cli.conftest import HOST
from tests.cli.support import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import World


@pytest.fixture
def proxy(world: World) -> Iterator[str]:
    """Run a proxy that leads to the server; its authority is a private one, as that of an inspecting proxy is."""
    address, _, port = world.values["api"].rpartition(":")
    with ConnectProxy(route={f"{HOST}:443": (address, int(port))}) as made:
        yield f"http://127.0.0.1:{made.port}"


def test_a_chain_that_a_proxy_may_have_made_is_not_pinned_without_consent(here: Path, world: World, proxy: str) -> None:
    """Pins of an inspecting proxy would lock out everybody who is not behind it."""
    words = ("init", HOST, "--proxy", proxy, "--cafile", world.cafile, "--backup", world.values["stranger-pin"])
    refused = run(*words)
    assert refused.code == ExitCode.BROKE
    assert f"{HOST}:443 is inspected: the chain that the proxy {proxy.removeprefix('http://')} shows" in refused.stderr
    assert "--accept inspected" in refused.stderr
    assert not (here / "pins.toml").exists()
    done = run(*words, "--accept", "inspected")
    assert done.code == ExitCode.OK, done.stderr


def test_a_key_that_nobody_vouches_for_is_not_pinned_behind_a_proxy_without_consent(
    here: Path, world: World, proxy: str
) -> None:
    """A proxy whose authority is not installed looks like a server that is trusted by its key alone."""
    words = ("init", HOST, "--proxy", proxy, "--pins-only", "--backup", world.values["stranger-pin"])
    refused = run(*words)
    assert refused.code == ExitCode.BROKE
    assert f"{HOST}:443 may be inspected: nobody vouches for the certificate" in refused.stderr
    assert not (here / "pins.toml").exists()
    done = run(*words, "--accept", "inspected")
    assert done.code == ExitCode.OK, done.stderr


def test_a_password_that_is_not_text_is_sent_and_not_shown(
    world: World, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment may have any encoding."""
    given = proxy.replace("://", "://user:p\udce4ssword@")
    monkeypatch.setenv("HTTPS_PROXY", given)
    done = run("fetch", HOST, "--cafile", world.cafile)
    assert done.code == ExitCode.OK, done.stderr
    assert "ssword" not in done.stdout + done.stderr
    monkeypatch.setenv("HTTPS_PROXY", "http://user:8080#ssword@proxy.example.com")
    wrong = run("fetch", HOST)
    assert wrong.code == ExitCode.BROKE
    assert "the address of the proxy is not valid" in wrong.stderr
    assert "ssword" not in wrong.stderr


def test_fetch_warns_of_a_proxy_that_may_inspect(world: World, proxy: str) -> None:
    """The chain is shown all the same."""
    done = run("fetch", HOST, "--proxy", proxy, "--cafile", world.cafile)
    assert done.code == ExitCode.OK, done.stderr
    assert world.identity.pin in done.stdout
    assert f"warning: {HOST}:443 is inspected" in done.stderr


def test_check_uses_the_proxy_of_the_environment_and_says_so(
    here: Path, world: World, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word none connects directly."""
    words = ("--connect", world.values["api"], "--cafile", world.cafile, "--backup", world.values["stranger-pin"])
    assert run("init", HOST, *words).code == ExitCode.OK
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    done = run("check", "--cafile", world.cafile)
    assert done.code == ExitCode.OK, done.stderr
    assert f"(via proxy {proxy.removeprefix('http://')} and {world.cafile})" in done.stdout
    direct = run("check", "--cafile", world.cafile, "--proxy", "none")
    assert direct.code == ExitCode.BROKE
    assert "via proxy" not in direct.stdout
    wrong = run("check", "--proxy", "https://u:secret@proxy.example.com")
    assert wrong.code == ExitCode.BROKE
    assert "secret" not in wrong.stderr


def test_a_key_is_not_removed_behind_a_proxy_that_may_inspect_without_consent(
    here: Path, world: World, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy may show a pinned key of its own while the server presents the key that would be removed."""
    pins = ("--backup", world.values["stranger-pin"], "--accept", "inspected")
    assert run("init", HOST, "--proxy", proxy, "--cafile", world.cafile, *pins).code == ExitCode.OK
    before = (here / "pins.toml").read_text()
    keys = pinfile.load(here / "pins.toml").keys
    (spare,) = (key.name for key in keys if str(key.pin) == world.values["stranger-pin"])
    words = ("remove", HOST, "--key", spare, "--no-backup", "--cafile", world.cafile)
    direct = run(*words, "--proxy", "none")
    assert (direct.code, "inspected" in direct.stderr) == (ExitCode.BROKE, False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    refused = run(*words)
    assert refused.code == ExitCode.BROKE
    assert f"{HOST}:443 is inspected" in refused.stderr
    assert "so clients elsewhere may meet another key" in refused.stderr
    assert (here / "pins.toml").read_text() == before
    done = run(*words, "--accept", "inspected")
    assert done.code == ExitCode.OK, done.stderr
    assert spare not in (here / "pins.toml").read_text()


@pytest.mark.parametrize("command", ["import", "convert"])
def test_live_hosts_show_the_roles_of_imported_keys_through_a_proxy(
    here: Path, world: World, proxy: str, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is used only with --online, and a warning says that it may inspect."""
    (here / "pins.json").write_text(json.dumps({HOST: [str(world.identity.pin)]}))
    words = (command, "pins.json", *(("-", "--to", "policy-json") if command == "convert" else ()))
    alone = run(*words, "--proxy", proxy)
    assert alone.code == ExitCode.USAGE
    assert "--proxy needs --online" in alone.stderr
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert "leaf" not in run(*words).stdout
    done = run(*words, "--online", "--cafile", world.cafile)
    assert done.code == ExitCode.OK, done.stderr
    assert "leaf" in done.stdout
    assert f"warning: {HOST}:443 is inspected" in done.stderr
