"""
App packages: what an .apk, .aab, .xapk, .apks or .ipa shows about pinning. Nothing is run, and nothing is extracted.

The operating system enforces declarations for certain. Libraries, texts and certificates are evidence that only
the lab can prove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.audit.packages._android import declarations, joined, look_for_missing_code
from pinsmith.audit.packages._apk import MANIFEST, read_apk
from pinsmith.audit.packages._archive import opened
from pinsmith.audit.packages._bundle import apks_in, is_bundle, read_apks, read_bundle, whole_parts
from pinsmith.audit.packages._contents import Contents
from pinsmith.audit.packages._ios import list_of, read_ios
from pinsmith.audit.packages._value import (
    Bundle,
    Declared,
    Embedded,
    FoundHost,
    Library,
    Opaque,
    Package,
    PinString,
)
from pinsmith.errors import UnknownFormatError

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.audit.packages._android import Module
    from pinsmith.audit.packages._archive import Archive


__all__ = ["Bundle", "Declared", "Embedded", "FoundHost", "Library", "Opaque", "Package", "PinString", "read"]


def read(path: Path) -> Package:
    """
    Read an app package, which is recognised by its content.

    Args:
        path: An .apk, .aab, .xapk, .apks or .ipa.

    Returns:
        What it declares, and what else points to pinning. A part that cannot be read is in `Package.opaque`.

    Raises:
        FileError: If the file cannot be read.
        UnknownFormatError: If it is not an app package.
        FormatError: If it is damaged, hostile or too large.
    """
    with opened(path) as archive:
        if (properties := list_of(archive)) is not None:
            return read_ios(archive, properties)
        if MANIFEST in archive:
            return _android(archive, [read_apk(archive)])
        if is_bundle(archive):
            return _android(archive, read_bundle(archive))
        if apks_in(archive):
            return _android(archive, read_apks(archive))
        raise UnknownFormatError(
            f"{path} is not an app package: it contains neither AndroidManifest.xml nor Payload/NAME.app/Info.plist",
            hint="pass an .apk, .aab, .xapk, .apks or .ipa",
        )


def _android(archive: Archive, modules: list[Module]) -> Package:
    bases = whole_parts(modules, archive.name)
    manifest = bases[0].manifest
    contents = Contents({name for module in modules for name in module.manifest.classes})
    for part in dict.fromkeys([archive, *(module.archive for module in modules)]):
        contents.add(part, opens_apks=part is archive and archive is not bases[0].archive)
    look_for_missing_code(bases, modules, contents)
    # The level 1 is also what a manifest means that states none, or one that is not a number.
    level = min(base.manifest.min_sdk for base in bases)
    return contents.package(
        joined(declarations(base) for base in bases),
        file=archive.name,
        platform="android",
        name=manifest.name,
        version=manifest.version,
        oldest=str(level) if level > 1 else "",
    )
