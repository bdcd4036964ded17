"""
Standby keys: a key pair and a certificate request, made before they are needed.

:rfc:`7469#section-4.3` calls the pin of a key that no served chain contains a backup pin. It helps only while its
private key exists, is secret, and is kept apart from the key that it would replace.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from pinsmith.certificate.placeholder import LIFETIME
from pinsmith.errors import MaterialError
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

KeyKind = Literal["ec-p256", "ec-p384", "rsa-2048", "rsa-3072", "rsa-4096"]
KEY_KINDS: Final[tuple[KeyKind, ...]] = get_args(KeyKind)
_LONGEST_COMMON_NAME: Final = 64  # ub-common-name, RFC 5280 appendix A.1


@dataclass(frozen=True)
class StandbyKey:
    """
    A fresh key pair. Its private half is never shown.

    Attributes:
        pin: The pin of its public key.
        algorithm: Such as ``EC P-256``.
    """

    private: PrivateKey = field(repr=False)
    pin: Pin
    algorithm: str

    def private_pem(self, password: bytes | None = None) -> bytes:
        """Encode the private key as PEM PKCS#8; encrypted with *password*. Only its owner may read the file."""
        from cryptography.hazmat.primitives import serialization

        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password is not None:
            encryption = serialization.BestAvailableEncryption(password)
        return self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)

    def request_pem(self, hosts: Sequence[str]) -> bytes:
        """
        Make a certificate request for *hosts*, PEM PKCS#10, signed with the key: proof that the key is held.

        Args:
            hosts: Canonical; the first becomes the common name where it is short enough.

        Source:
            :rfc:`2986`
        """
        from cryptography.hazmat.primitives import hashes, serialization

        return request_of(hosts).sign(self.private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def load_private_key(content: bytes) -> PrivateKey:
    """
    Read a private key, EC or RSA, PEM or DER, that is not encrypted.

    Raises:
        MaterialError: If *content* is not such a key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    load = load_pem_private_key if content.lstrip().startswith(b"-----BEGIN") else load_der_private_key
    try:
        private = load(content, None)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise MaterialError(
            "the private key is encrypted or damaged",
            hint="pass a certificate of the key, or the key without a password",
        ) from error
    if not isinstance(private, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise MaterialError("the private key is neither EC nor RSA", hint="pass a certificate of the key")
    return private


def self_signed_pem(private: PrivateKey, hosts: Sequence[str], now: datetime) -> bytes:
    """
    Make a certificate of a standby key, PEM, for platforms that pin certificates: signed by the key itself.

    It is valid for 825 days, the longest time that Apple's platforms accept, and is not an authority.

    Args:
        private: The private key.

        hosts: Canonical; the first becomes the common name where it is short enough.

        now: Aware; the day on which the certificate begins.

    Source:
        https://support.apple.com/en-us/103769
    """
    from cryptography.hazmat.primitives import hashes, serialization

    builder = certificate_of(private.public_key(), hosts, now)
    return builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def request_of(hosts: Sequence[str]) -> x509.CertificateSigningRequestBuilder:
    """Build a certificate request for *hosts*, which is not signed yet; see `StandbyKey.request_pem`."""
    from cryptography import x509

    subject, names, has_room = _names_of(hosts)
    return x509.CertificateSigningRequestBuilder(subject).add_extension(names, critical=not has_room)


def certificate_of(public: CertificatePublicKeyTypes, hosts: Sequence[str], now: datetime) -> x509.CertificateBuilder:
    """Build the certificate of a standby key, which is not signed yet; see `self_signed_pem`."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    subject, names, has_room = _names_of(hosts)
    return (
        x509.CertificateBuilder(subject, subject, public, x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFETIME)
        .add_extension(names, critical=not has_room)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def _names_of(hosts: Sequence[str]) -> tuple[x509.Name, x509.SubjectAlternativeName, bool]:
    """Return a subject and the alternative names for *hosts*, and whether the first fits into the subject."""
    import ipaddress

    from cryptography import x509
    from cryptography.x509.oid import NameOID

    from pinsmith.host import is_address

    names: list[x509.GeneralName] = [
        x509.IPAddress(ipaddress.ip_address(host)) if is_address(host) else x509.DNSName(host) for host in hosts
    ]
    has_room = len(hosts[0]) <= _LONGEST_COMMON_NAME
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])] if has_room else [])
    return subject, x509.SubjectAlternativeName(names), has_room


def generate(kind: KeyKind = "ec-p256") -> StandbyKey:
    """
    Make a fresh key pair; nothing is written anywhere.

    Raises:
        ValueError: If *kind* is none of `KEY_KINDS`.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from pinsmith.certificate.algorithm import describe_algorithm

    if kind not in KEY_KINDS:
        raise ValueError(f"{kind!r} is not a kind of standby key: expected one of {', '.join(KEY_KINDS)}")
    private: PrivateKey
    if kind.startswith("rsa-"):
        private = rsa.generate_private_key(public_exponent=65537, key_size=int(kind[4:]))
    else:
        private = ec.generate_private_key(ec.SECP256R1() if kind == "ec-p256" else ec.SECP384R1())
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return StandbyKey(private, Pin.of_spki(spki), describe_algorithm(spki))
