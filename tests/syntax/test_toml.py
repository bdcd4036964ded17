"""Faults of TOML have a place."""

from __future__ import annotations

import pytest

from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.toml import decode_toml, parse_toml
from pinsmith.syntax.toml_layout import scan

FAULTS = {
    "no value": ("a = 1\nb = # x\n", (2, 5), ""),
    "cut off": ('a = [\n  "b",  \n', (2, 7), ""),
    "table twice": ("[a.b]\n[c]\n [a.b]\n", (3, 2), "a.b"),
    "key twice": ("[a]\nb = 1\n  b = 2\n", (3, 7), "a.b"),
    "nested too deeply": (f"a = 1\nb = {'[' * 5000}", (2, 21), ""),
    "long number": (f"a = 1\nb = 1{'0' * 5000}", (2, 5), ""),
    "lone surrogate": ("a = 1\nb = '\udc80'", (2, 6), ""),
    "NUL": ("a = 1\n\0", (2, 1), ""),
    "many dots": ("a = 1\n" + "b." * 300 + "c = 1", (2, 1), ""),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_has_line_and_column(case: str) -> None:
    """Line and column count from 1, and a duplicate key or table also has its path."""
    text, position, path = FAULTS[case]
    with pytest.raises(SyntaxFaultError) as caught:
        parse_toml(text)
    assert (caught.value.position, caught.value.path) == (position, path)


def test_bytes_that_are_not_text_have_a_place() -> None:
    """The column counts characters, not bytes."""
    with pytest.raises(SyntaxFaultError, match="byte 0xff") as caught:
        decode_toml("a = 1\nb = 'é".encode() + b"\xff'")
    assert caught.value.position == (2, 7)


def test_a_path_has_line_and_column() -> None:
    """A path gets its own place, or that of the nearest enclosing item."""
    layout = scan("[a]\n  b = { c = [1, 'x'] }\n")
    assert layout.position(("a", "b", "c", 1)) == (2, 17)
    assert layout.position(("a", "z")) == (1, 1)
    assert layout.position(("z",)) is None
