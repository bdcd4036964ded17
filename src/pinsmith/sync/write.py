"""Write the outputs of a pin file: all or none, and only what nobody has to agree to first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith import formats
from pinsmith.errors import EndingPinsError, ForeignPinsError
from pinsmith.files.transaction import Content, write_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.sync.change import Change


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
