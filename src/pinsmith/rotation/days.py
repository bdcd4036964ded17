"""Days in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def distance(day: date, today: date) -> str:
    """Say how far *day* is from *today*: ``today``, ``in 1 day`` or ``3 days ago``."""
    days = (day - today).days
    if not days:
        return "today"
    count = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return f"in {count}" if days > 0 else f"{count} ago"
