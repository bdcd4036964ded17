"""The languages that code is read in: the names of the parts of their syntax trees, as tree-sitter calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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
        sums: Operations that join texts, if all their operators are ``+``.
        wraps: Parts around a single value, such as parentheses, arguments and spreads.
        lists: Lists in brackets or braces.
        calls: Calls of functions.
        makers: The functions that make a list of their arguments.
        keepers: The methods that return the same values in another container or with other margins.
        declarations: Declarations of a name with a value.
        loops: Loops over a list; the name stands for each of its values.
        parameters: Parameters, whose values the file does not give.
        assignments: Assignments to a name.
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
    declarations: frozenset[str]
    loops: frozenset[str]
    parameters: frozenset[str]
    assignments: frozenset[str]


KOTLIN: Final = Language(
    id="kotlin",
    suffixes=(".kt", ".kts"),
    texts=frozenset({"string_literal", "multi_line_string_literal"}),
    raw=frozenset({"string_content"}),
    names=frozenset({"simple_identifier", "interpolated_identifier"}),
    members=frozenset({"navigation_expression"}),
    sums=frozenset({"additive_expression"}),
    wraps=frozenset({"parenthesized_expression", "spread_expression", "value_argument", "interpolated_expression"}),
    lists=frozenset({"collection_literal"}),
    calls=frozenset({"call_expression"}),
    makers=frozenset({"listOf", "arrayOf", "setOf", "mutableListOf", "arrayListOf", "hashSetOf", "linkedSetOf"}),
    keepers=frozenset({"toTypedArray", "toList", "toSet", "trim", "trimIndent", "trimMargin"}),
    declarations=frozenset({"property_declaration"}),
    loops=frozenset({"for_statement"}),
    parameters=frozenset({"parameter", "class_parameter"}),
    assignments=frozenset({"assignment"}),
)
JAVA: Final = Language(
    id="java",
    suffixes=(".java",),
    texts=frozenset({"string_literal"}),
    raw=frozenset({"string_fragment", "multiline_string_fragment"}),
    names=frozenset({"identifier"}),
    members=frozenset({"field_access"}),
    sums=frozenset({"binary_expression"}),
    wraps=frozenset({"parenthesized_expression"}),
    lists=frozenset({"array_initializer", "array_creation_expression"}),
    calls=frozenset({"method_invocation"}),
    makers=frozenset({"asList", "of"}),
    keepers=frozenset({"trim", "strip"}),
    declarations=frozenset({"variable_declarator"}),
    loops=frozenset({"enhanced_for_statement"}),
    parameters=frozenset({"formal_parameter", "spread_parameter"}),
    assignments=frozenset({"assignment_expression"}),
)
LANGUAGES: Final = (JAVA, KOTLIN)


def language_of(name: str) -> Language | None:
    """Return the language of a file by the end of its *name*."""
    return next((language for language in LANGUAGES if name.endswith(language.suffixes)), None)
