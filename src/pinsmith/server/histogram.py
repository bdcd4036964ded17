"""A histogram of counts by day: where everything stands, and the same in words. A template draws it as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEFT: Final = 44  # room for the numbers
_TOP: Final = 10
_BAR: Final = 20
_HEIGHT: Final = 120
_FOOT: Final = 22  # room for the days
_EVERY: Final = 7  # bars from one day that is written to the next


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: where its bar stands, how high it is, and what it counts."""

    x: float
    y: float
    width: float
    height: float
    day: str
    count: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of an axis, and where it stands."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """
    A histogram.

    Attributes:
        width: Of the picture.
        height: Of the picture.
        left: Where the axis of the counts stands.
        bottom: Where the axis of the days stands.
        bars: One for each day, the oldest first.
        days: The labels of days, from left to right.
        counts: The labels of counts, from below.
        summary: What it shows, in a sentence.
    """

    width: int
    height: int
    left: int
    bottom: int
    bars: tuple[Bar, ...]
    days: tuple[Tick, ...]
    counts: tuple[Tick, ...]
    summary: str


def histogram(counts: Mapping[int, int], now: datetime, *, days: int = 30) -> Histogram:
    """
    Draw the last days.

    Args:
        counts: By the number of the day since 1970 in UTC; days that are missing count nothing.

        now: Aware; its day is the last one.

        days: How many.
    """
    today = (now - _EPOCH) // timedelta(days=1)
    shown = range(today - days + 1, today + 1)
    top = _round_up(max((counts.get(day, 0) for day in shown), default=0))
    bottom = _TOP + _HEIGHT

    def height(number: int) -> float:
        return round(_HEIGHT * number / top, 1)

    bars = tuple(
        Bar(
            x=_LEFT + index * _BAR + 2,
            y=bottom - height(counts.get(day, 0)),
            width=_BAR - 4,
            height=height(counts.get(day, 0)),
            day=f"{_EPOCH + timedelta(days=day):%Y-%m-%d}",
            count=counts.get(day, 0),
        )
        for index, day in enumerate(shown)
    )
    labelled = [bar for index, bar in enumerate(bars) if (days - 1 - index) % _EVERY == 0]
    return Histogram(
        width=_LEFT + days * _BAR + _LEFT,
        height=bottom + _FOOT,
        left=_LEFT,
        bottom=bottom,
        bars=bars,
        days=tuple(Tick(bar.x + bar.width / 2, bar.day) for bar in labelled),
        counts=tuple(Tick(bottom - height(number), f"{number:,}") for number in sorted({0, top // 2, top})),
        summary=_summary(bars),
    )


def _round_up(most: int) -> int:
    """Return a round number that is not smaller, so that the scale has round labels."""
    powers: Iterator[int] = (10**exponent for exponent in count())
    return next(step * power for power in powers for step in (2, 4, 10) if step * power >= most)


def _summary(bars: tuple[Bar, ...]) -> str:
    total = sum(bar.count for bar in bars)
    if not total:
        return f"None in the {len(bars)} days until {bars[-1].day}."
    busiest = max(bars, key=lambda bar: bar.count)
    return f"{total:,} in the {len(bars)} days until {bars[-1].day}; most on {busiest.day}: {busiest.count:,}."
