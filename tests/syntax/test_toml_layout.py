"""Places in a text, which line numbers and edits use."""

from __future__ import annotations

import datetime as dt
import json
import tomllib
from typing import TYPE_CHECKING, Any

from hypothesis import event, given, strategies as st

from pinsmith.syntax.position import position_at
from pinsmith.syntax.toml_layout import scan
from tests.pinfile.damage import any_text

if TYPE_CHECKING:
    import pytest

    from pinsmith.syntax.toml_layout import Path

TEXT = """\
a.b = 1 # c = [
[t] # [u]
"x y" = '''
[no table]
k = 1''' # comment
list = [
  "one", # "two"
  [ 2.5, { in.ner = 07:32:00, deep = [ 3 ] } ], 1979-05-27 07:32:00
]
[[h]]
k = 1
[h.sub]
k = 2
[[h]]
k = 3
"""


def test_lines_are_found_by_path() -> None:
    """Comments, long strings, dotted keys, nested and repeated tables do not mislead."""
    layout = scan(TEXT)
    expected: dict[Path, int | None] = {
        (): None,
        ("a",): 1,
        ("a", "b"): 1,
        ("t",): 2,
        ("t", "x y"): 3,
        ("t", "list"): 6,
        ("t", "list", 0): 7,
        ("t", "list", 1, 1, "in", "ner"): 8,
        ("t", "list", 1, 1, "deep", 0): 8,
        ("t", "list", 2): 8,
        ("h", 0): 10,
        ("h", 0, "sub", "k"): 13,
        ("h", 1): 14,
        ("h", 1, "k"): 15,
        ("h", 1, "missing", 3): 14,
        ("missing",): None,
    }
    assert {path: layout.line(path) for path in expected} == expected


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a text with more values than any pin file has, only the first are found."""
    monkeypatch.setattr("pinsmith.syntax.toml_layout.MAX_VALUES", 3)
    layout = scan("a = [1, 2]\nb = 3\nc = 4\nd = 5\n")
    assert layout.values.keys() == {("a",), ("a", 0), ("a", 1)}
    assert layout.line(("a", 1)) == 1


# ---- any valid text

scalars = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(min_value=dt.datetime(1900, 1, 1)),  # noqa: DTZ001 - TOML has local times too
)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))
array_gaps = st.sampled_from(["", " ", "\n", " # a ] comment, with \"quotes'\n", "\r\n  "])
blanks = st.sampled_from(["", " ", "\t"])


def _quoted(value: str, quote: str) -> str:
    """Quote *value* with *quote* if possible, and otherwise as a basic string, which always works."""
    if quote == '"""' and value.isprintable() and not set('"\\') & set(value):
        return f'"""\n{value}"""'
    if quote[0] == "'" and value.isprintable() and "'" not in value:
        return f"{quote}{value}{quote}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@st.composite
def spelled(draw: st.DrawFn, value: object) -> str:
    """Spell *value* in one of the ways that TOML allows, with comments where it allows them."""
    if isinstance(value, dict):
        gap = draw(blanks)
        entries = [_quoted(name, draw(st.sampled_from("\"'"))) for name in value]
        pairs = zip(entries, value.values(), strict=True)
        inner = f",{gap}".join(f"{name}{gap}={gap}{draw(spelled(item))}" for name, item in pairs)
        return "{" + gap + inner + gap + "}"
    if isinstance(value, list):
        items = [draw(array_gaps) + draw(spelled(item)) + draw(array_gaps) for item in value]
        return "[" + ",".join(items) + (draw(st.sampled_from(["", ","])) if items else "") + draw(array_gaps) + "]"
    if isinstance(value, str):
        return _quoted(value, draw(st.sampled_from(['"', "'", '"""', "'''"])))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return value.isoformat().replace("T", draw(st.sampled_from("T ")))
    return repr(value)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Write tables, arrays of tables and dotted keys in many orders and styles; some combinations are invalid."""
    lines = ["# comment [x] = 'y'"]
    headers = ["", "[t{}]", "[[a]]", "[ t{} . 'x y' ]", '[["a" ]] # again', "[[a]]\n[a.b]", "[[a]]\n[[a.c]]"]
    for number in range(draw(st.integers(1, 5))):
        lines += [draw(st.sampled_from(headers)).format(number), ""]
        for key in draw(st.lists(names, max_size=3, unique=True)):
            prefix = draw(st.sampled_from(["k{}-{}.", "'k {} {}' . ", "k{}{} .\t"])).format(number, len(lines))
            lines.append(f' {prefix}{_quoted(key, "x")} = {draw(spelled(draw(values)))} # "comment')
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


def _leaves(value: Any, path: Path = ()) -> list[tuple[Path, object]]:  # noqa: ANN401 - any TOML value
    if isinstance(value, dict):
        return [leaf for name, item in value.items() for leaf in _leaves(item, (*path, name))]
    if isinstance(value, list):
        return [leaf for at, item in enumerate(value) for leaf in _leaves(item, (*path, at))]
    return [(path, value)]


@given(texts())
def test_every_value_is_found_in_its_place(text: str) -> None:
    """For every value of a valid text, the span that is found contains exactly that value."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        event("not TOML")
        return
    layout = scan(text)
    leaves = _leaves(data)
    event("some values" if leaves else "no value")
    for path, value in leaves:
        start, end = layout.values[path]
        assert tomllib.loads(f"x = {text[start:end]}") == {"x": value}
        assert (layout.line(path) or 0) <= position_at(text, start).line


@given(any_text)
def test_a_scan_never_fails(text: str) -> None:
    """A scan of invalid TOML returns the places before the fault, all of them within the text."""
    layout = scan(text)
    assert all(0 <= start <= end <= len(text) for start, end in layout.values.values())
