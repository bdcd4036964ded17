"""Every ``[[output]]`` of a pin file, compared with what it should hold, and written: all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith import formats
from pinsmith.errors import EndingPinsError, ExportError, ForeignPinsError
from pinsmith.files.transaction import Content, write_all
from pinsmith.sync import left_over, pins_lock
from pinsmith.sync.output import MAX_BYTES, Change, Task, certificate_of, read
from pinsmith.sync.pins_lock import PinsLock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.pinfile import PinFile

__all__ = ["MAX_BYTES", "Change", "apply", "certificate_of", "compare", "load_lock", "require_consent"]


def compare(
    pin_file: PinFile, path: Path, *, outside: bool = False, now: datetime | None = None, lock: PinsLock | None = None
) -> list[Change]:
    """
    Compare each output of a pin file with what it should hold; nothing is written.

    Args:
        pin_file: What it says.

        path: Where it is; outputs are relative to its folder.

        outside:
            Allow outputs outside the repository of the pin file: the nearest folder upward with a ``.git``, or without
            one the pin file's own folder.

        now: Aware; without it nobody asks whether pins end.

        lock: From `load_lock`, which is what is done without it.

    Returns:
        One change for each file of each output, and one for pins.lock, the last.

    Raises:
        ExportError:
            An output cannot be made; names the output. Or files of keys that are not pinned any more stand beside it,
            which the platform may go on trusting; names them.
        FormatError: A file to be edited is not understood.
        FileError: A file cannot be read, or lies outside.
    """
    task = Task(pin_file, path, load_lock(path) if lock is None else lock, now)
    changes: dict[Path, Change] = {}
    for output in pin_file.outputs:
        for change in task.changes(output, None if outside else task.repository):
            if change.path in changes:
                raise ExportError(f"{change.name} is written by two outputs", hint="give each output its own path")
            changes[change.path] = change
    left_over.require_none([*changes.values()])
    return [*changes.values(), task.lock_change()]


def load_lock(path: Path) -> PinsLock:
    """
    Read the lock beside the pin file at *path*; without one, it is empty.

    Raises:
        FileError: It cannot be opened.
    """
    content = read(path.with_name(pins_lock.NAME))
    return PinsLock() if content is None else pins_lock.parse(content)


def require_consent(
    changes: Sequence[Change], *, source: str = "pins.toml", drop_foreign: bool = False, allow_ending: bool = False
) -> None:
    """
    Raise if writing would lose what somebody else pinned, or write pins that end.

    Args:
        changes: From `compare`.

        source: What errors call the pin file.

        drop_foreign: What pinsmith did not write may be lost.

        allow_ending: Pins may end.

    Raises:
        ForeignPinsError: It would be lost.
        EndingPinsError: They end.
    """
    lost = {change.name: change.foreign for change in changes if change.foreign}
    if lost and not drop_foreign:
        raise ForeignPinsError(lost, source=source, hint=_way_to_keep(changes, source))
    soon = [change for change in changes if change.ending]
    if soon and not allow_ending:
        found = dict.fromkeys(each for change in soon for each in change.ending)
        raise EndingPinsError(", ".join(change.name for change in soon), list(found))


def apply(
    changes: list[Change],
    path: Path | None = None,
    *,
    source: str = "pins.toml",
    drop_foreign: bool = False,
    allow_ending: bool = False,
) -> None:
    """
    Write what is needed: every file or none, also if the process is killed.

    Args:
        changes: What `compare` returned.

        path: The pin file, whose lock is taken; without one, the first output.

        source: As for `require_consent`.

        drop_foreign: As there.

        allow_ending: As there.

    Raises:
        ForeignPinsError: Something would be lost that pinsmith did not write.
        EndingPinsError: Pins that would be written end.
        LockedError: Another command is at work.
        FileError: A file cannot be written, or was changed since `compare`; all are as they were.
    """
    require_consent(changes, source=source, drop_foreign=drop_foreign, allow_ending=allow_ending)
    needed = {change.path: Content(change.before, change.after) for change in changes if change.is_needed}
    if needed:
        write_all(path or changes[0].path, needed)


def _way_to_keep(changes: Sequence[Change], source: str) -> str:
    first = next(change for change in changes if change.foreign)
    drop = "drop all of it with --drop-foreign"
    if formats.find(first.format).read is None:
        return f"keep the pins with `pinsmith add`, or {drop}"
    whose = " --host HOST" if any(each.pin and not each.host for each in first.foreign) else ""
    return f"keep it with `pinsmith import {first.name} --from {first.format}{whose} --into {source}`, or {drop}"
