"""The changes to the files of a pin file's outputs: what they hold and should hold, and what would be lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.sync import patch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.finding import Finding
    from pinsmith.sync.foreign import Foreign
    from pinsmith.sync.read import File


@dataclass(frozen=True, slots=True)
class Change:
    """
    The present and the correct content of one file.

    Attributes:
        file: The file as it is now.
        after: Its correct content.
        format: The id of its format; empty for pins.lock.
        losses: The settings that the format cannot express; all of them were accepted.
        foreign: Pinning in the file that pinsmith did not write and that writing would lose.
        ending: Hosts whose pins have ended or end soon, unless the output allows that.
        digest: The digest of the correct pins, for pins.lock; empty if they are not recorded there.
    """

    file: File
    after: bytes
    format: str
    losses: tuple[Finding, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    ending: tuple[Finding, ...] = ()
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
        """The present content of the file; None if there is no such file."""
        return self.file.content

    @property
    def is_needed(self) -> bool:
        """Whether the file must be written, because its content differs from the correct one."""
        return self.before != self.after

    def diff(self) -> Iterator[str]:
        """Yield a unified diff for people, line by line, without line ends; a single line if it is not text."""
        return patch.lines_for_people(self.name, self.before, self.after)

    def git_patch(self) -> bytes:
        """Return the patch for ``git apply``, byte for byte."""
        return patch.git_patch(self.file.patch_name, self.before, self.after)


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    All files of a pin file's outputs.

    Attributes:
        path: The pin file, as the user named it.
        changes: One for each file. The files beside an output follow it.
        lock: The change of pins.lock.
        lock_problem: Why pins.lock could not be read, as in "is damaged"; None if it could or does not exist.
    """

    path: Path
    changes: tuple[Change, ...]
    lock: Change
    lock_problem: str | None

    @property
    def needed(self) -> tuple[Change, ...]:
        """The changes of the files that must be written, without pins.lock."""
        return tuple(change for change in self.changes if change.is_needed)
