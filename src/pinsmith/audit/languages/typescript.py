"""TypeScript and JavaScript."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pinsmith.audit.languages._language import Language

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
