"""When the next refresh is due."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_SECONDS: Final = 6 * 60 * 60.0
FIRST_RETRY_SECONDS: Final = 60.0
_SPREAD: Final = 0.2
_MAX_DOUBLINGS: Final = 16


def wait_seconds(failures: int, interval_seconds: float, random: Callable[[], float]) -> float:
    """
    Return how long to wait until the next refresh.

    Args:
        failures: How many refreshes have failed since the last one that succeeded. Each doubles the wait, from a minute
            to the interval.

        interval_seconds: Between two refreshes that succeed.

        random: Returns a number from 0 to 1, by which programs that were started together come apart.
    """
    usual = interval_seconds
    if failures:
        usual = min(usual, FIRST_RETRY_SECONDS * 2 ** min(failures - 1, _MAX_DOUBLINGS))
    return usual * (1 + _SPREAD * (2 * random() - 1))
