"""Records of zones have places."""

from __future__ import annotations

import pytest

from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.zone import records

ZONE = """\
$ORIGIN example.com.
api 300 IN A 192.0.2.1 ; a remark
   TXT "two
lines"
( www AAAA (
  ::1 ) )
"""


def test_a_record_has_its_lines_and_its_column() -> None:
    """A record has the lines that it spans and the column of its first word."""
    found = [(record.owner, record.type, record.first, record.column, record.last) for record in records(ZONE)]
    assert found == [
        ("api.example.com.", "A", 2, 1, 2),
        ("api.example.com.", "TXT", 3, 4, 4),
        ("www.example.com.", "AAAA", 5, 3, 6),
    ]


@pytest.mark.parametrize(
    ("text", "position"),
    [("a A 1\nb ) A 2\n", (2, 3)), ('a TXT "two\nlines" "', (2, 8)), ("a A 1\n b ( A", (2, 2))],
    ids=["closed", "quote", "open"],
)
def test_an_unpaired_sign_is_refused_with_its_place(text: str, position: tuple[int, int]) -> None:
    """An unpaired quote or parenthesis is refused with its place, even after a text of several lines."""
    with pytest.raises(SyntaxFaultError) as caught:
        list(records(text))
    assert caught.value.position == position
