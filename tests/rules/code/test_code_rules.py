"""
Every rule about code finds what its fixtures mark, and nothing else.

A line of a fixture that a rule must find ends in a comment with ``finding: RULE``. ``missed: RULE`` marks a known miss,
and ``wrong: RULE`` a line that is reported although it is right. Fixtures are named like code, with ``.txt`` behind.
"""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from pinsmith.finding import FilePlace
from pinsmith.rules import Persona, lint, read
from pinsmith.rules.code import CODE_RULES
from tests.meta import source
from tests.rules.code import counted

FIXTURES: Final = Path(__file__).parent / "fixtures"
PAGE: Final[Path] = source.ROOT / "docs" / "lint-measured.md"
NAMES: Final = sorted(path.name for path in FIXTURES.iterdir())
TODAY: Final = date(2027, 1, 1)
READERS: Final = frozenset({"chain-unchecked", "misleading-setting", "pin-never-matches", "pinning-off"})
"""Notes of readers, where a rule has no finding of its own."""
_MARK: Final = re.compile(r"\b(finding|missed|wrong): ([a-z, -]+)")


def marks(text: str, *words: str) -> set[tuple[int, str]]:
    """Return the lines and rules that a fixture marks with one of *words*."""
    return {
        (number, rule.strip())
        for number, line in enumerate(text.split("\n"), 1)
        for word, rules in _MARK.findall(line)
        if word in words
        for rule in rules.split(",")
    }


def found_in(name: str) -> set[tuple[int, str]]:
    """Return the lines and rules of the findings about a fixture."""
    file = read((FIXTURES / name).read_bytes(), name.removesuffix(".txt"), today=TODAY)
    places = {(finding.place, finding.rule) for finding in lint([file], CODE_RULES, persona=Persona.AUDITOR)}
    ids = {rule.id for rule in CODE_RULES} | READERS
    return {(place.line or 0, rule) for place, rule in places if isinstance(place, FilePlace) and rule in ids}


@pytest.mark.parametrize("name", NAMES)
def test_the_findings_are_those_that_the_fixture_marks(name: str) -> None:
    """A fixture has exactly the findings that its comments name."""
    assert found_in(name) == marks((FIXTURES / name).read_text("utf-8"), "finding", "wrong")


def test_every_rule_has_fixtures() -> None:
    """Each rule about code finds something in a fixture, and nothing in another one that contains its signs."""
    texts = {name: (FIXTURES / name).read_text("utf-8") for name in NAMES}
    for rule in CODE_RULES:
        signed = [text for text in texts.values() if any(sign in text for sign in rule.signs)]
        found = [any(marked == rule.id for _, marked in marks(text, "finding")) for text in signed]
        assert set(found) == {True, False}, rule.id


def test_the_page_shows_what_was_counted() -> None:
    """The table of the documentation is that of today. UPDATE_CORPUS=1 writes it anew; then read the difference."""
    must = {name: marks((FIXTURES / name).read_text("utf-8"), "finding", "missed") for name in NAMES}
    text = PAGE.read_text("utf-8")
    counted_page = counted.page(must, {name: found_in(name) for name in NAMES}, text)
    if os.environ.get("UPDATE_CORPUS"):
        PAGE.write_text(counted_page, "utf-8", newline="\n")
    assert PAGE.read_text("utf-8") == counted_page
