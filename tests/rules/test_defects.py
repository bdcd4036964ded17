"""Lint finds every defect that it promises to find, is quiet otherwise, and a page shows how often it is right."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats import NOTES
from pinsmith.rules import PIN_RULES
from tests.meta import source
from tests.rules import measured
from tests.rules.defects import DEFECTS, GOOD, MISSED

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rules.measured import Measured

PAGE: Final[Path] = source.ROOT / "docs" / "lint-measured.md"


@pytest.mark.parametrize("defect", DEFECTS)
def test_every_defect_is_found(defect: str) -> None:
    """The rule that belongs to a defect finds it, and gives the reason."""
    file, rule, *words = DEFECTS[defect]
    found = measured.found(file)
    assert [one for one in found if one[0] == rule and all(word in one[1] for word in words)], found


@pytest.mark.parametrize("name", GOOD)
def test_the_same_files_without_a_defect_are_quiet(name: str) -> None:
    """Without a defect, the files from which those with defects are made have no finding."""
    assert [found for found in measured.found(GOOD[name]) if found[0] != "unknown-format"] == []


@pytest.mark.parametrize("defect", MISSED)
def test_a_defect_that_is_missed_stands_on_the_page(defect: str) -> None:
    """The page lists what lint misses, so a defect that lint learns to find must leave the list."""
    file, rule, why = MISSED[defect]
    assert rule not in {found for found, _ in measured.found(file)}
    assert f"* {defect} (`{rule}`): {why}" in PAGE.read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def results() -> Measured:
    """Lint all files once."""
    return measured.measure()


def test_every_rule_is_measured(results: Measured) -> None:
    """Each rule about pins, and each severe note of a reader that lint shows, has a file in which it must be found."""
    severe = {rule for rule, (severity, _) in NOTES.items() if severity >= measured.SEVERE} - measured.NOT_OF_LINT
    assert {rule.id for rule in PIN_RULES} | severe <= results.bad.keys()


def test_the_page_shows_what_was_measured(results: Measured) -> None:
    """The table of the documentation is that of today. UPDATE_CORPUS=1 writes it anew; then read the difference."""
    if os.environ.get("UPDATE_CORPUS"):
        PAGE.write_text(measured.page(results, PAGE.read_text("utf-8")), "utf-8", newline="\n")
    assert PAGE.read_text("utf-8") == measured.page(results, PAGE.read_text("utf-8"))
