"""
Whether a leaf certificate names a host, for connections that OpenSSL did not check.

Only for ``trust = "pins-only"``, where the key is already known and the name is a consistency check; every other
connection has its name checked by OpenSSL.

Source: :rfc:`9525#section-6`
"""

from __future__ import annotations

from pinsmith.errors import CertificateError, HostError
from pinsmith.host import canonical_host, is_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pinsmith.certificate import Certificate


def covers(certificate: Certificate, host: str) -> bool:
    """
    Say whether *certificate* names the canonical *host* in its subject alternative names.

    A wildcard stands for exactly one whole left-most label. The common name is not looked at. A certificate whose names
    cannot be read names nothing.
    """
    try:
        return any(_matches(name, host) for name in certificate.names)
    except CertificateError:
        return False


def _matches(name: str, host: str) -> bool:
    wildcard = name.startswith("*.")
    try:
        pattern = canonical_host(name[2:] if wildcard else name)
    except HostError:
        return False
    if not wildcard:
        return pattern == host
    return not is_address(host) and "." in pattern and host.partition(".")[2] == pattern
