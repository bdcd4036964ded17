"""
Build the certificates of the lab: names, validity and extensions, valid by default.

The certificates pass the strict checks of OpenSSL (``VERIFY_X509_STRICT``, the default since Python
3.13), unless an option prevents that.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pinsmith.lab.pki import key as keys
from pinsmith.lab.pki.pss import certificate_padding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import ExtensionType, ObjectIdentifier

    from pinsmith.lab.pki.key import PrivateKey, PublicKey

    Extensions = Sequence[tuple[ExtensionType, bool]]

DAY = timedelta(days=1)
LEAF_LIFE = 365 * DAY
AUTHORITY_LIFE = 3650 * DAY
BOTH_USAGES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
_LONGEST_COMMON_NAME = 64  # ub-common-name, RFC 5280 appendix A


class Issuer(NamedTuple):
    """The signer: a name and a key."""

    name: x509.Name
    key: PrivateKey


class LeafOptions(TypedDict, total=False):
    """Options that change a leaf certificate, which is valid by default."""

    common_name: str
    """By default the first name that is short enough for a common name. Empty: no subject."""

    not_before: datetime
    """Aware; a day ago by default."""

    not_after: datetime
    """Aware; a year ahead by default."""

    san: bool
    """False puts the names only into the common name."""

    is_ca: bool
    """True makes the leaf an authority."""

    usages: Sequence[ObjectIdentifier]
    """Extended key usage; server and client by default, empty for none."""

    extensions: Extensions
    """More extensions with their critical flags."""


def leaf(
    names: Sequence[str],
    private: PrivateKey,
    issuer: Issuer | None,
    *,
    common_name: str | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    san: bool = True,
    is_ca: bool = False,
    usages: Sequence[ObjectIdentifier] = BOTH_USAGES,
    extensions: Extensions = (),
) -> x509.Certificate:
    """
    Build a server or client certificate.

    Args:
        names: Host names, wildcards or IP addresses; IP addresses are recognised.

        private: The key of the subject.

        issuer: The signer; None for self-signed.

        common_name: See `LeafOptions`, also for the rest.

        not_before: Aware.

        not_after: Aware.

        san: Whether *names* are in the subject alternative name.

        is_ca: Whether the leaf may sign.

        usages: Extended key usage; empty for none.

        extensions: More extensions with their critical flags.
    """
    if common_name is None:
        common_name = next((name for name in names if len(name) <= _LONGEST_COMMON_NAME), "")
    own: list[tuple[ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=is_ca, path_length=None), True),
        (_key_usage(digital_signature=True, certificates=is_ca), True),
    ]
    if usages:
        own.append((x509.ExtendedKeyUsage(usages), False))
    if san and names:
        # RFC 5280 4.2.1.6: critical exactly if there is no subject.
        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
        own.append((alternatives, not common_name))
    window = _window(not_before, not_after, LEAF_LIFE)
    subject = name_of(common_name)
    return _sign(Issuer(subject, private), issuer, window, [*own, *extensions])


def authority(
    subject: x509.Name,
    private: PrivateKey,
    issuer: Issuer | None,
    *,
    path_length: int | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    extensions: Extensions = (),
) -> x509.Certificate:
    """
    Build the certificate of an authority.

    Args:
        subject: The name of the authority.

        private: The key of the authority.

        issuer: The signer; None for a root.

        path_length: How many authorities may be below it; None for any number.

        not_before: Aware; a day ago by default.

        not_after: Aware; ten years ahead by default.

        extensions: More extensions with their critical flags.
    """
    own: list[tuple[ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (_key_usage(digital_signature=False, certificates=True), True),
    ]
    window = _window(not_before, not_after, AUTHORITY_LIFE)
    return _sign(Issuer(subject, private), issuer, window, [*own, *extensions])


def leaf_end(issuer_ends: datetime) -> datetime:
    """Return the moment at which a leaf ends by default: a year ahead, but with its issuer, unless that has expired."""
    now = datetime.now(UTC).replace(microsecond=0)
    return min(now + LEAF_LIFE, issuer_ends) if issuer_ends > now else now + LEAF_LIFE


def only_below(domain: str) -> Extensions:
    """
    Return name constraints for an authority that may certify *domain* and its subdomains, but no IP address.

    Source:
        :rfc:`5280#section-4.2.1.10`: a type of name without constraints is not limited, so addresses are excluded.
    """
    everywhere = [x509.IPAddress(ipaddress.ip_network(network)) for network in ("0.0.0.0/0", "::/0")]
    return [(x509.NameConstraints([x509.DNSName(domain)], everywhere), True)]


def name_of(common_name: str) -> x509.Name:
    """Make a name of one common name, or an empty one."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _window(not_before: datetime | None, not_after: datetime | None, life: timedelta) -> tuple[datetime, datetime]:
    # One end is enough: an end in the past moves the start, and a start in the future moves the end.
    now = datetime.now(UTC).replace(microsecond=0)
    start = not_before or min(now - DAY, not_after - DAY if not_after else now)
    return start, not_after or max(now, start) + life


def _key_usage(*, digital_signature: bool, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _identifiers(public: PublicKey, issuer: PublicKey | None) -> list[tuple[ExtensionType, bool]]:
    own = x509.SubjectKeyIdentifier.from_public_key(public)
    if issuer is None:
        return [(own, False)]
    return [(own, False), (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), False)]


def _sign(
    subject: Issuer,
    issuer: Issuer | None,
    window: tuple[datetime, datetime],
    extensions: Extensions,
) -> x509.Certificate:
    public = subject.key.public_key()
    identifiers = _identifiers(public, issuer.key.public_key() if issuer else None)
    signer = issuer or subject
    builder = x509.CertificateBuilder(
        issuer_name=signer.name,
        subject_name=subject.name,
        public_key=public,
        serial_number=x509.random_serial_number(),
        not_valid_before=window[0],
        not_valid_after=window[1],
    )
    for extension, critical in [*identifiers, *extensions]:
        builder = builder.add_extension(extension, critical=critical)
    digest = keys.signing_hash(signer.key)
    return builder.sign(signer.key, digest, rsa_padding=certificate_padding(signer.key))
