"""The errors of reading and writing files."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError


class FileError(PinsmithError, OSError):
    """
    A file cannot be read or written. Its old content is unchanged.

    Attributes:
        path: The file, as the user named it.
    """

    code = "file"

    def __init__(self, message: str, *, path: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class LockedError(FileError):
    """
    Another command is changing the same file, so nothing was done.

    Attributes:
        holder: What is known of the other command, such as ``process 4711 (pinsmith add), since 12:00:00 UTC``.
    """

    code = "locked"

    def __init__(self, message: str, *, path: str, holder: str, hint: str | None = None) -> None:
        super().__init__(message, path=path, hint=hint)
        self.holder = holder
