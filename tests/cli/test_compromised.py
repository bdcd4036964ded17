"""The command line marks compromised keys where it shows them, and refuses to pin them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pinsmith import authorities
from pinsmith.authorities import Compromised
from pinsmith.exit_code import ExitCode
from pinsmith.pin import Pin
from tests.cli.conftest import HOST
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World

EMSIGN = "sha256/6+1kdcLC2A/LGZ8/6N1uazzmC3frFdTkLD3sDG9bUQU="
MARK = "COMPROMISED: anybody may hold the private key of Example CA (CVE-2030-1)"


@pytest.fixture
def _compromised(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the intermediate of the world be one of the compromised authorities."""
    known = {Pin.parse(world.intermediate.pin): Compromised("Example CA", cve="CVE-2030-1", source="a source")}
    monkeypatch.setattr(authorities, "compromised", known.get)


@pytest.mark.usefixtures("_compromised")
def test_fetch_marks_a_compromised_authority(world: World) -> None:
    """The tree has a mark, and JSON has the name of the authority."""
    words = ("fetch", HOST, "--connect", world.values["api"], "--cafile", world.cafile)
    assert MARK in run(*words).stdout
    (host,) = json.loads(run(*words, "--format", "json").stdout)["hosts"]
    assert [certificate["compromised"] for certificate in host["chain"]] == [None, "Example CA (CVE-2030-1)", None]


@pytest.mark.usefixtures("_compromised")
def test_show_marks_a_compromised_authority(world: World) -> None:
    """Files are marked like live chains."""
    assert MARK in run("show", world.values["chain-file"]).stdout
    (file,) = json.loads(run("show", world.values["chain-file"], "--format", "json").stdout)["files"]
    assert [item["compromised"] for item in file["items"]] == [None, "Example CA (CVE-2030-1)"]


def test_check_refuses_a_chain_that_contains_a_compromised_key(here: Path, world: World) -> None:
    """The check fails with a reason of its own, although the leaf is pinned and presented."""
    (here / "pins.toml").write_text(
        f'version = 1\n[keys.api]\npin = "{world.identity.pin}"\nrole = "leaf"\n'
        f'[compromised.issuing-ca]\npin = "{world.intermediate.pin}"\n[[host]]\nname = "{HOST}"\nkeys = ["api"]\n'
    )
    answer = run("check", "--connect", world.values["api"], "--cafile", world.cafile, "--format", "json")
    (host,) = json.loads(answer.stdout)["hosts"]
    assert (answer.code, host["verdict"]) == (ExitCode.MISMATCH, "mismatched")
    assert host["reason"] == "compromised-authority"
    assert "issuing-ca" in host["message"]


@pytest.mark.parametrize("strategy", ["own-key", "ca-set"])
def test_no_host_is_pinned_that_answers_below_a_compromised_authority(strategy: str, here: Path, world: World) -> None:
    """An attacker may have answered, so not even the leaf of that chain is pinned, and the pin file stays as it is."""
    text = f'version = 1\n[compromised.issuing-ca]\npin = "{world.intermediate.pin}"\n'
    (here / "pins.toml").write_text(text)
    words = ("add", HOST, "--no-backup", "--strategy", strategy)
    answer = run(*words, "--connect", world.values["api"], "--cafile", world.cafile)
    assert answer.code == ExitCode.MISMATCH
    assert "error[compromised-chain]" in answer.stderr
    assert (here / "pins.toml").read_text() == text


@pytest.mark.parametrize(
    "words",
    [
        ("init", HOST, "--backup", EMSIGN),
        ("add", HOST, "--key", f"emsign={EMSIGN}"),
        ("import", "pins.xml"),
    ],
    ids=lambda words: words[0],
)
def test_no_command_pins_a_compromised_key(words: tuple[str, ...], here: Path, world: World) -> None:
    """The error names the authority, and no file is made or changed."""
    pin_set = f'<pin-set><pin digest="SHA-256">{EMSIGN.removeprefix("sha256/")}</pin></pin-set>'
    domain = f"<domain-config><domain>{HOST}</domain>{pin_set}</domain-config>"
    (here / "pins.xml").write_text(f"<network-security-config>{domain}</network-security-config>")
    if words[0] == "add":
        (here / "pins.toml").write_text(
            f'version = 1\n[keys.api]\npin = "{world.identity.pin}"\n[[host]]\nname = "{HOST}"\nkeys = ["api"]\n'
        )
    before = {path.name: path.read_bytes() for path in here.iterdir() if path.is_file()}
    dialled = ("--connect", world.values["api"], "--cafile", str(world.cafile)) if words[0] == "init" else ()
    answer = run(*words, *dialled)
    assert answer.code == ExitCode.BROKE
    assert "emSign DV TLS CA - G3B (CVE-2026-111943)" in answer.stderr
    assert answer.stdout == ""
    assert {path.name: path.read_bytes() for path in here.iterdir() if path.is_file()} == before
