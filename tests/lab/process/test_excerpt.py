"""The part of a client's output that is kept, and the words that are found in it."""

from __future__ import annotations

import pytest

from pinsmith.lab.process.excerpt import HEAD_BYTES, TAIL_BYTES, Excerpt

KEPT = HEAD_BYTES + TAIL_BYTES


def filled(*chunks: bytes, expect: bytes | None = None) -> Excerpt:
    """Make an excerpt of *chunks*, one after the other."""
    excerpt = Excerpt(expect)
    for chunk in chunks:
        excerpt.add(chunk)
    return excerpt


@pytest.mark.parametrize("size", [1, 7, 1000, 65536, KEPT * 3])
@pytest.mark.parametrize("total", [0, 1, HEAD_BYTES, HEAD_BYTES + 1, KEPT])
def test_short_output_is_kept_whole(total: int, size: int) -> None:
    """Up to 64 KiB the output is kept whole, however it was split."""
    words = bytes(number % 251 for number in range(total))
    assert bytes(filled(*(words[at : at + size] for at in range(0, total, size)))) == words


@pytest.mark.parametrize("size", [1000, 65536, KEPT * 3])
@pytest.mark.parametrize("surplus", [1, 1000, KEPT])
def test_long_output_is_shortened(surplus: int, size: int) -> None:
    """The first 16 KiB and the last 48 KiB are kept; a line in between gives the number of missing bytes."""
    words = bytes(number % 251 for number in range(KEPT + surplus))
    kept = bytes(filled(*(words[at : at + size] for at in range(0, len(words), size))))
    assert kept == words[:HEAD_BYTES] + b"\n[%d bytes left out]\n" % surplus + words[-TAIL_BYTES:]


@pytest.mark.parametrize(
    ("chunks", "expect", "found"),
    [
        ((b"", b"x"), None, True),
        ((b"x",), b"", True),
        ((b"it says ok now",), b"ok", True),
        ((b"it says o", b"k now"), b"ok", True),
        ((b"it ", b"s", b"a", b"ys", b" now"), b"says", True),
        ((b"o", b"o", b"k"), b"ok", True),
        ((b"o" * HEAD_BYTES * 2 + b"ok" + b"o" * KEPT,), b"ok", True),
        ((b"o" * HEAD_BYTES * 2, b"k" + b"o" * KEPT), b"ok", True),
        ((b"ok", b"a" * KEPT * 2), b"ok", True),
        ((b"a" * HEAD_BYTES, b"a" * KEPT), b"a" * (KEPT - 1), True),
        ((b"o", b"", b"k"), b"ok", True),
        ((b"o", b"-", b"k"), b"ok", False),
        ((b"k", b"o"), b"ok", False),
        ((), b"ok", False),
        ((b"o",) * 5, b"o" * 6, False),
    ],
    ids=[
        "nothing is expected",
        "the empty word is expected",
        "within a chunk",
        "across a border",
        "across several borders",
        "after a false start",
        "in the part that is left out",
        "across a border in the part that is left out",
        "long ago",
        "longer than the kept part of either end",
        "an empty chunk in between",
        "something in between",
        "the wrong way round",
        "no output",
        "one short",
    ],
)
def test_expected_words_are_found_anywhere(chunks: tuple[bytes, ...], expect: bytes | None, *, found: bool) -> None:
    """Words are found although they arrived in pieces, and although they were not kept."""
    assert filled(*chunks, expect=expect).found is found
