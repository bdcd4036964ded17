"""The page of the lab's scenarios: what each publishes about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.generate import docstring

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario

INTRODUCTION = """\
# Scenarios of the lab

What `pinsmith lab run` puts a client through, each with what a correct pinner does: *accept* (it gets its answer),
*refuse* (it fails, and the server reads not one byte) or *withhold* (however it ends, the rogue reads not one byte).
Profile *leaf* leaves out what a client cannot pass that compares the leaf's key alone. See [](../lab.md).
"""


def page() -> str:
    """Show a table of all, then each."""
    from pinsmith.lab.scenarios import SCENARIOS

    rows = [f"| [](#{each.id}) | {each.title} | {each.expected} |" for each in SCENARIOS]
    table = "\n".join(["| scenario | | expected |", "| - | - | - |", *rows])
    return "\n".join([INTRODUCTION, f"{table}\n", *map(_section, SCENARIOS)])


def _section(scenario: Scenario) -> str:
    facts = [
        f"* expected: {scenario.expected}",
        f"* profiles: {', '.join(sorted(scenario.profiles))}",
        f"* keys: {', '.join(scenario.keys)}",
        *([f"* needs: {', '.join(sorted(scenario.needs))}"] if scenario.needs else []),
        *([f"* protocol: {scenario.protocol}"] if scenario.protocol != "https" else []),
        f"* a client that fails does not {scenario.lacks}",
        f"* source: {scenario.source}",
    ]
    body = docstring.to_markdown(scenario.description)
    return f"({scenario.id})=\n\n## {scenario.id}\n\n{body}\n\n" + "\n".join(facts) + "\n"
