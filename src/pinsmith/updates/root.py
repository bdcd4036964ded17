"""The root of a bundle: whose keys count, and how many of them must sign."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tuf.api.metadata import Metadata, Role, Root, Snapshot, Targets, Timestamp

from pinsmith.errors.updates import BundleError
from pinsmith.updates.signing import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from securesystemslib.signer import Key

    from pinsmith.updates.directory import Directory

ROOT_DAYS: Final = 365
MAX_ROOT_DAYS: Final = 2 * 366
OFFLINE_ROLES: Final = (Root.type, Targets.type)
ONLINE_ROLES: Final = (Snapshot.type, Timestamp.type)


def propose_first_root(
    directory: Directory, keys: Sequence[Key], online: Key, *, threshold: int, now: datetime, days: int = ROOT_DAYS
) -> None:
    """
    Propose the root of a new bundle.

    Args:
        directory: Where nothing is published yet.

        keys: The offline keys, which sign root and targets.

        online: The key that signs snapshot and timestamp.

        threshold: How many of *keys* must sign.

        now: Aware.

        days: How long the root is valid.

    Raises:
        BundleError: If there is a bundle already, or the keys or the threshold cannot be used.
    """
    if directory.root() is not None or directory.proposed_root() is not None:
        raise BundleError(f"{directory.path} is a bundle already", hint="change its keys with `pinsmith bundle key`")
    _require_days(days)
    root = Root(version=1, expires=end_of(now, days), consistent_snapshot=True)
    for role in OFFLINE_ROLES:
        root.roles[role] = Role([], threshold)
    _add(root, keys)
    for role in ONLINE_ROLES:
        root.roles[role] = Role([], 1)
        root.add_key(online, role)
    require_sound(root)
    directory.propose(Metadata(root))


@dataclass(frozen=True, slots=True)
class KeyChange:
    """
    What changes about the keys of a bundle. Without any change, the root is renewed.

    Attributes:
        added: Offline keys that may sign from now on.
        removed: The names of those that may not sign any more.
        threshold: How many must sign; None for as many as before.
        online: The online key from now on; None for the one that there is.
    """

    added: Sequence[Key] = ()
    removed: Sequence[str] = ()
    threshold: int | None = None
    online: Key | None = None


def propose_keys(directory: Directory, change: KeyChange, *, now: datetime, days: int = ROOT_DAYS) -> Root:
    """
    Propose the next root. It needs the signatures of those who could sign before, and of those who can from now on.

    Args:
        directory: A bundle with a published root.

        change: What changes.

        now: Aware.

        days: How long the root is valid.

    Raises:
        BundleError: If no root is published, another change is proposed, a name is unknown, or the keys or the
            threshold cannot be used.
    """
    _require_days(days)
    published = directory.root()
    if published is None:
        raise BundleError(f"{directory.path} has no published root yet", hint="sign and publish the first one")
    pending = directory.proposed_root()
    if pending is not None and (pending.signed.roles, pending.signed.keys) != (
        published.signed.roles,
        published.signed.keys,
    ):
        raise BundleError(
            "another change of keys is proposed already, and would be lost",
            hint=f"publish it first, or remove {directory.proposed / 'root.json'} and name all changes in one command",
        )
    root = copy.deepcopy(published.signed)
    root.version, root.expires = root.version + 1, end_of(now, days)
    known = {name_of(root.keys[keyid]): keyid for keyid in root.roles[Targets.type].keyids}
    for name in change.removed:
        if name not in known:
            raise BundleError(f"no offline key has the name {name}", hint=f"the names are {', '.join(sorted(known))}")
        for role in OFFLINE_ROLES:
            root.revoke_key(known[name], role)
    _add(root, change.added)
    for role in OFFLINE_ROLES:
        root.roles[role].threshold = change.threshold or root.roles[role].threshold
    if change.online is not None:
        for role in ONLINE_ROLES:
            for keyid in list(root.roles[role].keyids):
                root.revoke_key(keyid, role)
            root.add_key(change.online, role)
    require_sound(root)
    directory.propose(Metadata(root))
    return root


def _add(root: Root, keys: Sequence[Key]) -> None:
    for key in keys:
        if key.keyid in root.keys:
            raise BundleError(
                f"the key of {name_of(key)} is that of {name_of(root.keys[key.keyid])}, so nobody would be added",
                hint="give each person a key of their own",
            )
        for role in OFFLINE_ROLES:
            root.add_key(key, role)


def require_sound(root: Root) -> None:
    """
    Raise if the keys of a root do not protect what they should.

    Raises:
        BundleError: If a threshold cannot be reached, one key counts twice or has two roles that must be apart, or two
            keys have the same name.
    """
    values: dict[str, str] = {}
    names: dict[str, str] = {}
    for keyid, key in root.keys.items():
        # Under two ids, one key would count as two signatures.
        if values.setdefault(_value(key), keyid) != keyid:
            raise BundleError(f"the key of {name_of(key)} is listed twice, so it would count as two signatures")
        if names.setdefault(name_of(key), keyid) != keyid:
            raise BundleError(f"two keys have the name {name_of(key)}", hint="give each key its own name")
    for role in OFFLINE_ROLES:
        have, need = len(root.roles[role].keyids), root.roles[role].threshold
        if have < need:
            raise BundleError(
                f"the role {role} needs {need} signatures, but has {have} keys, so nobody could sign it",
                hint="add a key, or lower the threshold",
            )
    offline = {keyid for role in OFFLINE_ROLES for keyid in root.roles[role].keyids}
    for role in ONLINE_ROLES:
        if not root.roles[role].keyids:
            raise BundleError(f"the role {role} has no key", hint="name an online key")
        if offline & set(root.roles[role].keyids):
            raise BundleError(
                f"a key of the role {role} is online, and signs root or targets too, so its theft would change pins",
                hint="use another key online",
            )


def require_usual(root: Root) -> None:
    """
    Raise unless a root is one that commands propose, so that `key_differences` says all about it. Only for signers.

    Raises:
        BundleError: If it is not sound, or two roles differ that must have the same keys, or nobody could publish.
    """
    require_sound(root)
    for pair in (OFFLINE_ROLES, ONLINE_ROLES):
        first, second = (root.roles[role] for role in pair)
        if set(first.keyids) != set(second.keyids) or first.threshold != second.threshold:
            raise BundleError(f"the roles {' and '.join(pair)} do not have the same keys and threshold")
    if root.roles[Timestamp.type].threshold != 1 or not root.consistent_snapshot:
        raise BundleError("nobody could publish with this root", hint="propose it again with `pinsmith bundle key`")


def _value(key: Key) -> str:
    """Return the public key, the same for each spelling of it."""
    text = "".join(str(key.keyval.get("public", key.keyval)).split())
    return text if text.startswith("-----") else text.lower()  # PEM, or hexadecimal digits


def key_differences(before: Root | None, after: Root) -> Iterator[str]:
    """
    Say line by line whose keys count with *after*, for those who sign it; *before* is None if it is the first root.

    Yields:
        A sentence without a full stop.
    """
    had, has = (_keys(root, Targets.type) for root in (before, after))
    online, other = (_keys(root, Timestamp.type) for root in (before, after))
    needed = f"{after.roles[Root.type].threshold} of {len(has)} people must sign"
    if before is None:
        yield f"{needed}: {', '.join(has.values())}"
    for keyid in () if before is None else dict.fromkeys([*had, *has]):
        if keyid not in had:
            yield f"{has[keyid]} may sign from now on"
        elif keyid not in has:
            yield f"{had[keyid]} may not sign any more"
        elif had[keyid] != has[keyid]:
            yield f"the key of {had[keyid]} has the name {has[keyid]} from now on"
    if before is not None and (len(had), before.roles[Root.type].threshold) != (
        len(has),
        after.roles[Root.type].threshold,
    ):
        yield f"{needed} from now on, and not {before.roles[Root.type].threshold} of {len(had)}"
    if online != other:
        instead = f", and not {', '.join(online.values())}" if online else ""
        yield f"the online key is {', '.join(other.values())}{instead}"
    yield f"these keys count until {after.expires:%Y-%m-%d %H:%M} UTC"


def _keys(root: Root | None, role: str) -> dict[str, str]:
    """Describe the keys of a role by their ids."""
    found = [] if root is None else [root.keys[keyid] for keyid in root.roles[role].keyids]
    return {key.keyid: f"{name_of(key)} ({key.scheme}, {key.keyid[:8]})" for key in found}


def end_of(now: datetime, days: int) -> datetime:
    """Return the whole second, UTC, that is *days* after *now*."""
    return (now + timedelta(days=days)).replace(microsecond=0)


def _require_days(days: int) -> None:
    if not 0 < days <= MAX_ROOT_DAYS:
        raise BundleError(f"a root cannot be valid for {days} days", hint=f"use 1 to {MAX_ROOT_DAYS} days")
