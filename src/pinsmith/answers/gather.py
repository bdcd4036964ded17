"""Read the files of a source tree, in worker processes if they are many or large."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinsmith import audit, files, rules, workers
from pinsmith.answers._mention import Mentions
from pinsmith.errors import FileError, PinsmithError, UnknownFormatError
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import certificate_reader
from pinsmith.rules import PinnedFile
from pinsmith.rules._read import CODE_NOT_READ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import date
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """
    A file to read.

    Attributes:
        path: Where it is.
        name: As the user would write it.
        is_named: Whether the user named it, so that it is an error if it cannot be read.
        content: All of it, if it was read already.
    """

    path: Path
    name: str
    is_named: bool = False
    content: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Gathered:
    """
    What was found in one file.

    Attributes:
        file: Its pins and findings; None if there is nothing to report.
        unreadable: The finding that it cannot be read.
        is_unread: Whether it is code that was not read, because the extra ``pinsmith[audit]`` is not installed.
        error: Why it is an error that the user named it.
        mentions: What it mentions, if that was asked for.
    """

    file: PinnedFile | None = None
    unreadable: Finding | None = None
    is_unread: bool = False
    error: PinsmithError | None = None
    mentions: Mentions = field(default_factory=Mentions)


@dataclass(frozen=True, slots=True)
class _Task:
    source: Source
    today: date
    looks_for_hosts: bool


def read_files(
    paths: Iterable[Path],
    *,
    today: date,
    read_named: Callable[[Path], bytes],
    baseline: Path | None = None,
    mentions: Mentions | None = None,
    watch: Callable[[int], AbstractContextManager[Callable[[], object]]],
) -> rules.FilesRead:
    """
    Read files as `pinsmith.rules.read_files`, in worker processes if they are many or large.

    Args:
        paths: Files and folders; "-" is standard input.

        today: In UTC.

        read_named: Reads standard input.

        baseline: The file that is skipped in folders.

        mentions: Gets what every file mentions, also those that have nothing to do with pins; None to look for none.

        watch: Gets the number of files, and returns what is called after each of them.

    Raises:
        FileError: If a file that was named cannot be opened.
        UnknownFormatError: If a file that was named is not recognised.
    """
    broken: list[Finding] = []
    sources = [
        Source(path, name, is_named=is_named, content=read_named(path) if name == "-" else None)
        for name, (path, is_named) in rules.find_files(paths, baseline, broken).items()
    ]
    read: list[PinnedFile] = []
    unread: list[str] = []
    found = gather(sources, today=today, looks_for_hosts=mentions is not None, watch=watch)
    for source, one in zip(sources, found, strict=True):
        if one.error is not None:
            raise one.error
        if mentions is not None:
            mentions.add(one.mentions)
        if one.file is not None:
            read.append(one.file)
        if one.unreadable is not None:
            broken.append(one.unreadable)
        if one.is_unread:
            unread.append(source.name)
    return rules.FilesRead(read, broken, unread, len(sources))


def gather(
    sources: Sequence[Source],
    *,
    today: date,
    looks_for_hosts: bool = False,
    watch: Callable[[int], AbstractContextManager[Callable[[], object]]],
) -> list[Gathered]:
    """
    Read files, each independently of the others.

    Args:
        sources: The files.

        today: In UTC.

        looks_for_hosts: Whether to look for what files mention, also in those that have nothing to do with pins.

        watch: Gets the number of files, and returns what is called after each of them.

    Returns:
        What was found, in the order of *sources*. A file whose reader hangs or crashes has a finding.
    """
    tasks = [_Task(source, today, looks_for_hosts) for source in sources]
    with watch(len(tasks)) as tick:
        found = workers.run_for_files(read_source, tasks, [source.path for source in sources], tick=tick)
    return [_lost(task, one) if isinstance(one, workers.Lost) else one for task, one in zip(tasks, found, strict=True)]


def read_source(task: _Task) -> Gathered:
    """Read one file."""
    source, mentions = task.source, Mentions()
    try:
        content = files.read(source.path, most_bytes=MAX_BYTES) if source.content is None else source.content
        if task.looks_for_hosts:
            mentions.read(content, source.name)
        if not source.is_named and not rules.may_have_findings(content, source.path.name):
            return Gathered(mentions=mentions)
        read = certificate_reader(source.path)
        file = rules.read(content, source.name, today=task.today, read_certificate=read)
    except PinsmithError as error:
        if source.is_named and isinstance(error, FileError | UnknownFormatError):
            return Gathered(error=error, mentions=mentions)
        if not isinstance(error, UnknownFormatError):
            return Gathered(unreadable=rules.unreadable(error, source.name), mentions=mentions)
        return Gathered(is_unread=error.hint == audit.INSTALL, mentions=mentions)
    return Gathered(file if source.is_named or not file.is_silent else None, mentions=mentions)


def _lost(task: _Task, lost: workers.Lost) -> Gathered:
    """Return the finding about a file that may contain anything."""
    name = task.source.name
    message = f"{lost.problem}, so it is not known what this file pins"
    note = Finding(CODE_NOT_READ, Severity.HIGH, FilePlace(name), message, audit.LEAVE_OUT)
    return Gathered(PinnedFile(name, None, (), (note,), task.today))
