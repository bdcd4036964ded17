"""The pubspec.yaml of a Dart package lists the package that the code for Dart imports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.setup.rule import found
from pinsmith.setup.wire import Loose, Repair, Wire
from pinsmith.syntax.encoding import decode_to_edit, encoding_of
from pinsmith.syntax.line import LineEdits
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree

_NAME: Final = "crypto"
# https://pub.dev/packages/crypto: 3.0.0 is the first release with null safety, without which Dart 3 runs nothing.
_LINE: Final = f"{_NAME}: ^3.0.0"
_HEADER: Final = re.compile(r"dependencies:[ \t]*(?:#.*)?\r?\n?")
_ENTRY: Final = re.compile(r"([ ]+)[\w'\"]+:")
_LISTED: Final = re.compile(rf"[ ]+['\"]?{_NAME}['\"]?:")


def _check(tree: Tree, output: Output) -> Iterator[Loose]:
    path = tree.nearest(output.path, "pubspec.yaml")
    if path is None or any(_LISTED.match(line) for _, line in _dependencies(tree.text(path))):
        return
    text = f"it does not list the package {_NAME}, which {output.path} imports"
    fix = f"run `dart pub add {_NAME}` or `flutter pub add {_NAME}`, or run `pinsmith setup --fix`"
    yield Loose(found("dependency-missing", FilePlace(path), text, fix), _repair(tree, path))


def _dependencies(text: str) -> list[tuple[int, str]]:
    """Return the lines of the block of dependencies, with their numbers from 0."""
    lines = LineEdits(text).lines
    start = next((at for at, line in enumerate(lines) if _HEADER.fullmatch(line)), None)
    if start is None:
        return []
    block = []
    for at in range(start + 1, len(lines)):
        if lines[at].strip() and not lines[at].startswith((" ", "#")):
            break
        block.append((at, lines[at]))
    return block


def _repair(tree: Tree, path: str) -> Repair | None:
    content = tree.content(path)
    if content is None:
        return None
    try:
        edits = LineEdits(decode_to_edit(content))
    except SyntaxFaultError:
        return None
    first = next(((at, entry[1]) for at, line in _dependencies(edits.text) if (entry := _ENTRY.match(line))), None)
    if first is None:
        return None  # written in another style, or empty
    at, indent = first
    edits.insert(at, [indent + _LINE])
    return Repair(path, edits.result().encode(encoding_of(content)))


WIRE: Final = Wire(id="pubspec", formats=frozenset({"dart-io"}), check=_check)
