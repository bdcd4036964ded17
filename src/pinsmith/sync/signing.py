"""The key that signs an output: a private key in a file, or a public key whose private key is kept elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from pinsmith import files
from pinsmith.errors import ExportError, MaterialError, PasswordError
from pinsmith.material import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.custody.signer import Signer
    from pinsmith.formats._format import Signature

Opener: TypeAlias = "Callable[[bytes], Signer]"
"""
Returns what signs with a private key that is kept elsewhere: in another file, in a token, or by a command.

It takes the file of the public key, PEM or DER. The pin file never names such a key, because whoever can propose a
change to a pin file could otherwise start a program on the machine of its reader.
"""

_MADE: Final[dict[Signature, str]] = {
    "EC P-256": "openssl ecparam -name prime256v1 -genkey -noout -out FILE",
    "Ed25519": "openssl genpkey -algorithm ed25519 -out FILE",
}


@dataclass(frozen=True, slots=True)
class Signing:
    """
    The key of one output.

    Attributes:
        public_key: DER SubjectPublicKeyInfo.
        sign: Signs bytes; None if the private key is not there. The private key is opened when it is called.
    """

    public_key: bytes
    sign: Callable[[bytes], bytes] | None


def read_signing(name: str, folder: Path, kind: Signature, opener: Opener | None) -> Signing:
    """
    Read the key that the option ``signing-key`` names. Nothing is signed yet.

    Args:
        name: The file, relative to *folder*.

        folder: That of the pin file.

        kind: The algorithm that the format demands.

        opener: Opens the private key, if the file contains only a public key; None if nobody named one.

    Raises:
        ExportError: If the file contains no such key. The error shows none of its content.
        FileError: If it cannot be read.
    """
    content = files.read(folder / name, most_bytes=MAX_BYTES)
    signer = _in_file(content)
    if signer is not None and signer.algorithm == kind:
        return Signing(signer.spki, _deterministic(signer))
    public_key = None if signer is not None else _public(content)
    if public_key is None or _algorithm(public_key) != kind:
        raise ExportError(
            f"{name} contains neither an unencrypted {kind} private key nor its public key",
            hint=f"make one with: {_MADE[kind]}; if it is encrypted, name the file of its public key, and pass the "
            "private key with --signing-key",
        )
    return Signing(public_key, None if opener is None else _elsewhere(opener, name, content, public_key))


def _in_file(content: bytes) -> Signer | None:
    from pinsmith.custody.key_file import of_file

    try:
        return of_file(content, None)
    except (MaterialError, PasswordError):
        return None


def _public(content: bytes) -> bytes | None:
    """Return the public key of a file that contains nothing else."""
    from pinsmith.material import read_material

    try:
        found = read_material(content)
    except (MaterialError, PasswordError):
        return None
    return found[0].spki if [material.kind for material in found] == ["public-key"] else None


def _algorithm(spki: bytes) -> str:
    from pinsmith.certificate.algorithm import describe_algorithm

    return describe_algorithm(spki)


def _deterministic(signer: Signer) -> Callable[[bytes], bytes]:
    """Return a function that signs a message in the same way each time, if the library can."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from pinsmith.formats.wultra import signer as of_key

    return of_key(signer.private) if isinstance(signer.private, ec.EllipticCurvePrivateKey) else signer.sign


def _elsewhere(opener: Opener, name: str, content: bytes, public_key: bytes) -> Callable[[bytes], bytes]:
    def sign(message: bytes) -> bytes:
        from pinsmith.custody.signature import scheme_of

        signer = opener(content)
        if signer.spki != public_key:
            raise ExportError(
                f"the private key that signs is not that of {name}",
                details=[f"it has the public key {signer.pin}"],
                hint="write each output with its own key: `pinsmith export FORMAT -o FILE --signing-key ...`",
            )
        signature = signer.sign(message)
        if scheme_of(public_key, signature, message) not in {"ecdsa-sha256", "ed25519"}:
            raise ExportError(
                f"the private key of {name} made a signature that clients would refuse",
                hint="let it sign with ECDSA over SHA-256, or with Ed25519",
            )
        return signature

    return sign
