"""The histogram of reports: its bars, its scales, and its words."""

from __future__ import annotations

import pytest

from pinsmith.server.histogram import histogram
from tests.checks.sample import NOW

TODAY = 20619  # 2026-06-15


def test_the_highest_bar_fits_under_a_round_number() -> None:
    """Bars grow with counts, below a scale with round numbers, and the last day is today."""
    drawn = histogram({TODAY: 30, TODAY - 1: 15, TODAY - 400: 1000}, NOW)
    assert [tick.label for tick in drawn.counts] == ["0", "20", "40"]
    assert [(bar.day, bar.count) for bar in drawn.bars[-2:]] == [("2026-06-14", 15), ("2026-06-15", 30)]
    assert drawn.bars[-1].height == 2 * drawn.bars[-2].height == 90
    assert drawn.bars[-1].y + drawn.bars[-1].height == drawn.bottom
    assert [tick.label for tick in drawn.days][-2:] == ["2026-06-08", "2026-06-15"]
    assert drawn.summary == "45 in the 30 days until 2026-06-15; most on 2026-06-15: 30."


@pytest.mark.parametrize(("most", "top"), [(0, 2), (1, 2), (3, 4), (5, 10), (11, 20), (100, 100), (12_345, 20_000)])
def test_the_scale_is_round(most: int, top: int) -> None:
    """The top of the scale is the next round number, and never zero."""
    assert histogram({TODAY: most}, NOW).counts[-1].label == f"{top:,}"


def test_no_report_is_a_sentence() -> None:
    """Without reports there is no bar, and the words say so."""
    drawn = histogram({}, NOW)
    assert drawn.summary == "None in the 30 days until 2026-06-15."
    assert not any(bar.height for bar in drawn.bars)
