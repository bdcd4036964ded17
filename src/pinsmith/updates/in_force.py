"""
Which policy is in force at a time.

It depends on what was signed, on what was signed before, and on the policy that the program was built with, the floor.
Nothing here reads a file, a socket or a clock.

* An added key is accepted at once. A key or a host that an update removes counts for the removal delay, from the time
  at which this client has first seen it removed. A compromised key ends at once.
* A suspension begins and ends by itself.
* After the expiry of the signed policy, all hosts that it pins are refused, or only the floor counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pinsmith.updates.suspension import applied
from pinsmith.verdict import expired_key, is_in_force

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from pinsmith.pin import Pin
    from pinsmith.pinfile._document import AfterExpiry
    from pinsmith.policy import HostPins, Key, Policy
    from pinsmith.updates.suspension import Suspension


@dataclass(frozen=True, slots=True)
class Signed:
    """
    A policy that enough people have signed.

    Attributes:
        version: Of the targets role.
        policy: As it was signed.
        suspensions: Signed with it.
        expires: From when it is not used any more.
    """

    version: int
    policy: Policy
    suspensions: tuple[Suspension, ...]
    expires: datetime


@dataclass(frozen=True, slots=True)
class Former:
    """
    A policy that was in force until another one came.

    Attributes:
        policy: As it was signed, or the floor.
        replaced: When this client has seen its successor.
    """

    policy: Policy
    replaced: datetime


@dataclass(frozen=True, slots=True)
class Removal:
    """
    A pin that an update has removed, and that is still accepted.

    Attributes:
        host: The host.
        key: The name of the key.
        pin: Its pin.
        due: From when it is refused.
    """

    host: str
    key: str
    pin: Pin
    due: datetime


@dataclass(frozen=True, slots=True)
class InForce:
    """
    The policy at one moment.

    Attributes:
        policy: To be enforced.
        source: ``update`` if it comes from a signed policy, ``floor`` if it is that of the program.
        suspensions: Those that hold now.
        removals: Pins that are accepted for some time yet.
        expired: Whether the signed policy has expired.
        changes: When another policy will be in force without an update; None for never.
    """

    policy: Policy
    source: Literal["floor", "update"]
    suspensions: tuple[Suspension, ...] = ()
    removals: tuple[Removal, ...] = ()
    expired: bool = False
    changes: datetime | None = None

    def with_policy(self, policy: Policy) -> InForce:
        """Return the same with an equal policy that is another object."""
        return replace(self, policy=policy)


def in_force(
    floor: Policy,
    signed: Signed | None,
    former: Sequence[Former],
    *,
    delay: timedelta,
    after_expiry: AfterExpiry,
    now: datetime,
) -> InForce:
    """
    Return the policy in force at *now*.

    Args:
        floor: The policy that the program was built with.

        signed: The last policy that was accepted; None if there was none.

        former: Those before it, in any order.

        delay: For how long a removed pin is still accepted.

        after_expiry: See `pinsmith.pinfile.PinFile`.

        now: Aware.
    """
    if signed is None:
        return InForce(floor, "floor")
    if now >= signed.expires:
        if after_expiry == "floor":
            return InForce(floor, "floor", expired=True)
        return InForce(refusing(signed, now), "update", expired=True)
    held, removals = _with_removed(signed.policy, former, delay, now)
    suspensions = tuple(one for one in signed.suspensions if one.is_in_force(now))
    moments = [signed.expires, *(removal.due for removal in removals)]
    moments += [moment for one in signed.suspensions for moment in (one.since, one.until) if moment > now]
    policy = applied(held, suspensions, now)
    return InForce(policy, "update", suspensions, tuple(removals), changes=min(moments))


def refusing(signed: Signed, now: datetime) -> Policy:
    """Return a policy that refuses each host that *signed* pins, because it has expired, and says so."""
    key = expired_key(signed.expires.date())
    hosts = tuple(
        replace(entry, keys=(key,), trust_anchors=(), expires=None) if is_in_force(entry, now) else entry
        for entry in signed.policy
    )
    return replace(signed.policy, hosts=hosts)


def _with_removed(
    policy: Policy, former: Sequence[Former], delay: timedelta, now: datetime
) -> tuple[Policy, list[Removal]]:
    """Add to *policy* what was removed from it too recently."""
    entries = {entry.host: entry for entry in policy}
    removals: list[Removal] = []
    names = _Names(policy)
    # The newest first: its removal is the last that is due.
    for one in sorted(former, key=lambda one: one.replaced, reverse=True):
        due = one.replaced + delay
        if due <= now:
            continue
        for host, after in list(entries.items()):
            before = one.policy.find(host)
            if before is not None and is_in_force(before, now) and after.mode != "off":
                lost = names.missing(before, after)
                entries[host] = replace(after, keys=(*after.keys, *lost))
                removals += [Removal(host, key.name, key.pin, due) for key in lost]
        for before in one.policy:
            if before.host in entries or not is_in_force(before, now):
                continue
            kept = names.entry_for(before, policy.find(before.host))
            if kept is not None:
                entries[kept.host] = kept
                lost = [key for key in kept.keys if key.pin.digest in before.by_digest]
                removals += [Removal(kept.host, key.name, key.pin, due) for key in lost]
    return (replace(policy, hosts=tuple(entries.values())) if removals else policy), removals


class _Names:
    """Takes keys of a former policy into a newer one, in which a name may mean another key, or a key be compromised."""

    def __init__(self, policy: Policy) -> None:
        self._by_name = {key.name: key for key in policy.keys}
        self._by_digest = {key.pin.digest: key for key in policy.keys}
        self._compromised = {key.pin.digest for key in policy.compromised}

    def missing(self, before: HostPins, after: HostPins) -> list[Key]:
        """List the keys of *before* that *after* lacks, and that may still be accepted."""
        lost = (key for key in before.keys if key.pin.digest not in after.by_digest)
        return [self._named(key) for key in lost if self._may_be_in(after, key)]

    def entry_for(self, before: HostPins, parent: HostPins | None) -> HostPins | None:
        """Return the entry of a host that is gone, with the keys of the parent that covers it now, if there is one."""
        anchors = tuple(one for one in before.trust_anchors if one.pin.digest not in self._compromised)
        keys = [self._named(key) for key in before.keys if self._may_be_in(before, key)]
        if not keys or (before.trust_anchors and not anchors):
            return None
        more = parent.keys if parent is not None and parent.mode != "off" else ()
        keys += [key for key in more if key.pin.digest not in before.by_digest and self._may_be_in(before, key)]
        return replace(before, keys=tuple(keys), trust_anchors=anchors)

    def _may_be_in(self, entry: HostPins, key: Key) -> bool:
        is_refused = entry.trust == "pins-only" and key.is_authority
        return key.pin.digest not in self._compromised and not is_refused

    def _named(self, key: Key) -> Key:
        if key.pin.digest in self._by_digest:
            return self._by_digest[key.pin.digest]
        name = key.name
        while name in self._by_name:
            name = f"{name}-removed"
        found = replace(key, name=name)
        self._by_name[name] = self._by_digest[key.pin.digest] = found
        return found
