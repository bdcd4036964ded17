"""Read the files that lint looks at: files that are named, and the files with pins in folders."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pinsmith import audit
from pinsmith.errors import FileError, PinsmithError, UnknownFormatError
from pinsmith.files import read as read_content
from pinsmith.finding import FilePlace
from pinsmith.importing.search import search
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import certificate_reader, load_file
from pinsmith.pinfile.releases import NAME
from pinsmith.rules._read import may_have_findings, read, unreadable
from pinsmith.rules._released import is_pin_file, read_releases
from pinsmith.rules._rule import AllowTable, PinnedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from pinsmith.finding import Finding


class FilesRead(NamedTuple):
    """
    What was read.

    Attributes:
        files: Those that were named, and those with pins or with something to report.
        unreadable: A finding for each file that cannot be read.
        unread: Files of code that were not read, because the extra ``pinsmith[audit]`` is not installed.
        searched: How many files were looked at.
    """

    files: list[PinnedFile]
    unreadable: list[Finding]
    unread: list[str]
    searched: int


def _silent(total: int) -> AbstractContextManager[Callable[[], None]]:
    del total
    return nullcontext(lambda: None)


def read_files(
    paths: Iterable[Path],
    *,
    today: date,
    read_bytes: Callable[[Path], bytes],
    read_certificate: Callable[[Path], Callable[[str], bytes]] = certificate_reader,
    baseline: Path | None = None,
    visit: Callable[[bytes, str], object] | None = None,
    progress: Callable[[int], AbstractContextManager[Callable[[], None]]] = _silent,
) -> FilesRead:
    """
    Read files, and the files with pins in folders. The *baseline* in a folder pins nothing.

    Args:
        paths: Files and folders.

        today: In UTC.

        read_bytes: Reads a file.

        read_certificate: Gets a pin file, and returns the function that reads its trust anchors.

        baseline: The file that is skipped in folders.

        visit: Gets the content and the name of every file, also of those that have nothing to do with pins.

        progress: Gets the number of files, and returns a context whose value is called after each file.

    Raises:
        FileError: If a file that was named cannot be opened.
        UnknownFormatError: If a file that was named is not recognised.
    """
    files: dict[str, PinnedFile] = {}
    unread: list[str] = []
    broken: list[Finding] = []
    found = find_files(paths, baseline, broken)

    def contents(file: Path, name: str) -> bytes:
        content = read_bytes(file)
        if visit is not None:
            visit(content, name)
        return content

    with progress(len(found)) as tick:
        for name, (file, is_named) in found.items():
            read_content = partial(contents, file, name)
            one = read_file(file, name, read_content, read_certificate(file), is_named=is_named, today=today)
            one.into(name, files, broken, unread)
            tick()
    return FilesRead([*files.values()], broken, unread, len(found))


class FileRead(NamedTuple):
    """
    What was read in one file.

    Attributes:
        file: Its pins and findings; None if there is nothing to report.
        broken: The finding that it cannot be read.
        is_unread: Whether it is code that was not read, because the extra ``pinsmith[audit]`` is not installed.
        error: Why it cannot be read, if the user named it.
    """

    file: PinnedFile | None = None
    broken: Finding | None = None
    is_unread: bool = False
    error: PinsmithError | None = None

    def into(self, name: str, files: dict[str, PinnedFile], broken: list[Finding], unread: list[str]) -> None:
        """Add this to what was read in other files, or raise the error."""
        if self.error is not None:
            raise self.error
        if self.file is not None:
            files[name] = self.file
        if self.broken is not None:
            broken.append(self.broken)
        if self.is_unread:
            unread.append(name)


def read_file(
    file: Path,
    name: str,
    read_content: Callable[[], bytes],
    read_certificate: Callable[[str], bytes],
    *,
    is_named: bool,
    today: date,
) -> FileRead:
    """Read one file, if the user named it or if it may contain pins."""
    try:
        content = read_content()
        if not is_named and not may_have_findings(content, file.name):
            return FileRead()
        pinned = read(content, name, today=today, read_certificate=read_certificate)
    except PinsmithError as error:
        if is_named and isinstance(error, FileError | UnknownFormatError):
            return FileRead(error=error)
        if not isinstance(error, UnknownFormatError):
            return FileRead(broken=unreadable(error, name))
        return FileRead(is_unread=error.hint == audit.INSTALL)
    return FileRead(pinned if is_named or not pinned.is_silent else None)


def find_files(paths: Iterable[Path], baseline: Path | None, broken: list[Finding]) -> dict[str, tuple[Path, bool]]:
    """Return every file by its name, and whether the user named it."""
    found: dict[str, tuple[Path, bool]] = {}
    for path in paths:
        if path.is_dir():
            for file in _search(path, baseline, broken):
                found.setdefault(str(file), (file, False))
        else:
            found.setdefault(str(path), (path, True))
    return found


def _search(folder: Path, baseline: Path | None, broken: list[Finding]) -> Iterator[Path]:
    """Search a folder, and add a finding for everything in it that cannot be read."""

    def failed(error: OSError) -> None:
        name, problem = str(error.filename), error.strerror or str(error)
        broken.append(unreadable(FileError(problem, path=name), name))

    known = baseline.resolve() if baseline is not None else None
    return (file for file in search(folder, failed=failed) if known is None or file.resolve() != known)


def settle(files: Sequence[PinnedFile], path: Path | None) -> tuple[list[PinnedFile], tuple[AllowTable, ...]]:
    """
    Read the pin file at *path* too, if it can be read and is not among *files*, and the releases beside pin files.

    Returns:
        The files, each with the pin file that it is an output of; and what the pin file at *path* accepts.
    """
    files = [*files, *_beside(files)]
    outputs = [(file.file, output.path) for file in files for output, _ in file.outputs]
    allowed: tuple[AllowTable, ...] = ()
    try:
        pin_file = None if path is None else load_file(path)
    except PinsmithError:
        pin_file = None
    if (
        path is not None
        and pin_file is not None
        and path.resolve() not in {Path(file.file).resolve() for file in files}
    ):
        allowed = tuple(AllowTable(table, FilePlace(str(path))) for table in pin_file.allowed)
        outputs += [(str(path), output.path) for output in pin_file.outputs]
    sources = {Path(os.path.realpath(Path(source).parent / output)): source for source, output in reversed(outputs)}
    known = (file.source or sources.get(Path(os.path.realpath(file.file)), "") for file in files)
    return [replace(file, source=source) for file, source in zip(files, known, strict=True)], allowed


def _beside(files: Sequence[PinnedFile]) -> Iterator[PinnedFile]:
    """Read the releases in the folders of pin files, unless they are among *files*."""
    todays = {Path(file.file).parent: file.today for file in files if is_pin_file(file)}
    known = {Path(file.file) for file in files}
    for folder, today in todays.items():
        path = folder / NAME
        if path not in known and path.exists():
            try:
                yield read_releases(read_content(path, most_bytes=MAX_BYTES), str(path), today=today)
            except PinsmithError as error:
                yield PinnedFile(str(path), None, (), (unreadable(error, str(path)),), today)
