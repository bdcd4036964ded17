"""
An APK: binary XML, and a table of resources.

Source:
    https://developer.android.com/guide/components/fundamentals and the files themselves
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith import limit
from pinsmith.audit.packages._android import Module
from pinsmith.audit.packages._arsc import Table
from pinsmith.audit.packages._axml import read_axml
from pinsmith.audit.packages._manifest import read_manifest

if TYPE_CHECKING:
    from pinsmith.audit.packages._archive import Archive

MANIFEST: Final = "AndroidManifest.xml"
TABLE: Final = "resources.arsc"


def read_apk(archive: Archive) -> Module:
    """
    Read the manifest of an APK.

    Raises:
        FormatError: If it is damaged, hostile or too large.
    """
    name = archive.place(MANIFEST)
    tree = read_axml(archive.read(MANIFEST, most_bytes=limit.MAX_BYTES), name)
    table = Table(archive.read(TABLE) if TABLE in archive else b"", archive.place(TABLE))
    manifest = read_manifest(tree, table.values, name)
    return Module(archive, "", manifest, MANIFEST, table.values, read_axml)
