"""The value for one certificate, request or key, made from its DER."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar

from pinsmith.certificate import Certificate, asn1, printable
from pinsmith.certificate.algorithm import describe_algorithm
from pinsmith.errors import CertificateError, MaterialError
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography import x509

T = TypeVar("T")
Kind = Literal["certificate", "certificate-request", "public-key", "private-key"]


@dataclass(frozen=True, slots=True)
class Material:
    """
    A certificate, a request or a key. Only the public half of a private key is kept.

    Attributes:
        kind: The kind of material.
        spki: DER SubjectPublicKeyInfo. For certificates, requests and public keys, these are the raw bytes.
        pin: SHA-256 of *spki*.
        certificate: The certificate; None for requests and keys.
        subject: RFC 4514, most specific name first; None for keys and if it cannot be read.
        names: The subject alternative names of a certificate or request.
        possession_proven: Whether the signature of a request is valid; None for others and if it cannot be checked.
        remarks: Remarks for users, in words.
    """

    kind: Kind
    spki: bytes = field(repr=False)
    pin: Pin = field(init=False)
    certificate: Certificate | None = None
    subject: str | None = None
    names: tuple[str, ...] = ()
    possession_proven: bool | None = None
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pin", Pin.of_spki(self.spki))

    @property
    def algorithm(self) -> str:
        """The key's algorithm and size, such as ``EC P-256``."""
        return describe_algorithm(self.spki)


def of_certificate(der: bytes, *remarks: str) -> Material:
    """
    Return the value for one DER certificate.

    Raises:
        MaterialError: If *der* is not exactly one certificate.
    """
    try:
        certificate = Certificate(der)
        describe_algorithm(certificate.spki)
    except CertificateError as error:
        raise _damaged("certificate", error) from error
    notes = list(remarks)
    subject = _legible(lambda: certificate.subject, "subject", notes)
    names = _legible(lambda: certificate.names, "names", notes) or ()
    return Material(
        "certificate",
        certificate.spki,
        certificate=certificate,
        subject=subject,
        names=names,
        remarks=tuple(notes),
    )


def of_request(der: bytes) -> Material:
    """
    Return the value for one DER PKCS#10 request, and check that its creator had the private key.

    Raises:
        MaterialError: If *der* is not exactly one request.
    """
    from cryptography import x509

    try:
        spki = asn1.spki_of_request(der)
        describe_algorithm(spki)
        request = x509.load_der_x509_csr(der)
    except (CertificateError, ValueError, TypeError) as error:
        raise _damaged("certificate request", error) from error
    notes: list[str] = []
    proven = _proven(request, notes)
    subject = _legible(lambda: printable(request.subject.rfc4514_string()), "subject", notes)
    names = _legible(lambda: _names_of_request(request), "names", notes) or ()
    return Material(
        "certificate-request",
        spki,
        subject=subject,
        names=names,
        possession_proven=proven,
        remarks=tuple(notes),
    )


def of_public_key(der: bytes) -> Material:
    """
    Return the value for one DER SubjectPublicKeyInfo, without re-encoding it.

    Raises:
        MaterialError: If *der* is not exactly one SubjectPublicKeyInfo.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        spki = asn1.require_spki(der)
        algorithm = describe_algorithm(spki)
    except CertificateError as error:
        raise _damaged("public key", error) from error
    remark = None
    try:
        if standard_spki(load_der_public_key(spki)) != spki:
            remark = (
                "this is not the usual encoding of the key: if its certificate uses another, the pin differs, so "
                "compare with the pin of the certificate"
            )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        remark = f"the key itself could not be checked ({algorithm})"
    return Material("public-key", spki, remarks=(remark,) if remark else ())


def standard_spki(key: object) -> bytes:
    """Encode a public key of `cryptography` as DER SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def _proven(request: x509.CertificateSigningRequest, notes: list[str]) -> bool | None:
    try:
        proven = request.is_signature_valid
    except Exception as error:  # noqa: BLE001 - the library raises many types on keys it does not know
        notes.append(f"its signature could not be checked: {error}")
        return None
    if not proven:
        notes.append("its signature is wrong, so it does not prove that its creator has the private key")
    return proven


def _names_of_request(request: x509.CertificateSigningRequest) -> tuple[str, ...]:
    from cryptography import x509

    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *map(printable, names.get_values_for_type(x509.DNSName)),
        *map(str, names.get_values_for_type(x509.IPAddress)),
    )


def _legible(read: Callable[[], T], what: str, notes: list[str]) -> T | None:
    try:
        return read()
    except Exception:  # noqa: BLE001 - the library raises many types, and the pin does not depend on the names
        notes.append(f"its {what} cannot be read")
        return None


def _damaged(what: str, error: Exception) -> MaterialError:
    return MaterialError(
        f"the {what} is damaged: {error}",
        hint="copy the file again, whole and unchanged",
    )
