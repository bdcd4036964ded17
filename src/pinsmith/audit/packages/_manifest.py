"""
The manifest of an app for Android: what it says about the network, and about its code.

Source:
    core/res/res/values/public-final.xml of Android's frameworks/base has the numbers of attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.audit.packages._tree import Element

_NAME: Final = 0x01010003
_HAS_CODE: Final = 0x0101000C
_DEBUGGABLE: Final = 0x0101000F
_MIN_SDK: Final = 0x0101020C
_VERSION_NAME: Final = 0x0101021C
_CLEARTEXT: Final = 0x010104EC
_CONFIG: Final = 0x01010527
_COMPONENTS: Final = frozenset({"activity", "service", "receiver", "provider"})


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    What a manifest says.

    Attributes:
        name: The application id.
        split: The name of the split; empty for a whole or a base package.
        version: The version that users see.
        config: The resource that is the network security configuration; 0 if there is none, None if it is not one.
        cleartext: Whether the app says that it uses plain HTTP.
        debuggable: Whether it is a debug build.
        min_sdk: The oldest API level on which it can be installed.
        classes: The names of the classes that Android starts, in full.
        has_code: Whether the package has code.
    """

    name: str
    split: str
    version: str
    config: int | None
    cleartext: bool
    debuggable: bool
    min_sdk: int
    classes: tuple[str, ...]
    has_code: bool


def read_manifest(root: Element, values: Callable[[int], tuple[str, ...]], file: str) -> Manifest:
    """
    Read a manifest.

    Args:
        root: Its root element.

        values: Returns the values of a resource.

        file: Its name, for errors.

    Raises:
        FormatError: If it is not a manifest.
    """
    if root.name != "manifest":
        raise FormatError(f"its root element is <{root.name[:80]}>, but must be <manifest>", file=file)

    def value(element: Element | None, resource: int) -> str:
        text = (element.get(resource) or "") if element is not None else ""
        if not text.startswith("@0x"):
            return text
        return next(iter(values(int(text[3:], 16))), "")

    application = next((child for child in root.children if child.name == "application"), None)
    sdk = next((child for child in root.children if child.name == "uses-sdk"), None)
    level = value(sdk, _MIN_SDK)
    name = root.plain("package")
    config = (application.get(_CONFIG) or "") if application is not None else ""
    started = [application, *application.children] if application is not None else []
    classes = [item.get(_NAME) or "" for item in started if item is application or item.name in _COMPONENTS]
    return Manifest(
        name=name,
        split=root.plain("split"),
        version=value(root, _VERSION_NAME),
        config=_number(config),
        cleartext=value(application, _CLEARTEXT) == "true",
        debuggable=value(application, _DEBUGGABLE) == "true",
        min_sdk=int(level) if level.isascii() and level.isdigit() and len(level) < 10 else 1,  # noqa: PLR2004 - digits
        classes=tuple(dict.fromkeys(_full(name, item) for item in classes if item and not item.startswith("@"))),
        has_code=value(application, _HAS_CODE) != "false",
    )


def _number(reference: str) -> int | None:
    if not reference:
        return 0
    return int(reference[3:], 16) if reference.startswith("@0x") else None


def _full(package: str, name: str) -> str:
    """Write the name of a class in full, as Android does."""
    if name.startswith("."):
        return package + name
    return name if "." in name else f"{package}.{name}"
