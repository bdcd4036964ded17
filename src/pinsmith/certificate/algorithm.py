"""Names of key algorithms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.certificate import asn1

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

# Names of algorithms without parameters, and of those that a library may refuse to load.
_BY_OID: Final = {
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
_FALLBACK: Final = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.2.840.10045.2.1": "EC (explicit or unknown curve)",
}
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def describe_algorithm(spki: bytes) -> str:
    """
    Return algorithm and size of a DER SubjectPublicKeyInfo: ``EC P-256``, ``RSA 2048``, ``Ed25519``.

    Does not raise for a key that the library cannot load. Then the name is less exact, or a dotted object identifier.

    Raises:
        CertificateError: If *spki* is not a SubjectPublicKeyInfo.

    Source:
        :rfc:`3279`, :rfc:`8410`, :rfc:`9881`
    """
    oid = asn1.algorithm_oid(spki)
    if oid in _BY_OID:
        return _BY_OID[oid]
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _FALLBACK.get(oid, oid)
    return _describe_key(key, oid)


def _describe_key(key: PublicKeyTypes, oid: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(key, rsa.RSAPublicKey):
        return f"{_FALLBACK.get(oid, 'RSA')} {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
    return _FALLBACK.get(oid, oid)
