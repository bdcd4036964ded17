"""Rounds for ever: until somebody asks it to stop, and then to the end of the round that has begun."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy.exc import SQLAlchemyError

from pinsmith.errors.service import DutyError
from pinsmith.service.rounds import Round

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from pinsmith.service.rounds import Rounds

# How often pin files are looked at, and hosts and deliveries that have become due are taken.
TICK_SECONDS: Final = 2.0


async def run_until(
    stop: asyncio.Event,
    rounds: Rounds,
    now: Callable[[], datetime],
    tell: Callable[[Round], None],
    *,
    classify: Callable[[datetime], Awaitable[None]],
    tick_seconds: float = TICK_SECONDS,
) -> None:
    """
    Run rounds.

    Args:
        stop: Set it to end; the round that has begun is finished and recorded.

        rounds: The pin files and the store.

        now: The clock; aware.

        tell:
            Called after each round in which something was asked, delivered or went wrong, or in which this process
            began or ceased to ask the hosts. A problem that lasts is passed once, because a round begins every few
            seconds.

        classify: Called after each round, to give reports their classes.

        tick_seconds: The time between rounds, most of which find nothing to do.
    """
    before: tuple[str, ...] = ()
    watched = True
    while not stop.is_set():
        try:
            done = await rounds.run(now)
        except (SQLAlchemyError, OSError, DutyError) as error:
            # A disk that is full may have room again, and the hosts are asked again then.
            done = Round((), 0, (f"the round was not recorded: {_told(error)}",), watches=watched, delivers=False)
        try:
            if done.delivers:
                await classify(now())
        except (SQLAlchemyError, OSError) as error:
            problem = f"reports were not classified: {_told(error)}"
            done = replace(done, problems=(*done.problems, problem))
        news = tuple(problem for problem in done.problems if problem not in before)
        before = done.problems
        turn: Literal["", "watches", "waits"] = ""
        if done.watches is not watched:
            turn = "watches" if done.watches else "waits"
        watched = done.watches
        if done.outcomes or done.delivered or news or turn:
            tell(replace(done, problems=news, turn=turn))
        try:
            async with asyncio.timeout(tick_seconds):
                await stop.wait()
        except TimeoutError:
            continue


def _told(error: Exception) -> str:
    """Return the first line of an error; its type if it says nothing, as `TimeoutError` does."""
    return next(iter(str(error).splitlines()), type(error).__name__)
