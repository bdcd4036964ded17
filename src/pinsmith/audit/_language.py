"""The languages that code is read in: the names of the parts of their syntax trees, as tree-sitter calls them."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    targets: frozenset[str]
    each: tuple[str, ...]
    casts: frozenset[str] = frozenset()
    choices: frozenset[str] = frozenset()
    maps: frozenset[str] = frozenset()
    pair: str | None = None
    words: frozenset[str] = frozenset()
    map_maker: str = ""
    copies: frozenset[str] = frozenset()
    unescaped: tuple[str, ...] = ('"""',)


KOTLIN: Final = Language(
    id="kotlin",
    suffixes=(".kt", ".kts"),
    texts=frozenset({"string_literal", "multi_line_string_literal"}),
    raw=frozenset({"string_content"}),
    names=frozenset({"simple_identifier", "interpolated_identifier"}),
    members=frozenset({"navigation_expression"}),
    sums=frozenset({"additive_expression"}),
    wraps=frozenset(
        {
            "parenthesized_expression",
            "spread_expression",
            "value_argument",
            "interpolated_expression",
            "control_structure_body",
        }
    ),
    lists=frozenset({"collection_literal"}),
    calls=frozenset({"call_expression"}),
    makers=frozenset({"listOf", "arrayOf", "setOf", "mutableListOf", "arrayListOf", "hashSetOf", "linkedSetOf"}),
    keepers=frozenset({"toTypedArray", "toList", "toSet", "trim", "trimIndent", "trimMargin"}),
    declarations=frozenset({"property_declaration"}),
    loops=frozenset({"for_statement"}),
    parameters=frozenset({"parameter", "class_parameter", "lambda_parameters"}),
    assignments=frozenset({"assignment"}),
    targets=frozenset({"simple_identifier", "variable_declaration"}),
    each=("in",),
    choices=frozenset({"if_expression"}),
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
    parameters=frozenset(
        {
            "catch_formal_parameter",
            "formal_parameter",
            "instanceof_expression",
            "lambda_expression",
            "record_pattern_component",
            "resource",
            "spread_parameter",
            "type_pattern",
        }
    ),
    assignments=frozenset({"assignment_expression"}),
    targets=frozenset({"identifier"}),
    each=(":",),
    choices=frozenset({"ternary_expression"}),
)
SWIFT: Final = Language(
    id="swift",
    suffixes=(".swift",),
    texts=frozenset({"line_string_literal", "multi_line_string_literal"}),
    raw=frozenset({"line_str_text", "multi_line_str_text"}),
    names=frozenset({"simple_identifier"}),
    members=frozenset({"navigation_expression"}),
    sums=frozenset({"additive_expression"}),
    wraps=frozenset({"value_argument", "interpolated_expression"}),
    lists=frozenset({"array_literal"}),
    calls=frozenset({"call_expression"}),
    makers=frozenset({"Array", "Set"}),
    keepers=frozenset(),
    declarations=frozenset({"property_declaration"}),
    loops=frozenset({"for_statement"}),
    parameters=frozenset({"parameter", "lambda_parameter", "value_binding_pattern"}),
    assignments=frozenset({"assignment"}),
    targets=frozenset({"pattern"}),
    each=("in",),
    casts=frozenset({"as_expression"}),
    choices=frozenset({"ternary_expression"}),
    maps=frozenset({"dictionary_literal"}),
)
TYPESCRIPT: Final = Language(
    id="typescript",
    suffixes=(".ts", ".mts", ".cts"),
    texts=frozenset({"string", "template_string"}),
    raw=frozenset({"string_fragment"}),
    names=frozenset({"identifier", "shorthand_property_identifier"}),
    members=frozenset({"member_expression"}),
    sums=frozenset({"binary_expression"}),
    wraps=frozenset({"parenthesized_expression", "template_substitution", "spread_element", "computed_property_name"}),
    lists=frozenset({"array"}),
    calls=frozenset({"call_expression", "new_expression"}),
    makers=frozenset({"Set"}),
    keepers=frozenset({"trim"}),
    declarations=frozenset({"variable_declarator", "public_field_definition"}),
    loops=frozenset({"for_in_statement"}),
    parameters=frozenset({"formal_parameters", "arrow_function", "catch_clause"}),
    assignments=frozenset({"assignment_expression", "augmented_assignment_expression"}),
    targets=frozenset({"identifier", "property_identifier", "private_property_identifier"}),
    each=("of",),
    casts=frozenset({"as_expression", "satisfies_expression", "non_null_expression"}),
    choices=frozenset({"ternary_expression"}),
    maps=frozenset({"object"}),
    pair="pair",
    words=frozenset({"property_identifier"}),
    map_maker="Map",
    copies=frozenset({"freeze"}),
    unescaped=(),
)
TSX: Final = replace(TYPESCRIPT, id="tsx", suffixes=(".tsx", ".js", ".jsx", ".mjs", ".cjs"))
"""TypeScript with elements of React, and JavaScript, which it contains."""
DART: Final = Language(
    id="dart",
    suffixes=(".dart",),
    texts=frozenset(
        f"{raw}string_literal_{sign}_quotes{several}"
        for raw in ("", "raw_")
        for sign in ("single", "double")
        for several in ("", "_multiple")
    ),
    raw=frozenset(
        {
            "template_chars_single_single",
            "template_chars_double_single",
            "template_chars_single",
            "template_chars_double",
            "template_chars_raw_slash",
        }
    ),
    names=frozenset({"identifier", "identifier_dollar_escaped"}),
    members=frozenset({"member_expression"}),
    sums=frozenset({"additive_expression", "string_literal"}),  # adjacent texts are one
    wraps=frozenset({"parenthesized_expression", "template_substitution", "named_argument", "spread_element"}),
    lists=frozenset({"list_literal", "set_or_map_literal"}),
    calls=frozenset({"call_expression"}),
    makers=frozenset(),
    keepers=frozenset({"toList", "toSet", "trim"}),
    declarations=frozenset(
        {
            "initialized_identifier",
            "initialized_variable_definition",
            "pattern_variable_declaration",
            "static_final_declaration",
        }
    ),
    loops=frozenset({"for_element", "for_statement"}),
    parameters=frozenset({"formal_parameter", "variable_pattern"}),
    assignments=frozenset({"assignment_expression"}),
    targets=frozenset({"identifier"}),
    each=("in",),
    choices=frozenset({"conditional_expression"}),
    maps=frozenset({"set_or_map_literal"}),
    pair="pair",
    copies=frozenset({"from", "of", "unmodifiable"}),
    unescaped=("r'", 'r"'),
)
LANGUAGES: Final = (DART, JAVA, KOTLIN, SWIFT, TSX, TYPESCRIPT)


def language_of(name: str) -> Language | None:
    """Return the language of a file by the end of its *name*."""
    return next((language for language in LANGUAGES if name.endswith(language.suffixes)), None)
