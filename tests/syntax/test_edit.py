"""All edits of a text are made at once, and the rest of the text stays."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pinsmith.syntax.edit import Edits, Splice, apply


@given(pieces=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))), data=st.data())
def test_changes_are_made_where_they_belong(pieces: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """In any order, every change replaces its own span, and the text between the spans stays."""
    text = expected = ""
    splices = []
    for kept, old, new in pieces:
        text += kept
        splices.append(Splice(len(text), len(text) + len(old), new))
        text += old + "|"
        expected += kept + new + "|"
    assert apply(text, data.draw(st.permutations(splices))) == expected


def test_insertions_at_one_place_keep_their_order() -> None:
    """Insertions come before the text that replaces the next span."""
    assert apply("ab", [Splice(1, 2, "B"), Splice(1, 1, "2"), Splice(1, 1, "1")]) == "a21B"


def test_two_changes_of_the_same_text_are_a_fault_of_the_program() -> None:
    """Neither change is dropped silently: the conflict raises."""
    edits = Edits("abc")
    edits.splice(0, 2, "x")
    edits.splice(1, 3, "y")
    with pytest.raises(AssertionError, match="two changes overlap at character 1"):
        edits.result()


def test_blanks_before_a_place_are_its_indentation() -> None:
    """The indentation is either the blanks of an otherwise empty line start, or those at the start of any line."""
    edits = Edits("a\r\n\t {b: c}")
    assert edits.newline == "\r\n"
    assert [edits.indent(offset) for offset in (0, 5, 9)] == ["", "\t ", "\t "]
    assert [edits.own_indent(offset) for offset in (0, 5, 9)] == ["", "\t ", ""]
