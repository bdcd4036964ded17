"""The certificate that a standby key signs itself, which stands for the one that an authority will issue later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.errors import CertificateError

if TYPE_CHECKING:
    from pinsmith.certificate import Certificate

LIFETIME: Final = timedelta(days=825)
"""The longest lifetime that Apple's platforms accept, see https://support.apple.com/en-us/103769."""


def is_placeholder(certificate: Certificate) -> bool:
    """Return whether *certificate* looks like one that `pinsmith` made, so that no server presents it."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        extensions = certificate.x509.extensions
        usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        authority = extensions.get_extension_for_class(x509.BasicConstraints)
        lifetime = certificate.not_after - certificate.not_before
        is_self_issued = certificate.is_self_issued
    except (CertificateError, ValueError, x509.ExtensionNotFound):
        return False
    return (
        is_self_issued
        and lifetime == LIFETIME
        and len(extensions) == 3  # noqa: PLR2004 - names, basic constraints, usage
        and authority.critical
        and not authority.value.ca
        and list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    )
