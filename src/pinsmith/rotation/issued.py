"""The new certificate of a rotation, and how it will be renewed, as files show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith import renewal
from pinsmith.certificate import Chain
from pinsmith.checks.certificate import certificates_in, verified_chain
from pinsmith.checks.chain_fault import names_of, out_of_date
from pinsmith.errors import MaterialError
from pinsmith.rotation.situation import Issued, Renewed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.policy import HostPins


def read_issued(content: bytes, entry: HostPins, anchors: Sequence[bytes], now: datetime) -> Issued:
    """
    Read the certificate that a host will present.

    Args:
        content: Its file with the whole chain, leaf first, in any form that `pinsmith.material` reads.

        entry: The entry of the host.

        anchors: DER certificates of the authorities that clients trust.

        now: Aware.

    Raises:
        MaterialError: If *content* holds no certificate.
    """
    certificates = certificates_in(content)
    leaf = certificates[0]
    if not leaf.covers(entry.host):
        return Issued(
            certificates=certificates, verified=None, problem=f"is not for {entry.host}: it names {names_of(leaf)}"
        )
    if fault := out_of_date(certificates, now, "would present"):
        return Issued(certificates=certificates, verified=None, problem=f"is not valid now: {fault.message}")
    if entry.trust == "pins-only":
        return Issued(certificates=certificates, verified=Chain(tuple(certificates[:1])))
    verified, why = verified_chain(entry.host, certificates, anchors, now)
    return Issued(
        certificates=certificates, verified=verified, problem=f"is not trusted: {why}" if verified is None else ""
    )


def read_renewed(text: str | None, file: str, host: str) -> Renewed:
    """
    Read how the certificate of a host is renewed.

    Args:
        text: The file of a tool for renewals; None if people renew it with a request of the same key.

        file: Its name.

        host: Canonical.

    Raises:
        MaterialError: If the file is of no known tool, or does not name the host.
        SyntaxFaultError: If it is of a tool and cannot be read.
    """
    if text is None:
        return Renewed(keeps_key=True, why="people renew it, with a request of the same key")
    found = renewal.read(text, file)
    if found is None:
        tools = ", ".join(tool.title for tool in renewal.TOOLS)
        raise MaterialError(f"{file} is not a file of a tool that renews certificates", hint=f"known are: {tools}")
    names = {host, f"*.{host.partition('.')[2]}"}
    one = next((one for one in found if names & set(one.hosts)), None)
    if one is None:
        raise MaterialError(f"{file} does not renew a certificate for {host}", hint="pass the file that names the host")
    return Renewed(keeps_key=one.keeps_key, why=f"{file}: {one.why}", fix=one.fix)
