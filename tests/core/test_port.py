"""The one rule for ports, and the one function that reads them."""

from __future__ import annotations

import pytest

from pinsmith._port import is_port, parse_port


@pytest.mark.parametrize(
    ("number", "answer"),
    [(1, True), (65535, True), (0, False), (65536, False), (-1, False), (True, False), (443.0, False), ("443", False)],
)
def test_a_port_is_a_whole_number_of_two_bytes_but_zero(number: object, *, answer: bool) -> None:
    """Only an integer is a port; `True` is refused, although it equals 1."""
    assert is_port(number) is answer


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("443", 443),
        ("00443", 443),
        ("65535", 65535),
        ("65536", None),
        ("0", None),
        ("0000443", None),
        ("-1", None),
        ("+1", None),
        (" 443", None),
        ("4_4", None),
        ("٤٤٣", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_a_port_is_read_from_ascii_digits_alone(text: str, port: int | None) -> None:
    """Only ASCII digits are a port, although Python's int accepts other digits and signs."""
    assert parse_port(text) == port
