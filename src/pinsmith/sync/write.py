"""Write the outputs of a pin file: all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.files.transaction import Content, write_all
from pinsmith.sync.consent import Consent, require_consent

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.sync.change import Comparison


def apply(comparison: Comparison, consent: Consent | None = None) -> None:
    """
    Write every file whose content is not correct: all or none, also if the process is killed.

    Args:
        comparison: The changes to write. The lock of its pin file is taken.

        consent: The user's consent; none by default.

    Raises:
        ForeignPinsError: If a file would lose pinning that pinsmith did not write.
        EndingPinsError: If pins that would be written end.
        LockedError: If another command is at work.
        FileError: If a file cannot be written, or was changed since it was compared; no file has changed then.
    """
    if contents := contents_of(comparison, consent or Consent()):
        write_all(comparison.path, contents)


def contents_of(comparison: Comparison, consent: Consent) -> dict[Path, Content]:
    """
    Return the files whose content is not correct, to write them in one transaction with others.

    Raises:
        ForeignPinsError: As for `apply`.
        EndingPinsError: As for `apply`.
    """
    require_consent(comparison, consent)
    contents: dict[Path, Content] = {}
    for change in (*comparison.changes, comparison.lock):
        if change.is_needed:
            # Several outputs may write parts of one file, each on what the one before has made of it.
            before = contents[change.path].before if change.path in contents else change.before
            contents[change.path] = Content(before, change.after)
    return contents
