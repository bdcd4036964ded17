"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pinsmith import files
from pinsmith.errors import FileError

write = files.write_atomically


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Make a file with content."""
    path = tmp_path / "pins.toml"
    path.write_bytes(b"old\n")
    return path


@pytest.mark.parametrize("content", ["new\r\nlines\n", b"new\r\nlines\n"], ids=["text", "bytes"])
def test_the_content_arrives_as_it_is(old: Path, content: str | bytes) -> None:
    """Line ends are not translated, and the directory contains only the file."""
    write(old, content)
    assert old.read_bytes() == b"new\r\nlines\n"
    assert _names(old.parent) == {"pins.toml"}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_permissions_are_kept(old: Path, mode: int) -> None:
    """A user who could read the file can still read it, and nobody else can."""
    old.chmod(mode)
    write(old, "new")
    assert _mode(old) == mode


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="needs Python as root")
def test_the_owner_is_kept(old: Path) -> None:
    """Root may edit a file of another user, and that user stays the owner."""
    os.chown(old, 12345, 23456)
    write(old, "new")
    assert (old.stat().st_uid, old.stat().st_gid) == (12345, 23456)


def test_rights_of_a_group_are_not_given_to_another(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If neither owner nor group can be kept, the new group gets no rights."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "no")

    old.chmod(0o664)
    status = os.stat_result((*old.stat()[:4], 12345, 23456, *old.stat()[6:]))
    monkeypatch.setattr(files, "status_of", lambda *_: status)
    monkeypatch.setattr(os, "fchown", refuse)
    write(old, "new")
    assert _mode(old) == 0o604


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o000, 0o644)])
def test_a_new_file_obeys_the_umask(tmp_path: Path, umask: int, mode: int) -> None:
    """A new file is readable for everybody unless the user's umask forbids it."""
    before = os.umask(umask)
    try:
        write(tmp_path / "new", "new")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "new") == mode


def test_a_mode_can_be_asked_for(old: Path) -> None:
    """Secrets are readable only for their owner, even if an old file was readable for others."""
    write(old.with_name("key"), "secret", mode=0o600)
    write(old, "secret", mode=0o600)
    assert (_mode(old.with_name("key")), _mode(old)) == (0o600, 0o600)


def test_a_link_is_followed(old: Path) -> None:
    """The target of a link is written in its own directory, and the link stays a link."""
    (old.parent / "links").mkdir()
    link = old.parent / "links" / "pins.toml"
    link.symlink_to("../pins.toml")
    write(link, "new")
    assert link.is_symlink()
    assert old.read_text() == "new"
    assert _names(old.parent) == {"pins.toml", "links"}


