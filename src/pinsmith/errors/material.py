"""The errors of files that hold certificates and keys."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError


class MaterialError(PinsmithError, ValueError):
    """A file contains no certificate, request or key, or a damaged one."""

    code = "unreadable-material"


class PasswordError(MaterialError):
    """
    The content of a file is encrypted, and the password is missing or wrong.

    Attributes:
        given: Whether a password was given.
    """

    code = "password"

    def __init__(self, message: str, *, given: bool, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.given = given
