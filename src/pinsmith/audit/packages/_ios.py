"""
Apps for iOS: an .ipa holds one app bundle, whose Info.plist declares pins.

Source:
    https://developer.apple.com/library/archive/documentation/CoreFoundation/Conceptual/CFBundles/BundleTypes/BundleTypes.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith import limit
from pinsmith.audit.packages._contents import Contents
from pinsmith.audit.packages._declared import Declarations
from pinsmith.audit.packages._libraries import Sign
from pinsmith.errors import FormatError
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.syntax.plist import members, read_plist
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from pinsmith.audit.packages._archive import Archive
    from pinsmith.audit.packages._value import Package
    from pinsmith.syntax.plist import Node

_LIST: Final = re.compile(r"Payload/[^/]+\.app/Info\.plist")
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
    content = archive.read(path, most_bytes=limit.MAX_BYTES)
    name = archive.place(path)
    try:
        top = members(read_plist(content).root, "the list")
        ats = top.get("NSAppTransportSecurity")
        pins = ats is not None and "NSPinnedDomains" in members(ats, "NSAppTransportSecurity")
    except SyntaxFaultError as fault:
        raise FormatError(fault.problem, file=name, line=fault.line, column=fault.column) from fault
    found = Declarations()
    if pins:
        found.add(content, "NSPinnedDomains", name=name, place=path)
    if _SWITCH in top and top[_SWITCH].kind != "false":
        text = f"{_SWITCH} switches off the pins of react-native-ssl-manager, also in a release"
        found.notes.append(Finding("pinning-off", Severity.HIGH, FilePlace(name), text, f"remove {_SWITCH}"))
    contents = Contents()
    if _TRUSTKIT in top:
        contents.add_library(Sign("TrustKit", _TRUSTKIT), path)
    contents.add(archive)
    return contents.package(
        found,
        file=archive.name,
        platform="ios",
        name=_text(top, "CFBundleIdentifier"),
        version=_text(top, "CFBundleShortVersionString"),
    )


def _text(top: dict[str, Node], key: str) -> str:
    return top[key].text if key in top and top[key].kind == "string" else ""
