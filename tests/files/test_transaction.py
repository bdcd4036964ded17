"""Several files are all written or all kept, even if the process is killed in the middle."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from pathlib import Path

import pytest

from pinsmith.errors import FileError
from pinsmith.files import transaction
from pinsmith.files._growing import Growing, sweep
from pinsmith.files.transaction import Content, Leftover, editing, write_all
from tests.files.crash import killed_at_each_call, needs_fork
from tests.thinned import thinned

OLD = {"a": b"old a", "sub/b": b"old b"}
NEW = {"a": b"new a", "sub/b": b"new b", "made/c": b"new c"}
PREPARE = """
Path("sub").mkdir()
Path("a").write_bytes(b"old a")
Path("sub/b").write_bytes(b"old b")
"""
ACT = """
from pinsmith.files.transaction import Content, write_all
write_all("pins.toml", {
    Path("a").absolute(): Content(b"old a", b"new a"),
    Path("sub/b").absolute(): Content(b"old b", b"new b"),
    Path("made/c").absolute(): Content(None, b"new c"),
})
"""


DAMAGED = [
    b"",
    b"{}",
    b"[1]",
    b'{"files": [{}]}',
    b'{"files": [], "version": 2}',
    *(
        b'{"files": [{"path": "%s", "copy": ".pinsmith-0123456789abcdef.old", "after": ""}]}' % path
        for path in (b"", b"/", b"\\u0000")
    ),
]


def _files(here: Path) -> dict[str, bytes]:
    found = (path for path in here.rglob("*") if path.is_file())
    return {path.relative_to(here).as_posix(): path.read_bytes() for path in found}


def _finish(here: Path) -> list[Leftover]:
    for directory in {path.parent for path in here.rglob("*")}:
        sweep.__wrapped__(directory)
    with editing(here / "pins.toml") as leftovers:
        return leftovers


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Make two files."""
    return _prepared(tmp_path)


def _contents(here: Path) -> dict[Path, Content]:
    return {here / name: Content(OLD.get(name), content) for name, content in NEW.items()}


@needs_fork
@pytest.mark.parametrize("step", thinned((3, 1), {3}))
def test_a_kill_at_any_moment_leaves_all_or_none(tmp_path: Path, step: int) -> None:
    """After a kill at any system call, the next start makes all files old or all new, and leaves nothing else."""
    seen = []
    for here in killed_at_each_call(tmp_path, PREPARE, ACT, step=step):
        put_back = [leftover.path for leftover in _finish(here) if leftover.was_put_back]
        files = _files(here)
        assert files in (OLD, NEW), (here, files)
        assert not put_back or files == OLD
        seen.append((files == NEW, bool(put_back)))
    assert seen == sorted(seen, key=lambda each: each[0])  # once everything is new, it stays new
    assert seen[0] == (False, False)
    assert (False, True) in seen
    assert seen[-1] == (True, False)


@needs_fork
def test_a_kill_during_the_repair_does_no_harm(tmp_path: Path) -> None:
    """A process that repairs after a kill may be killed too, and the next one continues."""
    broken = next(
        here
        for here in killed_at_each_call(tmp_path / "first", PREPARE, ACT)
        if {name for name, content in _files(here).items() if content == NEW.get(name)} == {"a", "sub/b"}
    )
    prepare = f"shutil.copytree({str(broken)!r}, '.', dirs_exist_ok=True)"
    finish = 'from pinsmith.files.transaction import editing\nwith editing("pins.toml"): pass'
    left = list(killed_at_each_call(tmp_path / "second", prepare, finish))
    for here in left:
        _finish(here)
        assert _files(here) == OLD
    assert len(left) > 4


@pytest.mark.parametrize("name", ["open", "write", "fsync", "replace", "rename", "link", "unlink", "mkdir"])
def test_a_refusal_at_any_call_leaves_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """If the system refuses any call, an error means that every file is old, and success that every file is new."""
    for number in range(1, 100):
        here = _prepared(tmp_path / str(number))
        with monkeypatch.context() as patch:
            calls = _refuse(patch, name, range(number, number + 1))
            try:
                write_all(here / "pins.toml", _contents(here))
                expected = NEW
            except FileError:
                expected = OLD
        _finish(here)
        assert _files(here) == expected, number
        if len(calls) < number:
            return
    pytest.fail("it never ends")


