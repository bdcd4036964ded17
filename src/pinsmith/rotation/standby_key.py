"""
Standby keys: a key pair and a certificate request, made before they are needed.

:rfc:`7469#section-4.3` calls the pin of a key that no served chain contains a backup pin. It helps only while its
private key exists, is secret, and is kept apart from the key that it would replace.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from pinsmith.pin import Pin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import ec, rsa

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

    def private_pem(self) -> bytes:
        """Encode the private key as PEM PKCS#8, not encrypted: for a file that only its owner may read."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def request_pem(self, hosts: Sequence[str]) -> bytes:
        """
        Make a certificate request for *hosts*, PEM PKCS#10, signed with the key: proof that the key is held.

        Args:
            hosts: Canonical; the first becomes the common name where it is short enough.

        Source:
            :rfc:`2986`
        """
        import ipaddress

        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.x509.oid import NameOID

        from pinsmith.host import is_address

        names: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(host)) if is_address(host) else x509.DNSName(host) for host in hosts
        ]
        has_room = len(hosts[0]) <= _LONGEST_COMMON_NAME
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])] if has_room else [])
        builder = x509.CertificateSigningRequestBuilder(subject)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=not has_room)
        return builder.sign(self.private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


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
