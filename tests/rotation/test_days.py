"""How far days are from today, in words."""

from __future__ import annotations

from datetime import date

import pytest

from pinsmith.rotation.days import distance

TODAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("day", "words"),
    [(14, "1 day ago"), (12, "3 days ago"), (15, "today"), (16, "in 1 day"), (30, "in 15 days")],
)
def test_a_day_is_so_many_days_away(day: int, words: str) -> None:
    """One day is singular, and today has no number."""
    assert distance(TODAY.replace(day=day), TODAY) == words
