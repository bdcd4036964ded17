"""The errors of reading and writing files."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError


class FileError(PinsmithError, OSError):
    """
    A file cannot be read or written; what stood there before still stands.

    Attributes:
        path: As the user named it.
    """

    code = "file"

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class LockedError(FileError):
    """
    Another command is changing the same file; nothing was done.

    Attributes:
        holder: The other command, as far as it is known, such as ``process 4711 (pinsmith add), since 12:00:00 UTC``.
    """

    code = "locked"

    def __init__(self, message: str, *, path: str, holder: str, hint: str | None = None) -> None:
        super().__init__(message, path=path, hint=hint)
        self.holder = holder
