"""Name constraints of authorities, compared with the names of a leaf."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from pinsmith.errors import HostError
from pinsmith.host import dialled_host, is_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.paths.facts import Facts

Fit = Literal["fits", "fails", "unknown"]


def fit(constraints: x509.NameConstraints, facts: Facts) -> Fit:
    """
    Return whether the names of a certificate fit *constraints*.

    Returns:
        ``unknown`` if there are constraints on a kind of name that is not compared here and that it contains, or if
        only its common name does not fit: Java and OpenSSL compare that of a certificate without alternative names.

    Source:
        :rfc:`5280#section-4.2.1.10`
    """
    names: list[x509.GeneralName] = list(facts.names)
    subject = facts.certificate.x509.subject
    if subject.rdns:
        names.append(x509.DirectoryName(subject))
    permitted, excluded = tuple(constraints.permitted_subtrees or ()), tuple(constraints.excluded_subtrees or ())
    answers = [_fit(name, permitted, excluded) for name in names]
    if "fails" in answers:
        return "fails"
    if not facts.names and any(_fit(name, permitted, excluded) == "fails" for name in _common_names(subject)):
        return "unknown"
    return "unknown" if "unknown" in answers else "fits"


def _common_names(subject: x509.Name) -> Iterator[x509.GeneralName]:
    """Yield the common names that look like the name or the address of a host."""
    for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        try:
            host = dialled_host(str(attribute.value))
        except HostError:
            continue
        yield x509.IPAddress(ip_address(host)) if is_address(host) else x509.DNSName(host)


def _fit(name: x509.GeneralName, permitted: Iterable[x509.GeneralName], excluded: Iterable[x509.GeneralName]) -> Fit:
    allowed = [other for other in permitted if type(other) is type(name)]
    refused = [other for other in excluded if type(other) is type(name)]
    if not allowed and not refused:
        return "fits"
    if not isinstance(name, (x509.DNSName, x509.IPAddress, x509.DirectoryName)):
        return "unknown"
    if any(_is_within(name, other) for other in refused):
        return "fails"
    return "fits" if not allowed or any(_is_within(name, other) for other in allowed) else "fails"


def _is_within(name: x509.GeneralName, subtree: x509.GeneralName) -> bool:
    if isinstance(name, x509.DNSName) and isinstance(subtree, x509.DNSName):
        return _is_below(name.value, subtree.value)
    if isinstance(name, x509.IPAddress) and isinstance(subtree, x509.IPAddress):
        address, network = name.value, subtree.value
        return (
            isinstance(network, (IPv4Network, IPv6Network))
            and isinstance(address, (IPv4Address, IPv6Address))
            and address in network
        )
    if isinstance(name, x509.DirectoryName) and isinstance(subtree, x509.DirectoryName):
        above = subtree.value.rdns
        return name.value.rdns[: len(above)] == above
    return False


def _is_below(name: str, domain: str) -> bool:
    name, domain = name.lower(), domain.lower()
    if not domain:
        return True
    # A leading dot, which RFC 5280 does not know in DNS names, means subdomains only to some clients. The certificates
    # of public authorities do not contain it.
    domain = domain.removeprefix(".")
    return name == domain or name.endswith(f".{domain}")
