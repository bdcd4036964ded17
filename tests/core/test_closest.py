"""The one function that guesses what somebody meant to type."""

from __future__ import annotations

import pytest

from pinsmith._closest import closest


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("fecth", ("check", "fetch"), "fetch"),
        ("--all", ("--cafile", "--all-addresses"), "--all-addresses"),
        ("ios", ("axios", "trustkit-ios"), "trustkit-ios"),
        ("example.com", ("examples.org", "api.example.com"), "api.example.com"),
        ("Curl", ("wget", "curl"), "curl"),
        ("API-2026", ("api-2025", "Api-2026"), "Api-2026"),
        ("c", ("check", "convert"), None),
        ("", ("check",), None),
        ("quite different", ("check", "fetch"), None),
        ("a" * 81, ("a" * 81,), None),
        ("check", (), None),
    ],
    ids=[
        "spelt alike",
        "begins it, before spelt alike",
        "a whole word of it, not a part of a word",
        "a whole word, before spelt alike",
        "another case",
        "case is kept in the answer",
        "one character begins too much",
        "nothing",
        "nothing alike",
        "too long to be compared",
        "none known",
    ],
)
def test_the_name_that_was_meant_is_guessed(name: str, known: tuple[str, ...], meant: str | None) -> None:
    """A name that begins with the text comes first, then one with it as a whole word, then a similar one."""
    assert closest(name, known) == meant
