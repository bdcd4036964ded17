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
_RSA: Final = "300d06092a864886f70d0101010500"
# How almost all keys of these kinds begin, the length of the whole, and the end: RSA keys have the exponent 65537.
_USUAL: Final = tuple(
    (name, bytes.fromhex(start), size, bytes.fromhex(end))
    for name, start, size, end in (
        ("EC P-256", "3059301306072a8648ce3d020106082a8648ce3d03010703420004", 91, ""),
        ("EC P-384", "3076301006072a8648ce3d020106052b8104002203620004", 120, ""),
        ("Ed25519", "302a300506032b6570032100", 44, ""),
        ("RSA 2048", f"30820122{_RSA}0382010f003082010a0282010100", 294, "0203010001"),
        ("RSA 3072", f"308201a2{_RSA}0382018f003082018a0282018100", 422, "0203010001"),
        ("RSA 4096", f"30820222{_RSA}0382020f003082020a0282020100", 550, "0203010001"),
    )
)
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def usual_key(der: bytes, at: int = 0) -> tuple[str, int] | None:
    """
    Recognise a key of a usual kind by its bytes; it is not loaded, so a point may be on no curve.

    Args:
        der: Contains a SubjectPublicKeyInfo, DER.

        at: Where it begins.

    Returns:
        Algorithm and size as `describe_algorithm` writes them, and where it ends; None for every other encoding.
    """
    for name, start, size, end in _USUAL:
        if der.startswith(start, at):
            after = at + size
            # The first byte of a modulus follows a zero byte, so it has the highest bit.
            is_whole = after <= len(der) and der.endswith(end, 0, after)
            return (name, after) if is_whole and (end == b"" or der[at + len(start)] >= 0x80) else None  # noqa: PLR2004
    return None


def describe_algorithm(spki: bytes) -> str:
    """
    Return algorithm and size of a DER SubjectPublicKeyInfo: ``EC P-256``, ``RSA 2048``, ``Ed25519``.

    Does not raise for a key that the library cannot load. Then the name is less exact, or a dotted object identifier.

    Raises:
        CertificateError: If *spki* is not a SubjectPublicKeyInfo.

    Source:
        :rfc:`3279`, :rfc:`8410`, :rfc:`9881`
    """
    usual = usual_key(spki)
    if usual is not None and usual[1] == len(spki):
        return usual[0]
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
