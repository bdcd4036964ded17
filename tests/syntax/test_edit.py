"""Edits of a text: all changes at once, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pinsmith.syntax.edit import Edits, Splice, apply


@given(pieces=st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))), data=st.data())
def test_changes_are_made_where_they_belong(pieces: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """Whatever their order, each takes the place of its span, and what is between them stays."""
    text = expected = ""
    splices = []
    for kept, old, new in pieces:
        text += kept
        splices.append(Splice(len(text), len(text) + len(old), new))
        text += old + "|"
        expected += kept + new + "|"
    assert apply(text, data.draw(st.permutations(splices))) == expected


def test_insertions_at_one_place_keep_their_order() -> None:
    """They come before what takes the place of the text that follows."""
    assert apply("ab", [Splice(1, 2, "B"), Splice(1, 1, "2"), Splice(1, 1, "1")]) == "a21B"


def test_two_changes_of_the_same_text_are_a_fault_of_the_program() -> None:
    """Neither of the two is dropped silently."""
    edits = Edits("abc")
    edits.splice(0, 2, "x")
    edits.splice(1, 3, "y")
    with pytest.raises(AssertionError, match="two changes meet at 1"):
        edits.result()


def test_blanks_before_a_place_are_its_indentation() -> None:
    """Whether only they count that stand alone, or also those of a line that begins with something else."""
    edits = Edits("a\r\n\t {b: c}")
    assert edits.newline == "\r\n"
    assert [edits.indent(offset) for offset in (0, 5, 9)] == ["", "\t ", "\t "]
    assert [edits.own_indent(offset) for offset in (0, 5, 9)] == ["", "\t ", ""]
