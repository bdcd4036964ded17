"""
Compare releases with the pin file: what is certain about them without a connection.

No socket, no file, no clock.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pinsmith.authorities import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.pin import Pin
    from pinsmith.policy import HostPins, KeyRole, Policy
    from pinsmith.release import Release, ReleasedHost


def shares_no_chain(released: ReleasedHost, policy: Policy) -> bool:
    """
    Say whether a chain with a key that *policy* pins for the host is certain to lock the release out.

    That is so if both pin keys of servers alone, or both pin roots alone, because a chain has one of each. Where one
    side pins a server and the other an authority, a chain may contain both keys. Then only the live host can tell.

    Args:
        released: What the release enforces for one host. It must be in force; its expiry is not compared.

        policy: The pin file.
    """
    entry = policy.find(released.host)
    if entry is None or not entry.keys or released.mode != "enforce":
        return False
    ours = {key.pin for key in entry.keys}
    if not ours.isdisjoint(released.pins.values()):
        return False
    levels = {_level(pin, entry) for pin in (*ours, *released.pins.values())}
    return len(levels) == 1 and levels <= {"leaf", "root"}


def lacks_standby_key(released: ReleasedHost, policy: Policy) -> tuple[str, ...]:
    """
    Return the standby keys of a host, if the release pins none of them and no authority either.

    Then the next rotation locks the release out. It is empty for a host without standby keys.

    Args:
        released: As for `shares_no_chain`.

        policy: The pin file.
    """
    entry = policy.find(released.host)
    if entry is None or released.mode != "enforce":
        return ()
    standby = {key.pin: key.name for key in entry.keys if key.standby}
    if not standby.keys().isdisjoint(released.pins.values()):
        return ()
    return tuple(standby.values()) if all(_level(pin, entry) == "leaf" for pin in released.pins.values()) else ()


def left_alone(host: str, releases: Iterable[Release], before: Policy, after: Policy) -> list[Release]:
    """
    Return the releases that pinned a key of *host* in common with *before*, and pin none in common with *after*.

    From now on, nobody who looks at the pin file sees which keys these releases need.
    """

    def shares(release: Release, policy: Policy) -> bool:
        released, entry = release.find(host), policy.find(host)
        if released is None or entry is None or released.mode != "enforce":
            return False
        return any(pin.digest in entry.by_digest for pin in released.pins.values())

    return [release for release in releases if shares(release, before) and not shares(release, after)]


def newest(releases: Iterable[Release]) -> list[Release]:
    """Return the newest release of each app: by its date, then by its place in the file."""
    found: dict[str, Release] = {}
    for release in releases:
        known = found.get(release.app)
        if known is None or (release.date or date.min) >= (known.date or date.min):
            found[release.app] = release
    return list(found.values())


def changed_hosts(release: Release, policy: Policy) -> Iterator[str]:
    """
    Yield the hosts of *release* for which the pin file now says something else.

    Hosts that only the pin file contains are not compared, because they may belong to another app.
    """
    for released in release.hosts:
        entry = policy.entry_of(released.host)
        if entry is None:
            if released.mode != "off":
                yield released.host
            continue
        now = (entry.mode, entry.include_subdomains, entry.expires, frozenset(key.pin for key in entry.keys))
        then = (released.mode, released.include_subdomains, released.expires, frozenset(released.pins.values()))
        if now != then and not (entry.mode == released.mode == "off"):
            yield released.host


def _level(pin: Pin, entry: HostPins) -> KeyRole:
    """Return the role of a key. One that neither *entry* nor the table of authorities knows is that of a server."""
    key = entry.by_digest.get(pin.digest)
    if key is not None and key.role != "unknown":
        return key.role
    authority = find(pin)
    return authority.role if authority else "leaf"
