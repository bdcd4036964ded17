"""A wrong clock neither extends what has an end nor does lasting harm."""

from __future__ import annotations

import datetime as dt

import pytest

from pinsmith.errors.updates import RefusedUpdateError, StaleUpdateError
from pinsmith.updates.clock import Clock
from pinsmith.updates.suspension import Suspension
from tests.updates.world import API, CDN, DAY, HOST, NOW, Time, World, entry, pins, status

YEAR = 365 * DAY
SUSPENSION = Suspension(HOST, NOW, NOW + 3 * DAY, "the standby key is lost")


def test_the_lower_bound_grows_with_the_monotonic_clock() -> None:
    """It counts only if the system's clock is behind, and an earlier proof does not lower it."""
    time = Time()
    clock = Clock(time.now, time.monotonic)
    assert (clock.now(), clock.proven()) == (NOW, None)
    clock.prove(NOW)
    time.elapse(DAY)
    time.system -= YEAR
    assert clock.now() == clock.proven() == NOW + DAY
    clock.prove(NOW)
    assert clock.now() == NOW + DAY
    time.system = NOW + 5 * DAY
    assert (clock.now(), clock.proven()) == (NOW + 5 * DAY, NOW + DAY)


def test_a_clock_that_is_set_back_extends_nothing(world: World) -> None:
    """A suspension ends, a removed pin is refused, and the policy expires as if the clock were right."""
    world.update(entry(HOST, "live", "next"), CDN, suspensions=(SUSPENSION,), days=30)
    updater = world.updater()
    updater.refresh()
    assert pins(updater.policy) == {"live", "next", "standby"}
    world.time.elapse(DAY)
    world.time.system -= YEAR
    assert status(updater).suspensions == (SUSPENSION,)
    world.time.elapse(2 * DAY)
    assert status(updater).suspensions == ()
    world.time.elapse(4 * DAY)
    assert pins(updater.policy) == {"live", "next"}
    world.time.elapse(23 * DAY)
    assert status(updater).expired


def test_the_lower_bound_is_kept_over_a_restart(world: World) -> None:
    """Set back between two starts, the clock stands still at the last attempt; it does not go back."""
    world.update(API, CDN, suspensions=(SUSPENSION,))
    updater = world.updater()
    updater.refresh()
    world.time.elapse(2 * DAY)
    world.time.system -= YEAR
    updater.refresh()
    world.time.seconds = 0.0
    again = world.updater()
    assert again._clock.now() == NOW + 2 * DAY
    world.time.elapse(DAY)
    assert status(again).suspensions == ()


def test_a_clock_that_is_set_back_does_not_begin_a_removal_again(world: World) -> None:
    """The delay counts from the first time, also if the removal is seen again with another clock."""
    world.update(entry(HOST, "live", "next"), CDN)
    world.updater().refresh()
    world.time.elapse(6 * DAY)
    world.update(entry(HOST, "live", "next"), CDN)
    world.time.system -= YEAR
    updater = world.updater()
    updater.refresh()
    assert status(updater).version == 3
    assert [one.due for one in status(updater).removals] == [NOW + 7 * DAY]


def test_a_removal_that_is_seen_with_a_clock_set_back_has_its_whole_delay(world: World) -> None:
    """It counts from the trusted time, so the old key is neither refused too early nor accepted too long."""
    updater = world.updater()
    updater.refresh()
    world.update(entry(HOST, "live", "next"), CDN)
    world.time.system -= YEAR
    updater.refresh()
    assert [one.due for one in status(updater).removals] == [NOW + 7 * DAY]


def test_a_clock_far_ahead_does_no_lasting_harm(world: World) -> None:
    """Everything looks expired, and is as before when the clock is right again, also over a restart."""
    world.update(API, CDN, suspensions=(SUSPENSION,))
    updater = world.updater()
    updater.refresh()
    world.time.system += 10 * YEAR
    assert status(updater).expired
    with pytest.raises(StaleUpdateError, match="shows an old state"):
        updater.refresh()
    assert status(world.updater()).expired
    world.time.system -= 10 * YEAR
    for one in (updater, world.updater()):
        assert not status(one).expired
        assert status(one).suspensions == (SUSPENSION,)
        one.refresh()
        assert status(one).error is None


def test_a_clock_of_the_past_is_corrected_by_what_was_signed(world: World) -> None:
    """A device without a battery begins in 1970; a suspension proves a later time, so it is in force and has an end."""
    world.update(API, CDN, suspensions=(SUSPENSION,))
    world.time.system = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    updater = world.updater()
    updater.refresh()
    assert status(updater).suspensions == (SUSPENSION,)
    assert updater._clock.now() == NOW
    world.time.elapse(3 * DAY)
    assert status(updater).suspensions == ()


def test_a_refusal_because_of_the_time_is_not_remembered(world: World) -> None:
    """The same version may be fine when the clock is right, so it is looked at again."""
    updater = world.updater()
    world.update(API, CDN, entry("new.example.test", "a", "b", expires=(NOW + 5 * DAY).date()))
    world.time.system += 6 * DAY
    for _ in range(2):
        with pytest.raises(RefusedUpdateError) as caught:
            updater.refresh()
        assert [one.code for one in caught.value.refusals] == ["ended-pins"]
    policies = [one.path for one in world.mirror.site.requests if one.path.endswith("policy.json")]
    assert len(policies) == 2
