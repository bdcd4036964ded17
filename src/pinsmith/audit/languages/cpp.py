"""C++, and C, which it contains."""

from __future__ import annotations

from typing import Final

from pinsmith.audit.languages._language import Language

CPP: Final = Language(
    id="cpp",
    suffixes=(".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".ipp"),
    texts=frozenset({"raw_string_literal", "string_literal"}),
    raw=frozenset({"raw_string_content", "string_content"}),
    names=frozenset({"identifier"}),
    members=frozenset({"field_expression", "qualified_identifier"}),
    sums=frozenset({"binary_expression", "concatenated_string"}),  # adjacent texts are one
    wraps=frozenset({"parenthesized_expression"}),
    lists=frozenset({"initializer_list"}),
    calls=frozenset({"call_expression"}),
    makers=frozenset(
        {
            "QByteArray",
            "QByteArrayLiteral",
            "QLatin1String",
            "QLatin1StringView",
            "QString",
            "QStringLiteral",
            "QStringView",
            "QUrl",
            "fromLatin1",
            "fromUtf8",
            "move",
            "string",
            "string_view",
        }
    ),
    keepers=frozenset({"c_str", "constData", "data", "toLatin1", "toStdString", "toUtf8", "trimmed"}),
    declarations=frozenset({"declaration", "field_declaration", "init_declarator", "preproc_def"}),
    loops=frozenset({"for_range_loop"}),
    parameters=frozenset({"optional_parameter_declaration", "parameter_declaration", "preproc_function_def"}),
    assignments=frozenset({"assignment_expression"}),
    targets=frozenset({"field_identifier", "identifier"}),
    each=(":",),
    casts=frozenset({"user_defined_literal"}),
    choices=frozenset({"conditional_expression"}),
    maps=frozenset({"initializer_list"}),
    pair="initializer_pair",
    words=frozenset({"field_designator"}),
    copies=frozenset({"QByteArray", "QString", "QStringLiteral", "move", "string"}),
    unescaped=('R"', 'u8R"', 'LR"'),
    macros=frozenset({"preproc_arg"}),
    creations=frozenset({"compound_literal_expression"}),
    tuples=frozenset({"initializer_list"}),
)
