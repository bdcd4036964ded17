"""
Proof that a private key still exists and can be used: a signature over a nonce, the time and the place of the key.

No clock and no randomness: the time and the nonce are arguments.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.custody.signature import scheme_of, verify
from pinsmith.errors import MaterialError
from pinsmith.errors.custody import CustodyError
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.custody.signer import Signer
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
        scheme: One of `pinsmith.custody.signature.SCHEMES`, such as ``ecdsa-sha256``.
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
            verify(spki, self.scheme, signature, self.message)
        except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
            return f"it cannot be read: {error}"
        except InvalidSignature:
            return "the signature is not that of the key"
        return None


def prove(key: Key, signer: Signer, *, custody: str, nonce: bytes, now: datetime) -> Possession:
    """
    Sign with a private key, and verify the signature.

    Args:
        key: The key of the pin file.

        signer: Its private key.

        custody: Where it is kept; one line.

        nonce: `NONCE_SIZE` random bytes.

        now: Aware.

    Raises:
        MaterialError: If *signer* is not the private key of *key*, or *custody* is not one line.
        CustodyError: If it cannot sign, or signs something else.
    """
    if not custody.isprintable():
        raise MaterialError(
            "the place of the key is not one line of visible characters", hint="leave out line breaks and tabs"
        )
    require_key(key, signer)
    time, pin = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", str(key.pin)
    message = _message(pin, time, custody, nonce.hex())
    signature = signer.sign(message)
    scheme = scheme_of(signer.spki, signature, message)
    if scheme is None:
        raise CustodyError(
            f"the signature is not one of {key.name} over the message that pinsmith asked it to sign",
            hint="use the private key of that pin, with ECDSA, RSA-PSS, RSA PKCS#1 v1.5 or EdDSA",
        )
    return Possession(
        pin=pin,
        time=time,
        custody=custody,
        nonce=nonce.hex(),
        scheme=scheme,
        spki=base64.b64encode(signer.spki).decode(),
        signature=base64.b64encode(signature).decode(),
    )


def require_key(key: Key, signer: Signer) -> None:
    """
    Raise unless *signer* is the private key of *key*; it signs nothing.

    Raises:
        MaterialError: If it is another one.
    """
    if signer.pin != key.pin:
        raise MaterialError(
            f"expected the private key of {key.name}, {key.pin}; got that of {signer.pin}",
            hint="pass the private key of that pin",
        )


def _message(pin: str, time: str, custody: str, nonce: str) -> bytes:
    return "".join(f"{line}\n" for line in (_HEAD, pin, time, custody, nonce)).encode()
