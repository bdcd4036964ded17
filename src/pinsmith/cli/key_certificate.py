"""
Print the certificate of a key, or give the key a certificate.

Without FILE, the certificate is printed as PEM. With FILE, the certificate of the key that it contains is written into
the directory certs beside the pin file, and into the entry of the key. If FILE is the private key, a certificate is
made that the key signs itself. A key in a PKCS#11 token, or behind a command, signs it there.

`init` and `add` do this for the keys that they pin. Use this command when a certificate is renewed with the same key,
because some platforms compare the whole certificate. `pinsmith formats` lists what each platform compares.
"""

from __future__ import annotations

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
    ("Print the certificate of a key:", "pinsmith key certificate api-2026"),
    ("Keep a renewed certificate of the same key:", "pinsmith key certificate api-2026 fullchain.pem"),
    ("Make a certificate of a standby key:", "pinsmith key certificate api-standby standby.key"),
    (
        "Let a token make it:",
        "pinsmith key certificate api-2027 'pkcs11:token=vault;object=api?module-path=/usr/lib/softhsm/libsofthsm2.so'",
    ),
)


_SOURCE: Final = "A file with a certificate of it, or with the private key; or the URI of the key in a PKCS#11 token."


@click.command("certificate", Command, help=__doc__, examples=EXAMPLES)
@argument("name", metavar="NAME", shell_complete=_complete_pin_file.keys, help="The name of the key in the pin file.")
@file_option
@_custody.names_option
@_custody.reference_options(help=_SOURCE)
def key_certificate(*, name: str, reference: _custody.Reference, file: Path | None, names: tuple[str, ...]) -> int:
    """Print the certificate, or write it."""
    from pinsmith import pinfile
    from pinsmith.rotation import key_certificate, self_issue
    from pinsmith.rotation.named_key import find_key

    path = find_pin_file(file)
    if not (reference.is_given or names):
        _output.octets(key_certificate.read(path, name))
        return ExitCode.OK
    policy = pinfile.load(path)
    key = find_key(policy, name)
    pem = key_certificate.in_file(reference.path, key) if reference.path and reference.command is None else None
    if pem is None:
        hosts = self_issue.names_of(policy, key, names)
        pem = self_issue.certificate_pem(key, reference.open(), hosts, _clock.now())
    with editing(path):
        written = key_certificate.keep(path, name, pem)
    if written:
        _output.note(f"wrote {written}")
    else:
        _output.success(f"{path} already has this certificate of {name}")
    return ExitCode.OK
