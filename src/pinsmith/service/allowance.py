"""How often somebody may ask: at most so many hosts within a minute."""

from __future__ import annotations

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_TIME: Final = timedelta(minutes=1)
_MAX_PEOPLE: Final = 10_000  # that are remembered


class Allowance:
    """Counts what people ask for."""

    def __init__(self, per_minute: int, now: Callable[[], datetime]) -> None:
        """
        Begin with nothing counted.

        Args:
            per_minute: How many hosts one person may ask for.

            now: The clock; aware.
        """
        self._most = per_minute
        self._now = now
        self._asked: OrderedDict[str, deque[datetime]] = OrderedDict()

    def take(self, person: str, hosts: int) -> bool:
        """Count *hosts* for *person*, and say whether they are allowed; if not, nothing is counted."""
        now = self._now()
        asked = self._asked.setdefault(person, deque())
        self._asked.move_to_end(person)
        while len(self._asked) > _MAX_PEOPLE:
            self._asked.popitem(last=False)
        while asked and now - asked[0] >= _TIME:
            asked.popleft()
        if len(asked) + hosts > self._most:
            return False
        asked.extend([now] * hosts)
        return True
