"""All parts of a syntax tree, and its comments."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit.languages import Language

_COMMENTS: Final = ("block_comment", "comment", "documentation_comment", "line_comment", "multiline_comment")
_VISIBLE: Final = re.compile(r"\S")
_SIGNS: Final = re.compile(r"/\*|\*/")


def each(root: SgNode) -> Iterator[SgNode]:
    """Yield all parts of a tree, in the order of the text."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(node.children())


def without_comments(root: SgNode, text: str, language: Language) -> str:
    """Return *text* with blanks instead of comments."""
    kinds = ("comment",) if language.parse is not None else _comments(language.id)
    found = (node.range() for kind in kinds for node in root.find_all(kind=kind))
    parts, end = [], 0
    for begin, until in sorted((span.start.index, span.end.index) for span in found):
        if begin == until:  # so the grammar of Kotlin places a comment in a block, behind it
            begin, until = _block_before(text, end, begin)  # noqa: PLW2901 - its true place
        begin = max(begin, end)  # noqa: PLW2901 - comments may contain comments
        parts += [text[end:begin], _VISIBLE.sub(" ", text[begin:until])]
        end = max(end, until)
    return "".join([*parts, text[end:]])


@cache
def _comments(language: str) -> tuple[str, ...]:
    """Return how the grammar of a language calls its comments."""
    from ast_grep_py import SgRoot

    root, known = SgRoot("", language).root(), []
    for kind in _COMMENTS:
        with suppress(RuntimeError):  # the grammar has no such part
            root.find_all(kind=kind)
            known.append(kind)
    return tuple(known)


def _block_before(text: str, first: int, last: int) -> tuple[int, int]:
    """Return where a comment begins and ends that is the last part of text before *last*; it may contain comments."""
    until = first + len(text[first:last].rstrip())
    if not text.startswith("*/", max(first, until - 2)):
        return last, last
    depth = 0
    for sign in reversed([*_SIGNS.finditer(text, first, until)]):
        depth += 1 if sign[0] == "*/" else -1
        if depth == 0:
            return sign.start(), until
    return last, last
