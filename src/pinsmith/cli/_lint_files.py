"""Read the files that `pinsmith lint` looks at."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pinsmith import audit, rules
from pinsmith.cli import _clock, _output
from pinsmith.cli._files import read_bytes
from pinsmith.cli._options import find_pin_file, trust_of
from pinsmith.cli._via import via_of
from pinsmith.errors import FileError, PinsmithError, UnknownFormatError
from pinsmith.finding import FilePlace
from pinsmith.importing.search import search
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import certificate_reader, load_file
from pinsmith.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from pinsmith.finding import Finding
    from pinsmith.probe import FetchOutcome
    from pinsmith.rules import AllowTable, PinnedFile


class Reading(NamedTuple):
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


def read_files(
    paths: Iterable[Path],
    *,
    today: date,
    baseline: Path | None = None,
    visit: Callable[[bytes, str], object] | None = None,
) -> Reading:
    """
    Read files, and the files with pins in folders. The *baseline* in a folder pins nothing.

    Args:
        paths: Files and folders.

        today: In UTC.

        baseline: The file that is skipped in folders.

        visit: Gets the content and the name of every file, also of those that have nothing to do with pins.

    Raises:
        FileError: If a file that was named cannot be opened.
        UnknownFormatError: If a file that was named is not recognised.
    """
    files: dict[str, PinnedFile] = {}
    unread: list[str] = []
    unreadable: list[Finding] = []
    found = _files(paths, baseline, unreadable)
    with _output.progress(len(found), "reading") as tick:
        for name, (file, is_named) in found.items():
            try:
                content = read_bytes(file, most=MAX_BYTES)
                if visit is not None:
                    visit(content, name)
                if is_named or rules.may_have_findings(content, file.name):
                    read = rules.read(content, name, today=today, read_certificate=certificate_reader(file))
                    if is_named or not read.is_silent:
                        files[name] = read
            except PinsmithError as error:
                if is_named and isinstance(error, FileError | UnknownFormatError):
                    raise
                if not isinstance(error, UnknownFormatError):
                    unreadable.append(rules.unreadable(error, name))
                elif error.hint == audit.INSTALL:
                    unread.append(name)
            tick()
    _warn_unread(unread)
    return Reading([*files.values()], unreadable, unread, len(found))


def _files(paths: Iterable[Path], baseline: Path | None, unreadable: list[Finding]) -> dict[str, tuple[Path, bool]]:
    """Return every file by its name, and whether the user named it."""
    found: dict[str, tuple[Path, bool]] = {}
    for path in paths:
        if path.is_dir():
            for file in _search(path, baseline, unreadable):
                found.setdefault(str(file), (file, False))
        else:
            found.setdefault(str(path), (path, True))
    return found


def _warn_unread(names: Sequence[str]) -> None:
    if names:
        number = f"{len(names)} files of code were" if names[1:] else f"{names[0]} was"
        _output.warning(f"{number} not read: install pinsmith[audit] to find pins in code")


def _search(folder: Path, baseline: Path | None, unreadable: list[Finding]) -> Iterator[Path]:
    """Search a folder, and add a finding for everything in it that cannot be read."""

    def failed(error: OSError) -> None:
        name, problem = str(error.filename), error.strerror or str(error)
        unreadable.append(rules.unreadable(FileError(problem, path=name), name))

    known = baseline.resolve() if baseline is not None else None
    return (file for file in search(folder, failed=failed) if known is None or file.resolve() != known)


def compare_live(files: Sequence[PinnedFile], proxy: str | None, cafile: Path | None, timeout: float) -> list[Finding]:
    """Ask the hosts of *files*, with a progress bar, and return the differences."""
    from pinsmith.probe.proxy import through
    from pinsmith.probe.survey import survey_each

    targets = [through(target, proxy) for target in rules.targets(files)]
    found: dict[str, list[FetchOutcome]] = {}
    with _output.progress(len(targets), "comparing") as tick:
        for number, outcomes in survey_each(targets, trust=trust_of(cafile), timeout_seconds=timeout):
            found.setdefault(targets[number].host, []).extend(outcomes)
            tick()
    policy = Policy(tuple({site.entry.host: site.entry for file in reversed(files) for site in file.sites}.values()))
    via = {target.host: via_of(policy, target, cafile) for target in targets}
    return list(rules.compare(files, found, via=via, now=_clock.now()))


def settled(files: Sequence[PinnedFile]) -> tuple[list[PinnedFile], tuple[AllowTable, ...]]:
    """
    Read the nearest pin file too, if it can be read and is not among *files*.

    Returns:
        The files, each with the pin file that it is an output of; and what the nearest pin file accepts.
    """
    outputs = [(file.file, output.path) for file in files for output, _ in file.outputs]
    allowed: tuple[AllowTable, ...] = ()
    try:
        path = find_pin_file(None)
        pin_file = load_file(path)
    except PinsmithError:
        pass
    else:
        if path.resolve() not in {Path(file.file).resolve() for file in files}:
            allowed = tuple(rules.AllowTable(table, FilePlace(str(path))) for table in pin_file.allowed)
            outputs += [(str(path), output.path) for output in pin_file.outputs]
    sources = {Path(os.path.realpath(Path(source).parent / output)): source for source, output in reversed(outputs)}
    known = (file.source or sources.get(Path(os.path.realpath(file.file)), "") for file in files)
    return [replace(file, source=source) for file, source in zip(files, known, strict=True)], allowed
