"""
Machine output: versioned types, never a dump of internals.

Every document is an object with ``version``; a new field may be added within a version, none is renamed or removed.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from pinsmith.certificate import Certificate
from pinsmith.certificate.link import attempt, links

if TYPE_CHECKING:
    from pinsmith.certificate import UnreadableCertificate
    from pinsmith.certificate.link import Link
    from pinsmith.errors import PinsmithError
    from pinsmith.pin import Pin
    from pinsmith.probe.result import Failed, Fetched

VERSION: Final = 1


class ErrorOut(msgspec.Struct, frozen=True, kw_only=True):
    """Why something could not be read."""

    code: str
    message: str
    hint: str | None


class CertificateOut(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate; a field that cannot be read is null."""

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
    pem: str


class HostOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One address of one host. ``error`` is there only if it could not be read.

    ``port`` is null only for a text that is no host; ``host`` is then that text.
    """

    host: str
    port: int | None
    address: str | None
    tls_version: str | None
    trusted: bool
    trust_error: str | None
    chain: list[CertificateOut]
    error: ErrorOut | UnsetType = UNSET


class Versioned(msgspec.Struct, frozen=True, kw_only=True):
    """What every document begins with."""

    version: int = VERSION


class HostLine(HostOut, frozen=True, kw_only=True, tag_field="version", tag=VERSION):
    """One line of ``--format ndjson``, a document of its own."""


class FetchDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith fetch --format json``."""

    hosts: list[HostOut]


def encode(document: msgspec.Struct) -> bytes:
    """Write *document* as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def encode_line(document: msgspec.Struct) -> bytes:
    """Write *document* as JSON on one line."""
    return msgspec.json.encode(document)


def error_out(error: PinsmithError) -> ErrorOut:
    """Describe *error*."""
    return ErrorOut(code=error.code, message=str(error), hint=error.hint)


def host_out(outcome: Fetched | Failed, kind: type[HostOut] = HostOut) -> HostOut:
    """Describe what became of one address."""
    from pinsmith.probe.result import Failed

    if isinstance(outcome, Failed):
        return kind(
            host=outcome.target.host,
            port=outcome.target.port,
            address=outcome.address,
            tls_version=None,
            trusted=False,
            trust_error=None,
            chain=[],
            error=error_out(outcome.error),
        )
    return kind(
        host=outcome.host,
        port=outcome.port,
        address=outcome.address,
        tls_version=outcome.tls_version,
        trusted=outcome.trusted,
        trust_error=outcome.trust_error,
        chain=[certificate_out(link) for link in links(outcome.presented, outcome.verified)],
    )


def refused_out(text: str, error: PinsmithError, kind: type[HostOut] = HostOut) -> HostOut:
    """Describe a text that is no host."""
    return kind(
        host=text,
        port=None,
        address=None,
        tls_version=None,
        trusted=False,
        trust_error=None,
        chain=[],
        error=error_out(error),
    )


def certificate_out(link: Link) -> CertificateOut:
    """Describe one certificate of a chain."""
    return CertificateOut(role=link.role, presented=link.presented, verified=link.verified, **_facts(link.certificate))


@functools.lru_cache(maxsize=512)  # thousands of hosts share a few authorities
def _facts(certificate: Certificate | UnreadableCertificate) -> dict[str, Any]:
    readable = certificate if isinstance(certificate, Certificate) else None
    return {
        "pin": str(readable.pin) if readable else None,
        "subject": attempt(lambda: readable.subject) if readable else None,
        "issuer": attempt(lambda: readable.issuer) if readable else None,
        "not_before": attempt(lambda: f"{readable.not_before:%Y-%m-%dT%H:%M:%SZ}") if readable else None,
        "not_after": attempt(lambda: f"{readable.not_after:%Y-%m-%dT%H:%M:%SZ}") if readable else None,
        "algorithm": readable.algorithm if readable else None,
        "compromised": compromised_out(readable.pin) if readable else None,
        "certificate_sha256": sha256_of(certificate.der),
        "pem": pem_of(certificate.der),
    }


def compromised_out(pin: Pin) -> str | None:
    """Name the owner and the incident if the key with *pin* is compromised; null for machines if it is not."""
    from pinsmith.authorities import compromised

    known = compromised(pin)
    return str(known) if known else None


def sha256_of(der: bytes) -> str:
    """Hash a whole certificate; not a pin."""
    import hashlib

    return hashlib.sha256(der).hexdigest()


def pem_of(der: bytes) -> str:
    """Wrap bytes that stood in the place of a certificate, readable or not."""
    import ssl

    return ssl.DER_cert_to_PEM_cert(der)
