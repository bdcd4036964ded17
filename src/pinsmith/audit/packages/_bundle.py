"""
Packages that hold an app in parts: an .aab holds modules, and an .xapk or .apks holds APKs.

Source:
    https://developer.android.com/guide/app-bundle/app-bundle-format
    https://developer.android.com/tools/bundletool
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith import limit
from pinsmith.audit.packages._android import Module
from pinsmith.audit.packages._apk import MANIFEST, read_apk
from pinsmith.audit.packages._manifest import read_manifest
from pinsmith.audit.packages._protobuf import Table, read_xml
from pinsmith.errors import FormatError

if TYPE_CHECKING:
    from pinsmith.audit.packages._archive import Archive

_MODULE: Final = re.compile(r"([^/]+/)manifest/AndroidManifest\.xml")
_CONFIG: Final = "BundleConfig.pb"
_MAX_PARTS: Final = 1_000


def is_bundle(archive: Archive) -> bool:
    """Say whether it is an app bundle."""
    return _CONFIG in archive or "base/manifest/AndroidManifest.xml" in archive


def read_bundle(archive: Archive) -> list[Module]:
    """
    Read the manifests of an app bundle.

    Raises:
        FormatError: If it is damaged, hostile or too large.
    """
    found = [match for path in archive.sizes if (match := _MODULE.fullmatch(path))]
    if len(found) > _MAX_PARTS:
        raise FormatError(f"it has more than {_MAX_PARTS} parts", file=archive.name)
    return [_module(archive, match[1]) for match in found]


def _module(archive: Archive, folder: str) -> Module:
    path, table_path = f"{folder}manifest/{MANIFEST}", f"{folder}resources.pb"
    name = archive.place(path)
    tree = read_xml(archive.read(path, most_bytes=limit.MAX_BYTES), name)
    table = Table(archive.read(table_path) if table_path in archive else b"", archive.place(table_path))
    manifest = read_manifest(tree, table.values, name)
    return Module(archive, folder, manifest, path, table.values, read_xml)


def apks_in(archive: Archive) -> list[str]:
    """List the APKs in a package."""
    return [path for path in archive.sizes if path.endswith(".apk")]


def read_apks(archive: Archive) -> list[Module]:
    """
    Read the manifests of the APKs in a package.

    Raises:
        FormatError: If one is damaged, hostile or too large, or is not an APK.
    """
    paths = apks_in(archive)
    if len(paths) > _MAX_PARTS:
        raise FormatError(f"it has more than {_MAX_PARTS} parts", file=archive.name)
    modules = []
    for path in paths:
        inner = archive.inner(path)
        if MANIFEST not in inner:
            raise FormatError(f"it has no {MANIFEST}, so it is not an APK", file=inner.name)
        modules.append(read_apk(inner))
    return modules


def whole_parts(modules: list[Module], name: str) -> list[Module]:
    """
    Return the modules that are an app by themselves: the base, or several variants of which a device gets one.

    Raises:
        FormatError: If there is none, or they belong to several apps.
    """
    found = [module for module in modules if not module.manifest.split]
    if not found:
        raise FormatError("it has no base, so it is only a part of an app", file=name, hint="pass the whole package")
    if len({module.manifest.name for module in found}) > 1:
        raise FormatError("it contains several apps", file=name, hint="pass the apps one by one")
    return found
