"""The lab commands choose and show scenarios with these functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith._closest import closest
from pinsmith.cli._output import Mark
from pinsmith.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.cli._output import Line
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.run import Plan
    from pinsmith.lab.scenario import Scenario


def chosen(ids: Sequence[str]) -> tuple[Scenario, ...]:
    """
    Find the scenarios that the user named.

    Raises:
        UsageError: If there is no scenario of that name.
    """
    from pinsmith.lab.scenarios import SCENARIOS

    known = {scenario.id: scenario for scenario in SCENARIOS}
    for name in ids:
        if name not in known:
            near = closest(name, known)
            hint = f"did you mean {near}?" if near else "`pinsmith lab list` shows them all"
            raise UsageError(f"there is no scenario {name!r}", hint=hint)
    return tuple(known[name] for name in dict.fromkeys(ids))


def key_kinds(texts: Sequence[str]) -> tuple[KeyKind, ...]:
    """
    Read kinds of key.

    Raises:
        UsageError: If no scenario runs with one of them.
    """
    from pinsmith.lab.scenario import ALL_KEYS

    known = {str(kind): kind for kind in ALL_KEYS}
    for text in texts:
        if text not in known:
            raise UsageError(f"--key {text!r} is not one of {', '.join(map(repr, known))}")
    return tuple(known[text] for text in texts)


def require_named(ids: Sequence[str], planned: Plan) -> None:
    """
    Refuse to leave out a scenario that the user named, because that would look like a pass.

    Raises:
        UsageError: If one of *ids* cannot be tried.
    """
    left_out = next((trial for trial in planned.skipped if trial.scenario.id in ids), None)
    if left_out is not None:
        raise UsageError(f"--scenario {left_out.scenario.id!r} cannot be tried: {left_out.reason}")


def overview(scenarios: Sequence[Scenario]) -> Iterator[Line]:
    """Describe each scenario on one line."""
    width = max(len(scenario.id) for scenario in scenarios)
    for scenario in scenarios:
        yield [f"{scenario.id:{width}}  ", Mark(f"{scenario.expected:8}", "faint"), f"  {scenario.title}"]


def description(scenario: Scenario) -> Iterator[Line]:
    """Describe everything that is published about a scenario."""
    yield Mark(f"{scenario.id}: {scenario.title}", "strong")
    yield ""
    yield from scenario.plain_description.split("\n")
    yield ""
    yield f"expected: {scenario.expected}"
    yield f"keys:     {', '.join(scenario.keys)}"
    yield f"profiles: {', '.join(sorted(scenario.profiles))}"
    if scenario.needs:
        yield f"needs:    {', '.join(sorted(scenario.needs))}"
    yield f"source:   {scenario.source}"
    yield ""
