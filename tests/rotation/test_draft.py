"""Drafts of hosts that are pinned once their pin file is written."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.errors import FileError, PinMismatchError, UsageError
from pinsmith.pin import Pin
from pinsmith.pinfile import Edit
from pinsmith.policy import Key, Policy
from pinsmith.rotation import key_directory
from pinsmith.rotation.backup import Backup
from pinsmith.rotation.draft import draft
from tests.checks.sample import HOST, fetched, key, policy

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.rotation.key_directory import Stored

DAY = date(2026, 6, 15)
SPARE = Pin(bytes(range(32)))


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate."""
    return intermediate.issue(HOST)


@pytest.fixture(scope="module")
def other(intermediate: Authority) -> Identity:
    """Issue a certificate with another key."""
    return intermediate.issue(HOST)


def test_hosts_with_the_same_keys_get_one_standby_key(leaf: Identity, other: Identity, tmp_path: Path) -> None:
    """Hosts with one certificate share a standby key, and a host with another certificate gets its own."""
    found = [[fetched(leaf, "a.example.com")], [fetched(other, "b.example.com")], [fetched(leaf, "c.example.com")]]
    made = draft(Policy(), found, "own-key")
    made.make_standby_keys("ec-p256", tmp_path / "keys", DAY)
    backups = [enrolment.entry.keys[1] for enrolment in made.enrolments]
    assert backups[0] == backups[2] != backups[1]
    assert [backup.standby for backup in backups] == [True] * 3
    assert made.stored.keys() == {backup.pin for backup in backups}
    made.discard()
    assert not list((tmp_path / "keys").iterdir())


def test_no_standby_key_is_left_if_one_of_them_cannot_be_written(
    leaf: Identity, other: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failed write no private key remains that is not in a pin file."""
    made = draft(Policy(), [[fetched(leaf, "a.example.com")], [fetched(other, "b.example.com")]], "own-key")
    real = key_directory.store

    def store(standby: object, hosts: list[str], *rest: object) -> Stored:
        if hosts == ["b.example.com"]:
            raise FileError("the disk is full", path="b.key")
        return real(standby, hosts, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(key_directory, "store", store)
    with pytest.raises(FileError, match="full"):
        made.make_standby_keys("ec-p256", tmp_path, DAY)
    assert not list(tmp_path.iterdir())


def test_a_host_with_a_standby_key_gets_no_second_one(leaf: Identity) -> None:
    """The same command, run twice, does not make a second standby key."""
    pinned = policy(key("live", leaf.pin), Key("next", SPARE, "leaf", "EC P-256", standby=True))
    with pytest.raises(UsageError, match="already has the standby key next"):
        draft(pinned, [[fetched(leaf)]], "own-key", needs_standby_key=True)
    assert draft(pinned, [[fetched(leaf)]], "own-key").enrolments[0].entry.host == HOST


def test_a_host_that_presents_no_pinned_key_is_not_pinned_unless_forced(leaf: Identity, other: Identity) -> None:
    """A host that presents no pinned key may be an attacker, so it is pinned only with force."""
    pinned = policy(key("live", leaf.pin))
    with pytest.raises(PinMismatchError):
        draft(pinned, [[fetched(other)]], "own-key")
    (enrolment,) = draft(pinned, [[fetched(other)]], "own-key", force=True).enrolments
    assert not enrolment.presents_key_of(pinned.hosts[0])
    assert enrolment.adds_served_key(pinned.hosts[0])


def test_a_new_file_can_be_read_and_an_old_one_stays(leaf: Identity, tmp_path: Path) -> None:
    """The file has the drafted content, and an existing file is not overwritten."""
    made = draft(Policy(), [[fetched(leaf)]], "own-key", [Backup(SPARE)])
    made.write_new(tmp_path / "pins.toml")
    assert pinfile.load(tmp_path / "pins.toml").hosts == (made.enrolments[0].entry,)
    with pytest.raises(FileError):
        made.write_new(tmp_path / "pins.toml")


def test_only_new_entries_are_put_into_a_file(leaf: Identity, other: Identity, tmp_path: Path) -> None:
    """Only new hosts and new keys of known hosts are added, and a second run changes nothing."""
    path = tmp_path / "pins.toml"
    path.write_text(pinfile.write(policy(key("live", leaf.pin), key("spare", str(SPARE), standby=True))))
    found = [[fetched(leaf), fetched(other)], [fetched(other, "b.example.com")]]
    for is_changed in (True, False):
        edit = Edit.load(path)
        before = edit.result().policy
        made = draft(before, found, "own-key")
        assert made.put_into(edit) is is_changed
        edit.save()
    after = pinfile.load(path)
    pins = {entry.host: {str(pinned.pin) for pinned in entry.keys} for entry in after}
    assert pins == {HOST: {leaf.pin, other.pin, str(SPARE)}, "b.example.com": {other.pin}}
