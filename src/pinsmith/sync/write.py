"""Write the outputs of a pin file: all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.files.transaction import Content, write_all
from pinsmith.sync.consent import Consent, require_consent

if TYPE_CHECKING:
    from pinsmith.sync.change import Comparison


def apply(comparison: Comparison, consent: Consent | None = None) -> None:
    """
    Write each file that is not what it should be: all or none, also if the process is killed.

    Args:
        comparison: What to write. The lock of its pin file is taken.

        consent: Of the user; none by default.

    Raises:
        ForeignPinsError: A file would lose what pinsmith did not write.
        EndingPinsError: Pins that would be written end.
        LockedError: Another command is at work.
        FileError: A file cannot be written, or was changed since it was compared; all are as they were.
    """
    require_consent(comparison, consent or Consent())
    changes = [change for change in (*comparison.changes, comparison.lock) if change.is_needed]
    if changes:
        write_all(comparison.path, {change.path: Content(change.before, change.after) for change in changes})
