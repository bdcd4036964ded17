"""Apps for iOS whose parts run in processes of their own, each with the pins of its own Info.plist."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from pinsmith.answers._answer import Answer
from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.answers._answer import Mechanism
    from pinsmith.answers._mention import Mentions
    from pinsmith.audit.packages import Bundle, Package
    from pinsmith.rules import PinnedFile


def in_all_parts(package: Package, host: str, mechanisms: Iterable[Mechanism]) -> tuple[Mechanism, ...]:
    """
    Take away the "yes" of a declaration, if another part of the app may request the host without these pins.

    Args:
        package: The package.

        host: The host.

        mechanisms: What pins it.
    """
    return tuple(
        replace(mechanism, answer=Answer.UNPROVEN, reason=gap)
        if mechanism.answer is Answer.YES and (gap := next(_gaps(package, host), ""))
        else mechanism
        for mechanism in mechanisms
    )


def _gaps(package: Package, host: str) -> Iterator[str]:
    """Yield why the host is not pinned in every part that may request it."""
    for bundle in package.bundles:
        if _pins(package, bundle, host):
            continue
        if not bundle.name:
            yield "only an extension pins it, and the Info.plist of the app does not"
            continue
        own = f"{bundle.name} reads only its own Info.plist, which does not pin this host"
        if any(found.host == host and _holds(package, bundle, found.place) for found in package.hosts):
            yield f"its URL is in {bundle.name} too; {own}"
        elif hidden := next((part for part in package.opaque if _holds(package, bundle, part.place)), None):
            yield f"{own}, and a part of it hides what it requests: {hidden.reason}"


def _pins(package: Package, bundle: Bundle, host: str) -> bool:
    """Say whether the bundle declares pins of the host; those of a parent reach one label below it."""
    parent = next(iter(ancestors(host)), None)
    return any(
        declared.place == f"{bundle.folder}Info.plist"
        and declared.pins
        and (declared.host == host or (declared.include_subdomains and declared.host == parent))
        for declared in package.declared
    )


def _holds(package: Package, bundle: Bundle, place: str) -> bool:
    """Say whether a file belongs to a bundle, and not to one inside it, or is loaded by its programs."""
    around = [other for other in package.bundles if place.startswith(other.folder)]
    if bundle is max(around, key=lambda other: len(other.folder), default=None):
        return True
    return any(place == path or place.startswith(f"{path}/") for path in bundle.shared)


def unpinned_part(host: str, plist: str, mentions: Mentions, files: Iterable[PinnedFile]) -> str:
    """
    Return why the pins of a property list do not protect every part of an app in a source tree; empty if they do.

    The sources of an extension are in the folder of its Info.plist or below, as Xcode lays them out.

    Args:
        host: The host.

        plist: The property list that pins it.

        mentions: Those of all files.

        files: All files with pins.
    """
    named = mentions.apple_code.get(host, {})
    for other in mentions.own_processes if named else ():
        folder = PurePath(other).parent
        if folder in PurePath(plist).parents or any(file.file == other and _covers(file, host) for file in files):
            continue
        place = next((name for around, name in named.items() if folder in (around, *around.parents)), None)
        if place is not None:
            return (
                f"{place} mentions it too, in a part of the app that reads only {other}, which does not pin this host"
            )
    return ""


def _covers(file: PinnedFile, host: str) -> bool:
    parent = next(iter(ancestors(host)), None)
    entries = [site.entry for site in file.sites]
    return any(entry.host == host or (entry.include_subdomains and entry.host == parent) for entry in entries)
