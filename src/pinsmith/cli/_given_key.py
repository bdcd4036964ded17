"""``pinsmith add --key``: add a given key without a connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinsmith.cli import _output
from pinsmith.cli._editing import editing
from pinsmith.cli._enrol import show_entry
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.certificate import Certificate
    from pinsmith.policy import Key, KeyRole
    from pinsmith.rotation.backup import Backup


def add(path: Path, hosts: Sequence[str], texts: Sequence[str], role: KeyRole, *, standby: bool) -> None:
    """
    Add the keys *texts* to each of *hosts*, all of which must be in the pin file at *path*, and print the result.

    Raises:
        MaterialError: If a file holds no key, or several.
        PolicyError: If a host is not in the file, or the name or the pin belongs to another key.
        PinFormatError: If a text is neither a pin nor a file.
        UsageError: If a text is neither a known name nor a file, and has no name and pin.
        FileError: If the file cannot be read or written.
    """
    from pinsmith.host import canonical_host
    from pinsmith.pinfile import Edit
    from pinsmith.rotation import certificate_directory
    from pinsmith.rotation.given_key import add_keys

    made: list[Path] = []
    with editing(path):
        edit = Edit.load(path)
        taken = list(edit.result().policy.keys)
        chosen = []
        try:
            for text in texts:
                key, certificate = _key(text, taken, hosts, role, standby=standby)
                if certificate is not None and key not in taken:
                    pem = certificate_directory.pem_of(certificate)
                    kept, file = certificate_directory.store(pem, key.name, path)
                    key, made = replace(key, certificate=kept), [*made, *([file] if file else [])]
                taken += [key] if key not in taken else []
                chosen.append(key)
            add_keys(edit, hosts, chosen)
            edit.save()
        except BaseException:
            certificate_directory.discard(made, path)
            raise
    after = edit.result().policy
    for name in hosts:
        if entry := after.entry_of(canonical_host(name)):
            show_entry(entry)
    _output.note(f"wrote {path}")


def _key(
    text: str, taken: Sequence[Key], hosts: Sequence[str], role: KeyRole, *, standby: bool
) -> tuple[Key, Certificate | None]:
    """Return the key that *text* names or contains, and its certificate if it has one."""
    from pathlib import Path

    from pinsmith.rotation.backup import read_backups
    from pinsmith.rotation.given_key import make_key

    if known := next((key for key in taken if key.name == text), None):
        return known, None
    name, sign, value = text.partition("=")
    if Path(text).is_file():
        name, value = "", text
    elif sign and not (name and value.strip("=")):  # a pin alone ends with the sign that separates name and pin
        raise UsageError(f"--key {text!r} is not NAME=PIN", hint="write a name of your choice before the pin")
    elif not sign:
        raise UsageError(
            f"--key {text!r} is neither the name of a key in the file nor a file",
            hint="write --key NAME=PIN, or pass the path of a certificate, request or key",
        )
    (backup,), remarks = read_backups(value)
    _warn_of_other_names(value, backup, hosts)
    if remarks:
        unusual = f"the spelling of the pin is unusual ({', '.join(remarks)})"
        _output.warning(f"--key {name}: {unusual}; pinned as {backup.pin}")
    return make_key(taken, name or None, backup, hosts, role, standby=standby), backup.certificate


def _warn_of_other_names(path: str, backup: Backup, hosts: Sequence[str]) -> None:
    """Warn if the certificate of a server is not for one of *hosts*, because it may be the wrong file."""
    from pinsmith.checks.chain_fault import names_of
    from pinsmith.host import canonical_host

    leaf = backup.certificate
    if leaf is None or leaf.is_authority:
        return
    for host in map(canonical_host, hosts):
        if not leaf.covers(host):
            _output.warning(f"the certificate in {path} is not for {host}: it names {names_of(leaf)}")
