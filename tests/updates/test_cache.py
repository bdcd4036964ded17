"""The cache saves requests and remembers versions. It is never trusted, and a program works without it."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pinsmith import files
from pinsmith.errors import FileError, LockedError
from pinsmith.errors.updates import StaleUpdateError
from pinsmith.files import lock
from pinsmith.updates import received, state
from tests.updates.bundles import Team
from tests.updates.world import API, CDN, DAY, HOST, World, entry, pins, status

if TYPE_CHECKING:
    from pathlib import Path

NEXT = entry(HOST, "live", "standby", "next")
ROTATED = entry(HOST, "standby", "next")


def full(path: object, *_: object, **__: object) -> None:
    """Fail as a full disk does."""
    raise FileError(f"{path} cannot be written: the disk is full", path=str(path))


def test_only_the_owner_reads_the_cache(world: World) -> None:
    """Directories have the mode 0700 and files 0600, because they show what a program connects to."""
    world.updater().refresh()
    cache = world.path / "cache"
    modes = {path.is_dir(): stat.S_IMODE(path.lstat().st_mode) for path in (cache, *cache.rglob("*"))}
    assert modes == {True: 0o700, False: 0o600}


def test_a_deleted_cache_is_a_first_start(world: World) -> None:
    """The floor is in force, and the next refresh brings the newest policy."""
    world.update(NEXT, CDN)
    running = world.updater()
    running.refresh()
    subprocess.run([sys.executable, "-c", f"import shutil; shutil.rmtree({str(world.path / 'cache')!r})"], check=True)
    updater = world.updater()
    assert status(updater).source == "floor"
    for one in (updater, running):
        one.refresh()
        assert pins(one.policy) == {"live", "standby", "next"}
    assert (world.path / "cache" / "state.json").exists()


def test_a_program_that_runs_is_not_rolled_back_by_a_deleted_cache(world: World) -> None:
    """The policy in memory is newer than the one that the attacker shows."""
    old = {path.name: path.read_bytes() for path in world.directory.metadata.iterdir()}
    world.update(NEXT, CDN)
    updater = world.updater()
    updater.refresh()
    for path in (world.path / "cache").rglob("*"):
        if path.is_file():
            path.unlink()
    for name, content in old.items():
        world.mirror.gives(f"metadata/{name}", content)
    with pytest.raises(StaleUpdateError, match="version 1 of the policy, which is older"):
        updater.refresh()
    assert pins(updater.policy) == {"live", "standby", "next"}


@pytest.mark.parametrize("damage", [b"", b"\x00" * 50, b"[" * 100_000], ids=["empty", "zeros", "brackets"])
def test_a_damaged_cache_is_repaired(damage: bytes, world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Each file in turn: the floor or the good policy is in force, the log says so, and a refresh mends it."""
    world.update(NEXT, CDN)
    world.updater().refresh()
    cache = world.path / "cache"
    names = sorted(path.relative_to(cache) for path in cache.rglob("*") if path.is_file())
    assert [str(name) for name in names] == [
        "metadata/snapshot.json",
        "metadata/targets.json",
        "metadata/timestamp.json",
        "state.json",
    ]
    for name in names:
        before = (cache / name).read_bytes()
        (cache / name).write_bytes(damage)
        caplog.clear()
        updater = world.updater()
        assert pins(updater.policy) >= {"live", "standby"}
        updater.refresh()
        assert str(cache / name) in caplog.text
        assert pins(updater.policy) == {"live", "standby", "next"}
        assert len((cache / name).read_bytes()) == len(before)


