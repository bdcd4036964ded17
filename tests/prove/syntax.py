"""
Check targets whose compiler is not available here: a grammar parses their code, and every name is looked up.

This is less than a proof. It shows that the code is well-formed, and that it calls only names that it declares or that
its author looked up. The tests of the target run a line-by-line port of its pure parts to show how it judges a chain.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.formats import find
from pinsmith.lab.run import plan
from tests.prove.odd import odd_variants
from tests.prove.variant import NotExpressibleError, variants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

    from pinsmith.lab.scenario import Profile

_NAMES: Final = frozenset({"identifier", "type_identifier", "simple_identifier"})
_MAX_SHOWN: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """
    A target whose code is only parsed.

    Attributes:
        target: The id of the format.
        title: A phrase that describes the client.
        grammar: Returns tree-sitter's grammar of the language.
        package: The package of the grammar.
        known: The names that the code uses but does not declare, all looked up in the reference.
        broken: Pieces of the code with replacements that break it; the check must notice every one.
    """

    target: str
    title: str
    grammar: Callable[[], object]
    package: str
    known: frozenset[str]
    broken: tuple[tuple[str, str], ...]


def texts(checked: Checked) -> Iterator[tuple[str, str]]:
    """Yield the name and the generated code of every pin file: those of the lab and the odd ones."""
    profile: Profile = "leaf" if find(checked.target).can.matches == "leaf" else "chain"
    planned = plan(profile=profile, used=frozenset({"policy", "url", "cafile", "proxy"}))
    for variant in (*variants_of(planned.trials), *odd_variants(checked.target)):
        try:
            yield variant.name, variant.export(checked.target).text
        except NotExpressibleError:
            continue


def complaints(checked: Checked, text: str) -> list[str]:
    """List the faults of a text: places that cannot be parsed, and unknown names that occur only once."""
    from tree_sitter import Language, Parser

    root = Parser(Language(checked.grammar())).parse(text.encode()).root_node
    found = [f"line {node.start_point.row + 1}: {_complaint(node)}" for node in _wrong(root)]
    names = Counter(node.text.decode() for node in _all(root) if node.type in _NAMES and node.text is not None)
    lonely = [name for name, count in names.items() if count == 1 and name not in checked.known]
    return [*found, *(f"{name} occurs once, and is not a known name" for name in lonely)]


def _wrong(node: Node) -> Iterator[Node]:
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from _wrong(child)


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)


def _complaint(node: Node) -> str:
    if node.is_missing:
        return f"{node.type} is missing"
    return f"{(node.text or b'').decode()[:_MAX_SHOWN]!r} cannot be parsed"
