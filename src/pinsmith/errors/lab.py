"""The errors of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinsmith.errors.base import PinsmithError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence


class LabError(PinsmithError, RuntimeError):
    """A client could not be tried in the lab."""

    code = "lab"


class PlaceholderError(LabError):
    """The command line of a client contains a placeholder that the lab does not know."""

    code = "unknown-placeholder"
    exit_code = ExitCode.USAGE


class ClientStartError(LabError):
    """A client cannot be started: there is no such program, or the system refuses to run it."""

    code = "client-not-started"


class LabBrokenError(LabError):
    """The lab itself failed, so nothing is known about the client."""

    code = "lab-broken"


class ClientStoppedError(LabError):
    """The lab was stopped while a client ran; it ended the client and the processes that the client had started."""

    code = "client-stopped"


class ClientFailsError(LabError):
    """
    A client does not pin as it should.

    Attributes:
        trials: The `pinsmith.lab.trial.Trial` objects that the client failed.
    """

    code = "client-fails"
    exit_code = ExitCode.MISMATCH

    def __init__(
        self, message: str, *, trials: Sequence[Any] = (), hint: str | None = None, details: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.trials = tuple(trials)
        for line in details:
            self.add_note(line)  # test runners show notes
