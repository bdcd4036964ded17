"""
Certificate authorities for tests.

Test CA only: keys are made at run time, live in memory unprotected, nothing is checked before signing and nothing is
revoked. Certificates pass OpenSSL's strict checks (``VERIFY_X509_STRICT``, the default since Python 3.13).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pinsmith.lab import key as keys
from pinsmith.lab.identity import Identity, pem_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import ExtensionType, ObjectIdentifier

    from pinsmith.lab.key import KeyKind, PrivateKey, PublicKey

DAY = timedelta(days=1)
LEAF_LIFE = 365 * DAY
AUTHORITY_LIFE = 3650 * DAY
BOTH_USAGES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
_LONGEST_COMMON_NAME = 64


class LeafOptions(TypedDict, total=False):
    """What may be odd about a leaf certificate; without any of these it is sound."""

    common_name: str
    """The first name that fits, by default. Empty: no subject at all."""

    not_before: datetime
    """Aware; a day ago by default."""

    not_after: datetime
    """Aware; a year ahead by default."""

    san: bool
    """False leaves the names to the common name alone."""

    is_ca: bool
    """True gives the leaf the powers of an authority."""

    usages: Sequence[ObjectIdentifier]
    """Extended key usage; server and client by default, empty for none."""

    extensions: Sequence[tuple[ExtensionType, bool]]
    """More extensions, each with its critical flag."""


@dataclass(frozen=True, eq=False, repr=False)
class Authority:
    """
    A certificate authority for tests: a certificate, its key and the certificates above it.

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
            name: The common name. Two roots of one name and two keys are allowed: that is an attack to test.

            key: A kind, or an existing private key.

            not_before: Aware; a day ago by default.

            not_after: Aware; ten years ahead by default.
        """
        private = _private(key)
        subject = _subject(name)
        window = _window(not_before, not_after, AUTHORITY_LIFE)
        extensions = _authority_extensions(private.public_key(), None, path_length=None)
        return cls(
            _sign(subject, private.public_key(), subject, private, window, extensions), private
        )

    def intermediate(  # noqa: PLR0913 - every argument has a default, a test changes one
        self,
        name: str = "Lab Intermediate",
        *,
        key: KeyKind | PrivateKey = "ec-p256",
        path_length: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        extensions: Sequence[tuple[ExtensionType, bool]] = (),
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
        private = _private(key)
        window = _window(not_before, not_after, AUTHORITY_LIFE)
        own = _authority_extensions(private.public_key(), self.key.public_key(), path_length)
        certificate = _sign(
            _subject(name),
            private.public_key(),
            self.certificate.subject,
            self.key,
            window,
            [*own, *extensions],
        )
        return Authority(certificate, private, self)

    def cross_sign(self, other: Authority) -> Authority:
        """
        Certify the name and the key of *other* once more, under this authority.

        What the result issues chains to *other*'s root for clients that trust it, and to this one's for the rest.
        """
        window = _window(None, None, AUTHORITY_LIFE)
        extensions = _authority_extensions(
            other.key.public_key(), self.key.public_key(), path_length=None
        )
        certificate = _sign(
            other.certificate.subject,
            other.key.public_key(),
            self.certificate.subject,
            self.key,
            window,
            extensions,
        )
        return Authority(certificate, other.key, self)

    def issue(
        self, *names: str, key: KeyKind | PrivateKey = "ec-p256", **options: Unpack[LeafOptions]
    ) -> Identity:
        """
        Issue a leaf certificate.

        Args:
            names: Host names, wildcards or IP addresses for the subject alternative name; IP addresses are recognised.

            key: A kind, or an existing private key (as after a renewal that keeps the key).

            options: See `LeafOptions`.
        """
        private = _private(key)
        certificate = _leaf(names, private, self, **options)
        above = self._ancestry()
        return Identity(
            certificate,
            private,
            issuers=tuple(each.certificate for each in above[:-1]),
            root=above[-1].certificate,
            spki=keys.spki_of(private.public_key()),
        )

    def _ancestry(self) -> list[Authority]:
        above = [self]
        while above[-1].parent is not None:
            above.append(above[-1].parent)
        return above

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


def self_signed(
    *names: str, key: KeyKind | PrivateKey = "ec-p256", **options: Unpack[LeafOptions]
) -> Identity:
    """
    Make a self-signed server certificate, as private servers and attackers have.

    The arguments are those of `Authority.issue`.
    """
    private = _private(key)
    certificate = _leaf(names, private, None, **options)
    return Identity(
        certificate, private, issuers=(), root=None, spki=keys.spki_of(private.public_key())
    )


def _leaf(  # noqa: PLR0913 - LeafOptions, with the defaults
    names: Sequence[str],
    private: PrivateKey,
    issuer: Authority | None,
    *,
    common_name: str | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    san: bool = True,
    is_ca: bool = False,
    usages: Sequence[ObjectIdentifier] = BOTH_USAGES,
    extensions: Sequence[tuple[ExtensionType, bool]] = (),
) -> x509.Certificate:
    if common_name is None:
        common_name = next((name for name in names if len(name) <= _LONGEST_COMMON_NAME), "")
    subject = _subject(common_name)
    public = private.public_key()
    own: list[tuple[ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=is_ca, path_length=None), True),
        (_key_usage(digital_signature=True, certificates=is_ca), True),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
    ]
    if issuer is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        own.append((identifier, False))
    if usages:
        own.append((x509.ExtendedKeyUsage(usages), False))
    if san and names:
        # RFC 5280 4.2.1.6: critical exactly if there is no subject.
        own.append(
            (x509.SubjectAlternativeName([_general_name(name) for name in names]), not common_name)
        )
    issuer_name = subject if issuer is None else issuer.certificate.subject
    signer = private if issuer is None else issuer.key
    window = _window(not_before, not_after, LEAF_LIFE)
    return _sign(subject, public, issuer_name, signer, window, [*own, *extensions])


def _private(key: KeyKind | PrivateKey) -> PrivateKey:
    return keys.generate(key) if isinstance(key, str) else key


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _window(
    not_before: datetime | None, not_after: datetime | None, life: timedelta
) -> tuple[datetime, datetime]:
    # Giving one end only must do: an end in the past moves the start before it, and the other way round.
    now = datetime.now(UTC).replace(microsecond=0)
    start = not_before or min(now - DAY, not_after - DAY if not_after else now)
    return start, not_after or max(now, start) + life


def _key_usage(*, digital_signature: bool, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _authority_extensions(
    public: PublicKey, issuer: PublicKey | None, path_length: int | None
) -> list[tuple[ExtensionType, bool]]:
    extensions: list[tuple[ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (_key_usage(digital_signature=False, certificates=True), True),
        (x509.SubjectKeyIdentifier.from_public_key(public), False),
    ]
    if issuer is not None:
        extensions.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), False))
    return extensions


def _sign(  # noqa: PLR0913 - the fields of a certificate
    subject: x509.Name,
    public: PublicKey,
    issuer: x509.Name,
    signer: PrivateKey,
    window: tuple[datetime, datetime],
    extensions: Sequence[tuple[ExtensionType, bool]],
) -> x509.Certificate:
    builder = x509.CertificateBuilder(issuer, subject, public, x509.random_serial_number(), *window)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signer, keys.signing_hash(signer))
