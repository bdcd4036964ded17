"""Swift."""

from __future__ import annotations

from typing import Final

from pinsmith.audit.languages._language import Language

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
