"""Reports for the tests of the way from collectors to a warehouse."""

from __future__ import annotations

import time

from pinsmith.store.report_batch import Arrival

GROUPS = 7


def report(number: int, *, version: str = "") -> Arrival:
    """Make a report of one of a few groups, from today."""
    return Arrival(
        key=(number % GROUPS).to_bytes(16, "big"),
        source="",
        at=time.time_ns() // 1_000,
        network=f"192.0.{number % 5}.0/24",
        version=version or f"{number}",
        platform="android 14",
        host="api.example.com",
        app="com.example.app",
        format="event",
        enforced=True,
        reason="no-pinned-key",
        body=b"{}",
    )
