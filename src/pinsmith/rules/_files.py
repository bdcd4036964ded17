"""Read the files that lint looks at: files that are named, and the files with pins in folders."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pinsmith import audit
from pinsmith.errors import FileError, PinsmithError, UnknownFormatError
from pinsmith.finding import FilePlace
from pinsmith.importing.search import search
from pinsmith.pinfile import certificate_reader, load_file
from pinsmith.rules._read import may_have_findings, read, unreadable
from pinsmith.rules._rule import AllowTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from pinsmith.finding import Finding
    from pinsmith.rules._rule import PinnedFile


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
    with progress(len(found)) as tick:
        for name, (file, is_named) in found.items():
            try:
                content = read_bytes(file)
                if visit is not None:
                    visit(content, name)
                if is_named or may_have_findings(content, file.name):
                    read_file = read(content, name, today=today, read_certificate=read_certificate(file))
                    if is_named or not read_file.is_silent:
                        files[name] = read_file
            except PinsmithError as error:
                if is_named and isinstance(error, FileError | UnknownFormatError):
                    raise
                if not isinstance(error, UnknownFormatError):
                    broken.append(unreadable(error, name))
                elif error.hint == audit.INSTALL:
                    unread.append(name)
            tick()
    return FilesRead([*files.values()], broken, unread, len(found))


def find_files(paths: Iterable[Path], baseline: Path | None, broken: list[Finding]) -> dict[str, tuple[Path, bool]]:
    """
    Return every file by its name, and whether the user named it.

    Args:
        paths: Files and folders.

        baseline: The file that is skipped in folders.

        broken: Gets a finding for each folder that cannot be read.
    """
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
    Read the pin file at *path* too, if it can be read and is not among *files*.

    Returns:
        The files, each with the pin file that it is an output of; and what the pin file at *path* accepts.
    """
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
