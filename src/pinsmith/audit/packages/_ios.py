"""
Apps for iOS: an .ipa holds one app, and the bundles inside it that run in processes of their own.

Extensions, App Clips and apps for the watch are such bundles. The system takes pins from the main bundle of a process,
so each of them has the pins of its own Info.plist, and none of the app.

Source:
    https://developer.apple.com/documentation/bundleresources/placing-content-in-a-bundle;
    https://developer.apple.com/documentation/foundation/bundle/main (the bundle with the current executable);
    https://developer.apple.com/documentation/bundleresources/information-property-list/nsapptransportsecurity;
    getNSPinnedIdentitiesForHostName in OSX/sec/Security/SecPolicy.c of
    https://github.com/apple-oss-distributions/Security
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith import limit
from pinsmith.audit.packages._contents import Contents
from pinsmith.audit.packages._declared import Declarations
from pinsmith.audit.packages._libraries import Sign
from pinsmith.audit.packages._value import Bundle, Opaque
from pinsmith.errors import FormatError
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.syntax.plist import members, read_plist
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.audit.packages._archive import Archive
    from pinsmith.audit.packages._value import Package
    from pinsmith.syntax.plist import Node

_LIST: Final = re.compile(r"Payload/[^/]+\.app/Info\.plist")
_INNER: Final = re.compile(r"(?:[^/]+/)*[^/]+\.(?:app|appex|xpc)/Info\.plist")
_CONTAINER: Final = re.compile(r".*\.app/")
_MAX_BUNDLES: Final = 100
_TRUSTKIT: Final = "TSKConfiguration"
_SWITCH: Final = "RNSSLManagerDisabled"


def list_of(archive: Archive) -> str | None:
    """
    Return the path of the Info.plist of the app; None if it is not an app for iOS.

    Raises:
        FormatError: If there are several apps.
    """
    found = [path for path in archive.sizes if _LIST.fullmatch(path)]
    if len(found) > 1:
        raise FormatError(f"it contains {len(found)} apps, but must contain one", file=archive.name)
    return found[0] if found else None


def read_ios(archive: Archive, path: str) -> Package:
    """
    Read an app for iOS.

    Raises:
        FormatError: If the package is damaged, hostile or too large, or its Info.plist cannot be read.
    """
    app = path.removesuffix("Info.plist")
    inner = [other for other in archive.sizes if other.startswith(app) and _INNER.fullmatch(other.removeprefix(app))]
    if len(inner) > _MAX_BUNDLES:
        raise FormatError(f"it contains more than {_MAX_BUNDLES} extensions", file=archive.name)
    found, contents = Declarations(), Contents()
    top = _read(archive, path, found, contents)
    for other in inner:
        try:
            _read(archive, other, found, contents)
        except FormatError as error:
            found.opaque.append(Opaque(other, f"it cannot be read: {error.problem}"))
    contents.add(archive)
    folders = [other.removesuffix("Info.plist") for other in inner]
    return contents.package(
        found,
        file=archive.name,
        platform="ios",
        oldest=_text(top, "MinimumOSVersion"),
        name=_text(top, "CFBundleIdentifier"),
        version=_text(top, "CFBundleShortVersionString"),
        bundles=(
            Bundle(app, ""),
            *(Bundle(folder, folder.removeprefix(app)[:-1], _shared(folder, contents.loaded)) for folder in folders),
        ),
    )


def _read(archive: Archive, path: str, found: Declarations, contents: Contents) -> dict[str, Node]:
    content = archive.read(path, most_bytes=limit.MAX_BYTES)
    name = archive.place(path)
    try:
        top = members(read_plist(content).root, "the list")
        ats = top.get("NSAppTransportSecurity")
        pins = ats is not None and "NSPinnedDomains" in members(ats, "NSAppTransportSecurity")
    except SyntaxFaultError as fault:
        raise FormatError(fault.problem, file=name, line=fault.line, column=fault.column) from fault
    if pins:
        found.add(content, "NSPinnedDomains", name=name, place=path)
    if _SWITCH in top and top[_SWITCH].kind != "false":
        text = f"{_SWITCH} switches off the pins of react-native-ssl-manager, also in a release"
        found.notes.append(Finding("pinning-off", Severity.HIGH, FilePlace(name), text, f"remove {_SWITCH}"))
    if _TRUSTKIT in top:
        contents.add_library(Sign("TrustKit", _TRUSTKIT), path)
    return top


def _shared(folder: str, loaded: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the paths of what the programs of a bundle load from the app around them, and what that loads in turn."""
    app = match[0] if (match := _CONTAINER.match(folder)) else ""
    found: dict[str, None] = {}
    waiting = [place for place in loaded if place.startswith(folder)]
    while waiting:
        for name in sorted(loaded[waiting.pop()]):
            path = f"{app}Frameworks/{name}"
            if path not in found:
                found[path] = None
                waiting += [place for place in loaded if place == path or place.startswith(f"{path}/")]
    return tuple(found)


def _text(top: dict[str, Node], key: str) -> str:
    return top[key].text if key in top and top[key].kind == "string" else ""
