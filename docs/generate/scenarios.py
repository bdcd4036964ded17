"""The page of the lab's scenarios, with the facts that each scenario publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.generate import docstring

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario

INTRODUCTION = """\
# Scenarios of the lab

`pinsmith lab run` runs a client through these scenarios. Each names the behaviour of a client that pins correctly:
*accept* (it gets its answer), *refuse* (it fails, and the server reads no byte) or *withhold* (however it ends, the
rogue reads no byte). The profile *leaf* omits scenarios that a client which compares only the leaf's key cannot pass.
See [](../lab.md).
"""


def page() -> str:
    """Show a table of all scenarios, and then each of them."""
    from pinsmith.lab.scenarios import SCENARIOS

    rows = [f"| [](#{scenario.id}) | {scenario.title} | {scenario.expected} |" for scenario in SCENARIOS]
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
