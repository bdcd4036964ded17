"""Bad input and full disks cause one error, and every file stays as it was."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from pinsmith.exit_code import ExitCode
from tests.cli.support import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import World
    from tests.cli.support import Result

GOOD = """\
version = 1

[keys.a]
pin = "{pin}"

[keys.b]
pin = "{other}"
role = "leaf"
standby = true

[[host]]
name = "api.example.com"
keys = ["a", "b"]
"""
PIN = "PnXe2UyQyPGndZ66CgZBH8Xhtjd8KCbtvMDvCci3xME="
THIRD = "sha256/ZGVtb25zdHJhdGlvbiBvbmx5OiBub3QgYSByZWFsIGs="
OTHER = "sha256/m/75u5q4l9S8eKtjUEcdPJ2p9kWqoADNihM3CZBIJZY="
SOUND = GOOD.format(pin=f"sha256/{PIN}", other=OTHER)


def _with(pin: str) -> bytes:
    return GOOD.format(pin=pin, other=OTHER).encode()


BROKEN = {
    "empty": b"",
    "truncated": SOUND.encode()[:-20],
    "binary": bytes(range(256)) * 10,
    "duplicate key": SOUND.replace("standby = true", f'pin = "sha256/{PIN}"').encode(),
    "unknown key": SOUND.replace("role", "rôle").replace("rôle", "rol").encode(),
    "no version": SOUND.removeprefix("version = 1\n").encode(),
    "wrong length": _with("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M"),
    "hexadecimal": _with("0b" * 32),
    "URL-safe": _with("sha256/C5-lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="),
    "short": _with("sha256/C5+lpQ=="),
    "a placeholder": _with("sha256/" + "A" * 43 + "="),
    "an unknown key name": SOUND.replace('"b"]', '"c"]').encode(),
}
COMMANDS = {
    "check": ["check"],
    "add": ["add", "api.example.com", "--key", f"x={THIRD}"],
    "remove": ["remove", "api.example.com", "--key", "b", "--force"],
}


def _is_one_error(result: Result) -> bool:
    lines = result.stderr.splitlines()
    return (
        result.code == ExitCode.BROKE
        and lines[0].startswith("pinsmith: error[")
        and all(line.startswith("pinsmith: hint: ") for line in lines[1:])
        and not result.stdout
    )


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_pin_file_is_reported_and_left_alone(content: bytes, words: list[str], here: Path) -> None:
    """For any fault, one error names the file, and its bytes stay."""
    path = here / "pins.toml"
    path.write_bytes(content)
    result = run(*words)
    assert _is_one_error(result), result.stderr
    assert "pins.toml" in result.stderr.splitlines()[0]
    assert path.read_bytes() == content
    assert [path.name for path in here.iterdir()] == ["pins.toml"]


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_sound_pin_file_passes_the_same_way(words: list[str], here: Path, world: World) -> None:
    """Control of the test above: without damage the commands get past the file."""
    (here / "pins.toml").write_text(SOUND.replace('"sha256/' + PIN, f'"{world.identity.pin}'))
    options = [] if "--key" in words else ["--connect", world.values["api"], "--cafile", str(world.cafile)]
    assert run(*words, *options).code == ExitCode.OK


def test_a_huge_pin_file_is_not_read(here: Path) -> None:
    """A file of 100 MB is refused because of its size."""
    with (here / "pins.toml").open("wb") as file:
        file.truncate(100_000_000)
    result = run("check")
    assert _is_one_error(result)
    assert "larger than" in result.stderr


def test_a_directory_is_not_a_pin_file(here: Path) -> None:
    """The error names a path that cannot be read as a file."""
    (here / "folder").mkdir()
    result = run("check", "-f", "folder")
    assert _is_one_error(result)
    assert "folder cannot be read: it is a directory" in result.stderr


def test_without_a_pin_file_the_way_to_one_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error suggests `init`, because a newcomer may start without a pin file."""
    monkeypatch.chdir("/")  # the directories above a temporary one may contain a pin file
    result = run("check")
    assert _is_one_error(result)
    assert "pinsmith init" in result.stderr


