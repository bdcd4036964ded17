"""The log of each client names suspensions: when they begin, once a day, and when they end."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pinsmith.updates.suspension import Suspension
from tests.updates.world import API, CDN, DAY, HOST, NOW, World, status

if TYPE_CHECKING:
    import pytest

SUSPENSION = Suspension(HOST, NOW, NOW + 3 * DAY, "the standby key is lost")
HOUR = dt.timedelta(hours=1)


def test_a_suspension_is_logged_each_day(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """With its end and its reason, and not more often."""
    world.update(API, CDN, suspensions=(SUSPENSION,))
    updater = world.updater()
    updater.refresh()
    line = (
        f"the pins of {HOST} are suspended until {NOW + 3 * DAY:%Y-%m-%d %H:%M} UTC, and mismatches are only reported: "
        "the standby key is lost"
    )
    assert caplog.messages[-1] == line
    for _ in range(71):
        world.time.elapse(HOUR)
        updater._turn()
    assert caplog.messages.count(line) == 3
    world.time.elapse(HOUR)
    updater._turn()
    assert caplog.messages[-1] == f"the pins of {HOST} are enforced again, because their suspension has ended"
    assert {record.name for record in caplog.records} == {"pinsmith.updates"}


def test_a_suspension_that_is_taken_back_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A later bundle without it ends it at once."""
    world.update(API, CDN, suspensions=(SUSPENSION,))
    updater = world.updater()
    updater.refresh()
    world.update(API, CDN)
    updater.refresh()
    assert caplog.messages[-1] == f"the pins of {HOST} are enforced again, because their suspension has ended"
    assert status(updater).suspensions == ()


def test_an_expired_policy_is_logged_each_day(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """An operator who has forgotten to sign it again finds it in every log."""
    updater = world.updater()
    updater.refresh()
    world.time.elapse(90 * DAY)
    for _ in range(48):
        updater._turn()
        world.time.elapse(HOUR)
    assert caplog.messages.count("the signed policy has expired, and no newer one was found") == 2
