"""The type of languages: the names of the parts of their syntax trees, as tree-sitter calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.audit import _value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._declared import Declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """
    A language.

    Attributes:
        id: As ast-grep names it.
        suffixes: Of its files.
        texts: Texts in quotes.
        raw: The parts of a text that stand for themselves.
        names: Names of variables, whose value is the declaration of that name.
        members: Members such as ``Config.PIN``; the last name counts.
        sums: Operations that join texts, if all their operators are `plus`.
        wraps: Parts around a single value, such as parentheses, arguments and spreads; the last part counts.
        lists: Lists in brackets or braces.
        calls: Calls of functions.
        makers: The functions that make a list of their arguments.
        keepers: The methods that return the same values in another container or with other margins.
        declarations: Declarations of a name with a value.
        loops: Loops over a list; the name stands for each of its values.
        parameters: Parameters and other bindings, whose values the file does not give.
        assignments: Assignments to a name.
        targets: The names that declarations begin with.
        each: The sign between the name of a loop and its list.
        casts: Parts around a single value of which the first counts, such as ``x as T``.
        choices: Expressions that end in two branches.
        maps: Literals of maps and objects.
        pair: An entry of a map; None if keys and values follow each other.
        words: The keys of entries that are words.
        map_maker: The function that makes a map of a list of keys and values.
        copies: The functions that return the map that they are given.
        unescaped: The beginnings of texts in which a backslash stands for itself.
        plus: The operator that joins texts.
        joiners: The functions that join a list of texts by a separator.
        changers: The functions that change their first argument.
        definers: The functions that declare the constant that their first argument names.
        fields: Declarations that only a member reaches, such as ``self::PIN``, if they stand in a type.
        sealed: Functions that do not know the variables around them.
        creations: Expressions that make an object: a type, arguments, and a list or map in braces.
        tuples: Entries of a map that are lists of a key and a value.
        macros: The values of macros, as text.
        assignments_declare: Whether an assignment to a name declares it in its function.
        unescape: Replaces the escape sequences of other texts; None if their value is not known.
        quotes: The only signs that a text may have around its parts; none if every sign may stand there.
        read_leaf: Returns the value of a text without parts; None if it is not known.
        scopes: The only parts that end the validity of a name; none if each block does.
        changes: Yields what changes names in other ways than those above, and the names.
        opaque: Members whose values the file does not give, such as those of objects.
        prepare: Rewrites a file without moving anything, so that its tree has expressions where it has none.
        sequels: The functions that join the texts of their arguments.
        parse: Makes the tree of a file; None if ast-grep has the grammar.
        read_call: Returns the function and the arguments of a call; None if calls look as in most languages.
        marks: The values in a map that stands for the set of its keys.
        declare: Yields the names of a file, if the scopes of the language are unlike those of the others; then
            *declarations*, *loops*, *parameters*, *assignments*, *targets* and *each* are empty.
        receiver: Returns the type whose member an expression names, or ``""`` if the file does not give it.
        is_word: Says whether the key of an entry is the name of a field, although it looks like a variable.
    """

    id: str
    suffixes: tuple[str, ...]
    texts: frozenset[str]
    raw: frozenset[str]
    names: frozenset[str]
    members: frozenset[str]
    sums: frozenset[str]
    wraps: frozenset[str]
    lists: frozenset[str]
    calls: frozenset[str]
    makers: frozenset[str]
    keepers: frozenset[str]
    declarations: frozenset[str] = frozenset()
    loops: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    assignments: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    each: tuple[str, ...] = ()
    casts: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()
    maps: frozenset[str] = frozenset()
    pair: str | None = None
    words: frozenset[str] = frozenset()
    map_maker: str = ""
    copies: frozenset[str] = frozenset()
    unescaped: tuple[str, ...] = ('"""',)
    plus: str = "+"
    joiners: frozenset[str] = frozenset()
    changers: frozenset[str] = frozenset()
    definers: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    sealed: frozenset[str] = frozenset()
    creations: frozenset[str] = frozenset()
    tuples: frozenset[str] = frozenset()
    macros: frozenset[str] = frozenset()
    assignments_declare: bool = False
    unescape: Callable[[str], str | None] = _value.unescaped
    quotes: frozenset[str] = frozenset()
    read_leaf: Callable[[str], str | None] | None = None
    scopes: frozenset[str] = frozenset()
    changes: Callable[[SgNode], Iterator[tuple[str, SgNode]]] | None = None
    opaque: frozenset[str] = frozenset()
    prepare: Callable[[str], str] = str
    sequels: frozenset[str] = frozenset()
    read_call: Callable[[SgNode], tuple[str, list[SgNode]]] | None = None
    parse: Callable[[str], SgNode] | None = None
    marks: frozenset[str] = frozenset()
    declare: Callable[[SgNode], Iterator[Declared]] | None = None
    receiver: Callable[[SgNode], str] | None = None
    is_word: Callable[[SgNode], bool] | None = None
