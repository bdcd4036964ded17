"""Kotlin."""

from __future__ import annotations

from typing import Final

from pinsmith.audit.languages._language import Language

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
