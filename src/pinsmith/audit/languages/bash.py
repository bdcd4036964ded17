"""Shell: POSIX and Bash."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit.languages._language import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

_ESCAPE: Final = re.compile(r"\\([$`\"\\\n])")
_PLAIN: Final = re.compile(r"[\w./:;=,+@%#?-]+")  # unlike patterns, braces and escapes
_READS: Final = frozenset({"getopts", "mapfile", "printf", "read", "readarray"})
_RUNS: Final = frozenset({".", "eval", "source"})
_FIXED: Final = re.compile(r"readonly\b|(?:declare|typeset|local)\s(?:-\w+\s+)*-\w*r")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: found[1].strip("\n"), text)


def _read_leaf(text: str) -> str | None:
    if text.startswith("'"):
        return text[1:-1]
    return text if _PLAIN.fullmatch(text) else None


def _changes(root: SgNode) -> Iterator[tuple[str, SgNode]]:
    """Yield the variables that commands set, and those that another file may set again."""
    last_run = 0
    for command in root.find_all(kind="command"):
        name, *words = [child.text() for child in command.children() if child.is_named()] or [""]
        if name in _READS:
            yield from ((word, command) for word in words if word.isidentifier())
        elif name in _RUNS:
            last_run = max(last_run, command.range().start.index)
    for unset in root.find_all(kind="unset_command"):
        yield from ((child.text(), unset) for child in unset.children() if child.is_named())
    for assignment in root.find_all(kind="variable_assignment"):
        around = assignment.parent()
        is_for_one_command = around is not None and around.kind() == "command"
        is_fixed = around is not None and around.kind() == "declaration_command" and _FIXED.match(around.text())
        if is_for_one_command or (assignment.range().start.index < last_run and not is_fixed):
            yield assignment.children()[0].text(), assignment


BASH: Final = Language(
    id="bash",
    suffixes=(".sh", ".bash"),
    texts=frozenset({"string", "raw_string", "word"}),
    raw=frozenset({"string_content"}),
    names=frozenset({"simple_expansion", "expansion"}),
    members=frozenset(),
    sums=frozenset({"concatenation"}),
    wraps=frozenset(),
    lists=frozenset(),
    calls=frozenset(),
    makers=frozenset(),
    keepers=frozenset(),
    declarations=frozenset({"variable_assignment"}),
    loops=frozenset({"for_statement"}),
    parameters=frozenset(),
    assignments=frozenset(),
    targets=frozenset({"variable_name"}),
    each=(),
    unescaped=(),
    unescape=_unescaped,
    quotes=frozenset({'"'}),
    read_leaf=_read_leaf,
    scopes=frozenset({"command_substitution", "subshell"}),
    changes=_changes,
)
