"""The hosts that files mention in URLs, and those that belong to the owner of an app."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pinsmith.host import ancestors, public_suffix_problem
from pinsmith.rules._dart import hosts_in_urls

if TYPE_CHECKING:
    from collections.abc import Iterable

_MANIFEST: Final = re.compile(rb"""networkSecurityConfig\s*=\s*["']@xml/(\w+)["']""")


@dataclass(frozen=True, slots=True)
class Mention:
    """A host, and the first file and line that mentions it in a URL."""

    host: str
    place: str


@dataclass(slots=True)
class Mentions:
    """
    What the files of a source tree mention.

    Attributes:
        hosts: By host.
        configurations: The names of network security configurations that an Android manifest names.
        has_manifest: Whether there is an Android manifest.
    """

    hosts: dict[str, Mention] = field(default_factory=dict)
    configurations: set[str] = field(default_factory=set)
    has_manifest: bool = False

    def read(self, content: bytes, name: str) -> None:
        """Look for hosts and names in a file."""
        if name.endswith("AndroidManifest.xml"):
            self.has_manifest = True
            self.configurations.update(found.decode("ascii", "replace") for found in _MANIFEST.findall(content))
        for host, at in hosts_in_urls(content):
            if host not in self.hosts:
                line = content.count(b"\n", 0, at) + 1
                self.hosts[host] = Mention(host, f"{name}:{line}")


def domain_of(host: str) -> str:
    """Return the name that was registered: the shortest one above which there is only a public suffix."""
    names = [host, *ancestors(host)]
    return next((name for name in reversed(names) if public_suffix_problem(name) is None and "." in name), host)


def own_domains(hosts: Iterable[str]) -> frozenset[str]:
    """Return the registered names of *hosts*."""
    return frozenset(map(domain_of, hosts))
