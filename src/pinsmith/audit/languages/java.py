"""Java."""

from __future__ import annotations

from typing import Final

from pinsmith.audit.languages._language import Language

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
