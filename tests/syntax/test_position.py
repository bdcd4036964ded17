"""Lines and columns count as people count them."""

from __future__ import annotations

from hypothesis import given, strategies as st

from pinsmith.syntax.position import SyntaxFaultError, position_at


@given(st.text(alphabet="ab\n\u00e9"), st.text(alphabet="ab\n\U0001f600"))
def test_a_place_counts_lines_and_characters(before: str, after: str) -> None:
    """Line and column count from 1, and the text after the place does not matter."""
    lines = before.split("\n")
    assert position_at(before + after, len(before)) == (len(lines), len(lines[-1]) + 1)


def test_a_fault_without_a_place_has_no_line() -> None:
    """A fault without a place, such as a file that is too large, has no line."""
    assert SyntaxFaultError("it is too large").line is None
    assert SyntaxFaultError("it is cut off", position_at("a\nb", 3)).line == 2
