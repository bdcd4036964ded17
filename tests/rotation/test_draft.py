"""Drafts of hosts that are pinned once their pin file is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.errors import ConnectError, FileError, PinMismatchError
from pinsmith.pin import Pin
from pinsmith.pinfile import Edit
from pinsmith.policy import Key, Policy
from pinsmith.rotation import key_directory
from pinsmith.rotation.backup import Backup
from pinsmith.rotation.draft import draft
from pinsmith.rotation.sighting import LiveHost
from tests.checks.sample import HOST, failed, fetched, key, policy

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.errors import PinsmithError
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.rotation.key_directory import Stored
    from pinsmith.rotation.strategy import Strategy


def live(identity: Identity, host: str = HOST) -> LiveHost:
    """Describe a host that was contacted."""
    return LiveHost([fetched(identity, host)])


NOW = datetime(2026, 6, 15, tzinfo=UTC)
SPARE = Pin(bytes(range(32)))


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate."""
    return intermediate.issue(HOST)


@pytest.fixture(scope="module")
def other(intermediate: Authority) -> Identity:
    """Issue a certificate with another key."""
    return intermediate.issue(HOST)


@pytest.mark.parametrize("strategy", ["own-key", "private-ca", "intermediate"])
def test_hosts_with_the_same_keys_get_one_standby_key(
    strategy: Strategy, leaf: Identity, other: Identity, tmp_path: Path
) -> None:
    """Hosts with one certificate share a standby key, and a host with another one of the same authority does not."""
    found = [live(leaf, "a.example.com"), live(other, "b.example.com"), live(leaf, "c.example.com")]
    made = draft(Policy(), found, strategy)
    made.make_standby_keys("ec-p256", lambda: tmp_path / "keys", NOW)
    backups = [enrolment.entry.keys[1] for enrolment in made.enrolments]
    assert backups[0] == backups[2] != backups[1]
    assert [backup.standby for backup in backups] == [True] * 3
    assert made.stored.keys() == {backup.pin for backup in backups}
    made.discard(tmp_path / "pins.toml")
    assert not list((tmp_path / "keys").iterdir())


def test_no_standby_key_is_left_if_one_of_them_cannot_be_written(
    leaf: Identity, other: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed write no private key remains that is not in a pin file."""
    made = draft(Policy(), [live(leaf, "a.example.com"), live(other, "b.example.com")], "own-key")
    real = key_directory.store

    def store(standby: object, hosts: list[str], *rest: object) -> Stored:
        if hosts == ["b.example.com"]:
            raise FileError("the disk is full", path="b.key")
        return real(standby, hosts, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(key_directory, "store", store)
    with pytest.raises(FileError, match="full"):
        made.make_standby_keys("ec-p256", lambda: tmp_path, NOW)
    assert not list(tmp_path.iterdir())


def test_a_host_with_a_standby_key_gets_no_second_one(leaf: Identity, tmp_path: Path) -> None:
    """The same command twice makes one key, and a new host with the same certificate gets that one."""
    standby = Key("next", SPARE, "leaf", "EC P-256", standby=True)
    made = draft(policy(key("live", leaf.pin), standby), [live(leaf), live(leaf, "b.example.com")], "own-key")
    made.make_standby_keys("ec-p256", lambda: pytest.fail("no directory is needed"), NOW)
    assert (made.kept, made.stored) == ({HOST: standby}, {})
    assert made.enrolments[1].entry.keys[1] == standby
    assert not list(tmp_path.iterdir())


def test_a_standby_key_that_is_served_now_or_was_only_a_pin_gets_a_successor(leaf: Identity, tmp_path: Path) -> None:
    """A key that a server presents is not a backup, and the key of a bare pin may not exist."""
    for pinned in (
        Key("next", Pin.parse(leaf.pin), "leaf", "EC P-256", standby=True),
        Key("next", SPARE, standby=True),
    ):
        made = draft(policy(key("live", leaf.pin), pinned), [live(leaf)], "own-key")
        made.make_standby_keys("ec-p256", lambda: tmp_path, NOW)
        assert (made.kept, len(made.stored)) == ({}, 1)


def test_hosts_that_cannot_be_pinned_are_skipped_on_demand(leaf: Identity) -> None:
    """The others are pinned; without a way to skip, the first error ends it."""
    skipped: list[PinsmithError] = []
    hosts = [LiveHost([failed("a.example.com")]), live(leaf, "b.example.com")]
    made = draft(Policy(), hosts, "own-key", skip=skipped.append)
    assert [enrolment.entry.host for enrolment in made.enrolments] == ["b.example.com"]
    assert [type(error) for error in skipped] == [ConnectError]
    assert str(skipped[0]).startswith("a.example.com:443 ")
    with pytest.raises(ConnectError):
        draft(Policy(), hosts, "own-key")


def test_a_host_that_presents_no_pinned_key_is_not_pinned_unless_forced(leaf: Identity, other: Identity) -> None:
    """A host that presents no pinned key may be an attacker, so it is pinned only with force."""
    pinned = policy(key("live", leaf.pin))
    with pytest.raises(PinMismatchError):
        draft(pinned, [live(other)], "own-key")
    (enrolment,) = draft(pinned, [live(other)], "own-key", force=True).enrolments
    assert not enrolment.presents_key_of(pinned.hosts[0])
    assert enrolment.adds_served_key(pinned.hosts[0])


def test_a_new_file_can_be_read_and_an_old_one_stays(leaf: Identity, tmp_path: Path) -> None:
    """The file has the drafted content, and an existing file is not overwritten."""
    made = draft(Policy(), [live(leaf)], "own-key", [Backup(SPARE)])
    made.write_new(tmp_path / "pins.toml")
    assert pinfile.load(tmp_path / "pins.toml").hosts == (made.enrolments[0].entry,)
    with pytest.raises(FileError):
        made.write_new(tmp_path / "pins.toml")


def test_only_new_entries_are_put_into_a_file(leaf: Identity, other: Identity, tmp_path: Path) -> None:
    """Only new hosts and new keys of known hosts are added, and a second run changes nothing."""
    path = tmp_path / "pins.toml"
    path.write_text(pinfile.write(policy(key("live", leaf.pin), key("spare", str(SPARE), standby=True))))
    found = [LiveHost([fetched(leaf), fetched(other)]), live(other, "b.example.com")]
    for is_changed in (True, False):
        edit = Edit.load(path)
        before = edit.result().policy
        made = draft(before, found, "own-key")
        assert made.put_into(edit) is is_changed
        edit.save()
    after = pinfile.load(path)
    pins = {entry.host: {str(pinned.pin) for pinned in entry.keys} for entry in after}
    assert pins == {HOST: {leaf.pin, other.pin, str(SPARE)}, "b.example.com": {other.pin}}
