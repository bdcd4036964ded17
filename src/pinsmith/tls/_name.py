"""
Whether a leaf certificate names a host, for connections whose name OpenSSL did not check.

Such are those of hosts with ``trust = "pins-only"``, where the key is already known and the name is a consistency
check, and under `pinsmith.inject` those of clients that compare names themselves after the handshake, as urllib3 1.26
and botocore do. OpenSSL checks the name of every other connection.

Source: :rfc:`9525#section-6`
"""

from __future__ import annotations

from pinsmith.errors import HostError
from pinsmith.host import dialled_host, is_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pinsmith.certificate import Certificate


def covers(certificate: Certificate, host: str, *, as_address: bool = False) -> bool:
    """
    Say whether *certificate* names the canonical *host* in its subject alternative names.

    A wildcard stands for exactly one whole left-most label. The common name is not looked at. A certificate whose names
    cannot be read names nothing.

    Args:
        certificate: The leaf.
        host: A name or an IP address.
        as_address: An IP address must stand as such, as OpenSSL demands it; many private servers have it as DNS name.
    """
    from cryptography import x509

    try:
        names = certificate.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if is_address(host) and any(_matches(str(each), host) for each in names.get_values_for_type(x509.IPAddress)):
            return True
        is_strict = as_address and is_address(host)
        return not is_strict and any(_matches(each, host) for each in names.get_values_for_type(x509.DNSName))
    except Exception:  # noqa: BLE001 - the library raises many types on hostile certificates
        return False


def _matches(name: str, host: str) -> bool:
    wildcard = name.startswith("*.")
    try:
        pattern = dialled_host(name[2:] if wildcard else name)
    except HostError:
        return False
    if not wildcard:
        return pattern == host
    return not is_address(host) and "." in pattern and host.partition(".")[2] == pattern
