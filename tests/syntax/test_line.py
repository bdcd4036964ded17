"""Edits add and remove whole lines."""

from __future__ import annotations

import pytest

from pinsmith.syntax.line import LineEdits


@pytest.mark.parametrize(
    ("text", "gone", "place", "expected"),
    [
        ("", (), 0, "x\n"),
        ("a\nb\n", (), 1, "a\nx\nb\n"),
        ("a\nb\n", (0,), 0, "x\nb\n"),
        ("a\r\nb", (), 2, "a\r\nb\r\nx\r\n"),
        ("a\r\nb", (1,), 1, "a\r\nx\r\n"),
        ("a\nb", (1,), 2, "a\nx\n"),
        ("a\fb\n", (), 1, "a\fb\nx\n"),
    ],
    ids=["empty", "between", "instead", "open end", "instead of an open end", "behind a removed end", "form feed"],
)
def test_lines_are_put_and_taken_as_a_whole(text: str, gone: tuple[int, ...], place: int, expected: str) -> None:
    """New lines get the line ends of the text, whether or not its last line has one."""
    edits = LineEdits(text)
    for line in gone:
        edits.remove(line)
    edits.insert(place, ["x"])
    assert edits.result() == expected
