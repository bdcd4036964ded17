"""The certificates of one host as one list: those that the server sent, and those that were verified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.certificate import Certificate, Chain, UnreadableCertificate


@dataclass(frozen=True, slots=True)
class Link:
    """
    One certificate of a host.

    Attributes:
        presented: The server sent it.
        verified: It is part of the verified chain.
    """

    certificate: Certificate | UnreadableCertificate
    role: str
    presented: bool
    verified: bool


def links(presented: Chain, verified: Chain | None) -> list[Link]:
    """Join both chains: the verified one first, leaf to trust anchor, then what was sent besides."""
    sent = {certificate.der for certificate in presented}
    joined = [
        Link(certificate, verified.role(depth), presented=certificate.der in sent, verified=True)
        for depth, certificate in enumerate(verified or ())
        if verified is not None
    ]
    known = {link.certificate.der for link in joined}
    joined += [
        Link(certificate, presented.role(depth), presented=True, verified=False)
        for depth, certificate in enumerate(presented)
        if certificate.der not in known
    ]
    return joined


def attempt(read: Callable[[], str]) -> str | None:
    """Read a text of a certificate; return None if it cannot be read."""
    try:
        return read()
    except CertificateError:
        return None
