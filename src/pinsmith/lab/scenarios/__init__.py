"""
Every scenario of the lab, in the order in which they are run and listed.

A new one is one file, one line here, and its right and its wrong client in ``tests/lab/scenarios``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.lab.scenarios import (
    chain_appended,
    expired_certificate,
    forged_issuer,
    intermediate_appended,
    leaf_appended,
    leaf_pin,
    not_yet_valid,
    redirect_to_rogue,
    self_signed_same_subject,
    wrong_key,
    wrong_name,
)

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = (
    leaf_pin.SCENARIO,
    wrong_key.SCENARIO,
    self_signed_same_subject.SCENARIO,
    leaf_appended.SCENARIO,
    intermediate_appended.SCENARIO,
    chain_appended.SCENARIO,
    forged_issuer.SCENARIO,
    wrong_name.SCENARIO,
    expired_certificate.SCENARIO,
    not_yet_valid.SCENARIO,
    redirect_to_rogue.SCENARIO,
)
