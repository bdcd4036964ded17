"""The state of updates, as programs show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.updates.in_force import Removal
    from pinsmith.updates.suspension import Suspension


@dataclass(frozen=True, slots=True)
class Status:
    """
    The state of an `Updater` at one moment.

    Attributes:
        source: ``update`` if a signed policy is in force, or refuses because it has expired; ``floor`` if the policy
            that the program was built with is.
        version: That of the signed policy that was accepted last; None if there was none.
        expires: When it expires.
        expired: Whether it has.
        fresh_until: Until when the last refresh proved that there is no newer policy; None before the first.
        last_success: When the last refresh succeeded, in this process.
        error_code: The code of the error of the last refresh; None if it succeeded.
        error: The error in words.
        disk_error: Why the cache was not written, so that the next start begins with an older policy.
        suspensions: Those in force.
        removals: Pins that an update has removed, and that are still accepted.
    """

    source: Literal["floor", "update"]
    version: int | None
    expires: datetime | None
    expired: bool
    fresh_until: datetime | None
    last_success: datetime | None
    error_code: str | None
    error: str | None
    disk_error: str | None
    suspensions: tuple[Suspension, ...]
    removals: tuple[Removal, ...]
