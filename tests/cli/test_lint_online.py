"""`pinsmith lint --online` compares the pins of files with what the hosts present now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.conftest import HOST, World
from tests.cli.support import run
from tests.formats.policy import pin

if TYPE_CHECKING:
    from pathlib import Path

OLD, STANDBY = pin("old"), pin("standby")
PIN_FILE = """version = 1
[keys.ours]
pin = "{ours}"
role = "leaf"
[keys.standby]
pin = "{standby}"
role = "leaf"
standby = true
[[host]]
name = "{host}"
keys = ["ours", "standby"]
connect = "{address}"
"""
NSC = """<network-security-config><domain-config>
<domain>{host}</domain>
<pin-set><pin digest="SHA-256">{old}</pin><pin digest="SHA-256">{standby}</pin></pin-set>
</domain-config></network-security-config>
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> Path:
    """Make a pin file that is right, and an Android file that still has the pin before the last renewal."""
    monkeypatch.chdir(tmp_path)
    address = world.values["api"]
    text = PIN_FILE.format(ours=world.identity.pin, standby=STANDBY, host=HOST, address=address)
    (tmp_path / "pins.toml").write_text(text)
    (tmp_path / "nsc.xml").write_text(NSC.format(host=HOST, old=OLD.base64, standby=STANDBY.base64))
    return tmp_path


def _findings(world: World, *words: str) -> list[dict[str, Any]]:
    answer = run("lint", "--online", "--cafile", str(world.cafile), "--json", "--min-severity", "info", *words)
    findings: list[dict[str, Any]] = json.loads(answer.stdout)["findings"]
    return findings


def test_a_file_that_would_lock_users_out_is_found(project: Path, world: World) -> None:
    """The file with the old pin is high, at its line; it was asked where the pin file says, and the finding says so."""
    found = {finding["rule"]: finding for finding in _findings(world)}
    assert set(found) == {"pin-mismatch", "pins-out-of-step", "compared-elsewhere"}
    elsewhere = found["compared-elsewhere"]
    assert (elsewhere["place"]["file"], elsewhere["severity"], elsewhere["host"]) == ("pins.toml", "low", HOST)
    assert "check --public" in elsewhere["fix"]
    mismatch = found["pin-mismatch"]
    assert mismatch["severity"] == "high"
    assert (mismatch["place"]["file"], mismatch["place"]["line"], mismatch["host"]) == ("nsc.xml", 2, HOST)
    assert world.identity.pin in mismatch["message"]
    assert f"via 127.0.0.1:{world.values['api'].partition(':')[2]}" in mismatch["message"]
    assert run("lint", "--online", "--cafile", str(world.cafile)).code == ExitCode.FOUND_HIGH
    assert run("lint").code == ExitCode.FOUND_MEDIUM


def test_a_backup_that_is_served_already_is_found(project: Path, world: World) -> None:
    """Two pins that are both in the served chain leave no backup, which only the live host shows."""
    text = (project / "pins.toml").read_text().replace(str(STANDBY), world.intermediate.pin)
    (project / "pins.toml").write_text(text.replace("standby = true", "").replace('"leaf"', '"unknown"'))
    (project / "nsc.xml").unlink()
    assert run("lint").code == ExitCode.OK
    assert [finding["rule"] for finding in _findings(world) if finding["severity"] == "high"] == ["no-backup"]


def test_a_host_that_cannot_be_reached_is_not_called_good(project: Path, world: World) -> None:
    """A host that does not answer is a finding of severity info, because its pins may still be right."""
    text = (project / "pins.toml").read_text()
    (project / "pins.toml").write_text(text.replace(world.values["api"], world.values["closed"]))
    found = _findings(world, "pins.toml")
    assert [(finding["rule"], finding["severity"]) for finding in found] == [("not-compared", "info")]
    assert "were not compared with the live host" in found[0]["message"]


def test_options_for_live_hosts_need_the_option(project: Path, world: World) -> None:
    """`--cafile` without `--online` would do nothing, so it is a mistake."""
    assert run("lint", "--cafile", str(world.cafile)).code == ExitCode.USAGE
