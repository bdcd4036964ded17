"""The errors of signed updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors.base import PinsmithError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.updates.refusal import Refusal


class SuspensionError(PinsmithError, ValueError):
    """A suspension of pins cannot be used: it is too long, has no reason, or is damaged."""

    code = "invalid-suspension"


class BundleError(PinsmithError):
    """The directory of a bundle cannot be used as it is. Nothing in it was changed."""

    code = "invalid-bundle"


class SigningError(PinsmithError):
    """A key may not sign, or its signature does not count. Nothing was changed."""

    code = "not-signed"


class RefusedUpdateError(PinsmithError):
    """
    A policy was refused, and the one in force stays in force.

    Attributes:
        refusals: Why, at least one.
    """

    code = "update-refused"
    exit_code = ExitCode.MISMATCH

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        first = refusals[0]
        more = f", and for {len(refusals) - 1} further reasons" if len(refusals) > 1 else ""
        super().__init__(
            f"the policy was refused: {first}{more}; the one in force stays",
            hint=first.hint,
            details=tuple(str(refusal) for refusal in refusals[1:]),
        )
        self.refusals = tuple(refusals)


class UpdateSettingsError(PinsmithError, ValueError):
    """Updates cannot be set up: the pin file says too little, its root is damaged, or the extra is not installed."""

    code = "update-settings"


class UpdateFailedError(PinsmithError):
    """
    No newer policy came, and the one in force stays in force. The base of those below.

    Attributes:
        address: The address that was asked, without a password.
    """

    code = "update-failed"

    def __init__(self, message: str, *, address: str, hint: str | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint, details=details)
        self.address = address


class UpdateUnreachableError(UpdateFailedError):
    """An address of updates was not reached, presented no pinned key, or did not answer with the file."""

    code = "update-unreachable"


class InvalidUpdateError(UpdateFailedError):
    """Metadata or a file has too few signatures, is damaged, or does not belong to the rest."""

    code = "invalid-update"


class StaleUpdateError(UpdateFailedError):
    """Metadata has expired, or is older than what was seen before: somebody shows an old state, or a clock is wrong."""

    code = "stale-update"
