"""The entries of maps and objects in code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.audit._call import called
from pinsmith.audit._scope import named
from pinsmith.audit._value import Known, Pair, position_of, unknown

if TYPE_CHECKING:
    from ast_grep_py import SgNode

    from pinsmith.audit._fold import Tree


def pairs_of(code: Tree, node: SgNode) -> list[Pair] | None:
    """Return the entries of a map that is not a name, or None if it is not a map."""
    language = code.language
    if node.kind() in language.creations:
        made = named(node)[-1:]
        node = made[0] if made and made[0].kind() in language.maps else node
    parts = named(node)
    if node.kind() in language.calls and language.map_maker:
        name, arguments = called(node, language)
        listed = code.resolve(arguments[0]) if name == language.map_maker and len(arguments) == 1 else node
        items = [named(item) if item.kind() in language.lists else [] for item in named(listed)]
        is_map = listed.kind() in language.lists and all(len(item) == 2 for item in items)  # noqa: PLR2004
        return [_pair(code, *item) for item in items] if is_map else None
    if node.kind() not in language.maps:
        return None
    if language.pair is None:  # the keys and values follow each other
        if len(parts) % 2:
            return None
        return [_pair(code, key, value) for key, value in zip(parts[::2], parts[1::2], strict=True)]
    return [_entry(code, part) for part in parts if part.kind() != "type_arguments"]


def _entry(code: Tree, part: SgNode) -> Pair:
    kind, language = part.kind(), code.language
    halves = named(part) if kind == language.pair or kind in language.tuples else []
    if kind in language.tuples and len(halves) == 2:  # noqa: PLR2004 - a key and a value
        return _pair(code, *halves, is_word=False)
    if "shorthand" in kind:
        return Pair((Known(part.text(), position_of(part)),), part.text(), part, position_of(part))
    if kind == language.pair and len(halves) > 1:
        return _pair(code, halves[0], halves[-1])
    return Pair((unknown(part),), "", part, position_of(part))


def _pair(code: Tree, key: SgNode, value: SgNode, *, is_word: bool = True) -> Pair:
    is_field = code.language.is_word
    if is_word and (key.kind() in code.language.words or (is_field is not None and is_field(key))):
        word = key.text().lstrip(".")
        return Pair((Known(word, position_of(key)),), word, value, position_of(key))
    keys = code.values(key)
    name = keys[0].text if len(keys) == 1 and isinstance(keys[0], Known) else key.text()
    return Pair(tuple(keys), name, value, position_of(key))
