"""
RSA keys whose algorithm identifier allows only PSS signatures (id-RSASSA-PSS).

`cryptography` reads such keys as plain RSA and would write them back as plain RSA: another
SubjectPublicKeyInfo, so another pin. These keys exist to detect that mistake.

Source:
    :rfc:`4055#section-1.2`
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
    from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
    from cryptography.hazmat.primitives.hashes import HashAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        KeySerializationEncryption,
        PrivateFormat,
        PublicFormat,
    )

# AlgorithmIdentifier: rsaEncryption with NULL, and id-RSASSA-PSS without parameters.
_PLAIN = bytes.fromhex("300d06092a864886f70d0101010500")
_PSS = bytes.fromhex("300b06092a864886f70d01010a")


class PSSPublicKey(rsa.RSAPublicKey):
    """An RSA public key that is written as id-RSASSA-PSS."""

    def __init__(self, plain: rsa.RSAPublicKey) -> None:
        self._plain = plain

    def public_bytes(self, encoding: Encoding, format: PublicFormat) -> bytes:  # noqa: A002 - as in the base
        """Encode the key, with id-RSASSA-PSS in the DER SubjectPublicKeyInfo."""
        encoded = self._plain.public_bytes(encoding, format)
        if format is not serialization.PublicFormat.SubjectPublicKeyInfo:
            return encoded
        return _restrict(encoded, encoding)

    def encrypt(self, plaintext: bytes, padding: AsymmetricPadding) -> bytes:
        """Refuse, because the key is for signatures."""
        raise NotImplementedError

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._plain.key_size

    def public_numbers(self) -> rsa.RSAPublicNumbers:
        """Return modulus and exponent."""
        return self._plain.public_numbers()

    def verify(
        self,
        signature: bytes,
        data: bytes,
        padding: AsymmetricPadding,
        algorithm: Prehashed | HashAlgorithm,
    ) -> None:
        """Raise an error unless *signature* is valid."""
        self._plain.verify(signature, data, padding, algorithm)

    def recover_data_from_signature(
        self,
        signature: bytes,
        padding: AsymmetricPadding,
        algorithm: HashAlgorithm | NoDigestInfo | None,
    ) -> bytes:
        """Refuse, because PSS does not support recovery."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PSSPublicKey) and self._plain == other._plain

    def __hash__(self) -> int:
        return hash((type(self), self._plain.public_numbers()))

    def __copy__(self) -> PSSPublicKey:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> PSSPublicKey:
        return self


class PSSPrivateKey(rsa.RSAPrivateKey):
    """An RSA private key that is written as id-RSASSA-PSS and signs with PSS."""

    def __init__(self, plain: rsa.RSAPrivateKey) -> None:
        self._plain = plain

    def public_key(self) -> PSSPublicKey:
        """Return the public key."""
        return PSSPublicKey(self._plain.public_key())

    def sign(
        self,
        data: bytes,
        padding: AsymmetricPadding,
        algorithm: Prehashed | HashAlgorithm | NoDigestInfo,
    ) -> bytes:
        """Sign with *padding*, which must be PSS."""
        return self._plain.sign(data, padding, algorithm)

    def private_bytes(
        self,
        encoding: Encoding,
        format: PrivateFormat,  # noqa: A002 - as in the base
        encryption_algorithm: KeySerializationEncryption,
    ) -> bytes:
        """
        Encode the key, only as unencrypted PKCS#8.

        Raises:
            ValueError: if another format, or encryption, is requested.
        """
        plain = serialization.NoEncryption
        if format is not serialization.PrivateFormat.PKCS8 or not isinstance(encryption_algorithm, plain):
            raise ValueError("a PSS key of the lab can only be written as unencrypted PKCS#8")
        encoded = self._plain.private_bytes(encoding, format, encryption_algorithm)
        return _restrict(encoded, encoding)

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding) -> bytes:
        """Refuse, because the key is for signatures."""
        raise NotImplementedError

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._plain.key_size

    def private_numbers(self) -> rsa.RSAPrivateNumbers:
        """Return the numbers of the key."""
        return self._plain.private_numbers()

    def __copy__(self) -> PSSPrivateKey:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> PSSPrivateKey:
        return self


def certificate_padding(key: object) -> padding.PSS | None:
    """Choose the padding for a certificate that *key* signs; None for the usual one."""
    if not isinstance(key, PSSPrivateKey):
        return None
    return padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)


def _restrict(encoded: bytes, encoding: Encoding) -> bytes:
    # Both SubjectPublicKeyInfo and PKCS#8 are one SEQUENCE around one AlgorithmIdentifier; with
    # 2048 bits or more its length has two bytes, before and after.
    if encoding is serialization.Encoding.PEM:
        begin, *lines, end = encoded.decode("ascii").splitlines()
        der = _restrict(base64.b64decode("".join(lines)), serialization.Encoding.DER)
        body = base64.encodebytes(der).decode("ascii")
        return f"{begin}\n{body}{end}\n".encode("ascii")
    length = int.from_bytes(encoded[2:4]) - len(_PLAIN) + len(_PSS)
    return encoded[:2] + length.to_bytes(2) + encoded[4:].replace(_PLAIN, _PSS, 1)
