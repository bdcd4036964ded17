"""Signatures of certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinsmith.certificate import Certificate


def is_signed_by(certificate: Certificate, spki: bytes) -> bool | None:
    """
    Return whether the signature of *certificate* is one of the key *spki*. Names and dates are not compared.

    Args:
        certificate: It may be hostile.

        spki: DER SubjectPublicKeyInfo.

    Returns:
        None if the library does not know the algorithm of the key or of the signature, so nobody can say.
    """
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    from cryptography.x509.oid import SignatureAlgorithmOID

    try:
        key = load_der_public_key(spki)
    except (UnsupportedAlgorithm, ValueError):
        return None  # older releases of the library raise ValueError for an algorithm that they do not know
    try:
        x509 = certificate.x509
        method: Any = x509.signature_algorithm_parameters
        is_edwards = x509.signature_algorithm_oid in (SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ED448)
        match key, method:
            case rsa.RSAPublicKey(), padding.PKCS1v15() | padding.PSS() if x509.signature_hash_algorithm is not None:
                key.verify(x509.signature, x509.tbs_certificate_bytes, method, x509.signature_hash_algorithm)
            case ec.EllipticCurvePublicKey(), ec.ECDSA():
                key.verify(x509.signature, x509.tbs_certificate_bytes, method)
            case ((ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey()), None) if is_edwards:
                key.verify(x509.signature, x509.tbs_certificate_bytes)
            case _:
                # No key fits a signature of another algorithm, if both are known; ECDSA with SHA-1 has no method.
                return False if (method is not None or is_edwards) and _is_known(key) else None
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        return None
    except Exception:  # noqa: BLE001 - the library raises many types on hostile certificates
        return False
    # The octet before a signature counts its unused bits. OpenSSL refuses all but 0, and the library ignores it.
    return certificate.der[-len(x509.signature) - 1] == 0


def _is_known(key: object) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    known = (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)
    return isinstance(key, known)
