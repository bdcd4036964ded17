"""Edits of JSON in place give the wanted values and keep the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from pinsmith.syntax.json import parse_json, parse_literal
from pinsmith.syntax.json_edit import JSONEdits, quote, render
from pinsmith.syntax.position import SyntaxFaultError

_texts = st.text(alphabet='ab"\\\n\u2028\u202e', max_size=3)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)
_objects = st.dictionaries(_texts, _values, max_size=5)


def _merged(text: str, value: Any, *, loose: bool = False) -> str:  # noqa: ANN401 - any JSON
    edits = JSONEdits(text)
    edits.merge(parse_json(text, loose=loose), value)
    return edits.result()


def _put(text: str, path: list[str], value: Any, *, loose: bool = False) -> str:  # noqa: ANN401 - any JSON
    edits = JSONEdits(text)
    edits.put(parse_json(text, loose=loose), path, value)
    return edits.result()


@given(old=_objects, new=_objects, indent=st.sampled_from([None, 1, 4, "\t"]))
def test_any_value_becomes_any_other(old: Any, new: Any, indent: Any) -> None:  # noqa: ANN401 - any JSON
    """Lists of texts may be in another order, and a second edit changes nothing."""
    text = json.dumps(old, indent=indent)
    edited = _merged(text, new)
    assert _sorted(json.loads(edited)) == _sorted(new)
    assert _merged(edited, new) == edited


@given(old=_objects, new=_objects, path=st.lists(_texts, min_size=1, max_size=3))
def test_members_that_are_not_on_the_path_stay(old: dict[str, Any], new: Any, path: list[str]) -> None:  # noqa: ANN401
    """Other members keep their values, whatever value is put."""
    try:
        edited = json.loads(_put(json.dumps(old, indent=2), path, new))
    except SyntaxFaultError:
        return
    assert {name: each for name, each in edited.items() if name != path[0]} == {
        name: each for name, each in old.items() if name != path[0]
    }
    for name in path:
        edited = edited[name]
    assert _sorted(edited) == _sorted(new)


def _sorted(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _sorted(each) for name, each in value.items()}
    if isinstance(value, list):
        inner = [_sorted(item) for item in value]
        return sorted(inner) if all(isinstance(item, str) for item in inner) else inner
    return value


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ('{\n  "a": 1,\n  "b": 2\n}\n', {"a": 1}, '{\n  "a": 1\n}\n'),
        ('{\n  "a": 1,\n  "b": 2\n}\n', {"b": 2}, '{\n  "b": 2\n}\n'),
        ('{ "a": 1, "b": 2 }', {"a": 1, "c": [1]}, '{ "a": 1, "c": [1] }'),
        ('{"a": 1}', {}, "{}"),
        ("{}", {"a": {"b": 1}}, '{\n  "a": {\n    "b": 1\n  }\n}'),
        ('{\r\n\t"a": 1\r\n}', {"a": 1, "b": {"c": 2}}, '{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": 2\r\n\t}\r\n}'),
        ('{"x": ["a", "b"]}', {"x": ["b", "c"]}, '{"x": [ "b", "c"]}'),
        ('{"x": 1.50}', {"x": 1.5}, '{"x": 1.50}'),
        ('{"x": true}', {"x": 1}, '{"x": 1}'),
    ],
    ids=["last", "first", "one line", "all", "empty", "tabs and CRLF", "list", "same number", "true is not 1"],
)
def test_the_layout_is_that_of_the_file(before: str, value: Any, after: str) -> None:  # noqa: ANN401 - any JSON
    """Indentation, line ends and one-line objects are kept."""
    assert _merged(before, value) == after


BEFORE = """{ // top
    // about a
    a: 'one', // behind a
    // about b
    "b": [ /* in b */ "x", "y" /* after y */ ], /* behind b */
    c: { },
    // about d
    d: 4 // behind d
    // last
}
"""


@pytest.mark.parametrize(
    ("value", "after"),
    [
        (
            {"a": "one", "b": ["x"], "c": {}, "d": 4},
            BEFORE.replace('"x", "y" /* after y */ ]', '"x" /* after y */ ]'),
        ),
        (
            {"a": "one", "b": ["x", "y"], "c": {}},
            BEFORE.replace("c: { },\n    // about d\n    d: 4 // behind d", "c: { }"),
        ),
        (
            {"b": ["x", "y"], "c": {}, "d": 4},
            BEFORE.replace("\n    // about a\n    a: 'one', // behind a", ""),
        ),
        (
            {"a": "one", "b": ["x", "y"], "c": {}, "d": 4, "e": 5},
            BEFORE.replace("d: 4 // behind d", 'd: 4, // behind d\n    "e": 5'),
        ),
    ],
    ids=["element", "last", "first", "more"],
)
def test_remarks_stay_with_their_members(value: Any, after: str) -> None:  # noqa: ANN401 - any JSON
    """A remark above or behind a member is removed with it, and every other remark stays."""
    assert _merged(BEFORE, value, loose=True) == after


def test_a_final_comma_stays_a_habit() -> None:
    """If the last member has a final comma, a new last member gets one too."""
    assert _merged("{\n  a: 1,\n}", {"a": 1, "b": 2}, loose=True) == '{\n  a: 1,\n  "b": 2,\n}'
    assert _merged("{\n  a: 1,\n  b: 2,\n}", {"a": 1}, loose=True) == "{\n  a: 1,\n}"


def test_a_path_through_something_else_is_refused() -> None:
    """If a text stands where an object is needed, it is reported with its line and not overwritten."""
    with pytest.raises(SyntaxFaultError, match="a is not an object") as caught:
        _put('{\n"a": "text"}', ["a", "b"], 1)
    assert caught.value.position == (2, 6)


@given(text=st.text())
def test_no_text_leaves_its_quotes(text: str) -> None:
    """The written text is printable ASCII on one line, and JSON and JavaScript read it back."""
    quoted = quote(text)
    assert quoted.isascii()
    assert quoted.isprintable()
    assert json.loads(quoted) == text
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert parse_literal(f"x = {quoted};", 4).value == text


def test_json5_is_read_where_it_is_the_language() -> None:
    """JSON5 allows names without quotes, single quotes, JavaScript's escapes and numbers, remarks and final commas."""
    text = "// x\n{a: 'it\\'s \\x41\\u{1F600}\\uD83D\\uDE00\\\n.', $b: [+1, .5, 0xF, -Infinity,], 'c': \"\\v\",}\ufeff"
    found = parse_json(text, loose=True).plain()
    assert isinstance(found, dict)
    assert found["a"] == "it's A\N{GRINNING FACE}\N{GRINNING FACE}."
    assert found["c"] == "\v"
    assert len(found["$b"]) == 4
    with pytest.raises(SyntaxFaultError):
        parse_json(text)


@pytest.mark.parametrize("text", ["{a: b}", "{...a}", "{a: `x`}", "{[a]: 1}", "{a: 1 + 1}", "{a: f()}", "{a}"])
def test_a_computed_value_is_refused(text: str) -> None:
    """A value that only a program can compute is refused with its line and not guessed."""
    with pytest.raises(SyntaxFaultError, match="it is not a plain object") as caught:
        parse_literal(f"x =\n{text}", 4)
    assert caught.value.line == 2


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list itself counts too, and the error names the first value that is too many."""
    monkeypatch.setattr("pinsmith.syntax.json.MAX_VALUES", 100)
    parse_json("[" + "1,\n" * 98 + "1]")
    with pytest.raises(SyntaxFaultError, match="more than 100 values") as caught:
        parse_json("[" + "1,\n" * 600 + "1]")
    assert caught.value.line == 100


def test_rendering_indents_below_the_first_line() -> None:
    """The first line is not indented, so that the value can follow a name."""
    assert (
        render({"a": ["b"]}, unit="\t", indent="  ", newline="\r\n") == '{\r\n  \t"a": [\r\n  \t\t"b"\r\n  \t]\r\n  }'
    )