def test_a_disk_that_gets_full_leaves_the_old_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk becomes full at any point, everything written until then is removed."""
    for number in range(1, 100):
        here = _prepared(tmp_path / str(number))
        with monkeypatch.context() as patch:
            calls = _refuse(patch, "write", range(number, 1000))
            if number == 1:  # the lock records its holder only if there is room
                with pytest.raises(FileError, match="the disk is full"):
                    write_all(here / "pins.toml", _contents(here))
            else:
                with suppress(FileError):
                    write_all(here / "pins.toml", _contents(here))
        if len(calls) < number:
            assert _files(here) == NEW
            return
        assert _files(here) == OLD
        assert not (here / "made").exists()
    pytest.fail("it never ends")


def _prepared(here: Path) -> Path:
    for name, content in OLD.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_bytes(content)
    return here


def _refuse(patch: pytest.MonkeyPatch, name: str, refused: range) -> list[str]:
    """Let the calls of os.*name* with these numbers, counted from 1, fail as on a full disk; return all calls."""
    real = getattr(os, name)
    calls: list[str] = []

    def call(*given: object, **named: object) -> object:
        calls.append(name)
        if len(calls) in refused:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*given, **named)

    patch.setattr(os, name, call)
    return calls


def test_all_is_written(here: Path) -> None:
    """Control of the tests above: without a failure, all files are written."""
    write_all(here / "pins.toml", _contents(here))
    assert _files(here) == NEW


@pytest.mark.parametrize("name", NEW)
def test_a_file_that_was_changed_meanwhile_stops_all(here: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A file that somebody edits after the comparison, even while the new files are written, is not overwritten."""
    contents = _contents(here)

    def edit_first(*given: object, **named: object) -> object:
        (here / name).write_bytes(b"edited")
        return Growing(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(transaction, "Growing", edit_first)
    with pytest.raises(FileError, match="another program changed it meanwhile") as caught:
        write_all(here / "pins.toml", contents)
    assert caught.value.path == str(here / name)
    assert _files(here) == {**OLD, name: b"edited"}


def test_one_file_alone_is_guarded_too(here: Path) -> None:
    """A single file needs no record, but is guarded in the same way."""
    with pytest.raises(FileError, match="another program changed it meanwhile"):
        write_all(here / "pins.toml", {here / "a": Content(b"older", b"new a")})
    assert _files(here) == OLD


def test_a_file_that_was_edited_after_the_kill_stays(here: Path) -> None:
    """If somebody repaired a file by hand before pinsmith ran again, that file is kept and reported."""
    _leave_behind(here, after=b"new a")
    (here / "a").write_bytes(b"repaired")
    (leftover,) = _finish(here)
    assert leftover == Leftover(here / "a", was_put_back=False)
    assert _files(here) == {**OLD, "a": b"repaired"}


def _leave_behind(here: Path, *, after: bytes, name: str = "a", copy: str = ".pinsmith-0123456789abcdef.old") -> None:
    """Leave the files that a process leaves if it is killed after it replaced one file."""
    entry = {"path": name, "copy": copy, "after": transaction._digest(after)}
    (here / ".pins.toml.undo").write_text(json.dumps({"files": [entry], "version": 1}))
    (here / name).with_name(Path(copy).name).write_bytes(b"old a")
    (here / "a").write_bytes(after)


def test_a_comparison_from_before_the_repair_is_made_again(here: Path) -> None:
    """A process whose comparison is older than the repair is refused, because the files have changed since."""
    _leave_behind(here, after=b"new a")
    with pytest.raises(FileError, match=r"a half done; its old content is now restored"):
        write_all(here / "pins.toml", {here / "sub" / "b": Content(b"old b", b"new b")})
    assert _files(here) == OLD


def test_old_files_are_restored_after_a_kill(here: Path) -> None:
    """Control of the test above and of those below."""
    _leave_behind(here, after=b"new a")
    assert _finish(here) == [Leftover(here / "a", was_put_back=True)]
    assert _files(here) == OLD


@pytest.mark.parametrize("copy", ["copy", "../.pinsmith-0123456789abcdef.old", ".pinsmith-0123456789abcdef.new"])
def test_a_record_of_somebody_else_takes_no_other_file(here: Path, copy: str) -> None:
    """Only a copy with a name that pinsmith gives, in the same directory, is restored."""
    (here / "sub").mkdir(exist_ok=True)
    _leave_behind(here, after=b"new a", copy=copy)
    before = _files(here)
    with pytest.raises(FileError, match="is damaged") as caught:
        _finish(here)
    assert caught.value.hint is not None
    assert "pinsmith sync" in caught.value.hint
    assert _files(here) == before


def test_a_record_alone_does_nothing(here: Path) -> None:
    """A record may come with a repository: without a copy of the file it neither replaces nor removes the file."""
    for copy in (".pinsmith-0123456789abcdef.old", ".pinsmith-0123456789abcdef.none"):
        _leave_behind(here, after=b"new a", copy=copy)
        (here / copy).unlink()
        assert _finish(here) == []
        assert _files(here) == {**OLD, "a": b"new a"}


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize("end", ["undo", "done"])
def test_a_damaged_record_is_refused(here: Path, content: bytes, end: str) -> None:
    """A record that cannot be read is refused, and nothing is done."""
    (here / f".pins.toml.{end}").write_bytes(content)
    with pytest.raises(FileError, match=rf"\.pins\.toml\.{end} is damaged"):
        _finish(here)


def test_a_record_is_not_written_through_a_link(here: Path) -> None:
    """A link that came with a repository is replaced and not followed."""
    (here / ".pins.toml.undo").symlink_to("a")
    write_all(here / "pins.toml", _contents(here))
    assert _files(here) == NEW


def test_without_room_for_the_record_nothing_is_begun(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the record could not be written, no file is written, and the hint gives the reason."""
    real = os.open

    def refuse(path: str | Path, *given: int) -> int:
        if Path(path).parent == here and ".tmp" in str(path):
            raise PermissionError(13, "Permission denied")
        return real(path, *given)

    monkeypatch.setattr(os, "open", refuse)
    contents = {path: content for path, content in _contents(here).items() if path.parent != here}
    with pytest.raises(FileError, match=r"\.pins\.toml\.undo cannot be written: permission denied") as caught:
        write_all(here / "pins.toml", contents)
    assert caught.value.hint is not None
    assert "to undo its changes" in caught.value.hint
    assert _files(here) == OLD
    assert not (here / "made").exists()


def test_the_repository_may_have_been_moved(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files of a process that was killed in a container are restored outside of it."""
    _leave_behind(here, after=b"new a")
    moved = here.rename(tmp_path_factory.mktemp("elsewhere") / "moved")
    assert _finish(moved) == [Leftover(moved / "a", was_put_back=True)]
