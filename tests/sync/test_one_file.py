"""Two outputs that write different parts of one file, such as Expo's app.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.support import run
from tests.formats.policy import pin

OURS, STANDBY, THEIRS = pin("ours"), pin("standby"), pin("theirs")
PIN_FILE = f"""version = 1
[keys.ours]
pin = "{OURS}"
role = "leaf"
[keys.standby]
pin = "{STANDBY}"
role = "leaf"
[[host]]
name = "api.example.com"
keys = ["ours", "standby"]
[[output]]
format = "expo-nsc"
path = "app.json"
[[output]]
format = "expo-ats"
path = "app.json"
"""
APP = {"expo": {"name": "shop", "slug": "shop", "ios": {"bundleIdentifier": "com.example.shop"}}}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    Path("pins.toml").write_text(PIN_FILE)
    Path("app.json").write_text(json.dumps(APP, indent=2))


def test_both_parts_are_written_at_once() -> None:
    """One sync writes both parts and keeps the rest, and a second one has nothing to do."""
    assert run("sync").code == ExitCode.OK
    text = Path("app.json").read_text()
    expo = json.loads(text)["expo"]
    assert (expo["name"], expo["ios"]["bundleIdentifier"]) == ("shop", "com.example.shop")
    assert "NSPinnedDomains" in json.dumps(expo["ios"])
    assert "expo-network-security-config" in json.dumps(expo["plugins"])
    assert text.count(OURS.base64) == 1
    assert OURS.base64 in Path("pinned_network_security_config.xml").read_text()
    before = Path("pins.lock").read_text()
    assert run("sync", "--check").code == ExitCode.OK
    assert run("sync").code == ExitCode.OK
    assert (Path("app.json").read_text(), Path("pins.lock").read_text()) == (text, before)


def test_an_edit_of_a_part_is_found_and_repaired() -> None:
    """A pin that was changed by hand fails the check, and only `--drop-foreign` overwrites it."""
    run("sync")
    good = Path("app.json").read_text()
    edited = good.replace(OURS.base64, THEIRS.base64)
    Path("app.json").write_text(edited)
    answer = run("sync", "--check")
    assert answer.code == ExitCode.MISMATCH
    assert f"the pin {THEIRS} would be removed" in answer.stderr
    assert run("sync").code == ExitCode.BROKE
    assert Path("app.json").read_text() == edited
    assert run("sync", "--drop-foreign").code == ExitCode.OK
    assert Path("app.json").read_text() == good


def test_a_new_pin_reaches_both_parts() -> None:
    """After a change of the pin file both parts are pinsmith's own, so they are overwritten without a question."""
    run("sync")
    Path("pins.toml").write_text(PIN_FILE.replace(str(OURS), str(THEIRS)))
    assert run("sync", "--check").code == ExitCode.MISMATCH
    assert run("sync").code == ExitCode.OK
    for name in ("app.json", "pinned_network_security_config.xml"):
        text = Path(name).read_text()
        assert (text.count(THEIRS.base64), text.count(OURS.base64)) == (1, 0)


def test_outputs_that_undo_each_other_are_refused() -> None:
    """Two outputs of the same part, with other hosts, are an error, and nothing is written."""
    hosts = '\nhosts = ["api.example.com"]'
    Path("pins.toml").write_text(f'{PIN_FILE}[[output]]\nformat = "expo-ats"\npath = "app.json"{hosts}\n')
    answer = run("sync")
    assert answer.code == ExitCode.BROKE
    assert "two outputs write app.json" in answer.stderr
    assert json.loads(Path("app.json").read_text()) == APP


def test_the_first_sync_into_a_file_records_what_the_second_one_finds() -> None:
    """An app.json without pins is a file that the reader refuses; the pins are recorded as they are read later."""
    Path("pins.toml").write_text(PIN_FILE.replace('[[output]]\nformat = "expo-nsc"\npath = "app.json"\n', ""))
    run("sync")
    before = Path("pins.lock").read_text()
    assert run("sync", "--check").stderr == "pinsmith: ok: the file is up to date with pins.toml\n"
    run("sync")
    assert Path("pins.lock").read_text() == before
