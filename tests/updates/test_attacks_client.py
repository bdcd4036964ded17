"""No attack changes a pin in force or extends a suspension. Each one has its code, and breaks one thing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tuf.api.metadata import Metadata, MetaFile, Snapshot, Timestamp

from pinsmith.errors import PinsmithError
from pinsmith.errors.updates import RefusedUpdateError
from pinsmith.lab.servers.site import Answer, redirect
from pinsmith.policy import Policy
from pinsmith.updates.proposal import propose_targets
from pinsmith.updates.suspension import POLICY, SUSPENSIONS, Suspension, write_suspensions
from tests.updates.bundles import make, policy_json
from tests.updates.world import API, CDN, DAY, HOST, NOW, UPDATES, Mirror, World, entry, pins, status

if TYPE_CHECKING:
    from collections.abc import Callable

    from securesystemslib.signer import CryptoSigner

    Attack = Callable[["Case"], None]

NEXT = entry(HOST, "live", "standby", "next")
SUSPENSION = Suspension(HOST, NOW, NOW + 10 * DAY, "the standby key is lost")
LONGER = Suspension(HOST, NOW, NOW + 29 * DAY, "the standby key is lost")


@dataclass
class Case:
    """A bundle whose version 3 is published, and a client that has accepted version 2."""

    world: World

    @property
    def mirror(self) -> Mirror:
        """The web host, which the attacker controls."""
        return self.world.mirror

    def metadata(self, name: str) -> bytes:
        """Return published metadata."""
        return (self.world.directory.metadata / name).read_bytes()

    def truncate(self, pattern: str) -> None:
        """Cut files off in the middle."""
        for path in self.world.directory.path.glob(pattern):
            content = path.read_bytes()
            self.mirror.gives(str(path.relative_to(self.world.directory.path)), content[: len(content) // 2])

    def stamp(
        self, *, online: CryptoSigner | None = None, version: int = 9, snapshot: int = 9, targets: int = 3
    ) -> None:
        """Sign freshness as a thief of the online key, with these versions."""
        signer, expires = online or self.world.team.online, self.world.time.system + 7 * DAY
        info = MetaFile.from_data(targets, self.metadata(f"{targets}.targets.json"), ["sha256"])
        made = Metadata(Snapshot(version=snapshot, expires=expires, meta={"targets.json": info}))
        made.sign(signer)
        self.mirror.gives(f"metadata/{snapshot}.snapshot.json", made.to_bytes())
        stamp = Metadata(
            Timestamp(
                version=version,
                expires=expires,
                snapshot_meta=MetaFile.from_data(snapshot, made.to_bytes(), ["sha256"]),
            )
        )
        stamp.sign(signer)
        self.mirror.gives("metadata/timestamp.json", stamp.to_bytes())

    def sign_alone(self, *suspensions: Suspension) -> None:
        """Publish a policy as a thief of one offline key, of the online key and of the web host."""
        world = self.world
        world.team.propose(world.directory, Policy((entry(HOST, "thief", "live"), CDN, world.own)), *suspensions)
        world.team.sign(world.directory, "ada")
        signed = world.directory.proposed_targets()
        assert signed is not None
        (world.directory.metadata / "4.targets.json").write_bytes(signed.to_bytes())
        self.stamp(targets=4)

    def sign_content(self, policy: bytes, suspensions: bytes = write_suspensions(())) -> None:
        """Publish these files, signed by enough people."""
        world = self.world
        propose_targets(world.directory, {POLICY: policy, SUSPENSIONS: suspensions}, now=world.time.system)
        world.team.sign(world.directory)
        world.renew()

    def replace_target(self, name: str, content: bytes) -> None:
        """Put a file in the place of a signed one."""
        targets = self.world.directory.targets_metadata()
        assert targets is not None
        path = self.world.directory.published_target(targets.signed.targets[name])
        self.mirror.gives(f"targets/{path.name}", content)


def _later_version(case: Case) -> None:
    document = json.loads(policy_json(Policy((NEXT, CDN, case.world.own))))
    case.sign_content(json.dumps({**document, "version": 2}).encode())


def _no_target(case: Case) -> None:
    targets = case.world.directory.targets_metadata()
    assert targets is not None
    for name in (POLICY, SUSPENSIONS):
        path = case.world.directory.published_target(targets.signed.targets[name])
        case.mirror.gives(f"targets/{path.name}", b"", 404)


def _freeze(case: Case) -> None:
    case.mirror.gives("metadata/timestamp.json", case.metadata("timestamp.json"))
    case.world.time.elapse(8 * DAY)


ATTACKS: dict[str, tuple[Attack, str]] = {
    "an old snapshot under a new timestamp": (lambda case: case.stamp(snapshot=1), "stale-update"),
    "old targets under a new snapshot": (lambda case: case.stamp(targets=1), "stale-update"),
    "the snapshot of before in the place of the new one": (
        lambda case: case.mirror.gives("metadata/3.snapshot.json", case.metadata("2.snapshot.json")),
        "invalid-update",
    ),
    "the targets of before in the place of the new ones": (
        lambda case: case.mirror.gives("metadata/3.targets.json", case.metadata("2.targets.json")),
        "invalid-update",
    ),
    "a freeze": (_freeze, "stale-update"),
    "a truncated timestamp": (lambda case: case.truncate("metadata/timestamp.json"), "invalid-update"),
    "a truncated snapshot": (lambda case: case.truncate("metadata/3.snapshot.json"), "invalid-update"),
    "truncated targets": (lambda case: case.truncate("metadata/3.targets.json"), "invalid-update"),
    "truncated policies": (lambda case: case.truncate("targets/*.policy.json"), "invalid-update"),
    "too large a timestamp": (
        lambda case: case.mirror.gives("metadata/timestamp.json", b" " * 2_000_000),
        "invalid-update",
    ),
    "too large a policy": (
        lambda case: case.replace_target(POLICY, policy_json(Policy((NEXT, CDN))) + b" " * 5000),
        "invalid-update",
    ),
    "brackets without end": (
        lambda case: case.mirror.gives("metadata/timestamp.json", b"[" * 400_000),
        "invalid-update",
    ),
    "a timestamp by another key": (lambda case: case.stamp(online=make("online")), "invalid-update"),
    "one signature of two": (Case.sign_alone, "invalid-update"),
    "one signature of two on a longer suspension": (lambda case: case.sign_alone(LONGER), "invalid-update"),
    "another policy under the same name": (
        lambda case: case.replace_target(POLICY, policy_json(Policy((entry(HOST, "thief"), CDN)))),
        "invalid-update",
    ),
    "a longer suspension under the same name": (
        lambda case: case.replace_target(SUSPENSIONS, write_suspensions([LONGER])),
        "invalid-update",
    ),
    "metadata of another role": (
        lambda case: case.mirror.gives("metadata/timestamp.json", case.metadata("3.targets.json")),
        "invalid-update",
    ),
    "a root that its own keys have not signed": (
        lambda case: case.mirror.gives("metadata/2.root.json", case.metadata("1.root.json")),
        "stale-update",
    ),
    "a redirect": (
        lambda case: case.mirror.answers.update({"metadata/timestamp.json": lambda: redirect("https://localhost/")}),
        "update-unreachable",
    ),
    "no files": (_no_target, "update-unreachable"),
    "an error of the web host": (
        lambda case: case.mirror.answers.update({"metadata/timestamp.json": lambda: Answer(500)}),
        "update-unreachable",
    ),
    "a valid bundle that locks users out": (
        lambda case: case.world.update(entry(HOST, "x", "y"), CDN, suspensions=(SUSPENSION,)),
        "update-refused",
    ),
    "a valid bundle without the host": (lambda case: case.world.update(CDN), "update-refused"),
    "a valid bundle that only reports": (
        lambda case: case.world.update(entry(HOST, "live", "standby", mode="report-only"), CDN),
        "update-refused",
    ),
    "a valid bundle with half a policy": (
        lambda case: case.sign_content(policy_json(Policy((NEXT, CDN)))[:300]),
        "update-refused",
    ),
    "a valid bundle with a policy of a later version": (_later_version, "update-refused"),
    "a valid bundle with half the suspensions": (
        lambda case: case.sign_content(policy_json(Policy((NEXT, CDN, case.world.own))), b'{"suspensions": ['),
        "update-refused",
    ),
    "a valid bundle with a policy that is not text": (
        lambda case: case.sign_content(b"\xff" + policy_json(Policy((NEXT, CDN)))),
        "update-refused",
    ),
}


@pytest.mark.parametrize(("attack", "code"), ATTACKS.values(), ids=ATTACKS)
def test_an_attack_changes_nothing(attack: Attack, code: str, world: World) -> None:
    """The pins and the suspension stay as they were, over a restart too, and the suspension ends when it should."""
    world.update(API, CDN, suspensions=(SUSPENSION,))
    updater = world.updater()
    updater.refresh()
    before = updater.policy
    world.update(NEXT, CDN, suspensions=(SUSPENSION,))
    attack(Case(world))
    with pytest.raises(PinsmithError) as caught:
        updater.refresh()
    assert caught.value.code == code, caught.value
    assert status(updater).error_code == code
    for one in (updater, world.updater()):
        assert one.policy == before
        assert status(one).version == 2
        assert status(one).suspensions == (SUSPENSION,)
    world.time.system = SUSPENSION.until
    for one in (updater, world.updater()):
        assert status(one).suspensions == ()
        found = one.policy.find(HOST)
        assert found is not None
        assert (found.mode, pins(one.policy)) == ("enforce", {"live", "standby"})


def test_an_old_timestamp_is_refused(world: World) -> None:
    """The whole bundle of before, with all its signatures, is older than what was seen."""
    updater = world.updater()
    old = (world.directory.metadata / "timestamp.json").read_bytes()
    world.update(NEXT, CDN)
    updater.refresh()
    world.mirror.gives("metadata/timestamp.json", old)
    for one in (updater, world.updater()):
        with pytest.raises(PinsmithError) as caught:
            one.refresh()
        assert caught.value.code == "stale-update"
        assert status(one).version == 2


def test_a_rogue_in_the_way_is_refused_before_it_hears_a_word(world: World) -> None:
    """A trusted certificate is not enough: the pins of the floor count, not those of an update."""
    world.update(NEXT, CDN)
    rogue = world.serve(world.pki.rogue)
    world.write_floor(rogue.url)
    updater = world.updater()
    with pytest.raises(PinsmithError) as caught:
        updater.refresh()
    assert caught.value.code == "update-unreachable"
    assert "presented no pinned key" in str(caught.value)
    assert not rogue.site.requests
    assert status(updater).version is None


def test_no_update_lets_a_rogue_answer_for_updates(world: World) -> None:
    """A policy that pins the key of a rogue for the address of updates does not let it answer."""
    thief = Policy((API, CDN, entry(UPDATES, "thief", "thief-standby")))
    Case(world).sign_content(policy_json(thief))
    with pytest.raises(RefusedUpdateError) as caught:
        world.updater().refresh()
    assert {one.code for one in caught.value.refusals} == {"no-common-pin", "unreachable-update"}


def test_fast_forward_ends_with_a_new_root(world: World) -> None:
    """Versions that a thief of the online key has used up do not stop a bundle with another online key."""
    updater, thief = world.updater(), world.team.online
    updater.refresh()
    case = Case(world)
    case.stamp(version=2**31, snapshot=2**31, targets=1)
    updater.refresh()
    world.mirror.answers.clear()
    world.update(NEXT, CDN)
    with pytest.raises(PinsmithError) as caught:
        updater.refresh()
    assert caught.value.code == "stale-update"
    replace_online_key(world, make("online-2"))
    for one in (updater, world.updater()):
        one.refresh()
        assert pins(one.policy) == {"live", "standby", "next"}
    case.stamp(online=thief, version=2**31 + 1, snapshot=2**31 + 1, targets=2)
    with pytest.raises(PinsmithError) as caught:
        updater.refresh()
    assert caught.value.code == "invalid-update"


def replace_online_key(world: World, online: CryptoSigner) -> None:
    """Publish a root with another online key, signed by two people."""
    root = world.directory.root()
    assert root is not None
    for role in ("timestamp", "snapshot"):
        for keyid in list(root.signed.roles[role].keyids):
            root.signed.revoke_key(keyid, role)
        root.signed.add_key(online.public_key, role)
    root.signed.version += 1
    root.signatures.clear()
    for name in ("ada", "bo"):
        root.sign(world.team.offline[name], append=True)
    (world.directory.metadata / f"{root.signed.version}.root.json").write_bytes(root.to_bytes())
    world.team.online = online
    world.renew()


def test_a_replayed_suspension_ends_when_it_should(world: World) -> None:
    """A client that has lost its cache can be shown an old suspension, but not beyond the moment that was signed."""
    world.update(API, CDN, suspensions=(SUSPENSION,))
    old = {path.name: path.read_bytes() for path in world.directory.metadata.iterdir()}
    world.update(API, CDN)
    for name, content in old.items():
        world.mirror.gives(f"metadata/{name}", content)
    world.time.elapse(2 * DAY)
    updater = world.updater()
    updater.refresh()
    assert status(updater).suspensions == (SUSPENSION,)
    world.time.elapse(8 * DAY)
    assert status(updater).suspensions == ()
    assert all(one.mode == "enforce" for one in updater.policy)
