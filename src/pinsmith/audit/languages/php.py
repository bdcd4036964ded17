"""PHP."""

from __future__ import annotations

from typing import Final

from pinsmith.audit.languages._language import Language

PHP: Final = Language(
    id="php",
    suffixes=(".php", ".phtml", ".inc"),
    texts=frozenset({"string", "encapsed_string"}),
    raw=frozenset({"string_content"}),
    names=frozenset({"variable_name", "name", "qualified_name"}),
    members=frozenset(
        {
            "class_constant_access_expression",
            "member_access_expression",
            "nullsafe_member_access_expression",
            "scoped_property_access_expression",
        }
    ),
    sums=frozenset({"binary_expression"}),
    wraps=frozenset(
        {"argument", "array_element_initializer", "cast_expression", "parenthesized_expression", "variadic_unpacking"}
    ),
    lists=frozenset({"array_creation_expression"}),
    calls=frozenset(
        {
            "function_call_expression",
            "member_call_expression",
            "nullsafe_member_call_expression",
            "object_creation_expression",
            "scoped_call_expression",
        }
    ),
    makers=frozenset({"array_merge", "array_values"}),
    keepers=frozenset(),
    declarations=frozenset({"const_element", "property_element", "static_variable_declaration"}),
    loops=frozenset({"foreach_statement"}),
    parameters=frozenset(
        {
            "catch_clause",
            "global_declaration",
            "property_promotion_parameter",
            "simple_parameter",
            "variadic_parameter",
        }
    ),
    assignments=frozenset(
        {"assignment_expression", "augmented_assignment_expression", "reference_assignment_expression"}
    ),
    targets=frozenset({"name", "variable_name"}),
    each=("as",),
    choices=frozenset({"conditional_expression"}),
    maps=frozenset({"array_creation_expression"}),
    pair="array_element_initializer",
    copies=frozenset({"array_values"}),
    unescaped=(),
    plus=".",
    joiners=frozenset({"implode", "join"}),
    changers=frozenset(
        {"array_pop", "array_push", "array_shift", "array_splice", "array_unshift", "array_walk", "settype"}
    ),
    definers=frozenset({"define"}),
    fields=frozenset({"const_element", "property_element"}),
    sealed=frozenset({"function_definition", "method_declaration"}),
    assignments_declare=True,
)
