"""
Make a standby key: a private key, a certificate request, and a certificate that the key signs itself.

The private key is written into a directory of yours outside any repository, readable by you alone, and is encrypted if
a password is given. The pin file gets the public half as a standby key. No host pins it without --host, so nothing
changes for clients until you add it. The journal gets a signature, which proves that the file is a working key.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _custody, _output
from pinsmith.cli._command import PATH, Command, argument, choice_option
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode
from pinsmith.rotation.standby_key import KEY_KINDS, KeyKind

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Make a standby key:", "pinsmith key new api-2027 --custody 'laptop of Ada'"),
    ("Make an encrypted one, and pin it:", "pinsmith key new api-2027 --encrypt --host api.example.com"),
)
_KEEP: Final = (
    "move the key off this machine, keep a second copy elsewhere, and prove each copy with `pinsmith key prove`"
)


@click.command("new", Command, help=__doc__, examples=EXAMPLES)
@argument("name", metavar="NAME", help="The name of the new key, such as api-2027.")
@file_option
@_custody.host_option
@click.option(
    "--for",
    "names",
    multiple=True,
    metavar="HOST",
    help="Name this host in the request, and do not pin it; may be repeated. Default: all hosts of the pin file.",
)
@choice_option("--key-type", choices=KEY_KINDS, default="ec-p256", help="The kind of key.")
@click.option("--encrypt", is_flag=True, help="Encrypt the private key; the password is asked for if none is given.")
@_custody.password_option
@click.option(
    "--backup-dir",
    type=PATH,
    metavar="DIR",
    help="Write the key there. Default: a directory of yours outside any repository.",
)
@_custody.custody_option
def key_new(
    *,
    name: str,
    file: Path | None,
    hosts: tuple[str, ...],
    names: tuple[str, ...],
    key_type: KeyKind,
    encrypt: bool,
    password_file: Path | None,
    backup_dir: Path | None,
    custody: str,
) -> int:
    """Make it, and write everything."""
    from pinsmith.rotation import key_directory, new_key
    from pinsmith.rotation.books import Books
    from pinsmith.rotation.possession import NONCE_SIZE

    path = find_pin_file(file)
    password = _password(password_file, encrypt=encrypt)
    directory = key_directory.choose(backup_dir, path)
    with editing(path):
        for danger in key_directory.dangers(directory, path):
            _output.warning(danger)
        made = new_key.make(
            Books.open(path),
            name,
            key_type,
            directory,
            hosts=hosts,
            names=names,
            password=password,
            custody=custody,
            nonce=secrets.token_bytes(NONCE_SIZE),
            now=_clock.now(),
        )
    _output.result(f"{made.key.pin}  {name}  standby leaf, {made.key.algorithm}")
    _output.note(
        f"the private key is in {made.stored.key}, {'encrypted' if password else 'not encrypted'}; "
        f"the request for it is in {made.stored.request} and names {', '.join(made.names)}"
    )
    _output.note(_KEEP)
    _custody.tell_hosts(name, hosts)
    return ExitCode.OK


def _password(path: Path | None, *, encrypt: bool) -> bytes | None:
    """Return the password that encrypts the key; None not to encrypt it."""
    password = _custody.given_password(path)
    if password is None and encrypt:
        password = _custody.asked_password("password for the new key", twice=True)
        if password is None:
            raise UsageError(
                "--encrypt needs a password, and standard input is not a terminal",
                hint=f"pass it with --password-file, or in {_custody.ENVIRONMENT}",
            )
    return password
