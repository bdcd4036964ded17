"""The reports that one thread sends: when a report is due, and when it is given up. No thread, no clock."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.tls.event import MismatchEvent

FIRST_SECONDS: Final = 1.0  # after the first failure; then twice as long after each
LONGEST_SECONDS: Final = 300.0
GIVE_UP_SECONDS: Final = 3600.0  # after the report was queued


@dataclass(slots=True)
class Letter:
    """
    One report for one address.

    Attributes:
        uri: The address, as the policy has it.
        event: The mismatch.
        since: When the thread took it, in seconds of a monotonic clock.
        failures: How often sending failed.
    """

    uri: str
    event: MismatchEvent
    since: float = 0.0
    failures: int = 0


class Outbox:
    """
    The letters, by the time when they are due. One address that does not answer does not hold up the others.

    Args:
        jitter: Returns a number from 0 to 1, so that many programs do not try again at the same moment.
    """

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._due: list[tuple[float, int, Letter]] = []
        self._count = 0

    def put(self, letter: Letter, now: float) -> None:
        """Take a new letter, which is due at once."""
        letter.since = now
        self._push(letter, now)

    def wait(self, now: float) -> float | None:
        """Return the seconds until a letter is due, 0 if one is; None if there is none."""
        return max(self._due[0][0] - now, 0.0) if self._due else None

    def take(self) -> Letter:
        """Remove the letter that is due first."""
        return heapq.heappop(self._due)[2]

    def again(self, letter: Letter, now: float, *, after_seconds: float = 0.0) -> bool:
        """
        Take a letter back that could not be delivered.

        Args:
            letter: The letter.

            now: The time.

            after_seconds: What the receiver asked for (``Retry-After``); the wait is not shorter.

        Returns:
            Whether it will be tried again; False if that would be too late.
        """
        wait = max(min(FIRST_SECONDS * 2**letter.failures, LONGEST_SECONDS), after_seconds)
        wait *= 1 + self._jitter() / 2
        letter.failures += 1
        if now + wait > letter.since + GIVE_UP_SECONDS:
            return False
        self._push(letter, now + wait)
        return True

    def _push(self, letter: Letter, due: float) -> None:
        self._count += 1
        heapq.heappush(self._due, (due, self._count, letter))
