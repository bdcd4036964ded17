"""Keys that are pinned as they are given, without a connection to the hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.authorities import find, key_name
from pinsmith.errors import PolicyError
from pinsmith.host import canonical_host
from pinsmith.policy import Key
from pinsmith.rotation.strategy import free_name, label

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pinsmith.pinfile import Edit
    from pinsmith.policy import KeyRole
    from pinsmith.rotation.backup import Backup


def make_key(
    taken: Collection[Key],
    name: str | None,
    backup: Backup,
    hosts: Sequence[str],
    role: KeyRole = "unknown",
    *,
    standby: bool,
) -> Key:
    """
    Make the key of a pin or file, or return the one of *taken* that has the pin.

    Args:
        taken: Keys that have names already.

        name: Its name; None for that of the key that has the pin, or for one made of the certificate or the first host.

        backup: The pin, and what is known of the key.

        hosts: As users write them; at least one.

        role: What the user says about the key. If unknown, the file or the list of known authorities gives the role.

        standby: Whether no server has the key yet.

    Raises:
        HostError: If the first of *hosts* is not a host.
        PolicyError: If another key has the pin.
    """
    known = next((key for key in taken if key.pin == backup.pin), None)
    if known is not None:
        if name not in {None, known.name}:
            raise PolicyError(
                f"{backup.pin} is already in the file, as the key {known.name}",
                hint=f"pass --key {known.name}",
            )
        return known
    authority = find(backup.pin)
    if name is None:
        host = canonical_host(hosts[0])
        stem = key_name(authority) if authority else backup.name or f"{label(host)}-{'standby' if standby else 'key'}"
        name = free_name(stem, host, taken)
    if role == "unknown":
        role = authority.role if authority else backup.role
    return Key(name, backup.pin, role, backup.algorithm, backup.subject, standby=standby)


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
    keys = list(dict.fromkeys(keys))
    for key in keys:
        if key not in policy.keys:
            edit.add_key(key)
    for host in dict.fromkeys(map(canonical_host, names)):
        if policy.entry_of(host) is None:
            raise PolicyError(f"{edit.file} has no host {host}", hint=f"pin it first: `pinsmith add {host}`")
        for key in keys:
            edit.add_key_to_host(host, key.name)
