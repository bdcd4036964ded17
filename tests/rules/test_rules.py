"""Every rule finds its bad example, finds nothing in its good one, and is quiet about files that are right."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.rules import RULES, Persona, lint, read

if TYPE_CHECKING:
    from pinsmith.finding import Finding
    from pinsmith.rules._rule import PinnedFile, Rule

TODAY: Final = date(2027, 1, 1)
IDS: Final = [rule.id for rule in RULES]


def _files(rule: Rule, text: str) -> list[PinnedFile]:
    """Read an example, and the pin file that stands beside it."""
    example = rule.example
    contents = {example.name: text} | ({"pins.toml": example.beside} if example.beside else {}) | dict(example.more)
    return [read(content.encode("utf-8"), name, today=TODAY) for name, content in contents.items()]


def _lint(rule: Rule, text: str) -> list[Finding]:
    return lint(_files(rule, text), RULES, persona=Persona.AUDITOR)


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_the_bad_example_has_one_finding(rule: Rule) -> None:
    """The bad example of a rule has one finding: of that rule, with a line, a fix, and the host of the pins."""
    (found,) = _lint(rule, rule.example.bad)
    assert (found.rule, found.severity) == (rule.id, rule.severity)
    assert found.place is not None
    assert str(found.place).startswith(f"{rule.example.name}:")
    if rule.inspect is None:
        assert found.host
        assert found.message.startswith(f"{found.host}: ")
    assert found.fix
    assert "HOST" not in found.fix
    about_releases = rule.example.name == "pins.releases.toml"
    assert [f"{cohort.app} {cohort.version} ({cohort.share}% of users) {cohort.why}" for cohort in found.cohorts] == (
        [found.message.removeprefix(f"{found.host}: ")] if about_releases else []
    )


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_the_good_example_has_none(rule: Rule) -> None:
    """The good example of a rule has no finding of any rule, even for an auditor."""
    assert _lint(rule, rule.example.good) == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.persona > Persona.REGULAR], ids=lambda rule: rule.id)
def test_rules_of_later_personas_are_left_out(rule: Rule) -> None:
    """A rule for auditors or pedants finds nothing for those before them."""
    files = _files(rule, rule.example.bad)
    for persona in Persona:
        assert bool(lint(files, [rule], persona=persona)) == (persona >= rule.persona)
