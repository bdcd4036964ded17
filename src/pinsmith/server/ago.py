"""How long ago a moment was, in words: the page says when it was made, so the words stay right."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_UNITS: Final = ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))
_TWICE: Final = 2  # a unit is used from twice its length, so that no word is off by half


def ago(text: str, now: datetime) -> str:
    """
    Return ``3 hours ago``, ``in 5 days`` or ``just now``.

    Args:
        text: As `moment_text` writes it.

        now: When the page is made, aware.
    """
    distance = now - datetime.fromisoformat(text)
    for unit, name in _UNITS:
        number = abs(distance) // unit
        if number >= _TWICE:
            return f"{number} {name}s ago" if distance > timedelta() else f"in {number} {name}s"
    if abs(distance) < timedelta(minutes=1):
        return "just now"
    number = round(abs(distance) / timedelta(minutes=1))
    words = "1 minute" if number == 1 else f"{number} minutes"
    return f"{words} ago" if distance > timedelta() else f"in {words}"
