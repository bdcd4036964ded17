"""Pins that have ended or end within the warning time of `check` are not written without consent."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from pinsmith.checks.ending import WARNING_TIME
from pinsmith.exit_code import ExitCode
from tests.cli.support import NOW, run
from tests.formats.policy import pin

TODAY = NOW.date()
ENDING = {
    "ended": (TODAY - timedelta(days=1), "the pins ended on"),
    "ends now": (TODAY, "the pins ended on"),
    "ends soon": (TODAY + WARNING_TIME, "the pins end on"),
}
LASTS = TODAY + WARNING_TIME + timedelta(days=1)
COMMANDS = {
    "export": ("export", "android-nsc"),
    "export -o": ("export", "android-nsc", "-o", "out.xml"),
    "sync": ("sync",),
    "sync --check": ("sync", "--check"),
    "convert": ("convert", "in.xml", "out.xml", "--to", "android-nsc"),
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()


def _write(expires: date, *more: str, of: str = "android-nsc", mode: str = "enforce") -> None:
    lines = ["version = 1"]
    for name in ("a", "b"):
        lines += [f"[keys.{name}]", f'pin = "{pin(name)}"', 'role = "leaf"']
    lines += ["[[host]]", 'name = "api.example.com"', 'keys = ["a", "b"]', f"expires = {expires}", f'mode = "{mode}"']
    lines += ["[[output]]", f'format = "{of}"', 'path = "out.xml"', *more, ""]
    Path("pins.toml").write_text("\n".join(lines))
    pins = "".join(f'<pin digest="SHA-256">{pin(name).base64}</pin>' for name in "ab")
    config = f'<domain-config><domain>api.example.com</domain><pin-set expiration="{expires}">{pins}</pin-set>'
    Path("in.xml").write_text(f"<network-security-config>{config}</domain-config></network-security-config>")


def _synced(expires: date) -> None:
    """Write the file that sync would write, so that the check finds no other difference."""
    _write(expires)
    assert run("sync", "--allow-ending").code == ExitCode.OK


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("when", ENDING)
def test_no_command_writes_them(command: str, when: str) -> None:
    """The commands name the host and the day and write nothing; `sync --check` exits with 3."""
    expires, message = ENDING[when]
    if command == "sync --check":
        _synced(expires)
    _write(expires)
    answer = run(*COMMANDS[command])
    assert answer.code == (ExitCode.MISMATCH if command == "sync --check" else ExitCode.BROKE)
    assert "error[pins-ending]" in answer.stderr
    assert f"api.example.com: {message} {expires}" in answer.stderr
    assert "--allow-ending" in answer.stderr
    assert answer.stdout == ""
    assert Path("out.xml").exists() == (command == "sync --check")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_consent(command: str) -> None:
    """With --allow-ending, such pins are treated like pins that last."""
    if command == "sync --check":
        _synced(TODAY)
    _write(TODAY)
    assert run(*COMMANDS[command], "--allow-ending").code == ExitCode.OK


@pytest.mark.parametrize("command", COMMANDS)
def test_pins_that_last_are_written(command: str) -> None:
    """Pins that end one day after the warning time are written."""
    if command == "sync --check":
        _synced(LASTS)
    _write(LASTS)
    assert run(*COMMANDS[command]).code == ExitCode.OK


def test_an_output_can_allow_it() -> None:
    """`allow-ending = true` in [[output]] is the consent that is committed."""
    _write(TODAY, "allow-ending = true")
    assert run("sync").code == ExitCode.OK
    assert run("sync", "--check").code == ExitCode.OK


def test_a_format_without_expiry_dates_refuses_too() -> None:
    """A format without expiry dates would enforce ended pins for ever, so it refuses them too."""
    _write(TODAY, 'accept-loss = ["expiry-dropped"]', of="curl")
    assert "error[pins-ending]" in run("sync").stderr


def test_a_host_that_is_not_written_does_not_count() -> None:
    """Nobody enforces the pins of an entry that is off, so their end does not matter."""
    _write(TODAY)
    text = Path("pins.toml").read_text()
    off = text.replace('"enforce"', '"off"').replace(
        "[[output]]", '[[host]]\nname = "www.example.org"\nkeys = ["a"]\n[[output]]'
    )
    Path("pins.toml").write_text(off)
    assert run("sync").code == ExitCode.OK


def test_an_output_whose_users_take_longer_to_update_is_refused_earlier() -> None:
    """The lead-time of an output replaces that of the defaults."""
    _write(LASTS)
    assert run("sync").code == ExitCode.OK
    _write(LASTS, "lead-time = 60")
    late = run("sync", "--check")
    assert (late.code, "error[pins-ending]" in late.stderr) == (ExitCode.MISMATCH, True)
    text = Path("pins.toml").read_text().replace("version = 1", "version = 1\n[defaults]\nlead-time = 60")
    Path("pins.toml").write_text(text.replace('"out.xml"\nlead-time = 60', '"out.xml"'))
    assert run("sync", "--check").code == ExitCode.MISMATCH
    Path("pins.toml").write_text(text.replace('"out.xml"\nlead-time = 60', '"out.xml"\nlead-time = 10'))
    assert run("sync", "--check").code == ExitCode.OK


@pytest.mark.parametrize("days", ["-1", "4000", '"30"', "1.5", "true"])
@pytest.mark.parametrize("table", ["output", "defaults"])
def test_a_lead_time_that_is_not_a_number_of_days_is_refused(table: str, days: str) -> None:
    """The error has the place in the file."""
    _write(LASTS, *([f"lead-time = {days}"] if table == "output" else []))
    if table == "defaults":
        text = Path("pins.toml").read_text()
        Path("pins.toml").write_text(text.replace("version = 1", f"version = 1\n[defaults]\nlead-time = {days}"))
    done = run("sync", "--check")
    assert done.code == ExitCode.BROKE
    assert "lead-time" in done.stderr
    assert "number of days" in done.stderr
