"""Make certificates of every key type at run time, and ask OpenSSL for their public keys."""

from __future__ import annotations

import functools
import secrets
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

OPENSSL_KEYS: dict[str, tuple[str, ...]] = {
    "RSA 2048": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "RSASSA-PSS without parameters": ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
    "RSASSA-PSS with parameters": (
        *("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
        *("-pkeyopt", "rsa_pss_keygen_md:sha256", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256"),
        *("-pkeyopt", "rsa_pss_keygen_saltlen:32"),
    ),
    "P-256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "P-384": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"),
    "P-521": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"),
    "secp256k1": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"),
    "P-256 with explicit parameters": (
        *("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-pkeyopt", "ec_param_enc:explicit"),
    ),
    "P-256 with a compressed point": (*("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),),
    "P-256 with explicit parameters and a compressed point": (
        *("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-pkeyopt", "ec_param_enc:explicit"),
    ),
    "Ed25519": ("-algorithm", "ED25519"),
    "Ed448": ("-algorithm", "ED448"),
}
"""Sentence name: arguments of ``openssl genpkey``."""


def openssl(*arguments: str, content: bytes = b"") -> bytes:
    """Run OpenSSL's command line on *content*."""
    done = subprocess.run(("openssl", *arguments), input=content, capture_output=True, check=True)  # noqa: S607
    return done.stdout


def openssl_spki(der: bytes) -> bytes:
    """Return the public key that OpenSSL prints for a DER certificate."""
    pem = openssl("x509", "-inform", "der", "-pubkey", "-noout", content=der)
    return openssl("pkey", "-pubin", "-outform", "der", content=pem)


@functools.cache
def openssl_key(name: str) -> bytes:
    """Make a private key in PEM PKCS#8."""
    key = openssl("genpkey", *OPENSSL_KEYS[name])
    # Only this command keeps the form of the point in the file.
    return openssl("pkey", "-ec_conv_form", "compressed", content=key) if "compressed" in name else key


@functools.cache
def openssl_certificate(name: str) -> bytes:
    """Make a self-signed certificate of that key in DER."""
    return _with_key(name, "req", "-x509", "-new", "-subj", "/CN=openssl.test", "-days", "9")


@functools.cache
def openssl_request(name: str) -> bytes:
    """Make a certificate request of that key in DER."""
    return _with_key(name, "req", "-new", "-subj", "/CN=openssl.test")


def _with_key(name: str, *arguments: str) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        key = Path(directory) / "key.pem"
        key.write_bytes(openssl_key(name))
        return openssl(*arguments, "-key", str(key), "-outform", "der")


@functools.cache
def _signer() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    public: CertificatePublicKeyTypes,
    *,
    names: Sequence[x509.GeneralName] = (),
    subject: str = "sample.test",
    issuer: str = "Sample Root",
    extensions: Sequence[x509.ExtensionType] = (),
    not_after: datetime | None = None,
) -> bytes:
    """Certify *public* with a throw-away authority and return the certificate in DER."""
    now = datetime.now(UTC).replace(microsecond=0)
    builder = x509.CertificateBuilder(
        name(issuer),
        name(subject),
        public,
        x509.random_serial_number(),
        now - timedelta(days=1),
        not_after or now + timedelta(days=9),
    )
    own = (x509.SubjectAlternativeName(names),) if names else ()
    for extension in (*own, *extensions):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(_signer(), hashes.SHA256()).public_bytes(Encoding.DER)


def name(common_name: str) -> x509.Name:
    """Make a name with one common name; an empty text makes an empty name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def rsa_public(bits: int, exponent: int = 65537) -> rsa.RSAPublicKey:
    """Make an RSA public key of any size quickly, without its private half."""
    modulus = secrets.randbits(bits - 2) | 1 << (bits - 1) | 1
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def der(tag: int, *parts: bytes) -> bytes:
    """Encode one DER element by hand."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
