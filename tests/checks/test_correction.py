"""Corrections of keys in a pin file that live chains prove."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.checks.correction import Correction, correct, corrections, shown_roles
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.pinfile import Edit, write
from tests.checks.sample import HOST, failed, fetched, key, policy

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.pki.authority import Authority

SPARE = Identity.self_signed("spare.example.com").pin


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate."""
    return intermediate.issue(HOST)


def test_the_place_in_a_verified_chain_is_the_role(leaf: Identity, intermediate: Authority, root: Authority) -> None:
    """Leaf, intermediate and trust anchor get their roles from the chain, and a key in no chain stays unknown."""
    keys = (
        key("live", leaf.pin, "unknown"),
        key("middle", intermediate.pin, "unknown"),
        key("top", root.pin, "unknown"),
        key("spare", SPARE, "unknown"),
    )
    assert [(wrong.name, wrong.role) for wrong in corrections(policy(*keys), [failed(), fetched(leaf)])] == [
        ("live", "leaf"),
        ("middle", "intermediate"),
        ("top", "root"),
    ]
    assert shown_roles(policy(*keys), [fetched(leaf)]) == {
        Pin.parse(leaf.pin): "leaf",
        Pin.parse(intermediate.pin): "intermediate",
        Pin.parse(root.pin): "root",
    }


def test_a_chain_that_does_not_verify_shows_nothing(leaf: Identity) -> None:
    """A chain that does not verify proves no role, because a server can send any certificate in any place."""
    assert corrections(policy(key("live", leaf.pin, "unknown")), [fetched(leaf, trusted=False)]) == []


def test_with_pins_only_the_presented_leaf_shows_its_role() -> None:
    """The handshake proves the key of the leaf, although nobody vouches for it."""
    own = Identity.self_signed(HOST)
    pinned = policy(key("live", own.pin, "unknown"), trust="pins-only")
    assert shown_roles(pinned, [fetched(own, trusted=False)]) == {Pin.parse(own.pin): "leaf"}


def test_a_standby_key_that_is_presented_is_in_service(leaf: Identity) -> None:
    """The role of a standby key in service was right, so only its standby mark is removed."""
    pinned = policy(key("next", leaf.pin, standby=True))
    assert corrections(pinned, [fetched(leaf)]) == [Correction("next", None, in_service=True)]
    assert shown_roles(pinned, [fetched(leaf)]) == {}


def test_the_file_is_changed_where_it_is_wrong(leaf: Identity, root: Authority, tmp_path: Path) -> None:
    """The corrected file agrees with what the host presents."""
    pinned = policy(key("next", leaf.pin, standby=True), key("top", root.pin, "unknown"))
    (tmp_path / "pins.toml").write_text(write(pinned))
    edit = Edit.load(tmp_path / "pins.toml")
    assert [str(made) for made in correct(edit, [fetched(leaf)])] == [
        "next: no longer a standby key",
        "top: role = root",
    ]
    assert [key.what for key in edit.result().policy.keys] == ["leaf", "root"]
