"""The error of the engines that reports are sent through."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError


class StreamError(PinsmithError):
    """
    Kafka or ClickHouse cannot be used. Reports that were acknowledged are kept, and sent again later.

    The message never contains a password.

    Attributes:
        address: Host and port of the engine.
    """

    code = "report-stream"

    def __init__(self, message: str, *, address: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.address = address
