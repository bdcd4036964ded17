"""Keys that the user passes as a pin or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith import pinfile
from pinsmith.errors import PolicyError
from pinsmith.pin import Pin
from pinsmith.pinfile import Edit
from pinsmith.rotation.backup import Backup
from pinsmith.rotation.given_key import add_keys, make_key
from tests.checks.sample import HOST, key, policy

if TYPE_CHECKING:
    from pathlib import Path

LIVE, NEXT = Pin(bytes(range(32))), Pin(bytes(range(1, 33)))
ISRG = Pin.parse("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=")


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Open a pin file with one host and one key."""
    (tmp_path / "pins.toml").write_text(pinfile.write(policy(key("live", str(LIVE)))))
    return Edit.load(tmp_path / "pins.toml")


def test_a_known_key_is_the_one_of_the_policy(edit: Edit) -> None:
    """A known key keeps its role; another name or another pin makes another key."""
    pinned = edit.result().policy
    assert make_key(pinned.keys, "live", Backup(LIVE), [HOST], standby=False) is pinned.keys[0]
    assert make_key(pinned.keys, "next", Backup(NEXT), [HOST], "leaf", standby=True).what == "standby leaf"


def test_the_key_of_a_known_authority_has_its_role() -> None:
    """The key gets the role of the known authority, unless the user passes one."""
    assert make_key((), "isrg", Backup(ISRG), [HOST], standby=False).role == "root"
    assert make_key((), "isrg", Backup(ISRG), [HOST], "intermediate", standby=False).role == "intermediate"


def test_keys_are_added_to_every_host_that_is_named(edit: Edit) -> None:
    """Keys are added to every host on the command line, in any spelling of the host."""
    add_keys(
        edit, ["API.example.com."], [make_key(edit.result().policy.keys, "next", Backup(NEXT), [HOST], standby=False)]
    )
    entry = edit.result().policy.entry_of(HOST)
    assert entry is not None
    assert [pinned.name for pinned in entry.keys] == ["live", "next"]


def test_a_host_that_nobody_pinned_is_refused(edit: Edit) -> None:
    """An unknown host must be enrolled, with a look at its server and with a backup."""
    with pytest.raises(PolicyError, match=r"has no host www\.example\.com") as caught:
        add_keys(edit, ["www.example.com"], [])
    assert caught.value.hint == "pin it first: `pinsmith add www.example.com`"


def test_a_name_that_another_pin_has_is_refused(edit: Edit) -> None:
    """A name that another pin has is refused, because a name means one key."""
    with pytest.raises(PolicyError, match="live"):
        add_keys(edit, [HOST], [make_key(edit.result().policy.keys, "live", Backup(NEXT), [HOST], standby=False)])


def test_a_pin_never_gets_a_second_name(edit: Edit) -> None:
    """Without a name the key that has the pin is meant; another name for it is refused."""
    pinned = edit.result().policy
    assert make_key(pinned.keys, None, Backup(LIVE), [HOST], standby=True) is pinned.keys[0]
    with pytest.raises(PolicyError, match="is already in the file, as the key live") as caught:
        make_key(pinned.keys, "other", Backup(LIVE), [HOST], standby=False)
    assert caught.value.hint == "pass --key live"


def test_a_key_without_a_name_is_named_after_its_certificate_or_its_host(edit: Edit) -> None:
    """A request or a private key has no name of its own."""
    pinned = edit.result().policy
    names = [
        make_key(pinned.keys, None, Backup(NEXT, "leaf", name="next-year"), [HOST], standby=False).name,
        make_key(pinned.keys, None, Backup(NEXT, "leaf"), [HOST], standby=False).name,
        make_key(pinned.keys, None, Backup(NEXT, "leaf"), [HOST], standby=True).name,
        make_key(pinned.keys, None, Backup(NEXT, "leaf", name="live"), [HOST], standby=True).name,
    ]
    assert names == ["next-year", "api-key", "api-standby", "live-2"]
