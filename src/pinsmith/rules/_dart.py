"""The hosts that Dart code requests, and signs that it pins. It is searched and not parsed, which would take long."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HostError
from pinsmith.host import canonical_host, is_address

if TYPE_CHECKING:
    from collections.abc import Iterator

_URL: Final = re.compile(rb"(?:https|wss)://((?:[A-Za-z0-9-]{1,63}\.){1,10}[A-Za-z]{2,63})(?![\w.-]*[{$%@])")
# Reserved names are examples (RFC 2606, RFC 6761), but example.com may stand for a real host in a test.
_NEVER: Final = ("invalid", "localhost")
_MAY_PIN: Final = re.compile(
    rb"sha-?256|SecurityContext|badCertificateCallback|validateCertificate|connectionFactory|fingerprint|pinning|pinned",
    re.IGNORECASE,
)
_TESTS: Final = frozenset({"test", "integration_test", "test_driver", "example"})
_REMARK: Final = re.compile(rb"\s*(?://|/?\*)")


@dataclass(frozen=True, slots=True)
class Dart:
    """
    A file of Dart code.

    Attributes:
        hosts: The hosts in URLs outside of comments, with their first lines.
        may_pin: Whether there are words of code that pins.
    """

    hosts: tuple[tuple[str, int], ...]
    may_pin: bool


def may_request(content: bytes, name: str) -> bool:
    """Say whether it is worth the time to read a file as Dart code."""
    path = PurePath(name)
    if path.suffix != ".dart" or path.stem.endswith("_test") or not _TESTS.isdisjoint(path.parts):
        return False
    return b"https://" in content or b"wss://" in content or _MAY_PIN.search(content) is not None


def read_dart(content: bytes, name: str) -> Dart | None:
    """Read Dart code; None for other files, for tests, and for code that neither has URLs nor may pin."""
    if not may_request(content, name):
        return None
    hosts: dict[str, int] = {}
    for host, at in hosts_in_urls(content):
        if host not in hosts and not _REMARK.match(content, content.rfind(b"\n", 0, at) + 1, at):
            hosts[host] = content.count(b"\n", 0, at) + 1
    may_pin = _MAY_PIN.search(content) is not None
    return Dart(tuple(hosts.items()), may_pin) if hosts or may_pin else None


def hosts_in_urls(content: bytes) -> Iterator[tuple[str, int]]:
    """Yield the canonical hosts of URLs with TLS, and where they begin. Addresses and invalid names are left out."""
    for match in _URL.finditer(content) if b"://" in content else ():
        host = _host(match[1])
        if host is not None:
            yield host, match.start()


@functools.lru_cache(maxsize=4096)  # a project mentions the same hosts in many files
def _host(name: bytes) -> str | None:
    try:
        host = canonical_host(name.decode("ascii"))
    except HostError:
        return None
    return None if host.rpartition(".")[2] in _NEVER or is_address(host) else host
