"""Certificates and chains: DER and the raw SubjectPublicKeyInfo; names, dates and algorithm are parsed when needed."""

from __future__ import annotations

import base64
import functools
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from pinsmith.certificate import asn1
from pinsmith.errors import CertificateError, HostError
from pinsmith.host import dialled_host, is_address
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from cryptography import x509

T = TypeVar("T")
Role = Literal["leaf", "intermediate", "root"]

_MAX_CACHED: Final = 512  # certificates; a chain has three
_MAX_CACHED_BYTES: Final = 16 * 1024  # of one chain; a rogue server may send 100 kB, always different


@dataclass(frozen=True)
class Certificate:
    """
    One X.509 certificate.

    Args:
        der: Exactly one DER certificate.

    Attributes:
        spki: The raw DER SubjectPublicKeyInfo as it stands in *der*.
        pin: SHA-256 of *spki*.

    Raises:
        CertificateError: If *der* is not exactly one certificate. Names, dates and key are read on first use, and
            raise this error then.
    """

    der: bytes = field(repr=False)
    spki: bytes = field(init=False, repr=False, compare=False)
    pin: Pin = field(init=False, compare=False)

    def __post_init__(self) -> None:
        spki = asn1.spki_of_certificate(self.der)
        object.__setattr__(self, "spki", spki)
        object.__setattr__(self, "pin", Pin.of_spki(spki))

    @functools.cached_property
    def x509(self) -> x509.Certificate:
        """The certificate as parsed by `cryptography`. Use it for names and dates, never for the pin."""
        from cryptography import x509

        return _attempt(lambda: x509.load_der_x509_certificate(self.der))

    @property
    def subject(self) -> str:
        """The subject as RFC 4514 text, most specific name first, safe to print."""
        return _attempt(lambda: printable(self.x509.subject.rfc4514_string()))

    @property
    def issuer(self) -> str:
        """The issuer as RFC 4514 text, most specific name first, safe to print."""
        return _attempt(lambda: printable(self.x509.issuer.rfc4514_string()))

    @property
    def not_before(self) -> datetime:
        """Start of validity, UTC."""
        return _attempt(lambda: self.x509.not_valid_before_utc)

    @property
    def not_after(self) -> datetime:
        """End of validity, UTC."""
        return _attempt(lambda: self.x509.not_valid_after_utc)

    @property
    def algorithm(self) -> str:
        """The key's algorithm and size, such as ``EC P-256``, ``RSA 2048`` or a dotted object identifier."""
        from pinsmith.certificate.algorithm import describe_algorithm

        return describe_algorithm(self.spki)

    @property
    def sha256(self) -> str:
        """SHA-256 of the whole certificate, 64 lower-case hexadecimal digits. Not a pin."""
        return _sha256(self.der)

    @property
    def names(self) -> tuple[str, ...]:
        """The subject alternative names: DNS names, then IP addresses, in the certificate's order, safe to print."""
        from cryptography import x509

        def read() -> tuple[str, ...]:
            try:
                extension = self.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            except x509.ExtensionNotFound:
                return ()
            return (
                *map(printable, extension.get_values_for_type(x509.DNSName)),
                *map(str, extension.get_values_for_type(x509.IPAddress)),
            )

        return _attempt(read)

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same name."""
        return _attempt(lambda: self.x509.subject == self.x509.issuer)

    @property
    def is_authority(self) -> bool:
        """Whether it may sign other certificates, according to its basic constraints."""
        from cryptography import x509

        def read() -> bool:
            try:
                return self.x509.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            except x509.ExtensionNotFound:
                return False

        return _attempt(read)

    @property
    def pem(self) -> str:
        """The certificate as PEM, with a final newline."""
        return _pem(self.der)

    def covers(self, host: str, *, as_address: bool = False) -> bool:
        """
        Return whether the certificate contains the canonical *host* in its subject alternative names.

        A wildcard matches exactly one whole left-most label. The common name is ignored. A certificate whose names
        cannot be read covers no host.

        OpenSSL checks the name of most connections. There are two exceptions. For hosts with ``trust = "pins-only"``,
        the key is already known, and the name is only a consistency check. Under `pinsmith.inject`, some clients
        compare names themselves after the handshake, as urllib3 1.26 and botocore do.

        Args:
            host: A name or an IP address.

            as_address:
                Require an IP address to be listed as an IP address, as OpenSSL does. By default it may also be listed
                as a DNS name, as in the certificates of many private servers.

        Source:
            :rfc:`9525#section-6`
        """
        from cryptography import x509

        try:
            names = self.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            if is_address(host):
                found = any(_matches(str(address), host) for address in names.get_values_for_type(x509.IPAddress))
                if found or as_address:
                    return found
            return any(_matches(name, host) for name in names.get_values_for_type(x509.DNSName))
        except Exception:  # noqa: BLE001 - the library raises many types on hostile certificates
            return False

    def __reduce__(self) -> tuple[type[Certificate], tuple[bytes]]:
        # The objects of the library cannot be pickled, but errors that contain a chain must be.
        return type(self), (self.der,)

    def summary(self) -> str:
        """One line for messages, with pin and subject. Never raises."""
        try:
            return f"{self.pin}  {self.subject or '(no subject)'}"
        except CertificateError:
            return f"{self.pin}  (unreadable name)"


def _matches(name: str, host: str) -> bool:
    wildcard = name.startswith("*.")
    try:
        pattern = dialled_host(name[2:] if wildcard else name)
    except HostError:
        return False
    if not wildcard:
        return pattern == host
    return not is_address(host) and "." in pattern and host.partition(".")[2] == pattern


@dataclass(frozen=True, slots=True)
class UnreadableCertificate:
    """
    Bytes in a chain that are not a certificate. They match no pin.

    Attributes:
        der: The bytes.
        reason: The reason why they cannot be read.
    """

    der: bytes = field(repr=False)
    reason: str

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, 64 lower-case hexadecimal digits."""
        return _sha256(self.der)

    @property
    def pem(self) -> str:
        """The bytes as PEM, as if they were a certificate, with a final newline."""
        return _pem(self.der)

    def summary(self) -> str:
        """One line for messages."""
        return f"(unreadable certificate: {self.reason})"


