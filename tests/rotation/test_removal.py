"""Removal of keys from hosts and from the pin file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.errors import ConnectError, PinMismatchError, PolicyError
from pinsmith.pin import Pin
from pinsmith.pinfile import Edit
from pinsmith.policy import HostPins, Policy
from pinsmith.rotation.removal import remove, require_match, require_served_by_name
from tests.checks.sample import HOST, NOW, failed, fetched, key, policy

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority

SHARED, OLD = key("shared", str(Pin(bytes(range(32))))), key("old", str(Pin(bytes(range(1, 33)))))


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Open a pin file of two hosts that share a key."""
    pinned = Policy((HostPins(HOST, (SHARED, OLD)), HostPins("www.example.com", (SHARED,))))
    (tmp_path / "pins.toml").write_text(pinfile.write(pinned))
    return Edit.load(tmp_path / "pins.toml")


def test_a_key_that_no_host_uses_any_more_goes_too(edit: Edit) -> None:
    """An unused key is removed, and a key that another host uses is kept."""
    assert remove(edit, HOST) == ["old"]
    assert [pinned.name for pinned in edit.result().policy.keys] == ["shared"]


def test_a_key_of_one_host_is_removed(edit: Edit) -> None:
    """The host stays, with its other key."""
    assert remove(edit, HOST, "shared") == []
    assert edit.result().policy.hosts[0].keys == (OLD,)


def test_the_last_key_of_a_host_stays(edit: Edit) -> None:
    """A host without pins would accept every trusted certificate."""
    with pytest.raises(PolicyError, match=r"shared is the last key of www\.example\.com"):
        remove(edit, "www.example.com", "shared")


def test_a_key_stays_while_it_is_the_only_pinned_one_that_the_host_presents(intermediate: Authority) -> None:
    """Removal would lock clients out; and an address that could not be read may present this very key."""
    leaf = intermediate.issue(HOST)
    live = key("live", leaf.pin)
    require_match(policy(live), [fetched(leaf)], now=NOW)
    with pytest.raises(PinMismatchError, match="would no longer present a pinned key, so clients would refuse it"):
        require_match(policy(OLD), [fetched(leaf)], now=NOW)
    with pytest.raises(PinMismatchError):  # pins that have expired may be prolonged
        require_match(policy(OLD, expires=NOW.date()), [fetched(leaf)], now=NOW)
    with pytest.raises(ConnectError) as caught:
        require_match(policy(live), [fetched(leaf), failed()], now=NOW)
    assert (
        caught.value.hint
        == "it may present the key that would be removed; to remove it all the same, pass --offline or --force"
    )


def test_without_the_live_host_a_key_stays_if_only_standby_keys_are_left() -> None:
    """Without the live host, the last key that is not a standby key stays, because no server presents standby keys."""
    require_served_by_name(policy(OLD), HOST)
    with pytest.raises(PolicyError, match="only standby keys would be left"):
        require_served_by_name(policy(key("next", str(OLD.pin), standby=True)), HOST)
