"""``pinsmith add --key NAME=PIN``: add a given key without a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.cli import _output
from pinsmith.cli._editing import editing
from pinsmith.cli._enrol import show_entry
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.policy import Key, KeyRole, Policy


def add(path: Path, hosts: Sequence[str], texts: Sequence[str], role: KeyRole, *, standby: bool) -> None:
    """
    Add the keys *texts* to each of *hosts*, all of which must be in the pin file at *path*, and print the result.

    Raises:
        PolicyError: If a host is not in the file, or the name belongs to another pin.
        PinFormatError: If a text is not a pin.
        UsageError: If a name is given without a pin and is not known.
        FileError: If the file cannot be read or written.
    """
    from pinsmith.host import canonical_host
    from pinsmith.pinfile import Edit
    from pinsmith.rotation.given_key import add_keys

    with editing(path):
        edit = Edit.load(path)
        policy = edit.result().policy
        add_keys(edit, hosts, [_key(text, policy, role, standby=standby) for text in texts])
        edit.save()
    after = edit.result().policy
    for name in hosts:
        if entry := after.entry_of(canonical_host(name)):
            show_entry(entry)
    _output.note(f"wrote {path}")


def _key(text: str, policy: Policy, role: KeyRole, *, standby: bool) -> Key:
    from pinsmith.pin import parse_spelling
    from pinsmith.rotation.given_key import make_key

    name, sign, pin = text.partition("=")
    if sign and not (name and pin.strip("=")):  # a pin alone ends with the sign that separates name and pin
        raise UsageError(f"--key {text!r} is not NAME=PIN", hint="write a name of your choice before the pin")
    if not sign:
        known = next((key for key in policy.keys if key.name == name), None)
        if known is None:
            raise UsageError(f"--key {text!r} has no pin, and no key has that name", hint="write --key NAME=PIN")
        return known
    spelling = parse_spelling(pin)
    if spelling.remarks:
        remarks = ", ".join(spelling.remarks)
        _output.warning(f"--key {name}: the spelling of the pin is unusual ({remarks}); pinned as {spelling.pin}")
    return make_key(policy, name, spelling.pin, role, standby=standby)
