"""
Make a certificate request for a key of the pin file.

The private key signs where it is: in a file, in a PKCS#11 token, or behind a command such as the client of a key
management service. The request is verified before it is written. It names the hosts that pin the key.

An authority issues a certificate for the request, so the key reaches a server without leaving its place.
`pinsmith rotate request` writes a script that orders it. `key new` has made a request already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _complete_pin_file, _custody, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._files import is_standard_output
from pinsmith.cli._options import file_option, find_pin_file
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES: Final = (
    (
        "Make a request in a token:",
        "pinsmith key request api-2027 'pkcs11:object=api?module-path=/usr/lib/softhsm/libsofthsm2.so' -o api-2027.csr",
    ),
    (
        "Make one by a command:",
        "pinsmith key request api-2027 --command './sign-with-kms.sh' --public-key kms.pem -o api-2027.csr",
    ),
)


@click.command("request", Command, help=__doc__, examples=EXAMPLES)
@argument("name", metavar="NAME", shell_complete=_complete_pin_file.keys, help="The name of the key in the pin file.")
@file_option
@_custody.names_option
@click.option("-o", "--output", type=PATH, metavar="FILE", help="Write here instead of standard output.")
@_custody.reference_options()
def key_request(
    *, name: str, reference: _custody.Reference, file: Path | None, names: tuple[str, ...], output: Path | None
) -> int:
    """Sign the request, and write it."""
    from pinsmith import files, pinfile
    from pinsmith.rotation import self_issue
    from pinsmith.rotation.named_key import find_key

    path = find_pin_file(file)
    policy = pinfile.load(path)
    key = find_key(policy, name)
    hosts = self_issue.names_of(policy, key, names)
    pem = self_issue.request_pem(key, reference.open(), hosts)
    if output is None or is_standard_output(output):
        _output.octets(pem)
    else:
        files.write_atomically(output, pem)
        _output.note(f"wrote {output}")
    _output.note(f"the request is for {name}, {key.pin}, and names {', '.join(hosts)}")
    if obstacle := self_issue.obstacle(pem):
        _output.warning(obstacle)
    return ExitCode.OK
