"""A file that is edited in place is decoded as its bytes declare, or refused."""

from __future__ import annotations

import pytest

from pinsmith.syntax.encoding import decode_to_edit, encoding_of
from pinsmith.syntax.position import Position, SyntaxFaultError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_xml_comes_back_as_it_was(encoding: str) -> None:
    """The byte order mark stays a character of the text, so that writing the text back loses nothing."""
    content = "\ufeff<a>\N{GREEK SMALL LETTER ALPHA}</a>\r\n".encode(encoding)
    assert encoding_of(content) == encoding
    assert decode_to_edit(content).encode(encoding_of(content)) == content


@pytest.mark.parametrize(
    ("content", "problem", "position"),
    [
        (b"# ok\n\xc3\xa4 \xff\n", "it is not UTF-8 text", Position(2, 3)),
        (
            "\ufeff<a>\n".encode("utf-16-be") + b"\xd8\x00",
            "it begins like UTF-16 text, but is not valid UTF-16",
            Position(2, 1),
        ),
        (b"bplist00\xd1\x01", "it is a binary property list, and cannot be edited", None),
        ("\ufeffa = 1\n".encode("utf-16-le"), "it is UTF-16, but only XML may be UTF-16", None),
        (
            b'<?xml version="1.0" encoding="utf-16"?><a/>',
            "it declares the encoding 'utf-16', but is UTF-8",
            Position(1, 1),
        ),
    ],
    ids=["a byte of Latin-1", "half a character", "binary", "no XML", "declares another"],
)
def test_a_file_in_doubt_is_refused(content: bytes, problem: str, position: Position | None) -> None:
    """The error gives the place of the fault, if there is one."""
    with pytest.raises(SyntaxFaultError) as caught:
        decode_to_edit(content)
    assert (caught.value.problem, caught.value.position) == (problem, position)
