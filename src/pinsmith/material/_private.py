"""
Private keys, of which this module returns only the public half.

It is separate from `_container`, so that one file contains all code that handles private keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.certificate import asn1
from pinsmith.errors import CertificateError, MaterialError, PasswordError
from pinsmith.material._effort import require_bearable
from pinsmith.material._value import Material, standard_spki

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_EC: Final = "1.2.840.10045.2.1"


def read_private(encoded: bytes, password: bytes | None, *, is_encrypted: bool) -> Material:
    """
    Return the public half of a private key.

    Args:
        encoded: DER of PKCS#8, PKCS#1 or :rfc:`5915`, or PEM with the headers of old OpenSSL.

        password: Used only if *is_encrypted*.

        is_encrypted: Whether *encoded* is an encrypted key.

    Raises:
        PasswordError: If it is encrypted, and *password* is missing or wrong.
        MaterialError:
            If it is damaged, takes too much work to decrypt, or its certificates would not contain the standard
            SubjectPublicKeyInfo.
    """
    if is_encrypted and password is None:
        raise PasswordError(
            "the private key is encrypted, so a password is needed",
            given=False,
            hint="pass the password, or a file with its certificate, request or public key",
        )
    if is_encrypted and not _is_pem(encoded):  # PEM here is the old OpenSSL form, which hashes only once
        require_bearable(encoded)
    key = _load(encoded, password if is_encrypted else None)
    spki = standard_spki(key.public_key())
    if not is_encrypted and not _is_standard(encoded, spki):
        raise MaterialError(
            "the private key is RSASSA-PSS, or has explicit curve parameters or a compressed point, so its pin cannot "
            "be computed: its certificates encode the public key in another way",
            hint="create a request with `openssl req -new -key FILE`, and pass that file instead",
        )
    return Material("private-key", spki)


def _load(encoded: bytes, password: bytes | None) -> PrivateKeyTypes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        load_der_private_key,
        load_pem_private_key,
    )

    load = load_pem_private_key if _is_pem(encoded) else load_der_private_key
    # The cause is dropped, because a message of the library about secret bytes must not reach a log.
    try:
        return load(encoded, password)
    except UnsupportedAlgorithm:
        raise MaterialError(
            "pinsmith does not know the algorithm of this private key",
            hint="pass its certificate, request or public key instead",
        ) from None
    except (ValueError, TypeError):
        pass
    if password is not None:
        raise PasswordError(
            "the private key cannot be decrypted: the password is wrong, or the file is damaged",
            given=True,
            hint="pass the password that it was encrypted with",
        )
    raise MaterialError(
        "the private key is damaged, or of a kind that pinsmith cannot read",
        hint="copy the file again, whole and unchanged, or pass its certificate, request or public key",
    )


def _is_pem(encoded: bytes) -> bool:
    return encoded.startswith(b"-----")


def _is_standard(der: bytes, spki: bytes) -> bool:
    # The library does not show the encoding of the key, so its parts are searched in the file.
    try:
        outer, end = asn1.read_header(spki, 0, len(spki), asn1.SEQUENCE, "the public key")
        start, algorithm_end = asn1.read_header(spki, outer, end, asn1.SEQUENCE, "its algorithm")
        _, version_end = asn1.read_header(
            der,
            asn1.read_header(der, 0, len(der), asn1.SEQUENCE, "the private key")[0],
            len(der),
            asn1.INTEGER,
            "the version",
        )
    except CertificateError:
        return False
    is_pkcs8 = der[version_end] == asn1.SEQUENCE
    is_ec = asn1.algorithm_oid(spki) == _EC
    if is_pkcs8 and spki[outer:algorithm_end] not in der:
        return False
    if not is_ec:
        return True
    _, identifier_end = asn1.read_header(spki, start, algorithm_end, asn1.OBJECT_IDENTIFIER, "its identifier")
    curve, point = spki[identifier_end:algorithm_end], spki[algorithm_end:]
    # BIT STRING: tag, length, unused bits; then 04, X, Y. If compressed: 02 or 03, then X.
    numbers = point[point.index(b"\x00\x04") + 2 :]
    x = numbers[: len(numbers) // 2]
    return curve in der and b"\x00\x02" + x not in der and b"\x00\x03" + x not in der
