"""Shares of users: the files that are read, and what is wrong with others."""

from __future__ import annotations

import pytest

from pinsmith.errors import FormatError
from pinsmith.importing.shares import MAX_BYTES, VersionShare, read_shares

CSV = "app,version,share\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        'Share,note,App,Version\r\n97.5,"two\r\nlines",android,4.2\r\n\r\n2%,,ios,"3,9"\r\n',
        '[{"app": "android", "version": "4.2", "share": 97.5},\n {"app": "ios", "version": "3,9", "share": "2"}]',
    ],
    ids=["csv", "json"],
)
def test_a_table_is_read_in_the_encodings_of_stores(text: str, encoding: str) -> None:
    """CSV in any order of columns and JSON are read, in UTF-8 and in UTF-16 with a mark."""
    expected = [VersionShare("android", "4.2", 97.5), VersionShare("ios", "3,9", 2)]
    assert read_shares(text.encode(encoding), file="shares") == expected


def test_a_file_of_one_app_needs_no_column_for_it() -> None:
    """The app of every row is named instead, and the file must not name another."""
    assert read_shares(b"version,share\n4.2,5", file="x", app="ios") == [VersionShare("ios", "4.2", 5)]
    assert read_shares(b'[{"version": "4.2", "share": 5}]', file="x", app="ios") == [VersionShare("ios", "4.2", 5)]
    with pytest.raises(FormatError, match="has a column app already"):
        read_shares(b"app,version,share\nandroid,4.2,5", file="x", app="ios")


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b"", 1, "the column app is missing"),
        (CSV.encode(), None, "it contains no version"),
        (b"app;version;share\n", 1, "the column app is missing"),
        (b"app,version,share,share\n", 1, "the column share is there twice"),
        *(
            (f"{CSV}a,1,{text}".encode(), 2, "not a percentage")
            for text in ("", "-1", "nan", "inf", "1e1", "100.1", "१")
        ),
        (f"{CSV}a,1,12,5\n".encode(), 2, "the row has 4 cells, but the header has 3"),
        (f'{CSV}"a\nb",1,5'.encode(), 2, "app is"),
        (f"{CSV}a,,5".encode(), 2, "version is ''"),
        (f'{CSV}a,1,"5'.encode(), 2, "it is not CSV"),
        (f"{CSV}a,1,5\nb,1,5\na,1,6".encode(), 4, "a 1 is listed twice, first in line 2"),
        (f"{CSV}a,1,60\na,2,40.1".encode(), None, "the versions of a have 100.1% of its users together"),
        (f"{CSV}\u00e4,1,5".encode("latin-1"), 2, "it is not UTF-8 text"),
        (f"{CSV}a,1,5".encode("utf-16-le"), 1, "it is not a text file"),
        (b"\xff\xfea", 1, "it is not UTF-8 text"),
        (b" " * (MAX_BYTES + 1), None, "it is larger than 2 MB"),
        (b'{"share": 5}', 1, "it is not a list"),
        (b'[\n{"app": "a", "version": "1", "share": NaN}]', 2, "it is not JSON"),
        (b'[\n{"app": "a", "version": 1.0, "share": 5}]', 2, "version is not text"),
        (b'[\n{"app": "a", "version": "1", "share": true}]', 2, "share is not text"),
        (b'[\n{"app": "a", "version": "1"}]', 2, "share is missing"),
        (b'[{"app":"a","version":"1","share":5},{"app":"a","version":"1","share":5}]', 1, "a 1 is listed twice"),
    ],
)
def test_each_fault_has_its_line(content: bytes, line: int | None, problem: str) -> None:
    """A file with a fault is refused as a whole, and the error names the line."""
    with pytest.raises(FormatError) as caught:
        read_shares(content, file="shares.csv")
    assert (caught.value.line, problem in caught.value.problem) == (line, True), str(caught.value)