FAULTS: dict[str, tuple[str, str]] = {
    "dangling link": ("dangling", "it is a symbolic link to nothing"),
    "link to itself": ("circle", "its symbolic links go in a circle"),
    "directory": ("folder", "it is a directory"),
    "in a dangling link": ("dangling/file", "dangling is a symbolic link to nothing"),
    "below a file": ("pins.toml/file", "a part of the path is not a directory"),
    "device": ("null", "it is a device or pipe"),
    "NUL in its name": ("a\0b", "no file can have this name"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_path_that_is_not_a_file_is_refused(old: Path, fault: str) -> None:
    """The error gives the path as it was passed and the reason, and nothing is created."""
    name, reason = FAULTS[fault]
    (old.parent / "dangling").symlink_to("nothing")
    (old.parent / "circle").symlink_to("circle")
    (old.parent / "folder").mkdir()
    (old.parent / "null").symlink_to(os.devnull)
    before = _names(old.parent)
    with pytest.raises(FileError, match=reason) as caught:
        write(f"{old.parent}/{name}", "new")
    assert caught.value.path == f"{old.parent}/{name}"
    with pytest.raises(FileError, match=reason) as early:
        files.require_writable(f"{old.parent}/{name}")
    assert str(early.value) == str(caught.value)
    assert _names(old.parent) == before
    assert old.read_text() == "old\n"


def test_a_directory_without_permission_is_reported(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal by the system is reported in words; it is simulated, because root is refused nothing."""

    def refuse(path: object, *_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(FileError, match=r"cannot be written: permission denied$"):
        write(old, "new")
    with pytest.raises(FileError, match=r"cannot be written: permission denied$"):
        files.require_writable(old)
    assert old.read_text() == "old\n"


def test_a_question_whether_a_file_can_be_written_changes_nothing(old: Path) -> None:
    """Neither an old file nor a missing folder is changed, and no temporary file stays."""
    files.require_writable(old)
    files.require_writable(old.parent / "a" / "b" / "report.html")
    assert old.read_text() == "old\n"
    assert _names(old.parent) == {"pins.toml"}


PROGRAM = """
import resource, signal, sys
from pinsmith import files
from pinsmith.errors import FileError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    files.write_atomically(sys.argv[1], "x" * int(sys.argv[2]), exclusive=len(sys.argv) > 3)
except FileError as error:
    print(error)
"""


def _write_under_a_limit(path: Path, size: int, *words: str) -> str:
    command = [sys.executable, "-c", PROGRAM, str(path), str(size), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs Python's resource module")
def test_a_write_that_the_system_breaks_off_leaves_the_old_file(old: Path) -> None:
    """If the kernel accepts a part and refuses the rest, the old content stays and no half file is left."""
    assert "cannot be written: it would be larger than the system allows" in _write_under_a_limit(old, 100_001)
    assert old.read_text() == "old\n"
    assert _names(old.parent) == {"pins.toml"}
    assert not _write_under_a_limit(old, 100_000)
    assert old.stat().st_size == 100_000


@pytest.mark.skipif(sys.platform == "win32", reason="needs Python's resource module")
def test_a_new_key_file_that_the_system_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    """No file has the name before its content is complete, and the temporary file is removed after a failure."""
    assert "cannot be written" in _write_under_a_limit(tmp_path / "key.pem", 100_001, "exclusive")
    assert _names(tmp_path) == set()


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=["disk full", "Ctrl-C"]
)
def test_a_failure_at_any_step_leaves_the_old_file(
    old: Path, monkeypatch: pytest.MonkeyPatch, step: str, failure: BaseException
) -> None:
    """If any step before the replacement fails, only the old file is left."""

    def fail(*_: object) -> None:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(Path if step == "replace" else os, step, fail)
        with pytest.raises(FileError if isinstance(failure, OSError) else KeyboardInterrupt) as caught:
            write(old, "new")
    if isinstance(failure, OSError):
        assert str(caught.value).endswith("cannot be written: the disk is full")
    assert old.read_text() == "old\n"
    assert _names(old.parent) == {"pins.toml"}


def test_an_exclusive_file_replaces_nothing(old: Path) -> None:
    """A key is never written over another key, nor through a link."""
    link = old.with_name("link")
    link.symlink_to("elsewhere")
    for path in (old, link):
        with pytest.raises(FileError, match="it exists already"):
            write(path, "new", mode=0o600, exclusive=True)
    assert old.read_text() == "old\n"
    assert _names(old.parent) == {"pins.toml", "link"}


@pytest.mark.parametrize("exclusive", [False, True], ids=["replacing", "exclusive"])
def test_missing_directories_are_made(tmp_path: Path, *, exclusive: bool) -> None:
    """The missing directories of an output are made with it."""
    write(tmp_path / "a" / "b" / "new", "new", exclusive=exclusive)
    assert (tmp_path / "a" / "b" / "new").read_text() == "new"


def test_directories_that_were_made_for_nothing_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failure, directories that were made for the file are removed."""

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(FileError, match="the disk is full"):
        write(tmp_path / "a" / "b" / "new", "new")
    assert _names(tmp_path) == set()


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EACCES], ids=errno.errorcode.get)
def test_without_hard_links_an_exclusive_file_still_replaces_nothing(
    old: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Where a file cannot have two names, as on FAT, a new file is still made and an old one is kept."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    write(old.with_name("new"), "new", exclusive=True)
    with pytest.raises(FileError, match="it exists already"):
        write(old, "new", exclusive=True)
    assert (old.read_text(), old.with_name("new").read_text()) == ("old\n", "new")
    assert _names(old.parent) == {"pins.toml", "new"}


def test_an_exclusive_file_is_made_with_its_mode(tmp_path: Path) -> None:
    """A key file is readable only for its owner from its first byte."""
    write(tmp_path / "key.pem", "secret", mode=0o600, exclusive=True)
    assert (tmp_path / "key.pem").read_text() == "secret"
    assert _mode(tmp_path / "key.pem") == 0o600
