"""
Which network security configurations of a project Android reads, as far as the files say.

Source:
    https://developer.android.com/build/build-variants#sourcesets (which files a build contains),
    https://developer.android.com/build/manage-manifests#merge_priorities (which manifest decides).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.answers._answer import Answer
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.text import decode
from pinsmith.syntax.xml import parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ANDROID: Final = "{http://schemas.android.com/apk/res/android}"
_TOOLS: Final = "{http://schemas.android.com/tools}"
_SETTING: Final = "networkSecurityConfig"
_NEVER_RELEASED: Final = re.compile(r"debug|.*Debug|(?:androidT|t)est\w*")
_MAIN: Final = "main"
_SYSTEM: Final = "system"


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    An Android manifest.

    Attributes:
        file: Its name.
        config: The name of the configuration; empty if it names none, None if that cannot be known.
    """

    file: str
    config: str | None


@dataclass(frozen=True, slots=True)
class _Home:
    """The module that a file belongs to, and the set of sources in the module."""

    module: PurePath
    sources: str

    @property
    def is_released(self) -> bool:
        return _NEVER_RELEASED.fullmatch(self.sources) is None


def read_manifest(content: bytes, file: str) -> Manifest:
    """Read a manifest of a source tree."""
    try:
        root = parse_xml(decode(content)).root
    except SyntaxFaultError:
        return Manifest(file, None)
    for element in root.children if root.name == "manifest" else ():
        if element.name != "application":
            continue
        changes = {change.strip() for change in element.attributes.get(f"{_TOOLS}remove", "").split(",")}
        if f"android:{_SETTING}" in changes:
            return Manifest(file, None)
        if value := element.attributes.get(_ANDROID + _SETTING):
            found = re.fullmatch(r"\s*@(?:\+?[\w.]+:)?xml/(\w+)\s*", value)
            return Manifest(file, found[1] if found else None)
    return Manifest(file, "")


def overridden(sources: Sequence[str]) -> tuple[Answer, str] | None:
    """Return the answer for pins that `overridePins` overrides for some *sources* of authorities; None for none."""
    if _SYSTEM in sources:
        return Answer.NO, "overridePins accepts every authority of the system without a pinned key"
    return (Answer.UNPROVEN, "overridePins accepts some chains without a pinned key") if sources else None


def is_resource(file: str) -> bool:
    """Say whether a file stands where builds look for XML resources."""
    path = PurePath(file)
    return path.suffix == ".xml" and re.fullmatch(r"xml(?:-.*)?", path.parent.name) is not None


def judge(file: str, manifests: Iterable[Manifest], resources: Iterable[str]) -> tuple[Answer, str]:
    """
    Answer whether Android reads a configuration.

    Args:
        file: Its name.

        manifests: All manifests of the tree.

        resources: The names of all XML resources of the tree.

    Returns:
        The answer, and why it is not "yes".
    """
    manifests, name = tuple(manifests), PurePath(file).stem
    if not manifests:
        return Answer.UNPROVEN, "no AndroidManifest.xml was found that names it"
    naming = [manifest for manifest in manifests if manifest.config == name]
    released = [home for manifest in naming if (home := _home(PurePath(manifest.file).parent)).is_released]
    if not released and any(manifest.config is None for manifest in manifests):
        return Answer.UNPROVEN, "it is not known which configuration the AndroidManifest.xml names"
    if not naming:
        return Answer.NO, "no AndroidManifest.xml names it, so Android does not read it"
    if not released:
        return Answer.NO, "only the AndroidManifest.xml of debug builds or tests names it"
    if not is_resource(file):
        return Answer.UNPROVEN, "it is not in a folder res/xml, so apps may not contain it"
    home = _home(PurePath(file).parent.parent.parent)
    return _judge_home(file, home, released, manifests, resources)


def _judge_home(
    file: str, home: _Home, naming: Iterable[_Home], manifests: Iterable[Manifest], resources: Iterable[str]
) -> tuple[Answer, str]:
    if not home.is_released:
        return Answer.NO, f"only the builds of src/{home.sources} contain it, and users do not get them"
    sets = [other.sources for other in naming if other.module == home.module]
    if not sets:
        return Answer.UNPROVEN, "only the AndroidManifest.xml of another module names it"
    if home.sources != _MAIN:
        return Answer.UNPROVEN, f"only the builds of src/{home.sources} contain it"
    if _MAIN not in sets:
        return Answer.UNPROVEN, f"only the AndroidManifest.xml of src/{sets[0]} names it"
    problem = _variant(file, home, manifests, resources)
    return (Answer.UNPROVEN, problem) if problem else (Answer.YES, "")


def _variant(file: str, home: _Home, manifests: Iterable[Manifest], resources: Iterable[str]) -> str | None:
    """Return why only some builds or devices use a file."""
    for manifest in manifests:
        if manifest.config not in ("", PurePath(file).stem) and _is_beside(PurePath(manifest.file).parent, home):
            return f"in some builds {manifest.file} names another configuration or none"
    for other in resources:
        path = PurePath(other)
        if path.name == PurePath(file).name and other != file and _is_beside(path.parent.parent.parent, home):
            return f"in some builds or on some devices {other} replaces it"
    return None


def _home(folder: PurePath) -> _Home:
    if folder.parent.name == "src":
        return _Home(folder.parent.parent, folder.name)
    return _Home(folder, _MAIN)


def _is_beside(folder: PurePath, home: _Home) -> bool:
    other = _home(folder)
    return other.module == home.module and other.is_released
