"""
Every scenario of the lab, in the order in which they are run and listed.

A new one is one file, one line here, and its right and its wrong client in ``tests/lab/scenarios``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenarios import leaf_appended, leaf_pin, redirect_to_rogue, wrong_key

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = (
    leaf_pin.SCENARIO,
    wrong_key.SCENARIO,
    leaf_appended.SCENARIO,
    redirect_to_rogue.SCENARIO,
)
