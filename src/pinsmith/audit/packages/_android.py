"""
Apps for Android: the manifest names the network security configuration, and only that file pins.

Source:
    https://developer.android.com/privacy-and-security/security-config
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pinsmith import limit
from pinsmith.audit.packages._declared import Declarations
from pinsmith.audit.packages._tree import text_of
from pinsmith.audit.packages._value import Opaque
from pinsmith.errors import FormatError
from pinsmith.finding import FilePlace, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pinsmith.audit.packages._archive import Archive
    from pinsmith.audit.packages._contents import Contents
    from pinsmith.audit.packages._manifest import Manifest
    from pinsmith.audit.packages._tree import Element

_FIRST_WITH_CONFIG: Final = 24  # API level of Android 7
_ROOT: Final = "network-security-config"
_SIGNS: Final = (_ROOT.encode(), _ROOT.encode("utf-16-le"))
_PIN_SET: Final = "pin-set"
_DEBUG: Final = "debug-overrides"


@dataclass(frozen=True, slots=True)
class Module:
    """
    A part of an app that has a manifest: an APK, or a module of a bundle.

    Attributes:
        archive: The archive.
        folder: The folder of the module in the archive, with a slash at its end; empty for an APK.
        manifest: What the manifest says.
        manifest_path: Where it is.
        values: Returns the values of a resource.
        tree: Reads an XML file, from its content and its name.
    """

    archive: Archive
    folder: str
    manifest: Manifest
    manifest_path: str
    values: Callable[[int], tuple[str, ...]]
    tree: Callable[[bytes, str], Element]

    def place(self, path: str) -> str:
        """Return the path of a file inside the outermost package."""
        return self.archive.inside + path


def declarations(module: Module) -> Declarations:
    """
    Read what a module declares.

    Raises:
        FormatError: If the package is damaged, hostile or too large.
    """
    named = _configurations(module)
    found = [_read(module, path) for path in named if path in module.archive]
    made = joined(found)
    manifest = module.manifest
    missing = [path for path in named if path not in module.archive]
    if manifest.config is None or (manifest.config and not named) or missing:
        text = "its network security configuration is not in this package"
        made.opaque.append(Opaque(module.place(module.manifest_path), text))
    file = module.archive.place(module.manifest_path)
    if not named and manifest.cleartext:
        text = "usesCleartextTraffic lets the app send requests without TLS, where it compares no pins"
        made.notes.append(_note("cleartext-permitted", Severity.LOW, file, text, 'write usesCleartextTraffic="false"'))
    if made.declared and manifest.min_sdk < _FIRST_WITH_CONFIG:
        text = f"the app runs on Android of API level {manifest.min_sdk}, but only {_FIRST_WITH_CONFIG} and later pin"
        made.notes.append(_note("platforms-differ", Severity.MEDIUM, file, text))
    made.notes += _unnamed(module, named)
    return made


def look_for_missing_code(bases: Sequence[Module], modules: Sequence[Module], contents: Contents) -> None:
    """Add to *contents* that code is hidden, if the classes that Android starts are not in the package."""
    base = bases[0]
    place = base.place(base.manifest_path)
    if contents.classes is None:
        if base.manifest.has_code:
            contents.hide(place, "the package has no code, so the app gets it from elsewhere")
        return
    named = {name for module in modules for name in module.manifest.classes}
    if 2 * len(named - contents.classes) > len(named):
        contents.hide(place, "most classes that the manifest names are not in the code: it is packed, or loaded later")


def joined(found: Iterable[Declarations]) -> Declarations:
    """Join the declarations of variants of a package, of which a phone gets one: only what all declare is certain."""
    first, *others = [*found] or [Declarations()]
    made = Declarations([*first.declared], [*first.notes], [*first.opaque])
    for other in others:
        alike = {replace(declared, place="") for declared in other.declared}
        kept = [declared for declared in made.declared if replace(declared, place="") in alike]
        same = {replace(declared, place="") for declared in kept}
        if len(kept) != len(made.declared) or len(kept) != len(other.declared):
            places = sorted({declared.place for declared in (*made.declared, *other.declared)})
            text = "another variant of this file pins otherwise, and the device decides which one counts"
            differing = (one.host for one in (*made.declared, *other.declared) if replace(one, place="") not in same)
            made.opaque.append(Opaque(places[0], text, tuple(dict.fromkeys(differing))))
        made.declared = kept
        made.notes += [note for note in other.notes if note not in made.notes]
        made.opaque += [part for part in other.opaque if part not in made.opaque]
    return made


def _configurations(module: Module) -> list[str]:
    """List the files that the manifest names, a variant for each kind of device."""
    number = module.manifest.config
    return [module.folder + path for path in module.values(number)] if number else []


def _read(module: Module, path: str) -> Declarations:
    found = Declarations()
    name = module.archive.place(path)
    try:
        tree = module.tree(module.archive.read(path, most_bytes=limit.MAX_BYTES), name)
        text = _text(tree, name)
    except FormatError as error:
        found.opaque.append(Opaque(module.place(path), f"it cannot be read: {error.problem}"))
        return found
    found.add(text.encode("utf-8", "replace"), "network security config", name=name, place=module.place(path))
    if module.manifest.debuggable and any(child.name == _DEBUG for child in tree.children):
        found.declared = [replace(one, overriding=(*one.overriding, _DEBUG)) for one in found.declared]
        text = "this is a debug build, in which the anchors of <debug-overrides> are accepted without a pinned key"
        found.notes.append(_note("pins-overridden", Severity.HIGH, name, text, "look at a release build"))
    return found


def _text(tree: Element, name: str) -> str:
    try:
        return text_of(tree)
    except IndexError as error:
        raise FormatError("it contains a name that XML does not allow", file=name) from error


def _unnamed(module: Module, named: list[str]) -> Iterator[Finding]:
    """Note the configurations that contain pins, but that the manifest does not name."""
    for path, size in module.archive.sizes.items():
        if not path.startswith(f"{module.folder}res/") or not path.endswith(".xml") or path in named:
            continue
        if size > limit.MAX_BYTES:
            continue
        content = module.archive.read(path)
        name = module.archive.place(path)
        if not any(sign in content for sign in _SIGNS):
            continue
        try:
            tree = module.tree(content, name)
        except FormatError:
            continue  # Android does not read it either
        if tree.name == _ROOT and _contains(tree, _PIN_SET):
            text = "the manifest does not name this file, so Android enforces none of its pins"
            fix = 'name it in the manifest: android:networkSecurityConfig="@xml/NAME"'
            yield _note("pinning-off", Severity.HIGH, name, text, fix)


def _contains(element: Element, name: str) -> bool:
    return any(child.name == name or _contains(child, name) for child in element.children)


def _note(rule: str, severity: Severity, file: str, text: str, fix: str | None = None) -> Finding:
    return Finding(rule, severity, FilePlace(file), text, fix)
