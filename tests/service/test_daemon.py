"""Rounds for ever: they end when they are asked to, and a fault ends none of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from pinsmith.service.daemon import run_until
from pinsmith.service.rounds import Round

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def now() -> datetime:
    """Return the same time always."""
    return NOON


class Faulty:
    """Rounds of which every second one cannot be recorded."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop = stop
        self.count = 0

    async def run(self, _now: Callable[[], datetime]) -> Round:
        """Run a round."""
        self.count += 1
        if self.count == 4:
            self.stop.set()
        if self.count % 2:
            raise OperationalError("INSERT", {}, Exception("disk I/O error"))
        return Round((), 1, ())

    async def classify(self, _now: datetime) -> None:
        """Fail once, after a round that was recorded."""
        if self.count == 2:
            raise TimeoutError  # says nothing


def test_a_disk_that_is_full_ends_no_watch() -> None:
    """The problem is reported, and the next round runs; after the end, no round begins."""
    told: list[Round] = []

    async def run() -> int:
        stop = asyncio.Event()
        rounds = Faulty(stop)
        await run_until(stop, rounds, now, told.append, classify=rounds.classify, tick_seconds=0)  # type: ignore[arg-type]
        return rounds.count

    assert asyncio.run(run()) == 4
    assert [bool(done.problems) for done in told] == [True, True, True, False]
    assert "disk I/O error" in told[0].problems[0]
    assert told[1].delivered == 1
    assert told[1].problems[0] == "reports were not classified: TimeoutError"


class Unusable:
    """Rounds over a pin file that cannot be read for a while."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop = stop
        self.problems = [(), ("a",), ("a",), ("a", "b"), (), ("a",)]

    async def run(self, _now: Callable[[], datetime]) -> Round:
        """Run a round in which nothing is due."""
        problems = self.problems.pop(0)
        if not self.problems:
            self.stop.set()
        return Round((), 0, problems)

    async def classify(self, _now: datetime) -> None:
        """Find no reports."""


def test_a_problem_that_lasts_is_logged_once() -> None:
    """A log is not filled with the same line every two seconds; a problem that comes back is logged again."""
    told: list[Round] = []

    async def run() -> None:
        stop = asyncio.Event()
        rounds = Unusable(stop)
        await run_until(stop, rounds, now, told.append, classify=rounds.classify, tick_seconds=0)  # type: ignore[arg-type]

    asyncio.run(run())
    assert [done.problems for done in told] == [("a",), ("b",), ("a",)]
