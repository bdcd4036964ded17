"""What a path needs to know about one certificate, read once; a hostile certificate may hold anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from pinsmith.certificate import Certificate
from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from datetime import datetime

_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.INHIBIT_ANY_POLICY,
    }
)
_SERVER: Final = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_BROKEN: Final = (hashes.MD5, hashes.SHA1)


@dataclass(frozen=True, slots=True)
class Facts:
    """
    The facts of one certificate that the server sent.

    Attributes:
        certificate: The certificate.
        subject: RFC 4514.
        issuer: RFC 4514.
        first: Start of validity.
        last: End of validity.
        is_authority: Whether basic constraints and key usage let it sign certificates.
        path_length: How many intermediates may follow below it; None if any number.
        serves: Whether its extended key usage allows TLS servers.
        constraints: Its name constraints.
        names: Its subject alternative names.
        is_odd: Whether it contains a critical extension that not all clients understand.
        is_weak: Whether its signature is over a broken hash.
    """

    certificate: Certificate
    subject: str
    issuer: str
    first: datetime
    last: datetime
    is_authority: bool
    path_length: int | None
    serves: bool
    constraints: x509.NameConstraints | None
    names: tuple[x509.GeneralName, ...]
    is_odd: bool
    is_weak: bool

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same name."""
        return self.subject == self.issuer

    @property
    def identity(self) -> tuple[str, bytes]:
        """Name and key, which a path contains once."""
        return self.subject, self.certificate.spki


def facts_of(der: bytes) -> Facts:
    """
    Read the facts of a certificate.

    Raises:
        CertificateError: If *der* is not a certificate, or one that cannot be read.
    """
    certificate = Certificate(der)
    try:
        return _read(certificate)
    except CertificateError:
        raise
    except Exception as error:  # the library raises many types on hostile certificates
        raise CertificateError(f"the certificate cannot be read: {error}") from error


def _read(certificate: Certificate) -> Facts:
    extensions = certificate.x509.extensions
    basic = usage = extended = constraints = names = None
    for extension in extensions:
        match extension.value:
            case x509.BasicConstraints():
                basic = extension.value
            case x509.KeyUsage():
                usage = extension.value
            case x509.ExtendedKeyUsage():
                extended = extension.value
            case x509.NameConstraints():
                constraints = extension.value
            case x509.SubjectAlternativeName():
                names = extension.value
    return Facts(
        certificate,
        certificate.subject,
        certificate.issuer,
        certificate.not_before,
        certificate.not_after,
        is_authority=basic is not None and basic.ca and (usage is None or usage.key_cert_sign),
        path_length=basic.path_length if basic is not None else None,
        serves=extended is None or not _SERVER.isdisjoint(extended),
        constraints=constraints,
        names=tuple(names or ()),
        is_odd=any(extension.critical and extension.oid not in _UNDERSTOOD for extension in extensions),
        is_weak=isinstance(certificate.x509.signature_hash_algorithm, _BROKEN),
    )
