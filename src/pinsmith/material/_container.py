"""
The forms in which certificates, requests and keys are stored: PEM blocks, bare DER, PKCS#7 and PKCS#12.

The package documents the public function. This module has the table of forms, and opens them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, cast

from pinsmith.certificate import asn1
from pinsmith.errors import CertificateError, MaterialError, PasswordError
from pinsmith.material._effort import require_bearable
from pinsmith.material._private import read_private
from pinsmith.material._value import (
    Material,
    of_certificate,
    of_public_key,
    of_request,
    standard_spki,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.hazmat.primitives.serialization import pkcs12

    from pinsmith.material._pem import Block

Form = Literal["certificate", "request", "public", "pkcs1-public", "private", "encrypted", "pkcs7", "pkcs12"]

_BY_LABEL: Final[dict[str, Form]] = {
    "CERTIFICATE": "certificate",
    "X509 CERTIFICATE": "certificate",
    "CERTIFICATE REQUEST": "request",
    "NEW CERTIFICATE REQUEST": "request",
    "PUBLIC KEY": "public",
    "RSA PUBLIC KEY": "pkcs1-public",
    "PRIVATE KEY": "private",
    "RSA PRIVATE KEY": "private",
    "EC PRIVATE KEY": "private",
    "DSA PRIVATE KEY": "private",
    "ENCRYPTED PRIVATE KEY": "encrypted",
    "PKCS7": "pkcs7",
    "PKCS #7 SIGNED DATA": "pkcs7",
    "CMS": "pkcs7",
}
# The tags directly in the outermost SEQUENCE show the form; a star stands for any further tags.
_SHAPES: Final[dict[bytes, Form]] = {
    b"\x30\x30\x03": "certificate",  # body, algorithm, signature; a request too
    b"\x30\x03": "public",  # algorithm, key
    b"\x02\x02": "pkcs1-public",  # modulus, exponent
    b"\x30\x04": "encrypted",  # algorithm, ciphertext
    b"\x02\x30\x04*": "private",  # PKCS#8: version, algorithm, key
    b"\x02\x04*": "private",  # RFC 5915: version, EC key
    b"\x02\x02\x02*": "private",  # PKCS#1: version, numbers
    b"\x06\xa0": "pkcs7",  # type, content
    b"\x02\x30": "pkcs12",  # version, content
    b"\x02\x30\x30": "pkcs12",  # version, content, authentication code
}
_MAX_CHILDREN: Final = 4
# The hints for content that looks like a key, but is not for TLS or has a form that is not read here.
_FOREIGN_LABELS: Final = {
    "OPENSSH": "an SSH key is not a TLS key; pass the certificate or key that the TLS server uses",
    "SSH2": "an SSH key is not a TLS key; pass the certificate or key that the TLS server uses",
    "PGP": "a PGP key is not a TLS key; pass the certificate or key that the TLS server uses",
}
_FOREIGN_STARTS: Final = {
    b"\xfe\xed\xfe\xed": (
        "a Java key store (JKS)",
        "convert it with `keytool -importkeystore -deststoretype PKCS12`",
    ),
    b"PuTTY-User-Key-File": ("a PuTTY key", _FOREIGN_LABELS["OPENSSH"]),
    b"ssh-": ("an SSH public key", _FOREIGN_LABELS["OPENSSH"]),
    b"ecdsa-sha2-": ("an SSH public key", _FOREIGN_LABELS["OPENSSH"]),
    b"MI": ("bare base64", "put the lines -----BEGIN CERTIFICATE----- and -----END CERTIFICATE----- around it"),
}
_ANY: Final = "pass PEM or DER of a certificate, request, key, PKCS#7 or PKCS#12"


def read_block(block: Block, password: bytes | None) -> list[Material]:
    """
    Read one PEM block. Return nothing for blocks such as parameters and revocation lists.

    Raises:
        PasswordError: If it is encrypted, and *password* is missing or wrong.
        MaterialError: If it is damaged, or is a key that is not for TLS.
    """
    for start, hint in _FOREIGN_LABELS.items():
        if block.label.startswith(start + " "):
            raise MaterialError(f"{block.where}: this is not a key or certificate of TLS", hint=hint)
    try:
        if block.is_encrypted:
            return [read_private(block.pem, password, is_encrypted=True)]
        if block.label == "TRUSTED CERTIFICATE":
            return [_trusted(block.der)]
        form = _BY_LABEL.get(block.label)
        return _read(form, block.der, password) if form else []
    except PasswordError as error:
        raise PasswordError(f"{block.where}: {error}", given=error.given, hint=error.hint) from error
    except MaterialError as error:
        raise MaterialError(f"{block.where}: {error}", hint=error.hint) from error


def read_der(content: bytes, password: bytes | None) -> list[Material]:
    """
    Read *content* that is not PEM: one DER value, recognised by its shape.

    Raises:
        PasswordError: If it is encrypted, and *password* is missing or wrong.
        MaterialError: If its form is not known, or it is damaged.
    """
    form = _recognise(content)
    if form is None:
        raise _unknown(content)
    return _read(form, content, password)


def _read(form: Form, der: bytes, password: bytes | None) -> list[Material]:
    if form == "pkcs7":
        return _pkcs7(der)
    if form == "pkcs12":
        return _pkcs12(der, password)
    if form in ("private", "encrypted"):
        return [read_private(der, password, is_encrypted=form == "encrypted")]
    return [_READERS[form](der)]


def _trusted(der: bytes) -> Material:
    # OpenSSL writes its own trust settings after the certificate (X509_AUX).
    try:
        _, end = asn1.read_header(der, 0, len(der), asn1.SEQUENCE, "the certificate")
    except CertificateError as error:
        raise MaterialError(f"the certificate is damaged: {error}", hint=_ANY) from error
    return of_certificate(der[:end], "OpenSSL trust settings ignored")


def _pkcs1_public(der: bytes) -> Material:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return Material("public-key", standard_spki(load_der_public_key(der)))
    except (ValueError, TypeError) as error:
        raise MaterialError(f"the RSA public key is damaged: {error}", hint=_ANY) from error


def _pkcs7(der: bytes) -> list[Material]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    try:
        certificates = pkcs7.load_der_pkcs7_certificates(der)
        encoded = [certificate.public_bytes(Encoding.DER) for certificate in certificates]
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MaterialError(f"the PKCS#7 cannot be read: {error}", hint=_ANY) from error
    # If the library has re-encoded a certificate, its pin differs from that of the certificate in the file.
    if not all(certificate in der for certificate in encoded):
        raise MaterialError(
            "the PKCS#7 contains a certificate that is not DER",
            hint="convert it with `openssl pkcs7 -print_certs`",
        )
    return [of_certificate(certificate) for certificate in encoded]


def _pkcs12(der: bytes, password: bytes | None) -> list[Material]:
    from cryptography.hazmat.primitives.serialization import Encoding

    store = _open_pkcs12(der, password)
    entries = [entry for entry in (store.cert, *store.additional_certs) if entry is not None]
    found = [of_certificate(entry.certificate.public_bytes(Encoding.DER)) for entry in entries]
    if store.key is not None:
        found.append(Material("private-key", _spki_of_entry(store)))
    if not found:
        raise MaterialError("the PKCS#12 contains neither certificate nor key", hint=_ANY)
    return found


def _spki_of_entry(store: pkcs12.PKCS12KeyAndCertificates) -> bytes:
    # Only the encoding in the certificate is known, and it is the one that clients see.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding

    spki = standard_spki(cast("PrivateKeyTypes", store.key).public_key())
    if store.cert is None:
        return spki
    certificate = store.cert.certificate
    try:
        is_pair = standard_spki(certificate.public_key()) == spki
    except (ValueError, TypeError, UnsupportedAlgorithm):
        is_pair = False
    return of_certificate(certificate.public_bytes(Encoding.DER)).spki if is_pair else spki


def _open_pkcs12(der: bytes, password: bytes | None) -> pkcs12.PKCS12KeyAndCertificates:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import pkcs12

    require_bearable(der)
    try:
        # PKCS#12 distinguishes between no password and an empty one; the library tries both.
        return pkcs12.load_pkcs12(der, password)
    except UnsupportedAlgorithm as error:
        raise MaterialError(f"the PKCS#12 cannot be read: {error}", hint=_ANY) from error
    except (ValueError, TypeError) as error:
        raise _locked(password) from error


def _locked(password: bytes | None) -> PasswordError:
    problem = (
        "a password is needed, or the file is damaged"
        if password is None
        else "the password is wrong, or the file is damaged"
    )
    return PasswordError(
        f"the PKCS#12 cannot be opened: {problem}",
        given=password is not None,
        hint="pass the password that it was exported with",
    )


def _recognise(der: bytes) -> Form | None:
    # Indefinite length is not DER, but some programs use it in PKCS#7 and PKCS#12.
    if der[:3] == b"\x30\x80\x06":
        return "pkcs7"
    if der[:3] == b"\x30\x80\x02":
        return "pkcs12"
    tags = _child_tags(der)
    for shape, form in _SHAPES.items():
        if tags == shape or (shape[-1:] == b"*" and tags.startswith(shape[:-1])):
            return "request" if form == "certificate" and _is_request(der) else form
    return None


def _child_tags(der: bytes) -> bytes:
    # Returns the tags directly in the outermost SEQUENCE; nothing unless it fills the content.
    try:
        at, end = asn1.read_header(der, 0, len(der), asn1.SEQUENCE, "the content")
        tags = bytearray()
        while at < end and len(tags) < _MAX_CHILDREN:
            tags.append(der[at])
            _, at = asn1.read_header(der, at, end, der[at], "an element")
    except CertificateError:
        return b""
    return bytes(tags) if end == len(der) else b""


def _is_request(der: bytes) -> bool:
    try:
        asn1.spki_of_request(der)
    except CertificateError:
        return False
    return True


def _unknown(content: bytes) -> MaterialError:
    text = content.lstrip()
    for start, (what, hint) in _FOREIGN_STARTS.items():
        if text.startswith(start):
            return MaterialError(f"pinsmith cannot read {what}", hint=hint)
    if content[:1] == b"\x30":
        return MaterialError(
            "its DER is damaged or of an unknown kind", hint=f"copy the file again, whole and unchanged; {_ANY}"
        )
    return MaterialError("it contains no certificate, request or key that pinsmith knows", hint=_ANY)


_READERS: Final[dict[Form, Callable[[bytes], Material]]] = {
    "certificate": of_certificate,
    "request": of_request,
    "public": of_public_key,
    "pkcs1-public": _pkcs1_public,
}
