"""Dart."""

from __future__ import annotations

from typing import Final

from pinsmith.audit.languages._language import Language

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
