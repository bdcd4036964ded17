"""
Find pins that have ended, or will end before a new release of an app has reached its users.

No clock: the time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.errors import EndingPinsError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from pinsmith.policy import Policy

WARNING_TIME: Final = timedelta(days=30)
"""How long before their end pins are warned about: a release of an app takes its time."""


@dataclass(frozen=True, slots=True)
class Ending:
    """
    A host whose pins end, or have ended.

    Attributes:
        host: Canonical.
        expires: From 00:00 UTC of that day they are not enforced.
        has_ended: Whether that day has come.
    """

    host: str
    expires: date
    has_ended: bool

    def __str__(self) -> str:
        if self.has_ended:
            return f"{self.host}: the pins ended on {self.expires}, so clients accept any trusted certificate"
        return f"{self.host}: the pins end on {self.expires}; from then on, clients accept any trusted certificate"


def left(expires: date, now: datetime) -> timedelta:
    """
    Return how long pins are still enforced; not positive if they have ended.

    Raises:
        TypeError: If *now* is naive.
    """
    return datetime.combine(expires, time(), UTC) - now


def find(policy: Policy, hosts: Collection[str], *, now: datetime) -> tuple[Ending, ...]:
    """
    Return which of some hosts have pins that have ended, or end within `WARNING_TIME`.

    Args:
        policy: The pins.

        hosts: Canonical; those without an entry of their own are skipped.

        now: Aware.
    """
    return tuple(
        Ending(entry.host, entry.expires, remaining <= timedelta())
        for entry in policy.hosts
        if entry.host in hosts
        and entry.mode != "off"
        and entry.expires is not None
        and (remaining := left(entry.expires, now)) < WARNING_TIME
    )


def require_lasting(found: Sequence[Ending], what: str) -> None:
    """
    Raise if the pins of any host end.

    Args:
        found: From `find`.

        what: The thing that would be written; the error names it.

    Raises:
        EndingPinsError: If *found* is not empty.
    """
    if found:
        raise EndingPinsError(what, found)
