"""What the log says of suspensions and of an expired policy: at their begin, at their end, and once a day between."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.updates.in_force import InForce
    from pinsmith.updates.suspension import Suspension

_DAY: Final = timedelta(days=1)
_log = logging.getLogger("pinsmith.updates")


class Diary:
    """Remembers what it has logged, for one program."""

    def __init__(self) -> None:
        self._suspended: dict[str, datetime] = {}
        self._expired: datetime | None = None

    def note(self, moment: InForce, now: datetime) -> None:
        """Log what is new, and what a day has passed since."""
        for suspension in moment.suspensions:
            last = self._suspended.get(suspension.host)
            if last is None or not last <= now < last + _DAY:
                self._suspended[suspension.host] = now
                _log.warning("%s", _suspended(suspension))
        for host in self._suspended.keys() - {one.host for one in moment.suspensions}:
            del self._suspended[host]
            _log.warning("the pins of %s are enforced again, because their suspension has ended", host)
        if moment.expired and (self._expired is None or not self._expired <= now < self._expired + _DAY):
            self._expired = now
            _log.error("the signed policy has expired, and no newer one was found")
        if not moment.expired:
            self._expired = None


def _suspended(suspension: Suspension) -> str:
    return (
        f"the pins of {suspension.host} are suspended until {suspension.until:%Y-%m-%d %H:%M %Z}, and mismatches are "
        f"only reported: {suspension.reason}"
    )
