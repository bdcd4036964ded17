"""
Pins of an Android network security configuration that a Flutter app does not read.

On Android, the HttpClient of Dart has its own TLS and reads no network security configuration. On iOS it asks the
platform with the host, which then compares NSPinnedDomains, so these are not questioned here. The fetch of React
Native, and that of Expo, is OkHttp, which reads the configuration. Whether Cronet reads it was not measured.

Source:
    https://github.com/flutter/flutter/issues/96722, https://github.com/flutter/flutter/issues/89124;
    https://github.com/dart-lang/sdk, runtime/bin/security_context_macos.cc;
    https://github.com/apple-oss-distributions/Security, OSX/sec/Security/SecPolicy.c;
    https://github.com/expo/expo, packages/expo/android/src/main/java/expo/modules/fetch/ExpoFetchModule.kt
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from pinsmith.builds.flutter import FLUTTER
from pinsmith.finding import FilePlace
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.policy import HostPins
    from pinsmith.rules._rule import PinnedFile, Site


class Unread(NamedTuple):
    """
    A host whose pins Dart does not read.

    Attributes:
        site: The host, at the place of its pins.
        requested: Where Dart code has a URL of the host; None if it has none.
        doubt: Why requests of Dart may be pinned nevertheless, or be none at all; empty if there is no doubt.
    """

    site: Site
    requested: FilePlace | None
    doubt: str


def unread(files: Sequence[PinnedFile]) -> Iterator[Unread]:
    """Yield the hosts that a network security configuration in a Flutter project pins, and no Dart code there does."""
    packages = {
        PurePath(file.file).parent: {client.package for client in file.clients}
        for file in files
        if any(client.package == FLUTTER for client in file.clients)
    }
    if not packages:
        return
    for file in files:
        project = next((folder for folder in PurePath(file.file).parents if folder in packages), None)
        if project is None or file.target is None or file.target.id != "android-nsc":
            continue
        inside = [other for other in files if PurePath(other.file).is_relative_to(project)]
        dart = [other for other in inside if other.dart is not None or other.file.endswith(".dart")]
        pinning = [
            other for other in inside if other in dart or any(out.format == "dart-io" for out, _ in other.outputs)
        ]
        for site in file.sites:
            entry = site.entry
            is_over = entry.expires is not None and entry.expires <= file.today
            if entry.mode != "enforce" or is_over or any(_pins(other, entry.host) for other in pinning):
                continue
            requested = _requested(dart, entry)
            yield Unread(site, requested, _doubt(dart, packages[project] - {FLUTTER}, requested))


def _pins(file: PinnedFile, host: str) -> bool:
    names = {host, *ancestors(host)}
    return any(
        site.entry.host == host or (site.entry.include_subdomains and site.entry.host in names) for site in file.sites
    )


def _requested(dart: Sequence[PinnedFile], entry: HostPins) -> FilePlace | None:
    for file in dart:
        for host, line in file.dart.hosts if file.dart is not None else ():
            if host == entry.host or (entry.include_subdomains and entry.host in ancestors(host)):
                return FilePlace(file.file, line)
    return None


def _doubt(dart: Sequence[PinnedFile], others: set[str], requested: FilePlace | None) -> str:
    if others:
        return f"pubspec.yaml lists {min(others).removeprefix('pub:')}, which sends requests in another way"
    suspect = next((file for file in dart if file.target is not None or (file.dart and file.dart.may_pin)), None)
    if suspect is not None:
        return f"{suspect.file} may pin it"
    return "" if requested is not None else "no URL of it was found in Dart code"
