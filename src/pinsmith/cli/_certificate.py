"""``pinsmith check --certificate``: the file, the hosts it is for, and what clients trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors import MaterialError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pinsmith.certificate import Certificate
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.policy import Policy


def check_file(policy: Policy, path: Path, names: Sequence[str], cafile: Path | None) -> list[HostCheck]:
    """
    Judge the certificate in the file at *path* for the hosts *names*, or for those it is made for.

    Raises:
        MaterialError: it holds no certificate, or one for no pinned host.
        FileError: it cannot be read.
    """
    from pinsmith.checks.certificate import check_certificate, hosts_of
    from pinsmith.cli import _clock
    from pinsmith.cli._options import trust_of
    from pinsmith.host import canonical_host

    certificates = _read(path)
    hosts = [canonical_host(name) for name in names] or hosts_of(policy, certificates[0])
    if not hosts:
        named = ", ".join(certificates[0].names) or "no host"
        raise MaterialError(
            f"{path}: no pinned host is named by the certificate, which is for {named}",
            hint="name the hosts that will present it: `pinsmith check --certificate FILE HOST`",
        )
    anchors = trust_of(cafile).verifying(None).get_ca_certs(binary_form=True)
    now = _clock.now()
    return [check_certificate(policy, host, certificates, anchors, now=now) for host in hosts]


def _read(path: Path) -> list[Certificate]:
    from pinsmith.cli._files import read_bytes
    from pinsmith.material import MAX_BYTES, read_material

    try:
        found = read_material(read_bytes(path, most=MAX_BYTES))
    except MaterialError as error:
        error.args = (f"{path}: {error}",)
        raise
    certificates = [each.certificate for each in found if each.certificate is not None]
    if not certificates:
        raise MaterialError(
            f"{path}: it holds a {found[0].kind.replace('-', ' ')}, a certificate expected",
            hint="give the certificate that is to be deployed, with its intermediates",
        )
    return certificates