@dataclass(frozen=True, slots=True)
class Chain:
    """
    The certificates of one connection, leaf first.

    The type does not distinguish between the presented and the verified chain; the names of variables do.

    Args:
        certificates: Leaf first. A certificate that cannot be read is kept in its place.
    """

    certificates: tuple[Certificate | UnreadableCertificate, ...]

    @classmethod
    def of_der(cls, ders: Iterable[bytes]) -> Chain:
        """Build a chain from DER certificates, leaf first. Unreadable ones become `UnreadableCertificate`."""
        ders = tuple(ders)
        if sum(map(len, ders)) > _MAX_CACHED_BYTES:
            return cls(tuple(map(_read.__wrapped__, ders)))
        return _chain(ders)

    @property
    def leaf(self) -> Certificate | None:
        """The first certificate; None if the chain is empty or the certificate cannot be read."""
        first = self.certificates[0] if self.certificates else None
        return first if isinstance(first, Certificate) else None

    def role(self, depth: int) -> Role:
        """
        Return the role of the certificate at *depth*.

        Depth 0 is the leaf, even if it is self-signed. A self-issued certificate further up is a root.
        """
        certificate = self.certificates[depth]
        if depth == 0:
            return "leaf"
        try:
            is_root = isinstance(certificate, Certificate) and certificate.is_self_issued
        except CertificateError:
            is_root = False
        return "root" if is_root else "intermediate"

    def summary(self) -> list[str]:
        """Return one line per certificate, leaf first. Never raises."""
        return [certificate.summary() for certificate in self.certificates]

    def __len__(self) -> int:
        return len(self.certificates)

    def __iter__(self) -> Iterator[Certificate | UnreadableCertificate]:
        return iter(self.certificates)


# Both are cached by content, because servers present the same few chains at every handshake.


@functools.lru_cache(maxsize=_MAX_CACHED)
def _chain(ders: tuple[bytes, ...]) -> Chain:
    return Chain(tuple(map(_read, ders)))


@functools.lru_cache(maxsize=_MAX_CACHED)
def _read(der: bytes) -> Certificate | UnreadableCertificate:
    try:
        return Certificate(der)
    except CertificateError as error:
        return UnreadableCertificate(der, str(error))


def printable(text: str) -> str:
    r"""
    Escape control characters and the like as RFC 4514 hexadecimal pairs, such as ``\0A`` for a line feed.

    Messages show the names of a certificate, and its creator could use them to control a terminal or forge a log.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else "".join(f"\\{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in text
    )


def _sha256(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()


def _pem(der: bytes) -> str:
    text = base64.b64encode(der).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def _attempt(read: Callable[[], T]) -> T:
    try:
        return read()
    except CertificateError:
        raise
    except Exception as error:  # the library raises many types on hostile certificates
        raise CertificateError(f"the certificate cannot be read: {error}") from error
