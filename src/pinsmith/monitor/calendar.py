"""
The times of a digest: at a time of day in a time zone, on some days of the week.

No clock: the time is an argument. Where clocks skip the time of day, the digest is made an hour later by the clock;
where they show it twice, it is made the first time. So there is one for each day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, tzinfo

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Calendar:
    """
    When digests are made.

    Attributes:
        at: The time of day.
        days: Days of the week, Monday is 0; at least one.
        zone: The time zone of both.
    """

    at: time
    days: frozenset[int] = field(default_factory=lambda: frozenset(range(len(DAYS))))
    zone: tzinfo = UTC

    def last(self, now: datetime) -> datetime:
        """Return the last time that is not after *now*, which is aware; in UTC."""
        return next(at for at in self._times(now, -1) if at <= now)

    def next(self, now: datetime) -> datetime:
        """Return the first time after *now*, which is aware; in UTC."""
        return next(at for at in self._times(now, 1) if at > now)

    def _times(self, now: datetime, step: int) -> Iterator[datetime]:
        """Yield the times of the days around *now*, forwards or backwards."""
        # The day before and the day after, because a zone may be a day ahead of the moment that its clock shows.
        today = now.astimezone(self.zone).date() - timedelta(days=step)
        for number in range(2 * len(DAYS)):
            day = today + timedelta(days=step * number)
            if day.weekday() in self.days:
                yield self._moment(day)

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)
