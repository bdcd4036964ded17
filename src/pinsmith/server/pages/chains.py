"""Chains as pages show them: those that are equal once, with everything of each certificate to copy and to download."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from pinsmith.certificate import Chain
from pinsmith.certificate.link import links
from pinsmith.documents.inspection import inspected_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.certificate import Certificate
    from pinsmith.documents.check import CheckOut
    from pinsmith.documents.inspection import InspectedAddressOut, InspectedCertificateOut, InspectionDocument

MAX_NAMES: Final = 20
_SOON: Final = timedelta(days=30).days
_PEM_TYPE, _DER_TYPE = "application/x-pem-file", "application/pkix-cert"


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """One certificate: its document, and links that contain it."""

    out: InspectedCertificateOut
    file: str
    pem: Markup
    pem_link: Markup
    der_link: Markup

    @property
    def sent(self) -> str:
        """Say where it comes from."""
        if not self.out.presented:
            return "not sent; the verified chain adds it"
        return "sent" if self.out.verified else "sent, and not part of a verified chain"

    @property
    def tone(self) -> str:
        """Say how good its validity is."""
        days = self.out.days_left
        if self.out.compromised or days is None or days < 0:
            return "bad"
        return "warn" if days < _SOON else "good"


@dataclass(slots=True)
class ShownChain:
    """A chain, and the addresses that present it."""

    trusted: bool
    trust_error: str | None
    certificates: list[ShownCertificate]
    pem_link: Markup
    file: str
    addresses: list[str] = field(default_factory=list)
    results: list[CheckOut] = field(default_factory=list)


def shown_chains(document: InspectionDocument) -> list[ShownChain]:
    """Return the chains of a host, those that are equal once."""
    found: dict[tuple[object, ...], ShownChain] = {}
    results: Sequence[CheckOut | None] = document.results or [None] * len(document.addresses)
    for address, result in zip(document.addresses, results, strict=True):
        if not address.chain:
            continue
        key = (address.trusted, *(certificate.certificate_sha256 for certificate in address.chain))
        if key not in found:
            found[key] = _chain(address, f"{document.host}-{len(found) + 1}".replace(":", "_"))
        chain = found[key]
        chain.addresses.append(f"{address.address} ({address.tls_version})")
        if result is not None and result.message not in {known.message for known in chain.results}:
            chain.results.append(result)
    return list(found.values())


def pasted_chain(certificates: Sequence[Certificate], now: datetime) -> ShownChain:
    """Show certificates that somebody has pasted; nothing is verified."""
    chain = Chain(tuple(certificates))
    shown = _certificates([inspected_certificate(link, {}, now) for link in links(chain, None)], "pasted")
    return ShownChain(
        trusted=False,
        trust_error=None,
        certificates=shown,
        pem_link=data_link(_PEM_TYPE, "".join(certificate.out.pem for certificate in shown)),
        file="pasted",
    )


def _chain(address: InspectedAddressOut, file: str) -> ShownChain:
    shown = _certificates(address.chain, file)
    sent = "".join(certificate.out.pem for certificate in shown if certificate.out.presented)
    return ShownChain(address.trusted, address.trust_error, shown, data_link(_PEM_TYPE, sent), file)


def _certificates(outs: Sequence[InspectedCertificateOut], file: str) -> list[ShownCertificate]:
    return [
        ShownCertificate(
            out,
            f"{file}-{number}-{out.role}",
            Markup(out.pem),  # noqa: S704 - base64 between two fixed lines
            data_link(_PEM_TYPE, out.pem),
            data_link(_DER_TYPE, base64.b64decode("".join(out.pem.splitlines()[1:-1]))),
        )
        for number, out in enumerate(outs, 1)
    ]


def data_link(kind: str, content: str | bytes) -> Markup:
    """Return a link that contains *content*, so that nobody must be asked again to download it."""
    raw = content.encode() if isinstance(content, str) else content
    return Markup(f"data:{kind};base64,{base64.b64encode(raw).decode()}")  # noqa: S704 - base64
