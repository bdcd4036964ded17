"""The errors of hosts that are not connected to."""

from __future__ import annotations

from pinsmith.errors.usage import UsageError


class OutOfReachError(UsageError):
    """A host, an address or a port may not be connected to. Nothing was connected to."""

    code = "out-of-reach"


class TooOftenError(UsageError):
    """Somebody has asked for too many hosts within a minute. Nothing was connected to."""

    code = "too-often"


class FormError(UsageError):
    """
    A form or a document that was sent to the service cannot be used. Nothing was done.

    Attributes:
        status: Of HTTP.
    """

    code = "invalid-form"

    def __init__(self, message: str, *, hint: str | None = None, status: int = 400) -> None:
        super().__init__(message, hint=hint)
        self.status = status
