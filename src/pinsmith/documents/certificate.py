"""A certificate as a part of documents."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, UnsetType

from pinsmith import authorities
from pinsmith.certificate import Certificate
from pinsmith.certificate.link import attempt

if TYPE_CHECKING:
    from pinsmith.certificate import UnreadableCertificate
    from pinsmith.certificate.link import Link
    from pinsmith.pin import Pin


class LinkOut(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of a chain, without its bytes; a field that cannot be read is null."""

    pin: str | None
    role: str
    subject: str | None
    issuer: str | None
    not_before: str | None
    not_after: str | None
    algorithm: str | None
    compromised: str | None
    certificate_sha256: str
    presented: bool
    verified: bool


class CertificateOut(LinkOut, frozen=True, kw_only=True):
    """One certificate; a field that cannot be read is null. ``pem`` is not there with ``--no-pem``."""

    pem: str | UnsetType = UNSET


def certificate_out(link: Link, *, pem: bool) -> CertificateOut:
    """Describe one certificate of a chain, with its bytes if *pem*."""
    return CertificateOut(**link_facts(link), pem=pem_of(link.certificate) if pem else UNSET)


def link_out(link: Link) -> LinkOut:
    """Describe one certificate of a chain, without its bytes."""
    return LinkOut(**link_facts(link))


def link_facts(link: Link) -> dict[str, Any]:
    """Return the fields of a `LinkOut`."""
    certificate = link.certificate
    return certificate_facts(certificate) | {
        "role": link.role,
        "presented": link.presented,
        "verified": link.verified,
        "compromised": compromised_out(certificate.pin) if isinstance(certificate, Certificate) else None,
    }


@functools.lru_cache(maxsize=512)  # thousands of hosts share a few authorities
def certificate_facts(certificate: Certificate | UnreadableCertificate) -> dict[str, Any]:
    """Return the fields that depend only on the certificate, without its bytes; one that cannot be read is null."""
    readable = certificate if isinstance(certificate, Certificate) else None
    return {
        "pin": str(readable.pin) if readable else None,
        "subject": attempt(lambda: readable.subject) if readable else None,
        "issuer": attempt(lambda: readable.issuer) if readable else None,
        "not_before": attempt(lambda: f"{readable.not_before:%Y-%m-%dT%H:%M:%SZ}") if readable else None,
        "not_after": attempt(lambda: f"{readable.not_after:%Y-%m-%dT%H:%M:%SZ}") if readable else None,
        "algorithm": readable.algorithm if readable else None,
        "certificate_sha256": certificate.sha256,
    }


@functools.lru_cache(maxsize=512)
def pem_of(certificate: Certificate | UnreadableCertificate) -> str:
    """Return a certificate as PEM; see `certificate_facts`."""
    return certificate.pem


def compromised_out(pin: Pin) -> str | None:
    """Name the owner and the incident if the key with *pin* is compromised; return None if it is not."""
    known = authorities.compromised(pin)
    return str(known) if known else None
