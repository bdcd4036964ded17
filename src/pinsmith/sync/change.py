"""What the files of a pin file's outputs hold, what they should hold, and what that would lose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.sync import patch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.checks.ending import Ending
    from pinsmith.formats import Loss
    from pinsmith.sync.foreign import Foreign
    from pinsmith.sync.read import File


@dataclass(frozen=True, slots=True)
class Change:
    """
    What one file holds and should hold.

    Attributes:
        file: As it stands.
        after: What it should hold.
        format: The id of its format; empty for pins.lock.
        losses: What the format cannot say; all of it was accepted.
        foreign: What the file pins now, pinsmith did not write, and writing would lose.
        ending: Hosts whose pins have ended or end soon, unless the output allows that.
        digest: That of the pins it should hold, for pins.lock; empty if they are not recorded there.
    """

    file: File
    after: bytes
    format: str
    losses: tuple[Loss, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    ending: tuple[Ending, ...] = ()
    digest: str = ""

    @property
    def name(self) -> str:
        """The path as the pin file writes it."""
        return self.file.name

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.file.path

    @property
    def before(self) -> bytes | None:
        """What the file holds now; None if there is no such file."""
        return self.file.content

    @property
    def is_needed(self) -> bool:
        """Whether the file is not what it should be."""
        return self.before != self.after

    def diff(self) -> Iterator[str]:
        """Yield a unified diff for people, line by line, without line ends; of anything but text, one line."""
        return patch.lines_for_people(self.name, self.before, self.after)

    def git_patch(self) -> bytes:
        """Return what ``git apply`` takes, byte for byte."""
        return patch.git_patch(self.file.patch_name, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    All files of a pin file's outputs.

    Attributes:
        path: The pin file, as the user named it.
        changes: One for each file: those beside an output follow it.
        lock: That of pins.lock.
        lock_problem: Why pins.lock could not be read, as in "is damaged"; None if it could or does not exist.
    """

    path: Path
    changes: tuple[Change, ...]
    lock: Change
    lock_problem: str | None

    @property
    def needed(self) -> tuple[Change, ...]:
        """The files that are not what they should be, without pins.lock."""
        return tuple(change for change in self.changes if change.is_needed)
