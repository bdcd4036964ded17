"""
Find pins that have ended, or will end before a new release of an app has reached its users.

No clock: the time is an argument.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.errors import EndingPinsError
from pinsmith.finding import Finding, HostPlace, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from pinsmith.policy import Policy

WARNING_TIME: Final = timedelta(days=30)
"""Pins that end within this time cause a warning, because a release of an app takes time."""


def left(expires: date, now: datetime) -> timedelta:
    """
    Return how long pins are still enforced; not positive if they have ended.

    Raises:
        TypeError: If *now* is naive.
    """
    return datetime.combine(expires, time(), UTC) - now


def find(
    policy: Policy, hosts: Collection[str], *, now: datetime, lead_time: timedelta = timedelta()
) -> tuple[Finding, ...]:
    """
    Return which of some hosts have pins that have ended, or end before users have updated.

    Args:
        policy: The pins.

        hosts: Canonical; those without an entry of their own are skipped.

        now: Aware.

        lead_time: How long users take to update; at least `WARNING_TIME` counts.

    Returns:
        Findings of the rule ``pins-ended`` or ``pins-expire``, one for each of those hosts.
    """
    return tuple(
        _finding(entry.host, entry.expires, has_ended=remaining <= timedelta())
        for entry in policy.hosts
        if entry.host in hosts
        and entry.mode != "off"
        and entry.expires is not None
        and (remaining := left(entry.expires, now)) < max(WARNING_TIME, lead_time)
    )


def require_lasting(found: Sequence[Finding], what: str) -> None:
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


def _finding(host: str, expires: date, *, has_ended: bool) -> Finding:
    if has_ended:
        message = f"the pins ended on {expires}, so clients accept any trusted certificate"
        return Finding("pins-ended", Severity.HIGH, HostPlace(host), message)
    message = f"the pins end on {expires}; from then on, clients accept any trusted certificate"
    return Finding("pins-expire", Severity.MEDIUM, HostPlace(host), message)
