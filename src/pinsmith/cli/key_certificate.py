"""
Print the certificate of a key, or give the key a certificate.

Without FILE, the certificate is printed as PEM. With FILE, the certificate of the key that it contains is written into
the directory certs beside the pin file, and into the entry of the key. If FILE is the private key, a certificate is
made that the key signs itself.

`init` and `add` do this for the keys that they pin. Use this command when a certificate is renewed with the same key,
because some platforms compare the whole certificate. `pinsmith formats` lists what each platform compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _complete_pin_file, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    ("Print the certificate of a key:", "pinsmith key certificate api-2026"),
    ("Keep a renewed certificate of the same key:", "pinsmith key certificate api-2026 fullchain.pem"),
    ("Make a certificate of a standby key:", "pinsmith key certificate api-standby standby.key"),
)


@click.command("certificate", Command, help=__doc__, examples=EXAMPLES)
@argument("name", metavar="NAME", shell_complete=_complete_pin_file.keys, help="The name of the key in the pin file.")
@argument(
    "source",
    type=PATH,
    required=False,
    metavar="[FILE]",
    help="A file with a certificate of it, or with the private key.",
)
@file_option
def key_certificate(*, name: str, source: Path | None, file: Path | None) -> int:
    """Print the certificate, or write it."""
    from pinsmith.rotation import key_certificate

    path = find_pin_file(file)
    if source is None:
        _output.octets(key_certificate.read(path, name))
        return ExitCode.OK
    with editing(path):
        written = key_certificate.keep(path, name, source, _clock.now())
    if written:
        _output.note(f"wrote {written}")
    else:
        _output.success(f"{path} already has this certificate of {name}")
    return ExitCode.OK
