"""The entries of maps in Kotlin and Java, whose languages have no literals of maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.audit._hosts import holds_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code

_PATTERNS: Final = {
    "java": ("$MAP.put($KEY, $VALUE)", "put($KEY, $VALUE)", "Map.entry($KEY, $VALUE)", "entry($KEY, $VALUE)"),
    "kotlin": ("$KEY to $VALUE", "Pair($KEY, $VALUE)", "$MAP.put($KEY, $VALUE)", "put($KEY, $VALUE)"),
}


class MapEntry(NamedTuple):
    """
    An entry of a map.

    Attributes:
        of: What is equal for the entries of a map, and differs for those of two.
    """

    key: SgNode
    value: SgNode
    of: tuple[str, int]


def entries(code: Code) -> Iterator[MapEntry]:
    """Yield the entries of all maps, without those of secrets."""
    yield from (entry for entry in _all(code) if not holds_secrets(code, entry.key))


def _all(code: Code) -> Iterator[MapEntry]:
    for pattern in _PATTERNS[code.language.id]:
        for match in code.find(pattern):
            key, value, changed = (match.get_match(name) for name in ("KEY", "VALUE", "MAP"))
            if key is not None and value is not None:
                yield MapEntry(key, value, (changed.text(), 0) if changed is not None else _around(code, match))
    for match in code.find("Map.of($$$PARTS)") if code.language.id == "java" else ():
        parts = [] if holds_secrets(code, match) else code.arguments(match, "PARTS")
        for key, value in zip(parts[::2], parts[1::2], strict=False):
            yield MapEntry(key, value, ("", match.range().start.index))


def _around(code: Code, entry: SgNode) -> tuple[str, int]:
    """Return the call that makes a map of an entry."""
    calls = (node for node in entry.ancestors() if node.kind() in code.language.calls)
    return "", next((call.range().start.index for call in calls), 0)
