"""The errors of rotations."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from pinsmith.errors.base import PinsmithError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Protocol

    class _Guard(Protocol):
        @property
        def name(self) -> str: ...
        @property
        def why(self) -> str: ...
        @property
        def fix(self) -> str: ...


class GuardError(PinsmithError):
    """
    A move of a rotation is not safe yet, so nothing has changed.

    Each guard is a condition, and says what satisfies it. `--override` goes on without a guard that is named.
    """

    code = "rotation-blocked"
    exit_code = ExitCode.MISMATCH

    def __init__(self, host: str, move: str, blocking: Sequence[_Guard]) -> None:
        one = len(blocking) == 1
        super().__init__(
            f"{host}: the move {move!r} is not safe yet, because "
            f"{'a guard does' if one else f'{len(blocking)} guards do'} not hold; nothing has changed",
            details=[f"{guard.name}: {guard.why}" for guard in blocking],
            hint="; ".join(dict.fromkeys(guard.fix for guard in blocking)),
        )


class ClockError(PinsmithError):
    """
    The clock is behind the journal, so nothing has changed.

    With a clock that was set back, old proofs of keys look fresh, and keys are kept for too short a time.
    """

    code = "clock-set-back"
    exit_code = ExitCode.BROKE

    def __init__(self, host: str, last: datetime, now: datetime) -> None:
        super().__init__(
            f"{host}: the journal records its rotation on {last:%Y-%m-%d %H:%M} UTC, but the clock says "
            f"{now.astimezone(UTC):%Y-%m-%d %H:%M}; nothing has changed",
            hint="set the clock of this machine; if the one of the earlier move was wrong, begin again: "
            f"`pinsmith rotate abort {host}`",
        )


class ReloadError(PinsmithError):
    """
    The command that makes a server read a new certificate failed.

    The old files are back in place, and the command ran once more, so that the server keeps the old certificate.

    Attributes:
        restored: Whether the old files are back; False if there were none.
    """

    code = "reload-failed"
    exit_code = ExitCode.BROKE

    def __init__(self, command: str, output: Sequence[str], *, restored: bool) -> None:
        state = "the old certificate is in its place again" if restored else "the new certificate stays in its place"
        super().__init__(
            f"{command} failed, so {state}",
            details=list(output),
            hint="find out why the server refuses the files, then run the command again",
        )
        self.restored = restored
