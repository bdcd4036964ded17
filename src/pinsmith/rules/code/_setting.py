"""Names that code gives a value, in the syntax trees of all languages."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.audit import called, labelled, named
from pinsmith.rules.code._function import is_function, unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

_PAIRS: Final = frozenset(
    {
        "array_element_initializer",
        "cascade_section",
        "keyed_element",
        "keyword_argument",
        "named_argument",
        "pair",
        "value_argument",
        "variable_assignment",
    }
)
_ASSIGNMENTS: Final = frozenset({"assignment", "assignment_expression", "assignment_statement"})


@dataclass(frozen=True, slots=True)
class Setting:
    """
    A name that is given a value: by an assignment, an entry of a map, a labelled argument or a call.

    Attributes:
        name: What follows the last dot, without ``set``.
        values: The value; several for the arguments of a call.
        node: All of it.
    """

    name: str
    values: tuple[SgNode, ...]
    node: SgNode

    @property
    def at(self) -> int:
        """Where its name begins: in a chain of calls, all of them begin at the same place."""
        begin = self.node.range().start.index
        end = self.values[0].range().start.index - begin if self.values else len(self.node.text())
        is_call = self.node.kind() not in _PAIRS | _ASSIGNMENTS
        found = self.node.text().rfind(self.name[1:], 0, max(0, end)) if is_call else 0
        return begin + max(0, found - 1)

    def is_one_of(self, *texts: str) -> bool:
        """Say whether the last value is one of *texts*, whatever stands before its last dot."""
        return bool(self.values) and last_name(self.values[-1].text()) in texts


def settings(code: Code, *names: str) -> Iterator[Setting]:
    """Yield each place that sets one of *names*, in the order of the file."""
    language = code.language
    members = language.declarations if language.id == "objc" else frozenset()  # its parser does not tell them apart
    for node in code.of_kinds(_PAIRS | _ASSIGNMENTS | members | language.calls):
        setting = _of_call(node, code) if node.kind() in language.calls else _of_pair(node)
        if setting is not None and setting.name in names:
            yield setting


def options(code: Code, *names: str) -> Iterator[Setting]:
    """Yield each call that gives the value of one of *names* as the argument after the name."""
    for node in code.of_kinds(code.language.calls):
        values = [unwrapped(value) for value in called(node, code.language)[1]]
        for option, value in itertools.pairwise(values):
            if (name := last_name(option.text())) in names:
                yield Setting(name, (value,), node)


def caller(node: SgNode) -> str:
    """Return the name of the function that a labelled argument is given to, or of the object whose member is set."""
    if node.kind() in _ASSIGNMENTS:
        return last_name(named(node)[0].text().rpartition(".")[0])
    around = next((around for around in node.ancestors() if "call" in around.kind()), None)
    return last_name(named(around)[0].text()) if around is not None else ""


def is_local(node: SgNode) -> bool:
    """Say whether this assigns a value to a variable, and not to the member of an object or of a map."""
    return node.kind() in _ASSIGNMENTS and not re.search(r"\.|->|::|\[", named(node)[0].text())


def _of_pair(node: SgNode) -> Setting | None:
    if node.field("left") is not None and node.field("right") is None:
        return None  # the declaration of a type
    parts = named(node)
    return Setting(last_name(parts[0].text()), (unwrapped(parts[-1]),), node) if len(parts) > 1 else None


def _of_call(node: SgNode, code: Code) -> Setting | None:
    name, arguments = called(node, code.language)
    values = [unwrapped(value) for value in labelled(arguments).values()]
    # Kotlin and Swift write a function behind the call.
    values += [
        part for suffix in named(node) if suffix.kind() == "call_suffix" for part in named(suffix) if is_function(part)
    ]
    name = name or (last_name(named(node)[0].text()) if values else "")
    bare = name[3:4].lower() + name[4:] if name.startswith("set") and name[3:4].isupper() else name
    return Setting(bare, tuple(values), node) if name else None


def last_name(text: str) -> str:
    """Return what follows the last dot, colon or bracket of a name, without quotes."""
    text = text.strip().rstrip("]?!;: ").strip("\"'`@")
    for sign in ("->", "::", ".", "["):
        text = text.rpartition(sign)[2]
    return text.strip("\"'`@ ")
