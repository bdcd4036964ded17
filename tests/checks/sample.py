"""Results of fetching a host, without a live host."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pinsmith.certificate import Certificate, Chain
from pinsmith.errors import ConnectError
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.probe import Failed, Fetched, Target
from pinsmith.probe.trust import Distrust

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.policy import KeyRole

HOST = "api.example.com"
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 15, tzinfo=UTC)


def fetched(identity: Identity, host: str = HOST, *, trusted: bool = True, address: str = "192.0.2.1") -> Fetched:
    """Describe a host that presents *identity*."""
    presented = Chain.of_der(certificate.public_bytes(Encoding.DER) for certificate in identity.chain)
    above = [identity.root] if identity.root is not None else []
    verified = Chain.of_der(certificate.public_bytes(Encoding.DER) for certificate in (*identity.chain, *above))
    distrust = None if trusted else Distrust("self-signed", "self-signed", "self-signed certificate")
    target = Target(host)
    suite = "TLS_AES_256_GCM_SHA384"
    return Fetched(target, address, "TLSv1.3", suite, presented, verified if trusted else None, distrust)


def failed(host: str = HOST, address: str = "192.0.2.9") -> Failed:
    """Describe a host that cannot be reached."""
    return Failed(Target(host), address, ConnectError("refused the connection").at(host, 443, address))


def key(name: str, pin: str, role: KeyRole = "leaf", *, standby: bool = False) -> Key:
    """Make a key of a policy."""
    return Key(name, Pin.parse(pin), role, standby=standby)


def policy(*keys: Key, host: str = HOST, **fields: Any) -> Policy:  # noqa: ANN401 - the fields of HostPins
    """Make a policy of one host."""
    return Policy((HostPins(host, keys, **fields),))


def issued_by(organisation: str, root: Authority) -> Certificate:
    """Make a certificate whose issuer has this organisation; its signature is not checked here."""
    leaf = root.issue(HOST)
    builder = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)]),
        leaf.certificate.subject,
        leaf.certificate.public_key(),
        x509.random_serial_number(),
        leaf.certificate.not_valid_before_utc,
        leaf.certificate.not_valid_after_utc,
    )
    return Certificate(builder.sign(root.key, hashes.SHA256()).public_bytes(Encoding.DER))
