"""The error of the journal."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError, place_text


class JournalError(PinsmithError, ValueError):
    """
    The journal was changed, cut or damaged. Nothing was written to it.

    Attributes:
        file: The file, as the user named it.
        line: The line of the first fault, from 1.
    """

    code = "broken-journal"

    def __init__(self, problem: str, *, file: str, line: int) -> None:
        super().__init__(
            f"{place_text(file, line, None)}: {problem}",
            hint="restore the file from version control: entries are only added to it, and never changed or removed",
        )
        self.file, self.line = file, line
