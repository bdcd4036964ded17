"""Something that signs with a private key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pinsmith.certificate.algorithm import describe_algorithm
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

Kind = Literal["file", "encrypted-file", "pkcs11", "command"]


@dataclass(frozen=True, slots=True)
class Signer:
    """
    A private key by reference. Neither the key nor its password is in its text.

    Attributes:
        kind: How the key is kept.
        spki: Its public key, DER SubjectPublicKeyInfo.
        sign: Signs a message, and returns the signature as :rfc:`3279`, :rfc:`8017` or :rfc:`8032` encode it. It raises
            `CustodyError` if it cannot.
        private: The key itself, if it comes from a file.
    """

    kind: Kind
    spki: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)
    private: PrivateKeyTypes | None = field(default=None, repr=False)

    @property
    def pin(self) -> Pin:
        """The pin of the public key."""
        return Pin.of_spki(self.spki)

    @property
    def algorithm(self) -> str:
        """The algorithm and size, such as ``EC P-256``."""
        return describe_algorithm(self.spki)
