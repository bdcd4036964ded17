"""``pinsmith add --key NAME=PIN``: a key as it is given, with nothing dialled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.cli import _output
from pinsmith.cli._editing import editing
from pinsmith.cli._enrol import show_entry
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.pinfile import Edit
    from pinsmith.policy import Key, KeyRole, Policy


def add(path: Path, hosts: Sequence[str], texts: Sequence[str], role: KeyRole, *, standby: bool) -> None:
    """
    Add the keys *texts* to each of *hosts*, all of which must be in the pin file at *path*, and print the result.

    Raises:
        PolicyError: a host is not in the file, or a name is taken by another pin.
        PinFormatError: a pin is none.
        UsageError: a name without a pin is not known.
        FileError: the file cannot be read or written.
    """
    from pinsmith.pinfile import Edit

    with editing(path):
        edit = Edit.load(path)
        policy = edit.result().policy
        _add(edit, policy, hosts, [_key(text, policy, role, standby=standby) for text in texts])
        edit.save()
    _show(edit.result().policy, hosts)
    _output.note(f"wrote {path}")


def _add(edit: Edit, policy: Policy, hosts: Sequence[str], keys: Sequence[Key]) -> None:
    from pinsmith.errors import PolicyError
    from pinsmith.host import canonical_host

    for key in keys:
        if key not in policy.keys:
            edit.add_key(key)
    for name in hosts:
        host = canonical_host(name)
        entry = policy.entry_of(host)
        if entry is None:
            raise PolicyError(f"{edit.file} has no host {host}", hint=f"pin it first: `pinsmith add {host}`")
        for key in keys:
            edit.add_key_to_host(host, key.name)


def _show(after: Policy, hosts: Sequence[str]) -> None:
    from pinsmith.host import canonical_host

    for name in hosts:
        entry = after.entry_of(canonical_host(name))
        if entry is not None:
            show_entry(entry)


def _key(text: str, policy: Policy, role: KeyRole, *, standby: bool) -> Key:
    from pinsmith.authorities import find
    from pinsmith.pin import parse_spelling
    from pinsmith.policy import Key

    name, sign, pin = text.partition("=")
    if sign and not (name and pin.strip("=")):  # a pin alone ends with the sign that the name should be followed by
        raise UsageError(f"--key {text!r} is not NAME=PIN", hint="write a name of your choice before the pin")
    known = next((key for key in policy.keys if key.name == name), None)
    if not sign:
        if known is None:
            raise UsageError(f"--key {text!r} has no pin, and no key has that name", hint="write --key NAME=PIN")
        return known
    spelling = parse_spelling(pin)
    if spelling.remarks:
        _output.warning(f"--key {name}: {', '.join(spelling.remarks)}; pinned as {spelling.pin}")
    if known is not None and known.pin == spelling.pin:
        return known
    authority = find(spelling.pin)
    return Key(name, spelling.pin, authority.role if authority and role == "unknown" else role, standby=standby)
