"""The most likely correction of a mistyped name, for every "did you mean"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_LENGTH = 80  # the cost of comparing is the product of the lengths, and typing errors are short
_MIN_PART = 2  # too many names begin with the same character


def closest(name: str, known: Iterable[str]) -> str | None:
    """
    Return the one of *known* that *name* most likely means, or None if none is similar.

    A name that begins with *name* is preferred, then one in which *name* is a whole word, then the one with the most
    similar spelling. Case is ignored.
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
