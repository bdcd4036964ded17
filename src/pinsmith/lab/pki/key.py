"""Private keys of every type that a TLS server may have, made at run time and only for tests."""

from __future__ import annotations

import base64
import hashlib
from typing import Literal, get_args

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from pinsmith.lab.pki.pss import PSSPrivateKey

KeyKind = Literal[
    "ec-p256",
    "ec-p384",
    "ec-p521",
    "rsa-2048",
    "rsa-3072",
    "rsa-4096",
    "rsa-pss-2048",
    "ed25519",
    "ed448",
]
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "p256": ec.SECP256R1,
    "p384": ec.SECP384R1,
    "p521": ec.SECP521R1,
}
_CURVE_HASHES: dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "secp256r1": hashes.SHA256,
    "secp384r1": hashes.SHA384,
    "secp521r1": hashes.SHA512,
}


def generate(kind: KeyKind) -> PrivateKey:
    """
    Make a new private key.

    Nothing is cached, so two calls return two keys.

    Raises:
        ValueError: if *kind* is not in `KeyKind`.
    """
    family, _, size = kind.rpartition("-")
    if kind not in get_args(KeyKind):
        known = ", ".join(get_args(KeyKind))
        raise ValueError(f"unknown type of key {kind!r}; expected one of {known}")
    if family == "ec":
        return ec.generate_private_key(_CURVES[size]())
    if family in {"rsa", "rsa-pss"}:
        plain = rsa.generate_private_key(public_exponent=65537, key_size=int(size))
        return plain if family == "rsa" else PSSPrivateKey(plain)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ed448.Ed448PrivateKey.generate()


def private_of(key: KeyKind | PrivateKey) -> PrivateKey:
    """Return a key as it is, or make one of the given type."""
    return generate(key) if isinstance(key, str) else key


def signing_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """
    Choose the hash for certificates that *key* signs.

    Returns:
        The hash; None for keys whose algorithm includes one.

    Source:
        :rfc:`8410`
    """
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _CURVE_HASHES[key.curve.name]()
    return hashes.SHA256() if isinstance(key, rsa.RSAPrivateKey) else None


def spki_of(key: PublicKey) -> bytes:
    """Encode *key* as a DER SubjectPublicKeyInfo."""
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pin_of(spki: bytes) -> str:
    """
    Spell the pin of a DER SubjectPublicKeyInfo as ``sha256/`` and base64.

    Computed without other code of pinsmith, so that tests compare two independent implementations.

    Source:
        :rfc:`7469#section-2.4`
    """
    return "sha256/" + base64.b64encode(hashlib.sha256(spki).digest()).decode("ascii")


def load_private(pem: str) -> PrivateKey:
    """
    Read a key that `private_pem` wrote. Keys that only sign with PSS are not supported.

    Raises:
        ValueError: if *pem* is not a private key of a type in `KeyKind`.
    """
    private = serialization.load_pem_private_key(pem.encode("ascii"), None)
    if not isinstance(private, PrivateKey):
        raise ValueError("the private key has a type that the lab does not use")  # noqa: TRY004 - the content is wrong
    return private


def private_pem(key: PrivateKey) -> bytes:
    """Encode *key* as unencrypted PEM PKCS#8. For a server context only; never log it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
