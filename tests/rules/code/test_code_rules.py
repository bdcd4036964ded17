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
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.finding import FilePlace
from pinsmith.formats import NOTES
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.rules import RULES, Persona, lint, read
from pinsmith.rules.code import CODE_RULES
from tests.meta import source
from tests.rules.code import counted
from tests.rules.code.inventory import ELSEWHERE, MISTAKES

if TYPE_CHECKING:
    from pinsmith.rules._rule import Rule

FIXTURES: Final = Path(__file__).parent / "fixtures"
PAGE: Final[Path] = source.ROOT / "docs" / "audit.md"
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
    """Each rule about code finds something in a fixture, and nothing in another one that contains its words."""
    texts = {name: (FIXTURES / name).read_text("utf-8") for name in NAMES}
    for rule in CODE_RULES:
        suspected = [text for text in texts.values() if rule.suspects(text)]
        found = [any(marked == rule.id for _, marked in marks(text, "finding")) for text in suspected]
        assert set(found) == {True, False}, rule.id


@pytest.mark.parametrize("rule", CODE_RULES, ids=lambda rule: rule.id)
def test_every_mistake_has_fixtures_in_its_languages(rule: Rule) -> None:
    """A rule has wrong and right code in each language of the inventory, and in no other one."""
    wrong, right = set(), set()
    for name in NAMES:
        text, language = (FIXTURES / name).read_text("utf-8"), counted.language_of(name)
        marked = {number for number, of in marks(text, "finding") if of == rule.id}
        signed = {number for number, line in enumerate(text.split("\n"), 1) if any(sign in line for sign in rule.signs)}
        wrong |= {language} if marked else set()
        right |= {language} if signed - marked else set()
    assert wrong == set(MISTAKES[rule.id].languages)
    assert wrong <= right


def test_the_inventory_names_what_there_is() -> None:
    """The inventory lists every rule about code, scenarios that the lab has, and rules that lint has."""
    assert list(MISTAKES) == [rule.id for rule in CODE_RULES]
    assert {name for mistake in MISTAKES.values() for name in mistake.scenarios} <= {one.id for one in SCENARIOS}
    assert {rule for rules in ELSEWHERE.values() for rule in rules} <= {rule.id for rule in RULES} | NOTES.keys()


def test_the_page_shows_what_was_counted() -> None:
    """The table of the documentation is that of today. UPDATE_CORPUS=1 writes it anew; then read the difference."""
    must = {name: marks((FIXTURES / name).read_text("utf-8"), "finding", "missed") for name in NAMES}
    text = PAGE.read_text("utf-8")
    counted_page = counted.page(must, {name: found_in(name) for name in NAMES}, text)
    if os.environ.get("UPDATE_CORPUS"):
        PAGE.write_text(counted_page, "utf-8", newline="\n")
    assert PAGE.read_text("utf-8") == counted_page
