"""JSON with lines: strict unless remarks are allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pinsmith.errors import FormatError
from pinsmith.formats._json import parse_json

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=_values, indent=st.sampled_from([None, 1]), ascii_only=st.booleans(), remarks=st.booleans())
def test_it_reads_what_json_writes(value: Any, indent: int | None, *, ascii_only: bool, remarks: bool) -> None:  # noqa: ANN401
    """The same values, whatever the layout."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse_json(text, "f", remarks=remarks).plain() == value


def test_every_value_knows_its_line() -> None:
    """From 1, blank lines and lines of remarks counted."""
    root = parse_json('{\n\n "a": [1, // x\n /* y\n */ {"b":\n "c"}]}', "f", remarks=True)
    assert isinstance(root.value, dict)
    items = root.value["a"]
    assert isinstance(items.value, list)
    assert [(items.line, *(each.line for each in items.value))] == [(3, 3, 5)]
    last = items.value[1].value
    assert isinstance(last, dict)
    assert last["b"].line == 6


@pytest.mark.parametrize("text", ["[1,]", '{"a":1,}', "// a\n1", "1 /* b */"])
def test_remarks_and_final_commas_are_read_where_a_platform_reads_them(text: str) -> None:
    """And refused elsewhere."""
    parse_json(text, "f", remarks=True)
    with pytest.raises(FormatError):
        parse_json(text, "f")


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
    """Never another exception, never a guess."""
    with pytest.raises(FormatError) as caught:
        parse_json(text, "f", remarks=remarks)
    assert caught.value.line
