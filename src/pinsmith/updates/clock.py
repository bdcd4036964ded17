"""
The time by which updates are judged: that of the system, and never less than what signatures prove.

A program cannot know that its clock is wrong. But it has seen metadata that was fresh, so the present is not earlier
than that. This lower bound is kept over restarts, and while the program runs, it grows with the monotonic clock.

A wrong clock can do this:

* Set back while the program runs, nothing, because the lower bound goes on. Set back over a restart, the time stands
  still at the last refresh until the system's clock passes it. So a suspension or a policy can last longer by the time
  in which the program did not run.
* Far ahead, everything looks expired, and refreshes fail. As soon as the clock is right again, so is everything else,
  because the system's time itself is never kept.
* Ahead by less than the metadata is fresh, the lower bound may be ahead by as much: some days at most.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """
    The trusted time.

    Args:
        system: Returns the time of the system, aware.

        monotonic: Returns seconds that never go back, from any origin.
    """

    def __init__(self, system: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._system, self._monotonic = system, monotonic
        self._proven: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """Return the time, aware, UTC."""
        system, proven = self._system().astimezone(UTC), self.proven()
        return system if proven is None else max(system, proven)

    def proven(self) -> datetime | None:
        """Return the lower bound, as it has grown since; None if nothing was proven yet."""
        if self._proven is None:
            return None
        moment, since = self._proven
        return moment + timedelta(seconds=max(0.0, self._monotonic() - since))

    def prove(self, moment: datetime) -> None:
        """Raise the lower bound to *moment*, which signatures prove to have passed. An earlier one changes nothing."""
        proven = self.proven()
        if proven is None or moment > proven:
            self._proven = moment.astimezone(UTC), self._monotonic()
