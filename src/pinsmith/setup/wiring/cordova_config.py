"""
The config.xml of a Cordova app copies the network security configuration into the app, and names it.

Source:
    https://cordova.apache.org/docs/en/latest/config_ref/ (edit-config) and
    https://cordova.apache.org/docs/en/latest/plugin_ref/spec.html#resource-file
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.setup.kinds.android import ANDROID, CONFIG
from pinsmith.setup.kinds.cordova import CONFIG as CONFIG_FILE
from pinsmith.setup.rule import found
from pinsmith.setup.tree import join
from pinsmith.setup.wire import Loose, Wire, edit_xml
from pinsmith.setup.wiring.android_manifest import RESOURCE
from pinsmith.syntax.xml import escape_attribute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree
    from pinsmith.setup.wire import Repair
    from pinsmith.syntax.xml import Element
    from pinsmith.syntax.xml_edit import Block, XMLEdits

_RESOURCES: Final = "app/src/main/res/xml"
_MANIFEST: Final = "app/src/main/AndroidManifest.xml"
# The namespace stands here, because the root of most configurations does not declare it.
_TARGET: Final = (
    f'file="{_MANIFEST}" mode="merge" target="/manifest/application" '
    'xmlns:android="http://schemas.android.com/apk/res/android"'
)


def _check(tree: Tree, output: Output) -> Iterator[Loose]:
    path = posixpath.normpath(output.path)
    home = tree.nearest(path, CONFIG_FILE)
    document = tree.xml(home) if home is not None else None
    if home is None or document is None or document.root.name != "widget" or RESOURCE.fullmatch(path):
        return
    source = posixpath.relpath(path, posixpath.dirname(home) or ".")
    name = posixpath.basename(path)
    wanted = f"@xml/{name.removesuffix('.xml')}"
    elements = [*document.root.children, *(inner for one in _platforms(document.root) for inner in one.children)]
    copies = any(
        element.name == "resource-file" and _same(element.attributes.get("src")) == source for element in elements
    )
    named = next(_named(elements), None)
    if named is not None and named[1] != wanted:
        text = f"it names {named[1]}, so Android ignores {wanted}"
        fix = "write the pins into the file that it names, with its path in the [[output]]"
        yield Loose(found("named-elsewhere", FilePlace(home, named[0].line), text, fix))
    elif named is None or not copies:
        text = f"it does not copy {source} into the app and name it, so Android does not read the pins"
        fix = "add a <resource-file> and an <edit-config> for it, or run `pinsmith setup --fix`"
        blocks = ([] if copies else [_copy(source, name)]) + ([] if named is not None else [_edit(wanted)])
        yield Loose(found("not-named", FilePlace(home), text, fix), _repair(tree, home, blocks))


def _platforms(root: Element) -> list[Element]:
    return [child for child in root.children if child.name == "platform" and child.attributes.get("name") == "android"]


def _named(elements: list[Element]) -> Iterator[tuple[Element, str]]:
    for element in elements:
        for child in element.children if element.name in {"edit-config", "config-file"} else ():
            named = child.attributes.get(ANDROID + CONFIG)
            if child.name == "application" and named is not None:
                yield element, named


def _same(path: str | None) -> str:
    return join("", path or "")


def _copy(source: str, name: str) -> Block:
    target = f"{_RESOURCES}/{name}"
    return ((0, f'<resource-file src="{escape_attribute(source)}" target="{escape_attribute(target)}" />'),)


def _edit(wanted: str) -> Block:
    return (
        (0, f"<edit-config {_TARGET}>"),
        (1, f'<application android:{CONFIG}="{escape_attribute(wanted)}" />'),
        (0, "</edit-config>"),
    )


def _repair(tree: Tree, path: str, blocks: list[Block]) -> Repair | None:
    def change(edits: XMLEdits, root: Element) -> None:
        platforms = _platforms(root)
        if platforms:
            edits.append(platforms[0], blocks)
            return
        inner = tuple((depth + 1, line) for block in blocks for depth, line in block)
        edits.append(root, [((0, '<platform name="android">'), *inner, (0, "</platform>"))])

    return edit_xml(tree, path, change)


WIRE: Final = Wire(
    id="cordova-config",
    formats=frozenset({"android-nsc"}),
    check=_check,
    covers=frozenset({"app/src/main/AndroidManifest.xml"}),
)
