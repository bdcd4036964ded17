"""
A file of code as a syntax tree, and the values of its expressions as far as the file alone gives them.

Literals, names with one declaration, members of them, sums, lists and loops over lists are folded to texts. Nothing is
guessed: a value that comes from elsewhere is `Unknown`, and says from where.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called, receiver_of
from pinsmith.audit._fold import MAX_TEXTS, created, is_broken, joined, macro, sequel_of, sum_of, text_of
from pinsmith.audit._maps import pairs_of
from pinsmith.audit._parts import of_kinds, without_comments
from pinsmith.audit._scope import declarations, list_of_it, named
from pinsmith.audit._value import (
    Pair,
    Value,
    is_empty,
    position_of,
    texts,
    trimmed,
    unknown,
)
from pinsmith.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._scope import Declared
    from pinsmith.audit.languages import Language

_DOT: Final = re.compile(r"(?:[.?!:]|->)+")
_CONSTANTS: Final = frozenset({"constant", "name"})  # in languages where variables look otherwise
_MAX_DEPTH: Final = 40  # of names that stand for names
_EACH: Final = re.compile("for|lambda|range")  # declarations of a name that stands for each value of a list
_MAX_DECLARED: Final = 1_000  # values of one name in a file
_MAX_NESTING: Final = 60  # of expressions in expressions
_OF: Final = re.compile(r"(?:[\w.]+\.)?(?:List|Set)\s*\.\s*(?:<[\w.]+>\s*)?of\b")  # other types may make anything


class Code:
    """
    A file of code: its whole text, its name, and its language.

    The syntax tree has no comments, because one in a chain of calls would hide the calls from patterns.

    Attributes:
        bare: The text with blanks instead of comments, so that places in it are those of the text.
        choices: The places where one branch gives a value and the other gives none, and the value was taken.
    """

    def __init__(self, text: str, name: str, language: Language) -> None:
        self.text = text
        prepared = language.prepare(text)
        root = _tree(prepared, language)
        self.bare = without_comments(root, prepared, language)
        self.name = name
        self.language = language
        self.root = root if self.bare == prepared else _tree(self.bare, language)
        self.choices: dict[Position, None] = {}
        self._of_kinds: dict[frozenset[str], list[SgNode]] = {}
        self._folded: dict[tuple[int, int], list[Value]] = {}
        self._nesting = 0

    def find(self, pattern: str) -> Iterator[SgNode]:
        """Yield the parts that match a pattern of ast-grep. In a chain of calls, the first call comes first."""
        yield from sorted(self.root.find_all(pattern=pattern), key=lambda node: node.range().end.index)

    def find_kinds(self, kinds: frozenset[str]) -> Iterator[SgNode]:
        """Yield the parts of some kinds."""
        for kind in sorted(kinds):
            yield from self.root.find_all(kind=kind)

    def of_kinds(self, kinds: frozenset[str]) -> list[SgNode]:
        """Return the parts of some kinds, in the order of the file. Kinds that the language lacks are skipped."""
        if kinds not in self._of_kinds:
            self._of_kinds[kinds] = of_kinds(self.root, kinds, self.language)
        return self._of_kinds[kinds]

    def position(self, index: int) -> Position:
        """Return the place of a character of the text."""
        before = self.text[:index]
        return Position(before.count("\n") + 1, index - before.rfind("\n"))

    @cached_property
    def _has_errors(self) -> bool:
        # The neighbours of a node are looked for from the root, and in a long chain of calls that is far away.
        return next(iter(self.root.find_all(kind="ERROR")), None) is not None

    def values(self, node: SgNode) -> list[Value]:
        """Return every value that an expression can have: several for a list, and for the name of a loop."""
        return self._values(node, ())

    def arguments(self, match: SgNode, name: str) -> list[SgNode]:
        """Return the arguments that ``$$$NAME`` of a pattern stands for, without commas and comments."""
        return [node for node in match.get_multiple_matches(name) if node.is_named() and "comment" not in node.kind()]

    def flag(self, node: SgNode | None) -> bool | None:
        """Return the value of a boolean expression; None if the file does not give it."""
        text = self.resolve(node).text() if node is not None else "false"
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.strip("@()").lower())

    def resolve(self, node: SgNode) -> SgNode:
        """Follow names to the expression that they stand for, as long as there is only one."""
        language = self.language
        for _ in range(_MAX_DEPTH):
            kind, inner = node.kind(), named(node)
            parts: list[SgNode | None] = [node]
            if kind in language.casts and inner:
                parts = [inner[0]]
            elif kind in language.wraps and inner:
                parts = [inner[-1]]
            elif kind in language.choices:
                parts = [*inner[-2:]]
            elif kind in language.names | language.members:
                member = self._member(node)
                parts = [member] if member else [declared.value for declared in self._declarations(node)]
            elif kind in language.calls:
                name, arguments = called(node, self.language)
                if name in language.copies and len(arguments) == 1:
                    parts = [arguments[0]]
                elif name in language.copies and not arguments and (receiver := receiver_of(node, language)):
                    parts = [receiver[0]]
            chosen = self._choice(node, parts)
            if chosen is None or chosen == node:
                return node
            node = chosen
        return node

    def maps(self) -> Iterator[SgNode]:
        """Yield all maps, with pins or without."""
        yield from self.find_kinds(self.language.maps)
        calls = self.find_kinds(self.language.calls if self.language.map_maker else frozenset())
        yield from (call for call in calls if called(call, self.language)[0] == self.language.map_maker)

    def pairs(self, node: SgNode) -> list[Pair] | None:
        """Return the entries of a map, or None if the expression is not a map. An entry may have an unknown key."""
        return pairs_of(self, self.resolve(node))

    def _choice(self, node: SgNode, parts: Sequence[SgNode | None]) -> SgNode | None:
        """Return the only part, or the only one that is not an empty literal; None if there are several."""
        given = [part for part in parts if part is None or not is_empty(part)]
        if len(parts) == 1 and parts[0] is not None:
            return parts[0]
        if len(given) == 1 and given[0] is not None:
            self.choices[position_of(node)] = None
            return given[0]
        return None

    @cached_property
    def _declared(self) -> dict[str, list[Declared]]:
        return declarations(self.root, self.language)

    def _values(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        kind, language = node.kind(), self.language
        of_kind = (
            (language.texts, self._text),
            (language.names | language.members, self._name),
            (language.sums, self._sum),
            (language.wraps | language.casts, self._wrapped),
            (language.macros, self._macro),
            (language.lists, self._listed),
            (language.creations, self._created),
            (language.calls, self._called),
            (language.choices, self._chosen),
            ({language.pair} if language.marks else (), self._marked),
        )
        read = next((read for kinds, read in of_kind if kind in kinds), None)
        if read is None or self._nesting > _MAX_NESTING or (self._has_errors and is_broken(node)):
            return [unknown(node)]
        # Without this, names that stand for each other twice would take time without end.
        span = node.range()
        key = span.start.index, span.end.index
        if key not in self._folded:
            self._nesting += 1
            self._folded[key] = read(node, within)
            self._nesting -= 1
        return self._folded[key]

    def _wrapped(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        inner = named(node)
        at = 0 if node.kind() in self.language.casts else -1
        return self._values(inner[at], within) if inner else [unknown(node)]

    def _chosen(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        return self._of(node, "", named(node)[-2:], within)

    def _marked(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        """Return the key of an entry of a map that stands for the set of its keys."""
        halves = named(node)
        is_member = len(halves) > 1 and halves[-1].text() in self.language.marks
        return self._values(halves[0], within) if is_member else [unknown(node)]

    def _text(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        return text_of(node, self.language, lambda part: self._values(part, within))

    def _name(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        member = self._member(node)
        if member is not None:
            return self._values(member, within)
        declared = self._declarations(node)
        if node.kind() == "simple_identifier" and not declared and (listed := list_of_it(node)) is not None:
            return self._values(listed, within)
        name = declared[0].name if declared else ""
        if not declared or name in within or len(within) > _MAX_DEPTH:
            return [unknown(node)]
        return self._of(node, name, [found.value for found in declared], within)

    def _member(self, node: SgNode) -> SgNode | None:
        """Return the value of a member of an object literal."""
        if node.kind() not in self.language.members or not self.language.words or self._nesting > _MAX_NESTING:
            return None
        receiver, name = named(node)[0], named(node)[-1].text()
        self._nesting += 1
        pairs = self.pairs(receiver) or ()
        self._nesting -= 1
        found = [pair.value for pair in pairs if pair.name == name]
        return found[0] if len(found) == 1 and all(pair.name for pair in pairs) else None

    def _declarations(self, node: SgNode) -> list[Declared]:
        """Return what a name, or the member of a type of this file, is declared with or assigned."""
        text = node.text()
        if node.kind() in self.language.opaque:
            return []
        *receivers, name = _DOT.split(text) if node.kind() in self.language.members else [text]
        if receivers or node.kind() != "variable_name":
            name = name.strip("${}")
        known = self._declared.get(name, [])
        if len(known) > _MAX_DECLARED:
            return []
        if receivers and self.language.declare is not None:
            owner = self.language.receiver(node) if self.language.receiver is not None else ""
            return [found for found in known if found.is_member_of(owner)]
        if receivers:
            receiver = receivers[-1]
            if self.language.fields:
                known = [found for found in known if found.is_assigned or not found.end]
            return known if all(found.is_assigned or found.is_member_of(receiver) for found in known) else []
        # Those in the innermost scope count; two that differ give no value.
        at, sealed = node.range().start.index, self._sealed(node)
        around = [
            declared
            for declared in known
            if sealed <= declared.begin and declared.is_known_at(at) and not declared.is_assigned
        ]
        least = min((declared.end - declared.begin for declared in around), default=0)
        nearest = [declared for declared in around if declared.end - declared.begin == least]
        assigned = (declared for declared in known if declared.is_assigned and not declared.owner)
        return [*nearest, *assigned] if nearest else []

    def _sealed(self, node: SgNode) -> int:
        """Return where the function begins outside of which a variable is not known."""
        if not self.language.sealed or node.kind() in _CONSTANTS:
            return 0
        found = (around.range().start.index for around in node.ancestors() if around.kind() in self.language.sealed)
        return next(found, 0)

    def _of(self, node: SgNode, name: str, parts: Sequence[SgNode | None], within: tuple[str, ...]) -> list[Value]:
        """Return the values that all *parts* have."""
        found: list[list[Value]] = [self._values(part, (*within, name)) if part else [unknown(node)] for part in parts]
        if found and all(texts(values) == texts(found[0]) for values in found):
            return found[0]
        chosen = self._choice(node, parts)
        return [unknown(node)] if chosen is None else self._values(chosen, (*within, name))

    def _sum(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        if self.language.declare is not None and self._begins_with_list(node):
            is_sum = {child.text() for child in node.children() if not child.is_named()} == {"+"}
            return self._all(named(node), within) if is_sum else [unknown(node)]
        return sum_of(node, self.language, lambda part: self._values(part, within))

    def _begins_with_list(self, node: SgNode) -> bool:
        """Say whether a sum adds lists, and not texts."""
        language = self.language
        for _ in range(_MAX_DEPTH):
            while node.kind() in language.sums and (parts := named(node)):
                node = parts[0]
            if node.kind() not in language.names | language.members:
                break
            declared = self._declarations(node)
            value = declared[0].value if len(declared) == 1 else None
            if value is None or _EACH.search(declared[0].node.kind()):
                return False
            node = value
        is_made = node.kind() in language.calls and called(node, language)[0] in language.makers
        return is_made or node.kind() in language.lists

    def _listed(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        parts = [part for part in named(node) if "type" not in part.kind() and "dimensions" not in part.kind()]
        return self._all(parts, within) if parts else [unknown(node)]

    def _all(self, parts: Sequence[SgNode], within: tuple[str, ...]) -> list[Value]:
        values: list[Value] = []
        for part in parts:
            values += self._values(part, within)
            if len(values) > MAX_TEXTS:
                return [unknown(part)]
        return values

    def _macro(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        def named_so(name: str) -> list[Value]:
            parts = [declared.value for declared in self._declared.get(name, [])]
            is_one = len(parts) == 1 and name not in within and len(within) < _MAX_DEPTH
            return self._values(parts[0], (*within, name)) if is_one and parts[0] else [unknown(node)]

        return macro(node, named_so)

    def _created(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        if (parts := created(self, node)) is None:
            return self._called(node, within)
        return self._all(parts, within) if parts else [unknown(node)]

    def _called(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        name, arguments = called(node, self.language)
        if name in self.language.sequels:
            return sequel_of(node, arguments, lambda part: self._values(part, within))
        if name in self.language.joiners:
            return joined(self, node, arguments, lambda part: self._values(part, within))
        if name in self.language.makers and (name != "of" or _OF.match(node.text())):
            return self._all(arguments, within)
        kept = receiver_of(node, self.language) if name in self.language.keepers and not arguments else []
        if kept:
            return [trimmed(value) for value in self._values(kept[0], within)]
        return [unknown(node)]


def _tree(text: str, language: Language) -> SgNode:
    from ast_grep_py import SgRoot

    return language.parse(text) if language.parse is not None else SgRoot(text, language.id).root()
