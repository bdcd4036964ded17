"""
Certificate requests and certificates that are signed by reference: in a token, or by a command.

`cryptography` builds them, and asks a private key of the classes below for the signature. Its documentation describes
this for hardware security modules and key management services.

Source:
    https://cryptography.io/en/latest/hazmat/primitives/asymmetric/cloudhsm/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol, Self, TypeAlias, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pinsmith.custody.signature import scheme_of
from pinsmith.errors.custody import CustodyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.custody.signer import Signer

    PublicKey: TypeAlias = (
        ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey | ed448.Ed448PublicKey
    )

T_co = TypeVar("T_co", covariant=True)
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


class Builder(Protocol[T_co]):
    """A builder of `cryptography` for requests or certificates."""

    @property
    def sign(self) -> Callable[..., T_co]:
        """Sign with a private key and a hash."""


def build(builder: Builder[T_co], signer: Signer) -> T_co:
    """
    Let *signer* sign what *builder* has built, with SHA-256 if there is a choice.

    Tokens and key management services fix the scheme of a key, and what is signed names the scheme. So the key signs
    again if its first signature shows that it has another scheme.

    Args:
        builder: It has the public key of *signer*.

        signer: The private key.

    Raises:
        CustodyError: If it cannot sign, signs something else, or with another scheme each time.
    """
    public = public_key_of(signer)
    kind, scheme = _kind_of(public)
    if signer.private is not None:
        return builder.sign(signer.private, _HASHES.get(scheme.rpartition("-")[2]))
    external = kind(public, signer)
    for _ in range(2):
        _, _, name = scheme.rpartition("-")
        algorithm, options = _HASHES.get(name), {}
        if scheme.startswith("rsa-pss-") and algorithm is not None:
            options["rsa_padding"] = padding.PSS(padding.MGF1(algorithm), padding.PSS.DIGEST_LENGTH)
        made = builder.sign(external, algorithm, **options)
        if external.scheme == scheme:
            return made
        scheme = external.scheme
    raise CustodyError(
        "the private key signs with another scheme each time", hint="let it sign with one scheme and one hash"
    )


class _External:
    """A private key that stays where it is."""

    def __init__(self, public: Any, signer: Signer) -> None:  # noqa: ANN401 - one of `PublicKey`
        self.public, self.signer, self.scheme = public, signer, ""

    def _sign(self, message: bytes) -> bytes:
        signature = self.signer.sign(message)
        scheme = scheme_of(self.signer.spki, signature, message)
        if scheme is None:
            raise CustodyError(
                "the signature is not one of the key over the message that pinsmith asked it to sign",
                hint="use the private key of that pin, with ECDSA, RSA-PSS, RSA PKCS#1 v1.5 or EdDSA",
            )
        self.scheme = scheme
        return signature

    def public_key(self) -> Any:  # noqa: ANN401 - one of several classes
        return self.public

    @property
    def key_size(self) -> int:
        return int(self.public.key_size)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self


def _refuse(_key: object, *_args: Any, **_options: Any) -> NoReturn:  # noqa: ANN401 - of the classes of the library
    raise CustodyError("the private key stays where it is", hint="ask it for signatures alone")


class _EC(_External, ec.EllipticCurvePrivateKey):
    exchange = private_numbers = private_bytes = _refuse

    @property
    def curve(self) -> ec.EllipticCurve:
        curve: ec.EllipticCurve = self.public.curve
        return curve

    def sign(self, data: Any, _algorithm: object) -> bytes:  # noqa: ANN401 - any buffer
        return self._sign(bytes(data))


class _RSA(_External, rsa.RSAPrivateKey):
    decrypt = private_numbers = private_bytes = _refuse

    def sign(self, data: Any, _padding: object, _algorithm: object) -> bytes:  # noqa: ANN401 - any buffer
        return self._sign(bytes(data))


class _Ed25519(_External, ed25519.Ed25519PrivateKey):
    private_bytes = private_bytes_raw = _refuse

    def sign(self, data: Any) -> bytes:  # noqa: ANN401 - any buffer
        return self._sign(bytes(data))


class _Ed448(_External, ed448.Ed448PrivateKey):
    private_bytes = private_bytes_raw = _refuse

    def sign(self, data: Any) -> bytes:  # noqa: ANN401 - any buffer
        return self._sign(bytes(data))


def public_key_of(signer: Signer) -> PublicKey:
    """
    Return the public key of *signer*.

    Raises:
        CustodyError: If it cannot be that of a certificate.
    """
    try:
        public = load_der_public_key(signer.spki)
    except (ValueError, UnsupportedAlgorithm):
        public = None
    if not isinstance(
        public,
        (ec.EllipticCurvePublicKey, rsa.RSAPublicKey, ed25519.Ed25519PublicKey, ed448.Ed448PublicKey),
    ):
        raise CustodyError(
            "pinsmith cannot make certificates of a key of this kind", hint="use a key of EC, RSA, Ed25519 or Ed448"
        )
    return public


def _kind_of(public: PublicKey) -> tuple[type[_EC | _RSA | _Ed25519 | _Ed448], str]:
    """Return the class for a key, and the scheme by which it is expected to sign."""
    match public:
        case ec.EllipticCurvePublicKey():
            return _EC, "ecdsa-sha256"
        case rsa.RSAPublicKey():
            return _RSA, "rsa-pkcs1-sha256"
        case ed25519.Ed25519PublicKey():
            return _Ed25519, "ed25519"
    return _Ed448, "ed448"
