"""The directory of standby keys, and its permissions."""

from __future__ import annotations

import os
import stat
import sys
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.rotation import key_directory
from pinsmith.rotation.standby_key import StandbyKey, generate

DAY = date(2026, 6, 15)
HOSTS = ["api.example.com", "192.0.2.1", "2001:db8::1"]


@pytest.fixture(scope="module")
def standby() -> StandbyKey:
    """Make one key for all tests that only write it."""
    return generate()


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: permissions are access lists")
def test_files_are_for_their_owner_alone(standby: StandbyKey, tmp_path: Path) -> None:
    """With any umask, nobody except the owner may read the key or the directory."""
    previous = os.umask(0)
    try:
        stored = key_directory.store(standby, HOSTS, tmp_path / "keys", DAY)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(stored.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(stored.request.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert load_pem_private_key(stored.key.read_bytes(), None).public_key() == standby.private.public_key()


def test_no_file_is_ever_overwritten(standby: StandbyKey, tmp_path: Path) -> None:
    """A second key of the same day gets its own name."""
    first = key_directory.store(standby, HOSTS, tmp_path, DAY)
    second = key_directory.store(generate(), HOSTS, tmp_path, DAY)
    assert first.key.name == "api.example.com-2026-06-15.key"
    assert second.key.name == "api.example.com-2026-06-15-2.key"
    assert first.key.read_bytes() == standby.private_pem()


@pytest.mark.parametrize("kind", ["file", "link to a file", "link to nothing"])
def test_a_request_of_somebody_else_is_never_touched(standby: StandbyKey, tmp_path: Path, kind: str) -> None:
    """If a file or link has the name of the request, it stays, and both new files get the next name."""
    foreign, keys = tmp_path / "foreign", tmp_path / "keys"
    keys.mkdir()
    taken = keys / "api.example.com-2026-06-15.csr"
    if kind != "link to nothing":
        (taken if kind == "file" else foreign).write_text("foreign")
    if kind != "file":
        taken.symlink_to(foreign)
    stored = key_directory.store(standby, HOSTS, keys, DAY)
    assert (stored.key.name, stored.request.name) == (
        "api.example.com-2026-06-15-2.key",
        "api.example.com-2026-06-15-2.csr",
    )
    assert taken.is_symlink() is (kind != "file")
    assert kind == "link to nothing" or taken.read_text() == "foreign"
    assert foreign.exists() is (kind == "link to a file")
    stored.discard()
    assert [path.name for path in keys.iterdir()] == [taken.name]


def test_an_address_makes_a_sound_file_name(standby: StandbyKey, tmp_path: Path) -> None:
    """File names do not contain the colons of IPv6."""
    assert key_directory.store(standby, HOSTS[2:], tmp_path, DAY).key.name == "2001_db8__1-2026-06-15.key"


def test_a_request_that_cannot_be_written_leaves_no_key(
    standby: StandbyKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the request cannot be written, the private key is removed, because nobody would know of it."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise FileError(f"{path} cannot be written", path=str(path))

    real = files.write_atomically
    monkeypatch.setattr(
        files,
        "write_atomically",
        lambda path, *given, **named: (refuse if path.suffix == ".csr" else real)(path, *given, **named),
    )
    with pytest.raises(FileError, match="csr"):
        key_directory.store(standby, HOSTS, tmp_path, DAY)
    assert not list(tmp_path.iterdir())


def test_keys_are_not_put_beside_the_pin_file(tmp_path: Path) -> None:
    """A key in the directory of the pin file could be published with it; other directories are accepted."""
    project = tmp_path / "project"
    (project / "keys").mkdir(parents=True)
    with pytest.raises(FileError, match=r"in the directory of .*pins\.toml"):
        key_directory.require_apart(project / "keys", project / "pins.toml")
    key_directory.require_apart(tmp_path / "elsewhere", project / "pins.toml")


def test_keys_are_not_put_into_a_git_work_tree(tmp_path: Path) -> None:
    """A git work tree is refused even if the pin file lies elsewhere, and even through a link."""
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (tmp_path / "link").symlink_to(repository)
    for directory in (repository / "keys", tmp_path / "link" / "keys"):
        with pytest.raises(FileError, match="git work tree"):
            key_directory.require_apart(directory, tmp_path / "other" / "pins.toml")


DANGERS = {
    "of the user alone": (0o700, "", []),
    "readable by all": (0o755, "", []),
    "sticky, as /tmp": (0o1777, "", []),
    "writable by all": (0o777, "", ["can be written by everybody"]),
    "writable by a group": (0o775, "", ["can be written by its group"]),
    "below one that is writable by all": (0o777, "below", ["can be written by everybody"]),
}


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: permissions are access lists")
@pytest.mark.parametrize("case", DANGERS)
def test_a_directory_that_others_may_write_is_a_danger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """A user who can rename entries of the directory, or the directory itself, can replace a key."""
    mode, below, reasons = DANGERS[case]
    monkeypatch.setattr(key_directory, "_is_private", lambda _: False)
    keys = tmp_path / "keys"
    keys.mkdir()
    keys.chmod(mode)
    found = key_directory.dangers(keys / below, tmp_path / "project" / "pins.toml")
    assert found == [
        f"other users can replace your key in {keys / below}, because {keys} {reason}; "
        "name another directory with --backup-dir"
        for reason in reasons
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: permissions are access lists")
def test_a_directory_of_another_user_is_a_danger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner of a directory can change it, whatever its permissions are."""
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 4711)
    status = os.stat_result((0o40700, 0, 0, 2, tmp_path.stat().st_uid + 1, 0, 0, 0, 0, 0))
    monkeypatch.setattr(Path, "stat", lambda *_, **__: status)
    assert key_directory._is_open_to_others(tmp_path) == "belongs to another user"


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: no groups of this kind")
def test_the_private_group_of_a_user_is_not_a_danger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems with a group for each user let it write to new directories, but nobody else is a member."""
    import grp
    import pwd

    status = os.stat_result((0o40775, 0, 0, 2, 1000, 1000, 0, 0, 0, 0))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.struct_passwd(("alice", "x", 1000, 1000, "", "", "")))
    for name, members, is_private in (("alice", [], True), ("alice", ["bob"], False), ("staff", [], False)):
        group = grp.struct_group((name, "x", 1000, members))
        monkeypatch.setattr(grp, "getgrgid", lambda _, group=group: group)
        assert key_directory._is_private(status) is is_private


def test_the_default_directory_follows_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """XDG_DATA_HOME decides if it is an absolute path, and is ignored otherwise."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert key_directory.default_directory() == tmp_path / "data" / "pinsmith" / "keys"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert key_directory.default_directory() == tmp_path / ".local" / "share" / "pinsmith" / "keys"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert key_directory.default_directory() == tmp_path / "Library" / "Application Support" / "pinsmith" / "keys"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert key_directory.default_directory() == Path(tmp_path / "local" / "pinsmith" / "keys")


def test_a_directory_that_the_user_named_is_taken_and_the_default_one_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A directory that the user passes is accepted, but the default one must not contain the pin file."""
    monkeypatch.setattr(key_directory, "default_directory", lambda: tmp_path / "keys")
    assert key_directory.choose(tmp_path / "here", tmp_path / "pins.toml") == tmp_path / "here"
    assert key_directory.choose(None, tmp_path / "project" / "pins.toml") == tmp_path / "keys"
    with pytest.raises(FileError, match="is in the directory of"):
        key_directory.choose(None, tmp_path / "pins.toml")
