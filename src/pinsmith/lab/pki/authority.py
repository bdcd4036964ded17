"""
Certificate authorities for tests.

For tests only: keys are made at run time and are unprotected in memory, nothing is checked before
it is signed, and nothing is revoked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from cryptography.hazmat.primitives import serialization

from pinsmith.lab.pki import key as keys, mint
from pinsmith.lab.pki.identity import Identity, pem_of

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from pinsmith.lab.pki.key import KeyKind, PrivateKey


@dataclass(frozen=True, eq=False, repr=False)
class Authority:
    """
    A certificate authority for tests: a certificate, its key and the authority above it.

    Make one with `Authority.root`, and others with `intermediate` and `cross_sign`.
    """

    certificate: x509.Certificate
    key: PrivateKey
    parent: Authority | None = None

    def __repr__(self) -> str:
        """Show the subject and the pin, but never the private key."""
        return f"<Authority {self.certificate.subject.rfc4514_string()} {self.pin}>"

    @classmethod
    def root(
        cls,
        name: str = "Lab Root",
        *,
        key: KeyKind | PrivateKey = "ec-p256",
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        extensions: mint.Extensions = (),
    ) -> Authority:
        """
        Make a self-signed trust anchor.

        Args:
            name:
                The common name. Two roots may have one name and two keys, which is an attack to
                test.

            key: A type, or an existing private key.

            not_before: Aware; a day ago by default.

            not_after: Aware; ten years ahead by default.

            extensions: More extensions with their critical flags, such as name constraints.
        """
        private = keys.private_of(key)
        certificate = mint.authority(
            mint.name_of(name), private, None, not_before=not_before, not_after=not_after, extensions=extensions
        )
        return cls(certificate, private)

    def intermediate(
        self,
        name: str = "Lab Intermediate",
        *,
        key: KeyKind | PrivateKey = "ec-p256",
        path_length: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        extensions: mint.Extensions = (),
    ) -> Authority:
        """
        Make an authority below this one.

        Args:
            name: The common name.

            key: A type, or an existing private key.

            path_length: How many authorities may be below it; None for any number.

            not_before: Aware; a day ago by default.

            not_after: Aware; ten years ahead by default.

            extensions: More extensions with their critical flags, such as name constraints.
        """
        private = keys.private_of(key)
        certificate = mint.authority(
            mint.name_of(name),
            private,
            self.issuer,
            path_length=path_length,
            not_before=not_before,
            not_after=not_after,
            extensions=extensions,
        )
        return Authority(certificate, private, self)

    def cross_sign(self, other: Authority) -> Authority:
        """
        Certify the name and the key of *other* again, under this authority.

        Certificates of the result chain to the issuer of *other* for clients that trust it, and
        to the root of this authority for all others.
        """
        certificate = mint.authority(other.certificate.subject, other.key, self.issuer)
        return Authority(certificate, other.key, self)

    def issue(
        self, *names: str, key: KeyKind | PrivateKey = "ec-p256", **options: Unpack[mint.LeafOptions]
    ) -> Identity:
        """
        Issue a leaf certificate.

        Args:
            names:
                Host names, wildcards or IP addresses for the subject alternative name; IP
                addresses are recognised.

            key: A type, or an existing private key (as after a renewal that keeps the key).

            options: See `pinsmith.lab.pki.mint.LeafOptions`. By default the leaf ends with its authority at the latest.
        """
        private = keys.private_of(key)
        if "not_before" not in options and "not_after" not in options:
            options["not_after"] = mint.leaf_end(self.ends)
        above = self._ancestry()
        return Identity(
            mint.leaf(names, private, self.issuer, **options),
            private,
            issuers=tuple(authority.certificate for authority in above[:-1]),
            root=above[-1].certificate,
        )

    def _ancestry(self) -> list[Authority]:
        above = [self]
        while above[-1].parent is not None:
            above.append(above[-1].parent)
        return above

    @property
    def issuer(self) -> mint.Issuer:
        """The name and the key that sign."""
        return mint.Issuer(self.certificate.subject, self.key)

    @property
    def ends(self) -> datetime:
        """The last moment at which the certificate is valid; UTC."""
        return self.certificate.not_valid_after_utc

    @property
    def der(self) -> bytes:
        """The authority's certificate, DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """The authority's certificate, PEM, without the private key, for ``cadata``."""
        return pem_of([self.certificate])

    @property
    def pin(self) -> str:
        """The pin of the authority's key, ``sha256/...``."""
        return keys.pin_of(keys.spki_of(self.key.public_key()))
