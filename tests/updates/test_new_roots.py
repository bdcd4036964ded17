"""A program follows the keys of the owners, and a change of keys takes nothing from what was in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors.updates import InvalidUpdateError
from tests.updates.bundles import make
from tests.updates.world import API, CDN, HOST, World, entry, pins, status

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

NEXT = entry(HOST, "live", "standby", "next")


def change_people(world: World, **people: CryptoSigner) -> None:
    """Publish a root with other offline keys, signed by two people of before and by two of now."""
    root = world.directory.root()
    assert root is not None
    for role in ("root", "targets"):
        for keyid in list(root.signed.roles[role].keyids):
            root.signed.revoke_key(keyid, role)
        for signer in people.values():
            root.signed.add_key(signer.public_key, role)
    root.signed.version += 1
    root.signatures.clear()
    for signer in (world.team.offline["ada"], world.team.offline["bo"], *people.values()):
        root.sign(signer, append=True)
    (world.directory.metadata / f"{root.signed.version}.root.json").write_bytes(root.to_bytes())
    world.team.offline = people


def test_other_people_can_sign_after_a_new_root(world: World) -> None:
    """The first root leads to the newest, over several versions, and nobody else can sign any more."""
    updater = world.updater()
    updater.refresh()
    change_people(world, ada=make("ada"), bo=make("bo"))
    change_people(world, dee=make("dee"), eve=make("eve"))
    world.update(NEXT, CDN, signers=("dee", "eve"))
    for one in (updater, world.updater()):
        one.refresh()
        assert pins(one.policy) == {"live", "standby", "next"}
    assert pins(world.updater().policy) == {"live", "standby", "next"}


def test_the_policy_stays_until_the_new_people_have_signed(world: World) -> None:
    """A policy that the people of before have signed is in force over a restart, although it would be refused now."""
    world.update(NEXT, CDN)
    updater = world.updater()
    updater.refresh()
    change_people(world, dee=make("dee"), eve=make("eve"))
    (world.path / "cache" / "metadata" / "targets.json").unlink()
    with pytest.raises(InvalidUpdateError, match="signed by 0/2 keys"):
        updater.refresh()
    assert pins(updater.policy) == pins(world.updater().policy) == {"live", "standby", "next"}


def test_a_policy_of_thieves_does_not_hold_back_that_of_the_owners(world: World) -> None:
    """If two keys were stolen, the owners need not keep a pin of the thieves: the floor is compared instead."""
    world.update(entry(HOST, "live", "thief"), CDN)
    updater = world.updater()
    updater.refresh()
    world.update(entry(HOST, "thief", "thief-standby"), CDN)
    updater.refresh()
    assert pins(updater.policy) == {"live", "standby", "thief", "thief-standby"}  # the floor counts for the delay
    change_people(world, dee=make("dee"), eve=make("eve"))
    world.update(API, CDN, compromised=("thief", "thief-standby"), signers=("dee", "eve"))
    updater.refresh()
    assert pins(updater.policy) == {"live", "standby"}
    assert status(updater).removals == ()


def test_a_new_root_in_the_cache_is_verified(world: World) -> None:
    """A root in the cache that two people have not signed is not followed."""
    updater = world.updater()
    updater.refresh()
    thief = {"dee": make("dee"), "eve": make("eve")}
    people = world.team.offline
    world.team.offline = {"ada": make("ada"), "bo": make("bo")}  # not those of the program
    change_people(world, **thief)
    stolen = (world.directory.metadata / "2.root.json").read_bytes()
    history = world.path / "cache" / "metadata" / "root_history"
    history.mkdir()
    (history / "2.root.json").write_bytes(stolen)
    (world.directory.metadata / "2.root.json").unlink()
    world.team.offline = people
    assert [root.version for root in world.updater()._received._shelf.roots()] == [1]
    world.update(NEXT, CDN)
    updater.refresh()
    assert pins(updater.policy) == {"live", "standby", "next"}
