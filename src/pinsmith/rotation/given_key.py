"""Keys that are pinned as they are given, without a connection to the hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.authorities import find
from pinsmith.errors import PolicyError
from pinsmith.host import canonical_host
from pinsmith.policy import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.pin import Pin
    from pinsmith.pinfile import Edit
    from pinsmith.policy import KeyRole, Policy


def make_key(policy: Policy, name: str, pin: Pin, role: KeyRole = "unknown", *, standby: bool = False) -> Key:
    """
    Make the key called *name*, or return the one of *policy* that has this name and *pin*.

    An unknown *role* becomes that of the authority whose key it is, if it is known.
    """
    known = next((key for key in policy.keys if key.name == name), None)
    if known is not None and known.pin == pin:
        return known
    authority = find(pin)
    return Key(name, pin, authority.role if authority and role == "unknown" else role, standby=standby)


def add_keys(edit: Edit, names: Sequence[str], keys: Sequence[Key]) -> None:
    """
    Add each of *keys* to each host, in *edit*, which is not saved.

    Args:
        edit: The pin file.

        names: The hosts, as users write them; all must be in the file.

        keys: Those that the file does not have yet are added to it.

    Raises:
        PolicyError: If a host is not in the file, or the name of a key is taken by another pin.
        HostError: If one of *names* is not a host.
    """
    policy = edit.result().policy
    for key in keys:
        if key not in policy.keys:
            edit.add_key(key)
    for host in map(canonical_host, names):
        if policy.entry_of(host) is None:
            raise PolicyError(f"{edit.file} has no host {host}", hint=f"pin it first: `pinsmith add {host}`")
        for key in keys:
            edit.add_key_to_host(host, key.name)
