"""C#."""

from __future__ import annotations

from typing import Final

from pinsmith.audit.languages._language import Language

CSHARP: Final = Language(
    id="csharp",
    suffixes=(".cs",),
    texts=frozenset(
        {"interpolated_string_expression", "raw_string_literal", "string_literal", "verbatim_string_literal"}
    ),
    raw=frozenset({"raw_string_content", "string_content", "string_literal_content"}),
    names=frozenset({"identifier"}),
    members=frozenset({"member_access_expression"}),
    sums=frozenset({"binary_expression"}),
    wraps=frozenset(
        {
            "argument",
            "arrow_expression_clause",
            "cast_expression",
            "collection_element",
            "element_binding_expression",
            "expression_element",
            "interpolation",
            "parenthesized_expression",
            "spread_element",
        }
    ),
    lists=frozenset(
        {
            "array_creation_expression",
            "collection_expression",
            "implicit_array_creation_expression",
            "initializer_expression",
        }
    ),
    calls=frozenset({"implicit_object_creation_expression", "invocation_expression", "object_creation_expression"}),
    makers=frozenset({"Uri"}),
    keepers=frozenset(
        {
            "AsReadOnly",
            "ToArray",
            "ToFrozenSet",
            "ToHashSet",
            "ToImmutableArray",
            "ToImmutableHashSet",
            "ToImmutableList",
            "ToList",
            "Trim",
        }
    ),
    declarations=frozenset({"property_declaration", "variable_declarator"}),
    loops=frozenset({"foreach_statement"}),
    parameters=frozenset(
        {
            "catch_declaration",
            "declaration_expression",
            "declaration_pattern",
            "from_clause",
            "implicit_parameter",
            "parameter",
            "recursive_pattern",
            "var_pattern",
        }
    ),
    assignments=frozenset({"assignment_expression"}),
    targets=frozenset({"identifier"}),
    each=("in",),
    casts=frozenset({"as_expression", "postfix_unary_expression"}),
    choices=frozenset({"conditional_expression"}),
    maps=frozenset({"initializer_expression"}),
    pair="assignment_expression",
    words=frozenset({"identifier"}),
    copies=frozenset({"AsReadOnly", "ToFrozenDictionary", "ToImmutableDictionary"}),
    unescaped=('"""', '@"', '$@"', '@$"', '$"""', '$$"""'),
    joiners=frozenset({"Join"}),
    creations=frozenset({"implicit_object_creation_expression", "object_creation_expression"}),
    tuples=frozenset({"initializer_expression"}),
)
