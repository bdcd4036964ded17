"""
Transactions: several files are written, all or none, even if the process is killed.

Before the first file is replaced, every old file is copied under a hidden name beside it. A record beside the pin file
lists all copies. While it is called `.pins.toml.undo`, the transaction is open. Once it is renamed to
`.pins.toml.done`, the transaction is complete. The next command that takes the lock and finds a record finishes the
work: it restores the old files from their copies, or removes the copies.

A record alone does nothing, because it may come with somebody else's repository. A file is restored only if its
directory contains a copy of it, or a mark that there was no file, under the name in the record.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from pinsmith import files
from pinsmith.errors import FileError
from pinsmith.files import lock
from pinsmith.files._growing import Growing, put, sync_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_RECORD_BYTES: Final = 16 * 1024 * 1024
_COPY: Final = re.compile(r"\.pinsmith-[0-9a-f]{16}\.(old|none)")


class Content(NamedTuple):
    """
    The old and the new content of a file.

    Attributes:
        before: The content when the file was last read; None if there was no file.
        after: The content to write.
        mode: Permissions, such as 0o600; by default those of the old file, else 0o644 less the umask.
    """

    before: bytes | None
    after: bytes
    mode: int | None = None


class Leftover(NamedTuple):
    """
    A file that was written in a transaction that a killed process did not complete.

    Attributes:
        path: The file.
        was_put_back: Whether its old content was restored. If not, somebody has changed the file since, and it is kept.
    """

    path: Path
    was_put_back: bool


class _Entry(msgspec.Struct, frozen=True):
    path: str  # relative to the record, so that the whole repository can be moved
    copy: str  # a name beside it: *.old, or *.none if there was no file
    after: str  # SHA-256 of the new content, in hexadecimal digits


class _Record(msgspec.Struct, frozen=True):
    files: tuple[_Entry, ...]
    version: int = 1


@contextmanager
def editing(path: files.PathLike) -> Iterator[list[Leftover]]:
    """
    Hold the lock of *path* while the block runs. First finish the transaction of a killed process, and yield its files.

    Raises:
        LockedError: If another command is changing the file.
        FileError: If a file cannot be restored, or the record is damaged.
    """
    with lock.held(path):
        yield _finish(Path(os.path.realpath(path)))


def write_all(path: files.PathLike, contents: Mapping[Path, Content]) -> None:
    """
    Write all files or none, provided that none has changed since it was read.

    All files are on the disk under temporary names before the first is replaced. Missing directories are created.

    Args:
        path: The pin file that the files are generated from. It is locked, and the record is written beside it.

        contents: The content of every file, by path. They are written like `pinsmith.files.write_atomically` does.

    Raises:
        LockedError: If another command is changing the file.
        FileError: If a file cannot be written or was changed meanwhile. Then all files are unchanged.
    """
    real = Path(os.path.realpath(path))
    made: list[Path] = []
    try:
        for target in contents:
            with files.explained(os.fspath(target), "cannot be written"):
                made += files.make_parents(target)
        with editing(path) as leftovers:
            _require_none(leftovers)
            _write(real, {_resolve(target): content for target, content in contents.items()})
    except BaseException:
        files.remove_empty(made)
        raise


def _resolve(target: Path) -> Path:
    with files.explained(os.fspath(target), "cannot be written"):
        return files.target_of(os.fspath(target))


def _write(real: Path, contents: Mapping[Path, Content]) -> None:
    undo, done = _records(real)
    entries = {target: _entry(real, target, content) for target, content in contents.items()}
    growing: list[Growing] = []
    try:
        if len(entries) > 1:  # a single file is replaced atomically, without a record
            _write_record(undo, _Record(tuple(entries.values())))
            for target, entry in entries.items():
                _keep(target, entry, contents[target])
        for target, content in contents.items():
            with files.explained(os.fspath(target), "cannot be written"):
                growing.append(
                    Growing(target, content.after, old=files.status_of(target, str(target)), mode=content.mode)
                )
        for target, content in contents.items():
            _require_unchanged(target, content)
        for target, grown in zip(contents, growing, strict=True):
            with files.explained(os.fspath(target), "cannot be written"):
                grown.replace(target)
        if len(entries) > 1:
            with files.explained(os.fspath(undo), "cannot be written"):
                undo.replace(done)
    except BaseException:
        for grown in growing:
            grown.drop()
        _finish(real)
        raise
    sync_directory(done.parent)
    with suppress(FileError):  # The transaction is complete; the next command removes leftover copies.
        _finish(real)


def _finish(real: Path) -> list[Leftover]:
    """Undo an open transaction, or remove the copies of a complete one; then remove the record."""
    undo, done = _records(real)
    if (finished := _read_record(done)) is not None:
        with suppress(OSError):  # The record is removed last, so that the next command can try again.
            for entry in finished:
                _copy_of(done, entry).unlink(missing_ok=True)
            done.unlink()
    entries = _read_record(undo)
    if entries is None:
        return []
    left = [_put_back(undo, entry) for entry in entries]
    for directory in {_target_of(undo, entry).parent for entry in entries}:
        sync_directory(directory)
    with files.explained(os.fspath(undo), "cannot be removed"):
        undo.unlink()
    sync_directory(undo.parent)
    return [leftover for leftover in left if leftover is not None]


def _put_back(record: Path, entry: _Entry) -> Leftover | None:
    """Restore a file if it was written and nobody has changed it since; return None if there is nothing to do."""
    target, copy = _target_of(record, entry), _copy_of(record, entry)
    with files.explained(os.fspath(target), "cannot be put back"):
        if (old := _read(copy)) is None:
            return None
        existed = copy.suffix == ".old"
        now = _read(target)
        if now is not None and _digest(now) == entry.after:
            if existed:
                copy.replace(target)
            else:
                target.unlink()
                copy.unlink()
            return Leftover(target, was_put_back=True)
        copy.unlink()
        return None if now == (old if existed else None) else Leftover(target, was_put_back=False)


def _keep(target: Path, entry: _Entry, content: Content) -> None:
    copy = target.with_name(entry.copy)
    with files.explained(os.fspath(target), "cannot be written"):
        old = files.status_of(target, os.fspath(target))
        put(copy, content.before or b"", old=old, mode=content.mode)


def _require_unchanged(target: Path, content: Content) -> None:
    with files.explained(os.fspath(target), "cannot be written"):
        if _read(target) != content.before:
            raise FileError(
                f"{target} cannot be written: another program changed it meanwhile",
                path=os.fspath(target),
                hint="look at the file, then run the command again",
            )


def _require_none(leftovers: list[Leftover]) -> None:
    for leftover in leftovers:  # The caller has read files that are different now.
        raise FileError(
            f"a killed command had left {leftover.path} half done; its old content is now restored",
            path=os.fspath(leftover.path),
            hint="run the command again",
        )


def _entry(real: Path, target: Path, content: Content) -> _Entry:
    try:
        path = os.path.relpath(target, real.parent)
    except ValueError:  # on another drive of Windows
        path = os.fspath(target)
    end = "none" if content.before is None else "old"
    return _Entry(path, f".pinsmith-{os.urandom(8).hex()}.{end}", _digest(content.after))


def _records(real: Path) -> tuple[Path, Path]:
    return real.with_name(f".{real.name}.undo"), real.with_name(f".{real.name}.done")


def _write_record(undo: Path, record: _Record) -> None:
    try:
        with files.explained(os.fspath(undo), "cannot be written"):
            # A link that somebody put there must not be followed.
            put(undo, msgspec.json.encode(record), mode=0o600)
    except FileError as error:
        error.hint = "pinsmith writes several files, and needs this record to undo its changes if it is killed"
        raise


def _read_record(path: Path) -> tuple[_Entry, ...] | None:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
    except OSError:
        return None
    try:
        record = msgspec.json.decode(files.read(path, most_bytes=_MAX_RECORD_BYTES), type=_Record)
        if record.version == 1 and all(map(_is_sound, record.files)):
            return record.files
    except msgspec.DecodeError:
        pass
    raise FileError(
        f"{path} is damaged, so the changes of a killed command cannot be undone",
        path=os.fspath(path),
        hint="delete it, check the files that `pinsmith sync` writes, and run `pinsmith sync`",
    )


def _is_sound(entry: _Entry) -> bool:
    return bool(_COPY.fullmatch(entry.copy) and Path(entry.path).name and "\0" not in entry.path)


def _target_of(record: Path, entry: _Entry) -> Path:
    return record.parent / entry.path


def _copy_of(record: Path, entry: _Entry) -> Path:
    return _target_of(record, entry).with_name(entry.copy)


def _read(path: Path) -> bytes | None:
    """Read a file; return None if *path* is not a file."""
    try:
        return path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else None
    except FileNotFoundError:
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
