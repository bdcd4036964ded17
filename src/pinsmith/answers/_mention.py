"""The hosts that files mention in URLs, and those that belong to the owner of an app."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.answers._android import Manifest, is_resource, read_manifest
from pinsmith.host import ancestors, public_suffix_problem
from pinsmith.rules._dart import hosts_in_urls, may_request

if TYPE_CHECKING:
    from collections.abc import Iterable

# Bundles that are not apps: what they declare protects the connections of an app only if they are the app.
_NO_APP: Final = re.compile(rb"NSExtension|EXAppExtensionAttributes|BNDL|FMWK|XPC!")
# Bundles that run in processes of their own: extensions, App Clips and apps for the watch.
_OWN_PROCESS: Final = re.compile(rb"NSExtension|EXAppExtensionAttributes|NSAppClip|WKApplication|WKWatchKitApp")
_OVERRULES: Final = b"badCertificateCallback"
_APPLE_CODE: Final = frozenset({".swift", ".m", ".mm"})
# Stacks that ignore declarations, by the ends of the names of files.
_OWN_STACKS: Final = tuple(
    (frozenset(suffixes), name, re.compile(sign))
    for suffixes, name, sign in (
        ((".java", ".kt"), "Cronet", rb"\b(?:Cronet|Http)Engine\s*\.\s*Builder\b"),
        ((".swift", ".m", ".mm"), "Cronet", rb"\bimport\s+<?Cronet\b"),
        ((".c", ".cc", ".cpp", ".cxx"), "OpenSSL", rb"\bSSL_CTX_new\s*\("),
        ((".c", ".cc", ".cpp", ".cxx"), "libcurl", rb"\bcurl_easy_init\s*\("),
    )
)


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
        manifests: The Android manifests.
        resources: The names of XML resources of Android.
        not_of_app: The names of property lists that do not belong to an app.
        own_processes: The names of property lists of bundles that run in processes of their own.
        apple_code: The first file of each folder that mentions a host in code for Apple's systems, by host.
        overruling: The names of Dart code that may accept what the system refuses.
        own_stacks: Network stacks that ignore declarations, and the folder of each project that uses one.
    """

    hosts: dict[str, Mention] = field(default_factory=dict)
    manifests: list[Manifest] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    not_of_app: set[str] = field(default_factory=set)
    own_processes: list[str] = field(default_factory=list)
    apple_code: dict[str, dict[PurePath, str]] = field(default_factory=dict)
    overruling: list[str] = field(default_factory=list)
    own_stacks: dict[PurePath, str] = field(default_factory=dict)

    def read(self, content: bytes, name: str) -> None:
        """Look for hosts and names in a file."""
        path = PurePath(name)
        if path.name == "AndroidManifest.xml":
            self.manifests.append(read_manifest(content, name))
        elif is_resource(name):
            self.resources.append(name)
        elif path.suffix == ".plist":
            self._read_plist(content.replace(b"\0", b""), name)
        elif path.suffix == ".dart":
            if _OVERRULES in content and may_request(content, name):
                self.overruling.append(name)
        elif stack := next(
            (one for ends, one, sign in _OWN_STACKS if path.suffix in ends and sign.search(content)), None
        ):
            self.own_stacks.setdefault(_project_of(path), stack)
        is_apple_code = path.suffix in _APPLE_CODE
        line, counted = 1, 0
        for host, at in hosts_in_urls(content):
            if host not in self.hosts:
                line += content.count(b"\n", counted, at)
                counted = at
                self.hosts[host] = Mention(host, f"{name}:{line}")
            if is_apple_code:
                self.apple_code.setdefault(host, {}).setdefault(path.parent, name)

    def _read_plist(self, content: bytes, name: str) -> None:
        if _NO_APP.search(content):
            self.not_of_app.add(name)
        if _OWN_PROCESS.search(content):
            self.own_processes.append(name)

    def add(self, later: Mentions) -> None:
        """Add what a later file mentions."""
        for host, mention in later.hosts.items():
            self.hosts.setdefault(host, mention)
        self.manifests += later.manifests
        self.resources += later.resources
        self.not_of_app |= later.not_of_app
        self.own_processes += later.own_processes
        self.overruling += later.overruling
        for host, folders in later.apple_code.items():
            for folder, name in folders.items():
                self.apple_code.setdefault(host, {}).setdefault(folder, name)
        for project, stack in later.own_stacks.items():
            self.own_stacks.setdefault(project, stack)


def _project_of(path: PurePath) -> PurePath:
    """Return the folder above ``src``, which a module of Gradle has."""
    return next((folder.parent for folder in path.parents if folder.name == "src"), path.parent)


def domain_of(host: str) -> str:
    """Return the name that was registered: the shortest one above which there is only a public suffix."""
    names = [host, *ancestors(host)]
    return next((name for name in reversed(names) if public_suffix_problem(name) is None and "." in name), host)


def own_domains(hosts: Iterable[str]) -> frozenset[str]:
    """Return the registered names of *hosts*."""
    return frozenset(map(domain_of, hosts))
