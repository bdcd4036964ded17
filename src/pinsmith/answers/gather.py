"""Read the files of a source tree, in worker processes if they are many or large."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pinsmith import audit, files, workers
from pinsmith.answers._mention import Mentions
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile import certificate_reader
from pinsmith.rules import PinnedFile
from pinsmith.rules._files import FileRead, read_file
from pinsmith.rules._read import CODE_NOT_READ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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


class Gathered(NamedTuple):
    """
    What was found in one file.

    Attributes:
        read: Its pins and findings.
        mentions: What it mentions, if that was asked for.
    """

    read: FileRead
    mentions: Mentions


@dataclass(frozen=True, slots=True)
class _Task:
    source: Source
    today: date
    looks_for_hosts: bool


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

    def content() -> bytes:
        octets = files.read(source.path, most_bytes=MAX_BYTES) if source.content is None else source.content
        if task.looks_for_hosts:
            mentions.read(octets, source.name)
        return octets

    certificates = certificate_reader(source.path)
    found = read_file(source.path, source.name, content, certificates, is_named=source.is_named, today=task.today)
    return Gathered(found, mentions)


def _lost(task: _Task, lost: workers.Lost) -> Gathered:
    """Return the finding about a file that may contain anything."""
    name = task.source.name
    message = f"{lost.problem}, so it is not known what this file pins"
    note = Finding(CODE_NOT_READ, Severity.HIGH, FilePlace(name), message, audit.LEAVE_OUT)
    return Gathered(FileRead(PinnedFile(name, None, (), (note,), task.today)), Mentions())