def test_a_state_that_somebody_has_written_is_not_believed(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A policy with the digest of the file, but without the signatures of the owners, does not count."""
    thief = World(_made(world.path / "thief"), world.pki, team=Team())
    with thief.stack:
        thief.update(entry(HOST, "thief", "live"), CDN)
        thief.updater().refresh()
    world.updater().refresh()
    cache = world.path / "cache"
    (cache / "state.json").write_bytes((thief.path / "cache" / "state.json").read_bytes())
    updater = world.updater()
    assert status(updater).source == "floor"
    assert "is not signed by keys that the program trusts" in caplog.text
    updater.refresh()
    assert pins(updater.policy) == {"live", "standby"}


def _made(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("part", ["policy", "suspensions", "targets"])
def test_a_changed_part_of_the_state_is_noticed(part: str, world: World) -> None:
    """Another pin, a longer suspension or a later expiry in the file is not what was signed."""
    world.updater().refresh()
    path = world.path / "cache" / "state.json"
    found = state.read_state(path)
    assert found is not None
    assert found.current is not None
    parts = {name: getattr(found.current, name) for name in ("policy", "suspensions", "targets")}
    parts[part] = parts[part].replace("20", "21") if part == "targets" else parts[part] + " "
    state.write_state(path, state.State(current=state.Kept(**parts)))
    assert status(world.updater()).source == "floor"


def test_a_full_disk_does_not_stop_an_update(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts in memory, nothing older is accepted then, and the fault is visible until the disk has room."""
    old = {path.name: path.read_bytes() for path in world.directory.metadata.iterdir()}
    world.update(NEXT, CDN)
    updater = world.updater()
    with monkeypatch.context() as patch:
        patch.setattr(files, "write_atomically", full)
        updater.refresh()
        assert pins(updater.policy) == {"live", "standby", "next"}
        assert status(updater).error is None
        assert "the disk is full" in (status(updater).disk_error or "")
        for name, content in old.items():
            world.mirror.gives(f"metadata/{name}", content)
        with pytest.raises(StaleUpdateError):
            updater.refresh()
        world.mirror.answers.clear()
    updater.refresh()
    assert status(updater).disk_error is None
    assert pins(world.updater().policy) == {"live", "standby", "next"}


def test_a_full_disk_does_not_forget_what_was_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Freshness that is older than the one in memory is refused, although the policy is the same."""
    updater = world.updater()
    old = (world.directory.metadata / "timestamp.json").read_bytes()
    world.renew()
    monkeypatch.setattr(files, "write_atomically", full)
    updater.refresh()
    world.mirror.gives("metadata/timestamp.json", old)
    with pytest.raises(StaleUpdateError):
        updater.refresh()


def test_a_disk_that_takes_no_lock_does_not_stop_an_update(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk has no room for the file of the lock either."""

    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(lock, "_open", refuse)
    updater = world.updater()
    updater.refresh()
    assert status(updater).source == "update"


def test_two_programs_share_a_cache(world: World) -> None:
    """Refreshes at the same time wait for each other, and both have the newest policy."""
    world.update(NEXT, CDN)
    updaters = [world.updater() for _ in range(4)]
    failed: list[BaseException] = []

    def refresh(number: int) -> None:
        try:
            updaters[number].refresh()
        except BaseException as error:  # noqa: BLE001 - shown below
            failed.append(error)

    threads = [threading.Thread(target=refresh, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert [pins(one.policy) for one in updaters] == [{"live", "standby", "next"}] * 4
    policies = [one.path for one in world.mirror.site.requests if one.path.endswith("policy.json")]
    assert len(policies) == 1  # the others took it from the cache


def test_a_removal_counts_from_the_first_program_that_has_seen_it(world: World) -> None:
    """A program that comes later takes the time from the cache."""
    late = world.updater()
    world.update(ROTATED, CDN)
    world.updater().refresh()
    world.time.elapse(6 * DAY)
    world.renew()
    late.refresh()
    assert {one.key: one.due - world.time.system for one in status(late).removals} == {"live": DAY}
    world.time.elapse(DAY)
    assert pins(late.policy) == pins(world.updater().policy) == {"standby", "next"}


def test_a_cache_that_another_program_holds_is_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The policy stays, and the status names the holder."""
    monkeypatch.setattr(received, "LOCK_SECONDS", 0.0)
    world.updater().refresh()
    updater = world.updater()
    holds, ends = threading.Event(), threading.Event()

    def hold() -> None:
        with lock.held(world.path / "cache" / "state.json"):
            holds.set()
            ends.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert holds.wait(30)
        with pytest.raises(LockedError):
            updater.refresh()
    finally:
        ends.set()
        thread.join()
    assert status(updater).error_code == "locked"
    assert status(updater).version == 1


def test_an_old_policy_does_not_hold_back_its_successor_after_it_has_expired(world: World) -> None:
    """A program that was off for a year is refused everywhere, and takes a policy that shares no pin with its own."""
    updater = world.updater()
    updater.refresh()
    world.time.elapse(91 * DAY)
    assert status(updater).expired
    found = updater.policy.find(HOST)
    assert found is not None
    assert [one.name.partition(" on ")[0] for one in found.keys] == ["expired"]
    for names in (("standby", "next"), ("next", "later")):
        world.update(entry(HOST, *names), CDN)
    updater.refresh()
    assert not status(updater).expired
    assert pins(updater.policy) == {"next", "later"}
    assert pins(world.updater().policy) == {"next", "later"}


def test_the_signed_policy_outlives_its_freshness(world: World) -> None:
    """Without a fresh timestamp nothing in force changes, and the status says what is wrong."""
    updater = world.updater()
    updater.refresh()
    world.time.elapse(30 * DAY)
    for one in (updater, world.updater()):
        with pytest.raises(StaleUpdateError):
            one.refresh()
        assert status(one).error_code == "stale-update"
        assert status(one).source == "update"
        assert not status(one).expired
        assert pins(one.policy) == {"live", "standby"}


def test_names_and_sizes_are_bounded() -> None:
    """Python-tuf's client has the private parts that ours overrides."""
    from tuf.ngclient import Updater

    for name in ("_load_local_metadata", "_persist_metadata", "_persist_root", "_update_root_symlink"):
        assert callable(getattr(Updater, name))
    assert API.host == HOST
