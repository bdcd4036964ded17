"""A scenario that this machine cannot run is skipped with a reason, and never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab import run
from pinsmith.lab.scenarios import SCENARIOS

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario

NEEDING = {"h2", "pyopenssl"}
PLAYED = [scenario for scenario in SCENARIOS if scenario.needs & NEEDING]


@pytest.mark.parametrize("chosen", [(), tuple(PLAYED)], ids=["all", "those chosen"])
def test_without_the_extra_its_scenarios_are_skipped(
    monkeypatch: pytest.MonkeyPatch, chosen: tuple[Scenario, ...]
) -> None:
    """The reason names the extra to install, also if the scenarios were chosen by name."""
    monkeypatch.setattr(run, "find_spec", lambda _: None)
    planned = run.plan(chosen=chosen)
    skipped = {trial.scenario.id: trial.reason for trial in planned.skipped if trial.scenario.needs & NEEDING}
    assert skipped == {scenario.id: "it needs pinsmith[lab]" for scenario in PLAYED}
    assert not {scenario.id for scenario, _ in planned.trials} & set(skipped)


def test_with_the_extra_its_scenarios_run() -> None:
    """With the extra installed, none of its scenarios is skipped."""
    assert {played.id for played in PLAYED} <= {scenario.id for scenario, _ in run.plan().trials}


def test_renegotiation_is_one_of_them() -> None:
    """Of all scenarios, only renegotiation needs pyOpenSSL."""
    assert [scenario.id for scenario in SCENARIOS if "pyopenssl" in scenario.needs] == ["renegotiation"]
