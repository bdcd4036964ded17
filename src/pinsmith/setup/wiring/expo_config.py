"""
The configuration of an Expo app lists the plugin that puts the file for Android into the app, and Expo reads it.

Source:
    https://github.com/pchalupa/expo-network-security-config (the options of the plugin) and
    https://docs.expo.dev/workflow/configuration/ (which configuration is read)
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.finding import FilePlace
from pinsmith.formats import _expo
from pinsmith.setup.kinds._expo_config import configuration, program
from pinsmith.setup.kinds._package import NAME, read
from pinsmith.setup.rule import found
from pinsmith.setup.tree import join
from pinsmith.setup.wire import Loose, Repair, Wire
from pinsmith.setup.wiring.android_manifest import RESOURCE
from pinsmith.setup.wiring.dependency import need_package
from pinsmith.syntax.encoding import decode_to_edit, encoding_of
from pinsmith.syntax.json import parse_json
from pinsmith.syntax.json_edit import JSONEdits
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree
    from pinsmith.syntax.json import Node

_OPTION: Final = "networkSecurityConfig"


def _check(tree: Tree, output: Output) -> Iterator[Loose]:
    path = posixpath.normpath(output.path)
    package = tree.nearest(path, NAME)
    needs = read(tree, package) if package is not None else None
    if needs is None or "expo" not in needs.needs:
        return
    if output.format == "android-nsc":
        if RESOURCE.fullmatch(path) is None:
            yield from _plugin(tree, output, needs.folder)
            yield from need_package(tree, output, _expo.NSC)
        return
    yield from _is_read(tree, path, needs.folder)


def _is_read(tree: Tree, path: str, folder: str) -> Iterator[Loose]:
    """Check that Expo reads the file of an output in the format of an app.json."""
    static, code = configuration(tree, folder), program(tree, folder)
    if static is not None and path != static:
        text = f"Expo reads {static} and not {path}, so the pins are not in the app"
        yield Loose(
            found("app-config-not-used", FilePlace(static), text, f'write path = "{static}" into the [[output]]')
        )
    elif code is None or posixpath.basename(path) in tree.text(code):
        return
    elif static is None:
        name = posixpath.relpath(path, folder or ".")
        text = f"this program does not use {name}, so the pins are not in the app"
        fix = f'set ios.infoPlist to require("./{name}").expo.ios.infoPlist, and look at `npx expo config`'
        yield Loose(found("app-config-not-used", FilePlace(code), text, fix))
    elif not _passes_on(tree, code):
        fix = f"merge what {path} holds into the configuration that it returns, and look at `npx expo config`"
        text = f"this program makes the configuration, and does not seem to use {path}"
        yield Loose(found("app-config-is-code", FilePlace(code), text, fix))


def _passes_on(tree: Tree, code: str) -> bool:
    """Say whether a program that gets the static configuration seems to return it with everything in it."""
    return "...config" in tree.text(code).replace(" ", "")


def _plugin(tree: Tree, output: Output, folder: str) -> Iterator[Loose]:
    name = posixpath.relpath(posixpath.normpath(output.path), folder or ".")
    wanted = f"./{name}"
    entry = f'["{_expo.NSC}", {{ "{_OPTION}": "{wanted}", "enable": true }}]'
    static, code = configuration(tree, folder), program(tree, folder)
    if static is None:
        if code is not None and name not in tree.text(code):
            text = f"it does not name {name}, so Android does not read the pins"
            yield Loose(found("not-named", FilePlace(code), text, f"add {entry} to plugins"))
        return
    root = tree.json(static, loose=True)
    if root is None:
        text = f"pinsmith cannot read it, and does not know whether it names {name}"
        yield Loose(found("not-named", FilePlace(static), text, f"add {entry} to plugins"))
        return
    try:
        yield from _listed(tree, static, root, wanted, entry)
    except FormatError as error:
        place = FilePlace(static, error.line, error.column if error.line else None)
        yield Loose(found("not-named", place, f"{error.problem}, so {wanted} is not named", f"add {entry} to plugins"))


def _listed(tree: Tree, path: str, root: Node, wanted: str, entry: str) -> Iterator[Loose]:
    home = _expo.config(root, path)
    plugin = _expo.plugin(home, _expo.NSC, path)
    options = _expo.options(plugin, path) if plugin is not None else None
    named = _expo.at(options, (_OPTION,)) if options is not None else None
    if plugin is None or named is None:
        at = FilePlace(path, plugin.line if plugin is not None else None)
        text = f"no plugin names {wanted}, so Android does not read the pins"
        fix = f"add {entry} to plugins, or run `pinsmith setup --fix`"
        yield Loose(found("not-named", at, text, fix), _repair(tree, path, wanted))
        return
    at = FilePlace(path, named.line, named.column)
    if not isinstance(named.value, str) or _same(named.value) != _same(wanted):
        text = f"the plugin {_expo.NSC} names {named.value!r}, so Android ignores {wanted}"
        fix = (
            "write the pins into that file, with its path in the [[output]]; "
            "`pinsmith import FILE --into pins.toml` keeps pins that it has"
        )
        yield Loose(found("named-elsewhere", at, text, fix))
        return
    enable = _expo.at(options, ("enable",)) if options is not None else None
    if enable is None or enable.value is not True:
        text = f"the plugin {_expo.NSC} is not switched on, so Android does not read the pins"
        yield Loose(found("not-named", at, text, 'set "enable": true'))


def _same(path: str) -> str:
    return join("", path)


def _repair(tree: Tree, path: str, wanted: str) -> Repair | None:
    content = tree.content(path)
    if content is None:
        return None
    try:
        text = decode_to_edit(content)
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        edits = JSONEdits(text.removeprefix(mark))
        root = parse_json(edits.text, loose=True)
        _expo.put_plugin(edits, root, _expo.NSC, {_OPTION: wanted, "enable": True}, path)
    except (FormatError, SyntaxFaultError):
        return None
    return Repair(path, (mark + edits.result()).encode(encoding_of(content)))


WIRE: Final = Wire(
    id="expo-config",
    formats=frozenset({"android-nsc", "expo", "expo-ats", "expo-nsc"}),
    check=_check,
    covers=frozenset({"app/src/main/AndroidManifest.xml"}),
)
