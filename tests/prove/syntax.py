"""
Targets whose compiler cannot be had here: their code is parsed by a grammar, and looked through for names.

That is less than a proof: the code is well-formed, and calls nothing that it does not declare or that its author did
not look up. What it makes of a chain is shown by a port of its pure parts, line by line, in the tests of the target.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.formats import find
from pinsmith.lab.run import plan
from tests.prove.odd import odd_variants
from tests.prove.variant import NotSaidError, variants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tree_sitter import Node

    from pinsmith.lab.scenario import Profile

_NAMES: Final = frozenset({"identifier", "type_identifier", "simple_identifier"})
_TOLD: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """
    A target whose code is parsed, a member of the family.

    Attributes:
        target: The id of the format.
        title: What the code is for.
        grammar: Returns tree-sitter's grammar of the language.
        package: Where that comes from, for the page.
        known: What the code calls or names and does not declare; each looked up in the reference.
        broken: Pieces of the code, and what spoils them: each must be noticed.
    """

    target: str
    title: str
    grammar: Callable[[], object]
    package: str
    known: frozenset[str]
    broken: tuple[tuple[str, str], ...]


def texts(checked: Checked) -> Iterator[tuple[str, str]]:
    """Yield what is generated for each pin file of the lab and for the odd ones, each with its name."""
    profile: Profile = "leaf" if find(checked.target).can.matches == "leaf" else "chain"
    planned = plan(profile=profile, used=frozenset({"policy", "url", "cafile", "proxy"}))
    for variant in (*variants_of(planned.trials), *odd_variants(checked.target)):
        try:
            yield variant.name, variant.export(checked.target).text
        except NotSaidError:
            continue


def complaints(checked: Checked, text: str) -> list[str]:
    """Say what is wrong with a text: where it cannot be parsed, and names that stand there once and are not known."""
    from tree_sitter import Language, Parser

    root = Parser(Language(checked.grammar())).parse(text.encode()).root_node
    told = [f"line {each.start_point.row + 1}: {_told(each)}" for each in _wrong(root)]
    names = Counter(each.text.decode() for each in _all(root) if each.type in _NAMES and each.text is not None)
    lonely = [name for name, count in names.items() if count == 1 and name not in checked.known]
    return [*told, *(f"{name} stands there once, and is nothing that is known" for name in lonely)]


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


def _told(node: Node) -> str:
    if node.is_missing:
        return f"{node.type} is missing"
    return f"{(node.text or b'').decode()[:_TOLD]!r} is not understood"
