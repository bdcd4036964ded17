"""Canonical hosts, their parents, and public suffixes."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publicsuffixlist import PublicSuffixList

# Patterns are strings and compiled on first use, so that importing pinsmith for enforcement is fast.
_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DIALLED_LABEL: Final = r"[a-z0-9_-]{1,63}"
_MAX_LENGTH: Final = 253  # characters of a host name without its final dot, RFC 1035 section 2.3.4
_MAX_SHOWN: Final = 80  # characters of a bad name in a message
_MAX_INPUT: Final = 1000  # characters as typed; more than the longest name, because UTS 46 removes some
_IPV4_LIKE: Final = r"(?:0x[0-9a-f]*|[0-9]+)"


@functools.lru_cache(maxsize=1024)
def canonical_host(name: str) -> str:
    """
    Convert the name of a host to the canonical form, by which pins are looked up.

    Names become lower-case A-labels without the final dot (UTS 46, non-transitional, so ``faß.de`` does not become
    ``fass.de``). IP addresses become the shortest form, without brackets and zone. Underscores are kept, because hosts
    with them exist.

    Does not accept URLs, ports, wildcards, empty labels, or the old spellings of IPv4 (``0x7f.1``).

    Args:
        name: A host name in Unicode or A-labels, or an IP address.

    Returns:
        The canonical host. Its canonical form is itself.

    Raises:
        HostError: If *name* is not a host name or IP address.

    Source:
        :rfc:`5891`, UTS #46, :rfc:`5952`
    """
    return _canonical_host(name, _LABEL)


@functools.lru_cache(maxsize=1024)
def dialled_host(name: str) -> str:
    """
    Return the canonical form of the name that a client connects to, like `canonical_host`.

    Labels that begin or end with a hyphen are accepted too, because such hosts exist and `ssl` connects to them. They
    cannot be pinned by name, because many command lines take a host that begins with a hyphen for an option. The pins
    of a parent with include-subdomains cover them.

    Raises:
        HostError: If *name* is not a host.
    """
    return _canonical_host(name, _DIALLED_LABEL)


def _canonical_host(name: str, pattern: str) -> str:
    if len(name) > _MAX_INPUT:
        raise _not_a_host(name, f"expected a name of 1 to {_MAX_LENGTH} characters")
    address = _canonical_address(name)
    if address is not None:
        return address
    host = _to_ascii(name) if not name.isascii() else name.lower()
    host = host.removesuffix(".")
    if not host or len(host) > _MAX_LENGTH:
        raise _not_a_host(name, f"expected a name of 1 to {_MAX_LENGTH} characters")
    labels = host.split(".")
    for label in labels:
        if not re.fullmatch(pattern, label):
            raise _not_a_host(
                name, f"the label {label!r} is not letters, digits and inner hyphens" if label else "a label is empty"
            )
    if re.fullmatch(_IPV4_LIKE, labels[-1]):
        raise _not_a_host(name, "it ends in a number but is not an IP address")
    return host


def is_address(host: str) -> bool:
    """Return whether the canonical *host* is an IP address."""
    # The last label of a canonical name may end in a digit, as in "node1", but is never a number.
    return ":" in host or host.rpartition(".")[2].isdigit()


def is_loopback(host: str) -> bool:
    """Return whether *host*, as somebody typed it, is an address of the loopback, or ``localhost``."""
    from ipaddress import ip_address  # not needed by every start

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def ancestors(host: str) -> Iterator[str]:
    """
    Yield the parents of the canonical *host*, longest first, at label boundaries.

    An IP address has none.
    """
    if is_address(host):
        return
    while "." in host:
        host = host.partition(".")[2]
        yield host


def public_suffix_problem(host: str) -> str | None:
    """
    Return why pins for all subdomains of *host* would affect hosts of other owners; None if they would not.

    They would for suffixes under which a registry registers names for the public, such as ``co.uk``. For suffixes that
    a company has listed for its customers, see `private_suffix_remark`.

    Source:
        The ICANN section of the Public Suffix List as packaged by `publicsuffixlist`.
    """
    if _is_suffix(host, only_icann=True):
        return f"{host} is a public suffix: its subdomains belong to different owners and cannot share pins"
    return None


def private_suffix_remark(host: str) -> str | None:
    """
    Return why pins for all subdomains of *host* may cover hosts of other owners; None if they do not.

    This is only a remark. A company that has listed its domain, such as ``supabase.co``, controls the servers and their
    keys, so an app may well pin the domain with its subdomains.

    Source:
        The private section of the Public Suffix List, https://github.com/publicsuffix/list/wiki/Format#divisions.
    """
    if _is_suffix(host, only_icann=False) and not _is_suffix(host, only_icann=True):
        return (
            f"{host} is in the private section of the Public Suffix List: its subdomains belong to different "
            "customers, and the pins apply to all of them"
        )
    return None


def _is_suffix(host: str, *, only_icann: bool) -> bool:
    return not is_address(host) and _suffixes(only_icann).publicsuffix(host) == host


@functools.lru_cache(maxsize=2)
def _suffixes(only_icann: bool) -> PublicSuffixList:  # noqa: FBT001 - the argument is the key of a cache
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False, only_icann=only_icann)


def _canonical_address(name: str) -> str | None:
    text = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if ":" in text:
        text = text.partition("%")[0]
    elif text is not name or not name[-1:].isdigit():
        # Most names are not addresses, so this avoids the cost of an exception for them.
        return None
    import ipaddress

    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _to_ascii(name: str) -> str:
    import idna

    try:
        mapped = idna.uts46_remap(name, std3_rules=False, transitional=False)
        return ".".join(_label_to_ascii(label) for label in mapped.split("."))
    except (idna.IDNAError, UnicodeError) as error:
        raise _not_a_host(name, str(error)) from error


def _label_to_ascii(label: str) -> str:
    import idna

    return label if label.isascii() else idna.alabel(label).decode("ascii")


def _not_a_host(name: str, why: str) -> HostError:
    shown = name if len(name) <= _MAX_SHOWN else name[:_MAX_SHOWN] + "..."
    hint = None
    if "://" in name:
        hint = "write the host alone, without scheme and path"
    elif "*" in name:
        hint = "write the parent host and include-subdomains = true"
    return HostError(f"{shown!r} is not a host: {why}", hint=hint)
