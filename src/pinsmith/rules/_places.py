"""Where the file says what a rule has found: values of a pin file, and literals of other files."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.edit import Splice
from pinsmith.syntax.toml_layout import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.policy import Key
    from pinsmith.rules._rule import PinnedFile, Site
    from pinsmith.syntax.toml_layout import Layout, Path

_COMMENT_LINE: Final = re.compile(r"^[ \t]*(?:#|;|//)[^\n]*", re.MULTILINE)
_MAX_LITERALS: Final = 100  # more are not one clear edit
_PART: Final = r"[\w+/=-]"  # of a pin or an address


@lru_cache(maxsize=4)
def _layout(text: str) -> Layout:
    return scan(text)


def value(file: PinnedFile, path: Path, text: str) -> tuple[Splice, ...]:
    """
    Replace a value of a pin file.

    Args:
        file: The pin file.

        path: The path of the value.

        text: The new value, as TOML.

    Returns:
        Empty if the value does not stand there.
    """
    span = _layout(file.text).values.get(path) if file.target is None else None
    return (Splice(*span, text),) if span else ()


def without_key(file: PinnedFile, site: Site, key: Key) -> tuple[Splice, ...]:
    """Remove a key from the list of a host in a pin file; the table of the key stays. Empty if that is not possible."""
    number = next(number for number, other in enumerate(file.sites) if other is site)
    array = _layout(file.text).arrays.get(("host", number, "keys")) if file.target is None else None
    names = [file.text[start:end].strip("\"'") for start, end in array.elements] if array else []
    if array is None or names.count(key.name) != 1:
        return ()
    at = names.index(key.name)
    start, end = array.elements[at]
    line, below = file.text.rfind("\n", 0, start) + 1, file.text.find("\n", end) + 1
    if below and not file.text[line:start].strip() and re.fullmatch(r"\s*,?\s*(#.*)?\s*", file.text[end:below]):
        return (Splice(line, below, ""),)
    if at + 1 < len(names):
        end = array.elements[at + 1][0]
    elif at:
        start = array.elements[at - 1][1]
    return () if "#" in file.text[start:end] else (Splice(start, end, ""),)


def literals(file: PinnedFile, old: str, new: str, *, behind: str = "", before: str = "") -> tuple[Splice, ...]:
    """
    Replace a text everywhere in the file of a platform, except in comments.

    Args:
        file: The file. Code is not changed, because its comments are not known here.

        old: The text.

        new: What replaces it. It needs no escapes in any syntax.

        behind: A pattern of what stands before the text; empty for anything that does not continue a pin or an address.

        before: A pattern of what stands after it, likewise.
    """
    if file.target is None or file.is_code:
        return ()
    pattern = re.compile(f"{behind or f'(?<!{_PART})'}{re.escape(old)}{before or f'(?!{_PART})'}")
    starts = list(islice(_outside_comments(file.text, old, pattern), _MAX_LITERALS + 1))
    return tuple(Splice(start, start + len(old), new) for start in starts) if len(starts) <= _MAX_LITERALS else ()


@lru_cache(maxsize=4)
def _comments(text: str) -> tuple[tuple[int, int], ...]:
    """Return where comments are, in order: those of XML, and lines that begin as a comment does elsewhere."""
    found = [match.span() for match in _COMMENT_LINE.finditer(text)]
    end = 0
    while (start := text.find("<!--", end)) >= 0 and (end := text.find("-->", start)) >= 0:
        found.append((start, end))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _outside_comments(text: str, old: str, pattern: re.Pattern[str]) -> Iterator[int]:
    comments = _comments(text)
    at = text.find(old)
    while at >= 0:
        before = bisect_right(comments, (at, len(text)))
        is_outside = before == 0 or comments[before - 1][1] <= at
        if is_outside and pattern.match(text, at):
            yield at
        at = text.find(old, at + 1)
