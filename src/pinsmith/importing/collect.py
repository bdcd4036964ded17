"""Read every place of a repository that pins: files of platforms, code, and pin files."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith import audit, files, formats, pinfile, workers
from pinsmith.errors import FileError, FormatError, NothingPinnedError, PinsmithError, UnknownFormatError
from pinsmith.finding import FilePlace
from pinsmith.formats.code._target import GENERATED
from pinsmith.importing.read import import_policy, read
from pinsmith.importing.search import may_pin, search
from pinsmith.limit import MAX_BYTES
from pinsmith.pinfile._toml import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from pinsmith.finding import Finding
    from pinsmith.formats import Can, Format
    from pinsmith.policy import Policy

PIN_FILE: Final = formats.find("policy-json").can
"""The abilities of a pin file: it expresses everything."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    A file that pins, and its policy.

    Attributes:
        name: As the user named it or the folder that was searched.
        target: Its format; None for a pin file.
        policy: Its hosts and keys.
        content: All of it.
        is_code: Whether the pins stand in code.
    """

    name: str
    target: Format | None
    policy: Policy
    content: bytes = field(default=b"", repr=False)
    is_code: bool = False

    @property
    def can(self) -> Can:
        """The settings that the place can express."""
        if self.target is None:
            return PIN_FILE
        if not self.is_code:
            return self.target.can
        # The code that pinsmith generates for the library can do more than a call of the library.
        return replace(
            self.target.can, exempts=False, expiry=False, report_only=False, report_uris=False, pins_only=False,
            require_pins=False,
        )  # fmt: skip

    @property
    def format_id(self) -> str:
        """The id of the format, for people and programs."""
        return "pins.toml" if self.target is None else self.target.id


@dataclass(slots=True)
class Collected:
    """
    All places that were found.

    Attributes:
        places: In the order in which they were found.
        notes: Settings that no policy can hold, by the name of the file.
        failures: Files that could not be read, and why; the other files are complete without them.
        silent: Files in folders that name pins but pin no host here, and why.
        generated: Files of code that pinsmith generated; their pins come from a pin file already.
        unread: Files of code that were not read, because the extra ``pinsmith[audit]`` is not installed.
    """

    places: list[Place] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    failures: list[tuple[str, PinsmithError]] = field(default_factory=list)
    silent: list[tuple[str, str]] = field(default_factory=list)
    generated: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, later: Collected) -> None:
        """Add what was found in a later file."""
        self.places += later.places
        self.notes += later.notes
        self.failures += later.failures
        self.silent += later.silent
        self.generated += later.generated
        self.unread += later.unread


@dataclass(frozen=True, slots=True)
class _Task:
    """A file to read: its name, whether a search found it, and the options of the user."""

    file: Path
    name: str
    is_folder: bool
    today: date
    hosts: Sequence[str]
    skip_bad: bool


def collect(
    paths: Iterable[Path],
    *,
    today: date,
    hosts: Sequence[str] = (),
    hosts_of: Mapping[str, Sequence[str]] | None = None,
    skip_bad: bool = False,
    leave_out: Path | None = None,
    watch: Callable[[int], AbstractContextManager[Callable[[], object]]] = lambda _: nullcontext(lambda: None),
) -> Collected:
    """
    Read files, and the files with pins in folders. A file that cannot be read does not stop the others.

    Args:
        paths: Files and folders. A file that is named twice, or by two names, is read once.

        today: In UTC.

        hosts: The hosts of files that name none.

        hosts_of: Such hosts for some files only, by the end of their path.

        skip_bad: Whether pins and hosts that cannot be used are left out, instead of refusing the file.

        leave_out: A file that is not read, such as the pin file that all are merged into.

        watch: Gets the number of files, and returns what is called after each of them.
    """
    found = Collected()
    tasks: list[_Task] = []

    def unread_folder(error: OSError) -> None:
        name = os.fsdecode(error.filename or "a folder")
        problem = FileError(f"{name} cannot be read: {files.words_of(error)}", path=name)
        found.failures.append((name, problem))

    seen = {leave_out.resolve()} if leave_out is not None else set()
    for path in paths:
        is_folder = path.is_dir()
        for file in search(path, failed=unread_folder) if is_folder else (path,):
            real = file.resolve()
            if real in seen:
                continue
            seen.add(real)
            name = file.as_posix()
            own = next((given for end, given in (hosts_of or {}).items() if is_end_of(end, name)), hosts)
            tasks.append(_Task(file, name, is_folder, today, own, skip_bad))
    with watch(len(tasks)) as tick:
        read_tasks = workers.run_for_files(_read_file, tasks, [task.file for task in tasks], tick=tick)
    for task, one in zip(tasks, read_tasks, strict=True):
        if isinstance(one, workers.Lost):
            problem = f"{one.problem}, so it is not known what this file pins"
            found.failures.append((task.name, FormatError(problem, file=task.name, hint=audit.LEAVE_OUT)))
        else:
            found.add(one)
    return found


def is_end_of(end: str, name: str) -> bool:
    """Return whether a path ends in another one, in whole parts."""
    parts = Path(end).parts
    return bool(parts) and Path(name).parts[-len(parts) :] == parts


def _read_file(task: _Task) -> Collected:
    """Read one file."""
    found = Collected()
    try:
        _read_into(found, task)
    except PinsmithError as error:
        found.failures.append((task.name, error))
    return found


def _read_into(found: Collected, task: _Task) -> None:
    file, name = task.file, task.name
    if task.is_folder and _size(file) > MAX_BYTES:
        found.silent.append((name, f"it is larger than {MAX_BYTES // 10**6} MB, so it was not read"))
        return
    content = files.read(file, most_bytes=MAX_BYTES)
    if task.is_folder and not may_pin(content, file.name):
        return
    if GENERATED.encode() in content:
        found.generated.append(name)
    elif task.is_folder and audit.language_of(name) and not audit.is_installed():
        if audit.names_library(content, name):
            found.unread.append(name)
    elif file.suffix == ".toml":
        text = decode(content, file=name)
        parsed = pinfile.parse_file(text, file=name, read_certificate=pinfile.certificate_reader(file))
        found.places.append(Place(name, None, parsed.policy, content))
    else:
        known = _formats_of(content, name)
        for format_id in known:
            _read_format(found, content, format_id, task)
        if known[1:]:
            found.notes = [note for note in found.notes if not _points_at(note, name, known)]


def _points_at(note: Finding, name: str, read_formats: Sequence[str | None]) -> bool:
    """Return whether a reader advises to read a file in another format, in which it was read too."""
    is_here = isinstance(note.place, FilePlace) and note.place.file == name
    return is_here and any(f"--from {format_id}" in (note.fix or "") for format_id in read_formats)


def _read_format(found: Collected, content: bytes, format_id: str | None, task: _Task) -> None:
    name = task.name
    try:
        file = read(content, name, format_id=format_id)
        imported = import_policy(file, today=task.today, hosts=task.hosts, skip_bad=task.skip_bad)
    except (NothingPinnedError, UnknownFormatError) as error:
        if not task.is_folder:
            raise
        # Most files in a folder have nothing to do with pins; the others are named.
        if isinstance(error, NothingPinnedError) and error.notes:
            found.silent.append((name, error.notes[0].text.removeprefix("left out: ")))
        elif isinstance(error, UnknownFormatError) and formats.recognising(content, name):
            found.silent.append((name, str(error).removeprefix(f"{name}: ")))
        return
    found.notes += imported.notes
    found.places.append(Place(name, file.target, imported.policy, content, audit.language_of(name) is not None))


def _formats_of(content: bytes, name: str) -> list[str | None]:
    """Return the formats of a file: several if, for example, one property list pins in two ways."""
    if audit.language_of(name):
        return [None]
    known: list[str | None] = [target.id for target in formats.recognising(content, name) if target.read is not None]
    return known if known[1:] else [None]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise FileError(f"{file} cannot be read: {files.words_of(error)}", path=str(file)) from error
