"""Keys that sign metadata: those of `pinsmith.custody`, and those of securesystemslib by their URIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key
from securesystemslib.exceptions import UnsupportedLibraryError, UnverifiedSignatureError
from securesystemslib.signer import CryptoSigner, Signature, Signer, SSlibKey

from pinsmith.custody.signature import scheme_of
from pinsmith.errors.updates import SigningError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from securesystemslib.signer import Key, SecretsHandler

    from pinsmith.custody import signer as custody

NAME: Final = "x-pinsmith-name"  # the field of a key with the name of its owner; TUF lets extensions add fields
_SCHEMES: Final = {
    "ed25519": "ed25519",
    "ecdsa-sha256": "ecdsa-sha2-nistp256",
    "ecdsa-sha384": "ecdsa-sha2-nistp384",
    "ecdsa-sha512": "ecdsa-sha2-nistp521",
    **{f"rsa-pss-{name}": f"rsassa-pss-{name}" for name in ("sha256", "sha384", "sha512")},
    **{f"rsa-pkcs1-{name}": f"rsa-pkcs1v15-{name}" for name in ("sha256", "sha384", "sha512")},
}
_HINT: Final = "use Ed25519, or EC P-256 with SHA-256"
_TRIAL: Final = b"pinsmith asks for a signature of this text, to learn the scheme of a key\n"


def read_public_key(content: bytes, name: str) -> SSlibKey:
    """
    Read a public key, PEM or DER, and give it the name of its owner.

    Raises:
        SigningError: If it is not one, or TUF has no scheme for it.
    """
    try:
        load = load_pem_public_key if b"-----BEGIN" in content else load_der_public_key
        return named(_sslib_key(load(content), None), name)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(f"the public key of {name} cannot be read: {error}") from error


def named(key: SSlibKey, name: str) -> SSlibKey:
    """
    Give a key the name of its owner.

    Raises:
        SigningError: If the name is empty, long, or not printable.
    """
    if not name.strip() or len(name) > 100 or not name.isprintable():  # noqa: PLR2004 - one line of a terminal
        raise SigningError(f"{name!r} is not a name for a key", hint="use up to 100 printable characters")
    key.unrecognized_fields[NAME] = name
    return key


def name_of(key: Key) -> str:
    """Return the name of the owner of a key, or the start of its id."""
    name = key.unrecognized_fields.get(NAME)
    return name if isinstance(name, str) and name.isprintable() and name else key.keyid[:8]


class CustodySigner(Signer):
    """Signs with a key of `pinsmith.custody`, which may be in a token or behind a command."""

    def __init__(self, signer: custody.Signer, key: SSlibKey) -> None:
        self._signer, self._key = signer, key

    @property
    def public_key(self) -> Key:
        """The key that verifies."""
        return self._key

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, _public_key: Key, _secrets_handler: SecretsHandler | None = None
    ) -> Signer:
        """Refuse, because it has no URI."""
        raise SigningError(f"{priv_key_uri} is not a key of pinsmith")

    def sign(self, payload: bytes) -> Signature:
        """Sign metadata."""
        return Signature(self._key.keyid, self._signer.sign(payload).hex())


def signer_of(signer: custody.Signer) -> Signer:
    """
    Return what signs metadata with a key of `pinsmith.custody`. A token or a command signs a short text first.

    Raises:
        CustodyError: If it cannot sign.
        SigningError: If TUF has no scheme for the key, or it signs by another scheme.
    """
    try:
        if signer.private is not None:
            key = _sslib_key(signer.private.public_key(), None)
            return CryptoSigner(signer.private, key)
        found = scheme_of(signer.spki, signer.sign(_TRIAL), _TRIAL)
        key = _sslib_key(load_der_public_key(signer.spki), _SCHEMES.get(found or ""))
        key.verify_signature(CustodySigner(signer, key).sign(_TRIAL), _TRIAL)
        return CustodySigner(signer, key)
    except UnverifiedSignatureError as error:
        raise SigningError(f"the {signer.algorithm} key signs by a scheme that TUF lacks", hint=_HINT) from error


def _sslib_key(public: PublicKeyTypes, scheme: str | None) -> SSlibKey:
    """Describe a public key as metadata does, with the usual scheme if *scheme* is None."""
    try:
        return SSlibKey.from_crypto(public, scheme=scheme)
    except (ValueError, UnsupportedLibraryError) as error:
        raise SigningError(f"TUF lacks a scheme for the key: {error}", hint=_HINT) from error
