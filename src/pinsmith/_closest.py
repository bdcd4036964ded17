"""The name that a mistyped one most likely stands for: what every "did you mean" suggests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_LENGTH = 80  # comparing costs the product of the lengths, and nobody mistypes a short name as a long one
_MIN_PART = 2  # one character begins too many names


def closest(name: str, known: Iterable[str]) -> str | None:
    """
    Return the one of *known* that *name* most likely stands for, or None if nothing is alike.

    A name that begins with *name* comes first, then one in which *name* is a whole word, then the one that is spelt
    most alike. Upper and lower case do not matter.
    """
    wanted = name.lower()
    if len(wanted) > _MAX_LENGTH:
        return None
    names = {text.lower(): text for text in known}
    near: list[str] = []
    if len(wanted) >= _MIN_PART:
        word = re.compile(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])")
        near = [text for text in names if text.startswith(wanted)] or list(filter(word.search, names))
    if not near:
        import difflib  # needed for mistakes only

        near = difflib.get_close_matches(wanted, names, 1)
    return names[near[0]] if near else None
