"""Somebody who can write into the cache, or who has the online key, neither crashes a program nor stops its updates."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from tuf.api.metadata import Metadata

from pinsmith.errors.updates import BundleError, RefusedUpdateError, StaleUpdateError
from pinsmith.policy import Policy
from pinsmith.updates import Updater, received
from pinsmith.updates.directory import SERIALIZER
from pinsmith.updates.publication import sign_as_fresh
from pinsmith.updates.state import Replaced, State, read_state, write_state
from tests.updates.world import API, CDN, DAY, HOST, NOW, World, entry, pins, status

if TYPE_CHECKING:
    from pathlib import Path

ROTATED = entry(HOST, "standby", "next")
LAST = dt.datetime.max.replace(tzinfo=dt.UTC)
BEFORE_ALL = dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=14)))


def kept(world: World) -> tuple[Path, State]:
    """Read the state of the program."""
    path = world.path / "cache" / "state.json"
    state = read_state(path)
    assert state is not None
    return path, state


@pytest.mark.parametrize("moment", [LAST, NOW + 3650 * DAY], ids=["the last moment", "in ten years"])
def test_a_removed_pin_does_not_come_back(moment: dt.datetime, world: World) -> None:
    """A removal in the future ends at most a delay from now, and a time that cannot be added to crashes nothing."""
    updater = world.updater()
    updater.refresh()
    world.update(ROTATED, CDN)
    updater.refresh()
    path, state = kept(world)
    write_state(path, State(current=state.current, former=(Replaced(moment, state.former[0].kept),)))
    again = world.updater()
    assert pins(again.policy) == {"standby", "next", "live"}
    world.time.elapse(7 * DAY)
    assert pins(again.policy) == {"standby", "next"}


@pytest.mark.parametrize("has_policy", [True, False], ids=["with a policy", "without a policy"])
@pytest.mark.parametrize("moment", [LAST, NOW + 3650 * DAY], ids=["the last moment", "in ten years"])
def test_a_time_in_the_future_ends_with_the_signed_policy(moment: dt.datetime, has_policy: bool, world: World) -> None:  # noqa: FBT001
    """It is not signed, so it cannot stop updates for longer than the policy would have been valid."""
    world.updater().refresh()
    path, state = kept(world)
    write_state(path, State(current=state.current if has_policy else None, proven=moment))
    world.time.elapse(91 * DAY)
    world.update(API, CDN)
    updater = world.updater()
    updater.refresh()
    assert not status(updater).expired
    assert status(updater).error is None


def test_a_time_that_utc_does_not_have_crashes_nothing(world: World) -> None:
    """Its offset leads before the first year, so the cache is not used."""
    world.updater().refresh()
    path, state = kept(world)
    write_state(path, State(current=state.current, proven=BEFORE_ALL))
    assert status(world.updater()).source == "floor"
    write_state(path, State(current=state.current, former=(Replaced(BEFORE_ALL),)))
    updater = world.updater()
    updater.refresh()
    assert status(updater).removals == ()


def test_a_cache_whose_place_cannot_be_looked_at_stops_no_program(world: World) -> None:
    """The floor is in force, and updates are kept in memory."""
    place = world.path / ("x" * 300)
    updater = Updater(
        floor=world.path / "pins.toml", cache=place, cafile=world.path / "roots.pem", clock=world.time.now
    )
    world.stack.callback(updater.close)
    assert status(updater).source == "floor"
    updater.refresh()
    assert status(updater).source == "update"
    assert "too long" in (status(updater).disk_error or "")


def test_two_policies_of_one_version_do_not_replace_each_other(world: World) -> None:
    """
    Two people have signed both, and only one was published.

    The thief of the online key cannot bring in the other one.
    """
    path = world.directory.proposed / "targets.json"
    world.team.propose(world.directory, Policy((entry(HOST, "live", "mistaken"), CDN, world.own)))
    world.team.sign(world.directory)
    other = world.directory.proposed_targets()
    assert other is not None
    files = [(world.directory.proposed / info.path, info) for info in other.signed.targets.values()]
    contents = {world.directory.published_target(info): place.read_bytes() for place, info in files}
    path.unlink()
    world.update(entry(HOST, "live", "standby", "next"), CDN)
    updater = world.updater()
    updater.refresh()
    for place, content in contents.items():
        place.write_bytes(content)
    (world.directory.metadata / "2.targets.json").write_bytes(other.to_bytes(SERIALIZER))
    sign_as_fresh(world.directory, world.team.online, other, NOW + 7 * DAY)
    with pytest.raises(StaleUpdateError, match="another one of the same version"):
        updater.refresh()
    assert pins(updater.policy) == {"live", "standby", "next"}


def test_another_signature_is_no_other_policy(world: World) -> None:
    """A third person may sign what is published already."""
    updater = world.updater()
    updater.refresh()
    targets = world.directory.targets_metadata()
    assert targets is not None
    targets.sign(world.team.offline["cy"], append=True)
    (world.directory.metadata / "1.targets.json").write_bytes(targets.to_bytes(SERIALIZER))
    sign_as_fresh(world.directory, world.team.online, Metadata.from_bytes(targets.to_bytes(SERIALIZER)), NOW + 7 * DAY)
    updater.refresh()
    assert status(updater).error is None
    assert status(updater).version == 1


def test_a_policy_is_not_valid_for_many_years(world: World) -> None:
    """A program refuses it, although enough people have signed it."""
    world.team.propose(world.directory, Policy((entry(HOST, "live", "next"), CDN, world.own)))
    metadata = world.directory.proposed_targets()
    assert metadata is not None
    metadata.signed.expires = NOW + 3650 * DAY
    for name in ("ada", "bo"):
        metadata.sign(world.team.offline[name], append=True)
    (world.directory.metadata / "2.targets.json").write_bytes(metadata.to_bytes(SERIALIZER))
    for info in metadata.signed.targets.values():
        world.directory.published_target(info).write_bytes(world.directory.proposed_target(info))
    sign_as_fresh(world.directory, world.team.online, metadata, NOW + 7 * DAY)
    updater = world.updater()
    with pytest.raises(RefusedUpdateError) as caught:
        updater.refresh()
    assert [one.code for one in caught.value.refusals] == ["far-expiry"]
    assert status(updater).source == "floor"


def test_a_newer_release_looks_again_at_what_an_older_one_has_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint says to install a newer release, so that one must not repeat the refusal from the cache."""
    world.update(API, CDN)
    with monkeypatch.context() as patch:
        patch.setattr(received, "read", _unreadable)
        with pytest.raises(RefusedUpdateError, match="unreadable-content"):
            world.updater().refresh()
    monkeypatch.setattr(received, "__version__", "99.0")
    updater = world.updater()
    updater.refresh()
    assert status(updater).version == 2


def _unreadable(_: object) -> None:
    raise BundleError("the signed policy is of a later version")
