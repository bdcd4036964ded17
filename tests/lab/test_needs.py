"""A scenario that this machine cannot play is skipped with a reason, and never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab import run
from pinsmith.lab.scenarios import SCENARIOS

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario

NEEDING = {"h2", "pyopenssl"}
PLAYED = [each for each in SCENARIOS if each.needs & NEEDING]


@pytest.mark.parametrize("chosen", [(), tuple(PLAYED)], ids=["all", "those chosen"])
def test_without_the_extra_its_scenarios_are_skipped(
    monkeypatch: pytest.MonkeyPatch, chosen: tuple[Scenario, ...]
) -> None:
    """Chosen or not: the reason says what to install."""
    monkeypatch.setattr(run, "find_spec", lambda _: None)
    planned = run.plan(chosen=chosen)
    skipped = {each.scenario.id: each.reason for each in planned.skipped if each.scenario.needs & NEEDING}
    assert skipped == {each.id: "it needs pinsmith[lab]" for each in PLAYED}
    assert not {scenario.id for scenario, _ in planned.trials} & set(skipped)


def test_with_it_they_are_played() -> None:
    """The control."""
    assert {each.id for each in PLAYED} <= {scenario.id for scenario, _ in run.plan().trials}


def test_renegotiation_is_one_of_them() -> None:
    """And the only one that needs pyOpenSSL."""
    assert [each.id for each in SCENARIOS if "pyopenssl" in each.needs] == ["renegotiation"]
