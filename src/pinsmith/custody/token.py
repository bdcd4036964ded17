"""Private keys in PKCS#11 tokens: hardware security modules, smart cards, and SoftHSM. They never leave the token."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from pinsmith.custody.signer import Signer
from pinsmith.errors import PasswordError
from pinsmith.errors.custody import CustodyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.custody.pkcs11_uri import PKCS11URI

_ED25519_BYTES: Final = 32
_OCTETS: Final = bytes((0x04, _ED25519_BYTES))
INSTALL: Final = "pip install 'pinsmith[pkcs11]'"


def of_token(uri: PKCS11URI, pin: bytes | None) -> Signer:
    """
    Find a private key in a token. Its public key is read from the token, and each signature opens a session.

    Args:
        uri: The key.

        pin: The PIN of the token; None if it needs none, or has a keypad of its own.

    Raises:
        CustodyError: If there is no such token or key, or its public key is not in the token.
        PasswordError: If a PIN is needed, and missing or wrong.
    """
    with _key(uri, pin) as (session, private):
        spki = _public_key(session, private)

    def signed(message: bytes) -> bytes:
        with _key(uri, pin) as (_, again):
            return _sign(again, message)

    return Signer("pkcs11", spki, signed)


@contextmanager
def _key(uri: PKCS11URI, pin: bytes | None) -> Iterator[tuple[Any, Any]]:
    """Open a session, and yield it and the private key. The errors of the library say little, and are dropped."""
    try:
        import pkcs11
    except ImportError as error:
        raise CustodyError("a key in a token needs python-pkcs11", hint=INSTALL) from error
    wanted = {"label": uri.label, "id": uri.id}
    try:
        token = _token(pkcs11.lib(uri.module), uri)
        with token.open(user_pin=_credential(token, pin)) as session:
            yield session, session.get_key(pkcs11.ObjectClass.PRIVATE_KEY, **wanted)
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
        raise PasswordError(
            "the token does not accept the PIN",
            given=True,
            hint="pass the PIN of the user; after some wrong ones, a token locks itself",
        ) from None
    except pkcs11.PinLocked:
        raise CustodyError(
            "the token is locked, because somebody has entered wrong PINs", hint="unlock it with the PIN of its officer"
        ) from None
    except pkcs11.NoSuchKey:
        raise CustodyError(
            "the token has no such private key", hint="compare object and id with what the token lists"
        ) from None
    except pkcs11.MultipleObjectsReturned:
        raise CustodyError("the token has several such private keys", hint="name one of them with id") from None
    except pkcs11.PKCS11Error as error:
        reason = str(error) or type(error).__name__
        raise CustodyError(f"the token cannot be used: {reason}", hint="try it with the tools of its vendor") from None


def _token(library: Any, uri: PKCS11URI) -> Any:  # noqa: ANN401 - of an optional library
    found = [
        token
        for token in library.get_tokens()
        if uri.token.items()
        <= {
            "token": token.label,
            "serial": token.serial.decode(errors="replace").strip(),
            "model": token.model,
            "manufacturer": token.manufacturer_id,
        }.items()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise CustodyError(f"{len(found)} tokens fit the PKCS#11 URI", hint="name one of them with token or serial")
    raise CustodyError("no token fits the PKCS#11 URI", hint="plug it in, and compare its label and serial number")


def _credential(token: Any, pin: bytes | None) -> Any:  # noqa: ANN401 - of an optional library
    import pkcs11

    if pin is not None:
        try:
            return pin.decode()
        except UnicodeDecodeError:
            raise PasswordError("the PIN is not UTF-8", given=True, hint="write it into a file in UTF-8") from None
    if pkcs11.TokenFlag.PROTECTED_AUTHENTICATION_PATH in token.flags:
        return pkcs11.PROTECTED_AUTH
    if pkcs11.TokenFlag.LOGIN_REQUIRED in token.flags:
        raise PasswordError("the token needs a PIN", given=False, hint="pass it with --password-file")
    return None


def _public_key(session: Any, private: Any) -> bytes:  # noqa: ANN401 - of an optional library
    """Return the SubjectPublicKeyInfo of a private key; signatures prove later that both belong together."""
    import pkcs11
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from pkcs11.util.ec import encode_ec_public_key

    kind = private.key_type
    if kind == pkcs11.KeyType.RSA:
        holder = _beside(session, private) or private
        numbers = (
            int.from_bytes(holder[name]) for name in (pkcs11.Attribute.PUBLIC_EXPONENT, pkcs11.Attribute.MODULUS)
        )
        public: Any = rsa.RSAPublicNumbers(*numbers).public_key()
    elif kind == pkcs11.KeyType.EC:
        if (holder := _beside(session, private)) is None:
            raise _no_public_key()
        public = serialization.load_der_public_key(encode_ec_public_key(holder))
    elif kind == pkcs11.KeyType.EC_EDWARDS:
        public = _edwards(_beside(session, private))
    else:
        raise CustodyError("the key in the token is neither RSA nor EC", hint="use a key of RSA, P-256 or P-384")
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(public.public_bytes(serialization.Encoding.DER, form))


def _edwards(holder: Any) -> Any:  # noqa: ANN401 - of an optional library
    """Return the public key of Ed25519; tokens store it as it is, or as an OCTET STRING of DER."""
    import pkcs11
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if holder is None:
        raise _no_public_key()
    point = bytes(holder[pkcs11.Attribute.EC_POINT]).removeprefix(_OCTETS)
    if len(point) != _ED25519_BYTES:
        raise CustodyError(
            "the key in the token is of an Edwards curve other than Ed25519", hint="use a key of RSA, P-256 or P-384"
        )
    return Ed25519PublicKey.from_public_bytes(point)


def _no_public_key() -> CustodyError:
    return CustodyError(
        "the token does not contain the public key of this private key",
        hint="write its public key into the token, with the same id",
    )


def _beside(session: Any, private: Any) -> Any:  # noqa: ANN401 - of an optional library
    """Return the public key with the id of a private key; None if the token has none."""
    import pkcs11

    try:
        return session.get_key(pkcs11.ObjectClass.PUBLIC_KEY, key_type=private.key_type, id=private.id)
    except pkcs11.NoSuchKey:
        return None


def _sign(private: Any, message: bytes) -> bytes:  # noqa: ANN401 - of an optional library
    import hashlib

    import pkcs11
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if private.key_type == pkcs11.KeyType.RSA:
        return bytes(private.sign(message, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
    if private.key_type == pkcs11.KeyType.EC_EDWARDS:
        return bytes(private.sign(message, mechanism=pkcs11.Mechanism.EDDSA))
    raw = private.sign(hashlib.sha256(message).digest(), mechanism=pkcs11.Mechanism.ECDSA)
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
