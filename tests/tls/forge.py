"""Certificates that no authority issued."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from pinsmith.lab import key as keys
from pinsmith.lab.identity import Identity
from tests.tls.pki import NAMES

if TYPE_CHECKING:
    from pinsmith.lab.authority import Authority


def forged_leaf(issuer: Authority) -> Identity:
    """
    Make a leaf that claims to be issued by *issuer*, names and key identifiers and all, but is signed with its own key.

    OpenSSL builds a chain from it to *issuer*'s root; only verification finds out.
    """
    key = keys.private_of("ec-p256")
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=issuer.certificate.subject,
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAMES[0])]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=1),
    )
    for extension in (
        x509.SubjectAlternativeName([x509.DNSName("localhost")]),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
    ):
        builder = builder.add_extension(extension, critical=False)
    return Identity(builder.sign(key, hashes.SHA256()), key, (issuer.certificate,), None)
