"""The errors of the command line."""

from __future__ import annotations

from pinsmith.errors.base import PinsmithError
from pinsmith.exit_code import ExitCode


class UsageError(PinsmithError):
    """Options or arguments contradict each other, or a required one is missing."""

    code = "usage"
    exit_code = ExitCode.USAGE
