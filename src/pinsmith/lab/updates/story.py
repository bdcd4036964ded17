"""
What is published, step by step, by operators with a team of keys, and by an attacker who has some of them.

All keys exist only in memory. Nothing is written here.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, MetaFile, Role, Root, Snapshot, TargetFile, Targets, Timestamp

from pinsmith.lab.updates.policies import policy_of
from pinsmith.updates.content import Content, write_content
from pinsmith.updates.directory import SERIALIZER
from pinsmith.updates.signing import named
from pinsmith.updates.suspension import POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from securesystemslib.signer import Key

    from pinsmith.policy import Policy
    from pinsmith.updates.suspension import Suspension

    T = TypeVar("T")
    M = TypeVar("M", Root, Snapshot, Targets, Timestamp)

OWNERS: Final = ("ada", "bo", "cy")
NEW_OWNERS: Final = ("dan", "eve", "fay")
THRESHOLD: Final = 2
ONLINE: Final = "online"
NEW_ONLINE: Final = "online-2"
TIMESTAMP: Final = "metadata/timestamp.json"


class Keys:
    """Private keys by the names of their owners, made on first use."""

    def __init__(self) -> None:
        self._made: dict[str, CryptoSigner] = {}

    def of(self, name: str) -> CryptoSigner:
        """Return the key of *name*."""
        if name not in self._made:
            self._made[name] = CryptoSigner(Ed25519PrivateKey.generate())
            named(self._made[name].public_key, name)
        return self._made[name]


class Story:
    """
    The files of a web host, from state to state.

    Args:
        keys: The keys of the team, and of others.

        now: When everything is signed, aware, to the second.

        until: When it expires, unless a step says otherwise.

        update_host: The host that publishes.

        is_harmless: Leave out the attack, so that all states are accepted: to show that nothing else is refused.

    Attributes:
        files: The files that the web host has now, by path.
        states: The files that it had whenever the story has shown it.
        attacks: How many steps of an attack there were. A story has one at most.
    """

    def __init__(
        self, keys: Keys, *, now: datetime, until: datetime, update_host: str, is_harmless: bool = False
    ) -> None:
        self.keys, self.now, self.update_host = keys, now, update_host
        self._until, self._is_harmless = until, is_harmless
        self.files: dict[str, bytes] = {}
        self.states: list[Mapping[str, bytes]] = []
        self.attacks = 0
        self._signed: dict[int, bytes] = {}
        self._snapshot = self._timestamp = 0
        self.root(1)

    @property
    def past(self) -> datetime:
        """A time that has passed."""
        return self.now - timedelta(days=1)

    @property
    def first_root(self) -> bytes:
        """The root that clients are built with."""
        return self.files["metadata/1.root.json"]

    def show(self) -> None:
        """Let clients see what is published now."""
        self.states.append(dict(self.files))

    def either(self, attack: T, harmless: T) -> T:
        """Return *attack*, or in a harmless story the other value."""
        self.attacks += 1
        return harmless if self._is_harmless else attack

    def tamper(self, path: str, change: Callable[[bytes], bytes]) -> None:
        """Change a published file, as somebody between the web host and the client can. Nothing is signed again."""
        self.files[path] = self.either(change, _unchanged)(self.files[path])

    def path_of(self, name: str) -> str:
        """Return the path of the newest target *name*."""
        targets = Metadata[Targets].from_bytes(self._signed[max(self._signed)]).signed
        return f"targets/{targets.targets[name].hashes['sha256']}.{name}"

    def targets_path(self, version: int) -> str:
        """Return the path of the metadata of the targets role."""
        return f"metadata/{version}.targets.json"

    def root(
        self,
        version: int,
        *,
        offline: Sequence[str] = OWNERS,
        online: str = ONLINE,
        by: Sequence[str] = OWNERS[:THRESHOLD],
        place: int | None = None,
        ends: datetime | None = None,
        also: Sequence[Key] = (),
    ) -> None:
        """Publish a root, by default where its version belongs. *also* are further offline keys."""
        root = Root(version=version, expires=ends or self._until, consistent_snapshot=True)
        for role, names, threshold in (
            (Root.type, offline, THRESHOLD),
            (Targets.type, offline, THRESHOLD),
            (Snapshot.type, [online], 1),
            (Timestamp.type, [online], 1),
        ):
            root.roles[role] = Role([], threshold)
            for name in names:
                root.add_key(self.keys.of(name).public_key, role)
        for role in (Root.type, Targets.type):
            for key in also:
                root.add_key(key, role)
        self.files[f"metadata/{place or version}.root.json"] = self._sealed(Metadata(root), by)

    def sign_policy(
        self,
        policy: Policy | None = None,
        *suspensions: Suspension,
        contents: Mapping[str, bytes] | None = None,
        by: Sequence[str] = OWNERS[:THRESHOLD],
        ends: datetime | None = None,
        then: Callable[[Metadata[Targets]], None] | None = None,
    ) -> None:
        """
        Publish the next version of the policy; clients see it after `renew`.

        Args:
            policy: By default `policy_of` the version.

            suspensions: Signed with it.

            contents: Files that replace those that would be written.

            by: The owners who sign.

            ends: When it expires.

            then: Changes the signatures.
        """
        version = max(self._signed, default=0) + 1
        targets = Targets(version=version, expires=ends or self._until)
        written = write_content(Content(policy or policy_of(version), suspensions))
        for name, content in {**written, **(contents or {})}.items():
            info = targets.targets[name] = TargetFile.from_data(name, content, ["sha256"])
            self.files[f"targets/{info.hashes['sha256']}.{name}"] = content
        sealed = self._sealed(Metadata(targets), by, then)
        self._signed[version] = self.files[self.targets_path(version)] = sealed

    def renew(
        self,
        *,
        targets: int | None = None,
        snapshot: int | None = None,
        timestamp: int | None = None,
        snapshot_ends: datetime | None = None,
        timestamp_ends: datetime | None = None,
        by: str = ONLINE,
    ) -> None:
        """
        Sign that a policy is fresh, as the online key can.

        Args:
            targets: The version of the policy; the newest by default.

            snapshot: The version of the snapshot; one more than before by default.

            timestamp: The same for the timestamp.

            snapshot_ends: When the snapshot expires.

            timestamp_ends: When the timestamp expires.

            by: The owner of the online key.
        """
        self._snapshot, self._timestamp = snapshot or self._snapshot + 1, timestamp or self._timestamp + 1
        version = targets or max(self._signed)
        meta = {"targets.json": MetaFile.from_data(version, self._signed[version], ["sha256"])}
        fresh = Snapshot(version=self._snapshot, expires=snapshot_ends or self._until, meta=meta)
        content = self.files[f"metadata/{self._snapshot}.snapshot.json"] = self._sealed(Metadata(fresh), [by])
        named_by = MetaFile.from_data(self._snapshot, content, ["sha256"])
        stamp = Timestamp(version=self._timestamp, expires=timestamp_ends or self._until, snapshot_meta=named_by)
        self.files[TIMESTAMP] = self._sealed(Metadata(stamp), [by])

    def publish(self, policy: Policy | None = None, *suspensions: Suspension) -> None:
        """Do what operators do: sign a policy, sign that it is fresh, and show it."""
        self.sign_policy(policy, *suspensions)
        self.renew()
        self.show()

    def _sealed(
        self, metadata: Metadata[M], by: Sequence[str], then: Callable[[Metadata[M]], None] | None = None
    ) -> bytes:
        for name in by:
            metadata.sign(self.keys.of(name), append=True)
        if then is not None:
            then(metadata)
        return metadata.to_bytes(SERIALIZER)


def policy_path(story: Story) -> str:
    """Return the path of the newest policy."""
    return story.path_of(POLICY)


def _unchanged(content: bytes) -> bytes:
    return content
