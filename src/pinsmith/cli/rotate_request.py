"""
Print a script that orders a certificate for a key, and deploys it unless it locks users out.

The tools make a new key at each renewal, or keep their own. With a request, the certificate is for the key that you
chose, such as the standby key: `pinsmith add HOST --generate-backup` writes key and request. The script orders the
certificate and runs `pinsmith rotate deploy`. Read it, and run it as your schedule demands; nothing is run here.

The key of the request must be pinned for HOST. A warning names each release that does not pin it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _output
from pinsmith.cli._command import PATH, Command, argument, choice_option
from pinsmith.cli._server_key import server_key_options
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode
from pinsmith.renewal.scripts import SCRIPTS

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.cli._server_key import ServerKey

EXAMPLES: Final = (
    (
        "Order a certificate with lego:",
        (
            "pinsmith rotate request api.example.com --with lego --request new.csr --key new.key "
            "--certificate-to chain.pem --key-to key.pem"
        ),
    ),
    (
        "Order one for a key in a token, where the server uses it:",
        (
            "pinsmith rotate request api.example.com --with lego --request new.csr --password-file pin "
            "--key 'pkcs11:object=api?module-path=/usr/lib/softhsm/libsofthsm2.so' --certificate-to chain.pem"
        ),
    ),
)


@click.command("request", Command, help=__doc__, examples=EXAMPLES)
@argument("host", metavar="HOST", shell_complete=_complete_pin_file.hosts, help="The host.")
@_options.file_option
@choice_option("--with", "tool", choices=[script.id for script in SCRIPTS], required=True, help="The tool.")
@click.option("--request", type=PATH, metavar="FILE", required=True, help="The certificate request of the key.")
@click.option(
    "--certificate-to", type=PATH, metavar="FILE", required=True, help="The file from which the server reads the chain."
)
@server_key_options
@click.option("--reload", metavar="COMMAND", help="Makes the server read both again; started without a shell.")
def rotate_request(
    *,
    host: str,
    file: Path | None,
    tool: str,
    request: Path,
    server_key: ServerKey,
    certificate_to: Path,
    reload: str | None,
) -> int:
    """Check the request, and print the script."""
    from pinsmith import files, pinfile
    from pinsmith.errors import MaterialError
    from pinsmith.errors.base import about
    from pinsmith.host import canonical_host
    from pinsmith.material import MAX_BYTES
    from pinsmith.pinfile.releases import Releases
    from pinsmith.renewal.scripts import Order
    from pinsmith.rotation.deployment import Place, require_apart
    from pinsmith.rotation.request import lacking, read_request

    script = next(script for script in SCRIPTS if script.id == tool)
    if script.copies_key and server_key.file is None:
        raise UsageError(
            f"{script.title} gets a copy of the private key, but this key stays where it is",
            hint="choose another tool, or a key in a file",
        )
    require_apart(Place(certificate_to, server_key.key_to), None, server_key.file)
    path = _options.find_pin_file(file)
    content = files.read(request, most_bytes=MAX_BYTES)
    with about(request, MaterialError):
        found = read_request(pinfile.load(path), canonical_host(host), content)
    now = _clock.now()
    for release in lacking(Releases.beside(path).alive(now), found, now):
        _output.warning(f"{release.who} does not pin {found.key.name}, so `pinsmith rotate deploy` may refuse it")
    order = Order(
        host=found.host,
        key_name=found.key.name,
        pin_file=str(path.resolve()),
        request=str(request.resolve()),
        request_pem=found.pem,
        key=server_key.order_key(),
        certificate_to=str(certificate_to.resolve()),
        reload=reload,
    )
    _output.result(*script.write(order).rstrip("\n").split("\n"))
    return ExitCode.OK
