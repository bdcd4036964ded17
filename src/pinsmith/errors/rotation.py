"""The errors of rotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors.base import PinsmithError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
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
