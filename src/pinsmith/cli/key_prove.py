"""
Prove that the private key of a pinned key still exists, by a signature that is kept in the journal.

A backup helps only while its private key exists, can be decrypted and can sign. Prove a key when you make it, and again
every few months, from the place where it is kept. With `drill-days` in the pin file, `check` warns when the last
proof is too old.

FILE is read and not copied; a key in a PKCS#11 token, or behind a command such as the client of a key management
service, signs there. The journal, pins.journal.jsonl beside the pin file, gets the signature, the date and the
place of the key, and no part of the private key.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _complete_pin_file, _custody, _output
from pinsmith.cli._command import Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Prove a standby key:", "pinsmith key prove api-standby standby.key --custody 'safe in Berlin'"),
    ("Prove a key that is encrypted:", "pinsmith key prove api-standby standby.key --password-file password.txt"),
)


@click.command("prove", Command, help=__doc__, examples=EXAMPLES)
@argument("name", metavar="NAME", shell_complete=_complete_pin_file.keys, help="The name of the key in the pin file.")
@file_option
@_custody.reference_options()
@_custody.custody_option
def key_prove(*, name: str, reference: _custody.Reference, file: Path | None, custody: str) -> int:
    """Sign, and record it."""
    from pinsmith import pinfile
    from pinsmith.rotation.journal import Journal
    from pinsmith.rotation.named_key import find_key
    from pinsmith.rotation.possession import NONCE_SIZE, prove

    path = find_pin_file(file)
    signer, nonce, now = reference.open(), secrets.token_bytes(NONCE_SIZE), _clock.now()
    with editing(path):
        key = find_key(pinfile.load(path), name)
        journal = Journal.beside(path)
        proof = prove(key, signer, custody=custody, nonce=nonce, now=now)
        journal.append("key-proven", now, key=name, facts={"kind": signer.kind}, proof=proof)
    reference.warn(path)
    _output.success(f"the private key of {name} exists and can sign; {journal.path} has the proof")
    return ExitCode.OK
