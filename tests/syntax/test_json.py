"""JSON is read with line numbers, and strictly unless remarks are allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pinsmith.syntax.json import parse_json
from pinsmith.syntax.position import SyntaxFaultError, position_at

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=_values, indent=st.sampled_from([None, 1]), ascii_only=st.booleans(), remarks=st.booleans())
def test_it_reads_the_output_of_json(value: Any, indent: int | None, *, ascii_only: bool, remarks: bool) -> None:  # noqa: ANN401
    """The values are those that `json` wrote, in any layout."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse_json(text, remarks=remarks).plain() == value


def test_every_value_has_its_line() -> None:
    """Lines count from 1, including blank lines and lines of remarks."""
    root = parse_json('{\n\n "a": [1, // x\n /* y\n */ {"b":\n "c"}]}', remarks=True)
    assert isinstance(root.value, dict)
    items = root.value["a"]
    assert isinstance(items.value, list)
    assert [(items.line, *(item.line for item in items.value))] == [(3, 3, 5)]
    last = items.value[1].value
    assert isinstance(last, dict)
    assert last["b"].line == 6


@given(value=_values, indent=st.sampled_from([None, 1]))
def test_line_and_column_are_those_of_the_first_character(value: Any, indent: int | None) -> None:  # noqa: ANN401
    """Every value at any depth has the line and column of its first character."""
    text = "\r\n " + json.dumps(value, indent=indent, ensure_ascii=False)
    waiting = [parse_json(text)]
    while waiting:
        node = waiting.pop()
        assert node.position == position_at(text, node.start)
        waiting += node.value.values() if isinstance(node.value, dict) else []
        waiting += node.value if isinstance(node.value, list) else []


@pytest.mark.parametrize("text", ["[1,]", '{"a":1,}', "// a\n1", "1 /* b */"])
def test_remarks_and_final_commas_are_read_where_a_platform_reads_them(text: str) -> None:
    """Remarks and final commas are read for the platforms that read them, and refused for others."""
    parse_json(text, remarks=True)
    with pytest.raises(SyntaxFaultError):
        parse_json(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "[",
            "{",
            "[1 2]",
            "[,]",
            '{"a"}',
            '{"a":}',
            "{a:1}",
            "'a'",
            '"a',
            '"\n"',
            '"\\x"',
            "01",
            "1.",
            "+1",
            "NaN",
        ),
        *(
            "Infinity",
            "tru",
            "1 1",
            "]",
            '{"a":1,"a":1}',
            "/* open",
            "[" * 102 + "]" * 102,
            "9" * 5000,
            "\ufeff1",
            '"\\ud800"',
        ),
    ],
)
@pytest.mark.parametrize("remarks", [False, True])
def test_everything_else_is_an_error_with_a_line(text: str, *, remarks: bool) -> None:
    """Any other text raises this error with a line; no other exception occurs and nothing is guessed."""
    with pytest.raises(SyntaxFaultError) as caught:
        parse_json(text, remarks=remarks)
    assert caught.value.line