def test_the_nearest_pin_file_upward_is_used(here: Path, world: World) -> None:
    """Commands work in any directory below the pin file, as with git."""
    (here / "pins.toml").write_text(SOUND.replace(f"sha256/{PIN}", world.identity.pin))
    below = here / "src" / "deep"
    below.mkdir(parents=True)
    os.chdir(below)
    assert run("check", "--connect", world.values["api"], "--cafile", world.cafile).code == ExitCode.OK


@pytest.mark.skipif(os.name == "nt", reason="not on Windows: files have no numeric owner")
def test_a_strangers_pin_file_above_is_not_used(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a shared directory somebody else could choose the pins; a file that is passed with --file is used."""
    (here / "pins.toml").write_text(SOUND)
    below = here / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    monkeypatch.setattr("pinsmith.cli._options._ROOT_UID", 4712)
    result = run("check")
    assert _is_one_error(result)
    assert "belongs to another user" in result.stderr
    assert run("remove", "api.example.com", "-f", here / "pins.toml", "--force").code == ExitCode.OK


class _FullDisk:
    """Refuses further writing, like a full disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pinsmith.files.os.write", self.write)

    def write(self, descriptor: int, octets: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("words", [COMMANDS["add"], COMMANDS["remove"]], ids=["add", "remove"])
def test_a_full_disk_leaves_the_old_pin_file(words: list[str], here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit is written as a whole or not at all."""
    (here / "pins.toml").write_text(SOUND)
    _FullDisk(monkeypatch)
    result = run(*words)
    assert (result.code, "the disk is full" in result.stderr) == (ExitCode.BROKE, True)
    assert result.stdout == ""  # no success is reported
    assert (here / "pins.toml").read_text() == SOUND
    assert [path.name for path in here.iterdir()] == ["pins.toml"]


def test_a_full_disk_leaves_no_part_of_init(here: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a pin file nor a private key is left behind."""
    _FullDisk(monkeypatch)
    options = ["--generate-backup", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    result = run("init", "api.example.com", *options)
    assert (result.code, "the disk is full" in result.stderr) == (ExitCode.BROKE, True)
    assert not [path for path in here.parent.rglob("*") if path.is_file()]


def test_if_the_pin_file_cannot_be_written_the_new_key_is_removed(here: Path, world: World) -> None:
    """A standby key that no file refers to is removed again."""
    (here / "file").touch()
    options = ["--generate-backup", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    result = run("init", "api.example.com", "-f", here / "file" / "pins.toml", *options)
    assert result.code == ExitCode.BROKE
    assert [path for path in here.parent.rglob("*") if path.is_file()] == [here / "file"]


def test_a_standby_key_in_another_repository_is_warned_about(here: Path, world: World) -> None:
    """A private key in a repository could be committed; a directory outside of one gets no warning."""
    other = here.parent / "other"
    (other / ".git").mkdir(parents=True)
    options = ["--generate-backup", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    file = here / "pins.toml"
    for directory, warned in ((other / "keys", True), (here.parent / "keys", False)):
        result = run("init", "api.example.com", *options, "--backup-dir", directory, "-f", file)
        assert result.code == ExitCode.OK
        assert (f"warning: {directory} is in the git work tree {other}, so" in result.stderr) is warned
        file.unlink()


def test_a_standby_key_is_not_put_into_the_project_unasked(
    here: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The default directory is refused if it is beside the pin file; --backup-dir is used, with a warning."""
    monkeypatch.setenv("XDG_DATA_HOME", str(here / "data"))
    options = ["--generate-backup", "--connect", world.values["api"], "--cafile", str(world.cafile)]
    refused = run("init", "api.example.com", *options)
    assert refused.code == ExitCode.BROKE
    assert "--backup-dir" in refused.stderr
    assert not list(here.iterdir())
    named = run("init", "api.example.com", *options, "--backup-dir", "keys")
    assert named.code == ExitCode.OK
    assert "warning: keys is in the directory of pins.toml, so the private key could be published" in named.stderr
    assert sorted(path.suffix for path in (here / "keys").iterdir()) == [".csr", ".key"]
