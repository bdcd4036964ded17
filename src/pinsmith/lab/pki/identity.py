"""A certificate with its private key and its issuers, which a server or a client presents."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pinsmith.lab.pki import key as keys, mint
from pinsmith.lab.pki.pss import certificate_padding

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable


@dataclass(frozen=True, eq=False, repr=False)
class Identity:
    """
    A leaf certificate, its private key and the certificates above it.

    For tests only. Make one with `Authority.issue` or `Identity.self_signed`.
    """

    certificate: x509.Certificate
    key: keys.PrivateKey
    issuers: tuple[x509.Certificate, ...]
    """The intermediates, lowest first. The root is not among them."""

    root: x509.Certificate | None
    """The trust anchor; None if self-signed."""

    def __repr__(self) -> str:
        """Show the subject and the pin, but never the private key."""
        return f"<Identity {self.certificate.subject.rfc4514_string() or '(no subject)'} {self.pin}>"

    @classmethod
    def self_signed(
        cls,
        *names: str,
        key: keys.KeyKind | keys.PrivateKey = "ec-p256",
        **options: Unpack[mint.LeafOptions],
    ) -> Identity:
        """
        Make a self-signed certificate, like those of private servers and attackers.

        The arguments are those of `pinsmith.lab.pki.authority.Authority.issue`.
        """
        private = keys.private_of(key)
        return cls(mint.leaf(names, private, None, **options), private, issuers=(), root=None)

    @property
    def der(self) -> bytes:
        """The leaf certificate, DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """The leaf certificate, PEM, without the private key."""
        return pem_of([self.certificate])

    @property
    def spki(self) -> bytes:
        """The leaf's SubjectPublicKeyInfo, DER."""
        return keys.spki_of(self.key.public_key())

    @property
    def pin(self) -> str:
        """The pin of the leaf, ``sha256/...``."""
        return keys.pin_of(self.spki)

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Leaf, then intermediates. The root is not included."""
        return (self.certificate, *self.issuers)

    def presented_pem(self, extra: Iterable[x509.Certificate] = (), *, root: bool = False) -> str:
        """
        Join the certificates that a server sends, as PEM: the chain, then the root if *root* is set, then *extra*.

        Args:
            extra: Certificates appended as they are, related or not.

            root: Whether the trust anchor is sent.
        """
        above = (self.root,) if root and self.root is not None else ()
        return pem_of([*self.chain, *above, *extra])

    def csr(self) -> x509.CertificateSigningRequest:
        """Make a PKCS#10 request with the subject and the alternative names of the certificate."""
        builder = x509.CertificateSigningRequestBuilder(self.certificate.subject)
        for extension in self.certificate.extensions:
            if isinstance(extension.value, x509.SubjectAlternativeName):
                builder = builder.add_extension(extension.value, critical=extension.critical)
        digest = keys.signing_hash(self.key)
        return builder.sign(self.key, digest, rsa_padding=certificate_padding(self.key))

    def load_into(self, context: ssl.SSLContext, presented: str | None = None) -> None:
        """
        Make *context*, of a server or a client, present this identity.

        The ssl module reads keys only from files. The file is in a private directory and is removed
        at the end of this call.

        Args:
            context: Changed in place.

            presented:
                PEM, leaf first, sent instead of the chain. The leaf must have the key of this identity.
        """
        with tempfile.TemporaryDirectory(prefix="pinsmith-lab-") as directory:
            path = Path(directory) / "identity.pem"
            content = self.private_pem() + (presented or self.presented_pem()).encode("ascii")
            # Exclusive and private from the first byte, whatever the umask.
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
            context.load_cert_chain(path)

    def private_pem(self) -> bytes:
        """Encode the private key as unencrypted PEM PKCS#8. Never log it."""
        return keys.private_pem(self.key)


def pem_of(certificates: Iterable[x509.Certificate]) -> str:
    """Join *certificates* as PEM, in the order given."""
    return "".join(certificate.public_bytes(serialization.Encoding.PEM).decode("ascii") for certificate in certificates)
