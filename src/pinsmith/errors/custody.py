"""The errors of private keys that are used by reference, and of keys that may not be pinned or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors.base import PinsmithError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


class CustodyError(PinsmithError):
    """
    A private key cannot be used where it is kept: in a file, in a token, or by a command.

    No part of the key, its password or its PIN is in the message.
    """

    code = "custody"


class UnfitKeyError(PinsmithError, ValueError):
    """
    A key must not be pinned, because others can compute or know its private key, or because it is used already.

    Attributes:
        reason: Why, as a clause without a subject.
    """

    code = "unfit-key"

    def __init__(self, subject: str, reason: str, *, hint: str) -> None:
        super().__init__(f"{subject} {reason}, so it is refused", hint=hint)
        self.reason = reason


class KeyInUseError(PinsmithError):
    """
    A key cannot be retired, because clients still need it, or because that is not known. Nothing has changed.

    Attributes:
        name: The name of the key.
    """

    code = "key-in-use"
    exit_code = ExitCode.MISMATCH

    def __init__(self, name: str, reasons: Sequence[str], *, hint: str) -> None:
        super().__init__(f"{name} is still needed, so it was not removed", details=reasons, hint=hint)
        self.name = name
