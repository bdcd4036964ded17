"""Rust."""

from __future__ import annotations

import re
from typing import Final

from pinsmith.audit import _value
from pinsmith.audit.languages._language import Language

_HIDDEN: Final = re.compile(r"\bvec *!|(?<=\bconcat)!|\bString::from(?=\()")
_KINDS: Final = ("macro_invocation", "scoped_identifier")
_MAX_ROUNDS: Final = 10  # of macros in macros


def _prepare(text: str) -> str:
    """Make lists of ``vec![...]``, calls of ``concat!(...)`` and the text itself of ``String::from(...)``."""
    from ast_grep_py import SgRoot

    for _ in range(_MAX_ROUNDS):  # the grammar does not read the tokens of a macro
        root = SgRoot(text, "rust").root()
        begins = {node.range().start.index for kind in _KINDS for node in root.find_all(kind=kind)}
        spans = [found.span() for found in _HIDDEN.finditer(text) if _begin(found) in begins]
        if not spans:
            break
        characters = list(text)
        for begin, end in spans:
            characters[begin:end] = " " * (end - begin)
        text = "".join(characters)
    return text


def _begin(found: re.Match[str]) -> int:
    return found.start() - len("concat") if found[0] == "!" else found.start()


def _unescaped(text: str) -> str | None:
    return None if text.startswith("\\\n") else _value.unescaped(text)  # the margin of the next line does not count


RUST: Final = Language(
    id="rust",
    suffixes=(".rs",),
    texts=frozenset({"string_literal", "raw_string_literal"}),
    raw=frozenset({"string_content"}),
    names=frozenset({"identifier"}),
    members=frozenset({"field_expression", "scoped_identifier"}),
    sums=frozenset(),
    wraps=frozenset({"block", "else_clause", "parenthesized_expression", "reference_expression", "unary_expression"}),
    lists=frozenset({"array_expression", "tuple_expression"}),
    calls=frozenset({"call_expression"}),
    makers=frozenset(),
    keepers=frozenset(
        {"as_ref", "as_slice", "as_str", "clone", "cloned", "collect", "copied", "into", "into_iter", "iter"}
        | {"to_owned", "to_string", "to_vec", "trim"}
    ),
    declarations=frozenset({"const_item", "let_declaration", "static_item"}),
    loops=frozenset({"for_expression"}),
    parameters=frozenset(
        {
            "captured_pattern",
            "closure_parameters",
            "match_pattern",
            "parameter",
            "slice_pattern",
            "struct_pattern",
            "tuple_struct_pattern",
        }
    ),
    assignments=frozenset({"assignment_expression", "compound_assignment_expr"}),
    targets=frozenset({"identifier"}),
    each=("in",),
    casts=frozenset({"type_cast_expression"}),
    choices=frozenset({"if_expression"}),
    copies=frozenset({"from", "new"}),
    unescaped=("r",),
    unescape=_unescaped,
    fields=frozenset({"const_item"}),
    opaque=frozenset({"field_expression"}),
    prepare=_prepare,
    sequels=frozenset({"concat"}),
)
