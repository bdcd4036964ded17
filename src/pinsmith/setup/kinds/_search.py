"""Search in the files of a project, whose languages pinsmith does not parse."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.setup.tree import is_below

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.setup.tree import Tree

_MAX_LINE: Final = 2_000
_REMARK: Final = re.compile(r"\s*(?://|#|\*|/\*)")


def line_of(tree: Tree, path: str, pattern: str) -> FilePlace | None:
    """Return the first line that matches a pattern and is not a comment. Very long lines are not looked at."""
    wanted = re.compile(pattern, re.IGNORECASE)
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        if len(line) <= _MAX_LINE and not _REMARK.match(line) and wanted.search(line):
            return FilePlace(path, number)
    return None


def mentions(tree: Tree, paths: Iterable[str], pattern: str) -> bool:
    """Say whether a line of one of these files matches a pattern and is not a comment."""
    return any(line_of(tree, path, pattern) for path in paths)


def folder_of(path: str) -> str:
    """Return the directory of a file."""
    return posixpath.dirname(path)


def outermost(paths: Iterable[str]) -> list[str]:
    """Keep the files that have no other one in a directory above, such as those of packages and not of their parts."""
    kept: list[str] = []
    for path in sorted(paths, key=lambda path: path.count("/")):
        if not any(is_below(path, folder_of(other)) for other in kept):
            kept.append(path)
    return kept
