"""
Check a new certificate, put it where the server reads it, and reload the server.

Use it as the deploy hook of the tool that renews certificates, with a folder of the server as target, and not that of
the tool. The certificate is checked for every pinned host that it names or the old one names, against the pin file and
all releases in use, as `pinsmith check --certificate` does. If clients of any host would refuse it, nothing is written,
the old certificate stays in service, and the exit code is that of `check`. The private key must belong to it.

In an emergency in which `pinsmith rotate next --choose rotate-now` has given releases up, a certificate with the new
key may lock these out until the rotation ends, and a warning names them.

Certificate and key are replaced together, and the old files stay beside them as *.old. If the command of --reload
fails, the old files are put back, and the server is reloaded again. To go back later, deploy the *.old files. If
nothing has changed, nothing is reloaded, so the command can run daily.

A key in a PKCS#11 token, or behind a command, stays there. It signs a random message, and only the certificate is
written.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _complete_pin_file, _options, _output, _rotation
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.cli._editing import editing
from pinsmith.cli._server_key import server_key_options
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.cli._check_hosts import Soon
    from pinsmith.cli._server_key import ServerKey
    from pinsmith.policy import Policy

EXAMPLES: Final = (
    (
        "Deploy a renewed certificate:",
        "pinsmith rotate deploy --certificate new.pem --key new.key --certificate-to chain.pem --key-to key.pem",
    ),
)


@click.command("deploy", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "hosts",
    nargs=-1,
    metavar="HOST",
    shell_complete=_complete_pin_file.hosts,
    help="A host that will present it; by default every pinned host that the new or the old certificate names.",
)
@_options.file_option
@click.option("--certificate", type=PATH, metavar="FILE", required=True, help="The new certificate, with its chain.")
@click.option(
    "--certificate-to", type=PATH, metavar="FILE", required=True, help="The file from which the server reads the chain."
)
@server_key_options
@click.option("--reload", metavar="COMMAND", help="Makes the server read both again; started without a shell.")
@_options.cafile_option
def rotate_deploy(
    *,
    hosts: tuple[str, ...],
    file: Path | None,
    certificate: Path,
    server_key: ServerKey,
    certificate_to: Path,
    reload: str | None,
    cafile: Path | None,
) -> int:
    """Check, and deploy."""
    from pinsmith import files, pinfile
    from pinsmith.checks.certificate import certificates_in
    from pinsmith.cli._check_result import conclude, show
    from pinsmith.errors import MaterialError
    from pinsmith.errors.base import about
    from pinsmith.material import MAX_BYTES
    from pinsmith.pinfile.releases import Releases
    from pinsmith.rotation import deployment
    from pinsmith.rotation.possession import NONCE_SIZE

    path = _options.find_pin_file(file)
    pin_file = pinfile.load_file(path)
    try:
        place = deployment.Place(certificate_to, server_key.key_to, deployment.reload_words(reload))
    except ValueError as error:
        raise UsageError(f"--reload is not a command: {error}", hint="end each quotation in it") from None
    new = files.read(certificate, most_bytes=MAX_BYTES)
    private = files.read(server_key.file, most_bytes=MAX_BYTES) if server_key.file else None
    deployment.require_apart(place, certificate, server_key.file)
    releases = Releases.beside(path).alive(_clock.now())
    soon: Soon = {"warn_within": None, "lead_time": timedelta(days=pin_file.lead_time), "releases": releases}
    with editing(certificate_to):
        with about(certificate, MaterialError):
            checks = _check(pin_file.policy, new, hosts, cafile, soon, old=certificate_to, folder=path.parent)
        checks, given_up = _rotation.without_given_up(checks, path)
        show(checks, "text", None, strict=False, quiet=False)
        for why in given_up:
            _output.warning(why)
        if code := conclude(checks, None, strict=False):
            _output.note(f"nothing was written: {place.certificate} is as before")
            return code
        if private is None:
            signer = server_key.open(certificates_in(new)[0].der)
            deployment.require_signature(new, signer, secrets.token_bytes(NONCE_SIZE))
        else:
            with about(server_key.key, MaterialError):
                deployment.require_pair(new, private)
        if deployment.deploy(place, new, private):
            _output.success(f"{place.certificate} has the new certificate" + (f"; ran {reload}" if reload else ""))
        else:
            _output.note(f"{place.certificate} has this certificate already")
    return ExitCode.OK


def _check(
    policy: Policy, new: bytes, hosts: Sequence[str], cafile: Path | None, soon: Soon, *, old: Path, folder: Path
) -> list[HostCheck]:
    """Check *new* for *hosts*; without them, also for the hosts of the certificate in the file *old*."""
    from pinsmith import files
    from pinsmith.checks.certificate import certificates_in, pinned_hosts
    from pinsmith.cli._check_hosts import check_content
    from pinsmith.errors import MaterialError
    from pinsmith.material import MAX_BYTES

    checks = check_content(policy, new, hosts, cafile, soon, folder=folder)
    if hosts or not old.exists():
        return checks
    try:
        served = certificates_in(files.read(old, most_bytes=MAX_BYTES))[0]
    except MaterialError as error:
        _output.warning(f"{old} cannot be compared with the new certificate: {error}")
        return checks
    lost = set(pinned_hosts(policy, soon["releases"], served)) - {check.host for check in checks}
    return [*checks, *(check_content(policy, new, sorted(lost), cafile, soon, folder=folder) if lost else [])]
