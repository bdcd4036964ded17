"""
Proof that a private key still exists and can be used: a signature over a nonce, the time and the place of the key.

No clock and no randomness: the time and the nonce are arguments.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.errors import MaterialError
from pinsmith.material import read_material
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from pinsmith.policy import Key

NONCE_SIZE: Final = 32  # bytes
_HEAD: Final = "pinsmith proof of possession, version 1"


class Possession(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A signature by a private key.

    Attributes:
        pin: The pin of the key, as in the pin file.
        time: When it was made; UTC, RFC 3339.
        custody: Where the private key is kept, in the words of its owner; may be empty.
        nonce: 32 random bytes, hexadecimal.
        scheme: ``ecdsa-sha256``, ``rsa-pss-sha256``, ``ed25519`` or ``ed448``.
        spki: The public key, base64 of DER SubjectPublicKeyInfo.
        signature: Base64, over `message`.
    """

    pin: str
    time: str
    custody: str
    nonce: str
    scheme: str
    spki: str
    signature: str

    @property
    def message(self) -> bytes:
        """The bytes that are signed: lines of UTF-8, each ended by LF."""
        return _message(self.pin, self.time, self.custody, self.nonce)

    def fault(self) -> str | None:
        """Say what is wrong with the proof; None if the signature is that of the key of the pin."""
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

        try:
            if not all(text.isprintable() for text in (self.pin, self.time, self.custody, self.nonce)):
                return "a line of its message contains characters that cannot be seen"
            spki = base64.b64decode(self.spki, validate=True)
            signature = base64.b64decode(self.signature, validate=True)
            if str(Pin.of_spki(spki)) != self.pin:
                return "the public key is not that of the pin"
            _verify(spki, self.scheme, signature, self.message)
        except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
            return f"it cannot be read: {error}"
        except InvalidSignature:
            return "the signature is not that of the key"
        return None


def prove(key: Key, content: bytes, *, password: bytes | None, custody: str, nonce: bytes, now: datetime) -> Possession:
    """
    Sign with a private key, and verify the signature.

    Args:
        key: The key of the pin file.

        content: The file of its private key, PEM or DER.

        password: The password of the file; None if it is not encrypted.

        custody: Where the file is kept; one line.

        nonce: `NONCE_SIZE` random bytes.

        now: Aware.

    Raises:
        MaterialError: If *content* is not the private key of *key*, or of a kind that cannot sign here, or *custody* is
            not one line.
        PasswordError: If it is encrypted, and *password* is missing or wrong.
    """
    if not custody.isprintable():
        raise MaterialError(
            "the place of the key is not one line of visible characters", hint="leave out line breaks and tabs"
        )
    found = read_material(content, password=password)
    if [(material.kind, material.pin) for material in found] != [("private-key", key.pin)]:
        held = ", ".join(f"{material.kind.replace('-', ' ')} {material.pin}" for material in found)
        raise MaterialError(
            f"expected the private key of {key.name}, {key.pin}, and nothing else; got {held}",
            hint="pass the file of that private key alone",
        )
    private = _load(content, password)
    spki = _spki(private)
    time, pin = f"{now:%Y-%m-%dT%H:%M:%SZ}", str(key.pin)
    scheme, signature = _sign(private, _message(pin, time, custody, nonce.hex()))
    made = Possession(
        pin=pin,
        time=time,
        custody=custody,
        nonce=nonce.hex(),
        scheme=scheme,
        spki=base64.b64encode(spki).decode(),
        signature=base64.b64encode(signature).decode(),
    )
    if fault := made.fault():
        raise MaterialError(f"the key {key.name} does not sign: {fault}", hint="take another copy of the key")
    return made


def _message(pin: str, time: str, custody: str, nonce: str) -> bytes:
    return "".join(f"{line}\n" for line in (_HEAD, pin, time, custody, nonce)).encode()


def _load(content: bytes, password: bytes | None) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    load = load_pem_private_key if b"-----BEGIN" in content else load_der_private_key
    try:
        return load(content, password)
    except (TypeError, ValueError):
        # A password was given for a key that is not encrypted; `read_material` has read it already.
        return load(content, None)


def _spki(private: PrivateKeyTypes) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _sign(private: PrivateKeyTypes, message: bytes) -> tuple[str, bytes]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

    match private:
        case ec.EllipticCurvePrivateKey():
            return "ecdsa-sha256", private.sign(message, ec.ECDSA(hashes.SHA256()))
        case rsa.RSAPrivateKey():
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            return "rsa-pss-sha256", private.sign(message, pss, hashes.SHA256())
        case ed25519.Ed25519PrivateKey():
            return "ed25519", private.sign(message)
        case ed448.Ed448PrivateKey():
            return "ed448", private.sign(message)
    raise MaterialError(
        "pinsmith cannot sign with a private key of this kind", hint="use a key of EC, RSA, Ed25519 or Ed448"
    )


def _verify(spki: bytes, scheme: str, signature: bytes, message: bytes) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    public = load_der_public_key(spki)
    if isinstance(public, ec.EllipticCurvePublicKey) and scheme == "ecdsa-sha256":
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    elif isinstance(public, rsa.RSAPublicKey) and scheme == "rsa-pss-sha256":
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        public.verify(signature, message, pss, hashes.SHA256())
    elif (isinstance(public, ed25519.Ed25519PublicKey) and scheme == "ed25519") or (
        isinstance(public, ed448.Ed448PublicKey) and scheme == "ed448"
    ):
        public.verify(signature, message)
    else:
        raise ValueError(f"the scheme {scheme} does not fit the key")
