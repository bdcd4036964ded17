"""
Add a private key that exists as a standby key.

The key stays where it is: in a file, in a PKCS#11 token, or behind a command such as the client of a key management
service. It signs a random message, so the journal says that it exists and can be used. Keys that others can compute or
know, and keys that another host has already, are refused. No host pins the key without --host.
"""

from __future__ import annotations

import secrets
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _custody, _output
from pinsmith.cli._command import Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Add a private key:", "pinsmith key import api-2027 standby.key --custody 'safe in Berlin'"),
    ("Add it, and pin it:", "pinsmith key import api-2027 standby.key --host api.example.com"),
    (
        "Add a key of a token:",
        "pinsmith key import api-2027 'pkcs11:token=vault;object=api?module-path=/usr/lib/softhsm/libsofthsm2.so'",
    ),
    (
        "Add a key that a command uses:",
        "pinsmith key import api-2027 --command './sign-with-kms.sh' --public-key kms.pem",
    ),
)


@click.command("import", Command, help=__doc__, examples=EXAMPLES)
@argument("name", metavar="NAME", help="A name for the key, such as api-2027.")
@file_option
@_custody.host_option
@_custody.reference_options()
@_custody.custody_option
def key_import(
    *,
    name: str,
    reference: _custody.Reference,
    file: Path | None,
    hosts: tuple[str, ...],
    custody: str,
) -> int:
    """Sign with it, and add it."""
    from pinsmith.custody.published import PublishedKeys
    from pinsmith.rotation import import_key
    from pinsmith.rotation.books import Books
    from pinsmith.rotation.possession import NONCE_SIZE

    path = find_pin_file(file)
    signer = reference.open()
    with editing(path), PublishedKeys.load() or nullcontext() as published:
        key = import_key.take(
            Books.open(path),
            name,
            signer,
            published,
            hosts=hosts,
            custody=custody,
            nonce=secrets.token_bytes(NONCE_SIZE),
            now=_clock.now(),
        )
    _output.result(f"{key.pin}  {name}  standby leaf, {key.algorithm}")
    if published is None:
        _output.note(
            "the key was not compared with published keys, such as Debian's of 2008: download a list with "
            "`badkeys --update-bl`"
        )
    reference.warn(path)
    _custody.tell_hosts(name, hosts)
    return ExitCode.OK
