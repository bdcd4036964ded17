"""
Certificate authorities for tests.

Test CA only: keys are made at run time and live in memory unprotected, nothing is checked before
it is signed, nothing is revoked.
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

    Make one with `Authority.root`; from there `intermediate`, `cross_sign` and `issue`.
    """

    certificate: x509.Certificate
    key: PrivateKey
    parent: Authority | None = None

    def __repr__(self) -> str:
        """Show subject and pin; never the private key."""
        return f"<Authority {self.certificate.subject.rfc4514_string()} {self.pin}>"

    @classmethod
    def root(
        cls,
        name: str = "Lab Root",
        *,
        key: KeyKind | PrivateKey = "ec-p256",
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Authority:
        """
        Make a self-signed trust anchor.

        Args:
            name:
                The common name. Two roots may have one name and two keys: that is an attack to
                test.

            key: A kind, or an existing private key.

            not_before: Aware; a day ago by default.

            not_after: Aware; ten years ahead by default.
        """
        private = keys.private_of(key)
        certificate = mint.authority(mint.name_of(name), private, None, not_before=not_before, not_after=not_after)
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

            key: A kind, or an existing private key.

            path_length: How many authorities may stand below it; None for any number.

            not_before: Aware; a day ago by default.

            not_after: Aware; ten years ahead by default.

            extensions: More extensions, each with its critical flag, such as name constraints.
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
        Certify the name and the key of *other* once more, under this authority.

        What the result issues chains to *other*'s own issuer for clients that trust that one, and
        to this authority's root for the rest.
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

            key: A kind, or an existing private key (as after a renewal that keeps the key).

            options: See `pinsmith.lab.pki.mint.LeafOptions`.
        """
        private = keys.private_of(key)
        above = self._ancestry()
        return Identity(
            mint.leaf(names, private, self.issuer, **options),
            private,
            issuers=tuple(each.certificate for each in above[:-1]),
            root=above[-1].certificate,
        )

    def _ancestry(self) -> list[Authority]:
        above = [self]
        while above[-1].parent is not None:
            above.append(above[-1].parent)
        return above

    @property
    def issuer(self) -> mint.Issuer:
        """Name and key, as they sign."""
        return mint.Issuer(self.certificate.subject, self.key)

    @property
    def der(self) -> bytes:
        """The authority's certificate, DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        """The authority's certificate, PEM, without the private key; fit for ``cadata``."""
        return pem_of([self.certificate])

    @property
    def pin(self) -> str:
        """The pin of the authority's key, ``sha256/...``."""
        return keys.pin_of(keys.spki_of(self.key.public_key()))
