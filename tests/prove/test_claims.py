"""What the targets for Go and Rust claim beyond the lab's scenarios: addresses, exempt hosts, pins demanded of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.formats import find
from pinsmith.lab.scenarios import leaf_pin, report_only, wrong_key
from tests.prove import go, rust
from tests.prove.proving import overhear, prove_claims

if TYPE_CHECKING:
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]

EACH = pytest.mark.parametrize("subject", [*go.SUBJECTS, *rust.SUBJECTS], ids=lambda subject: subject.id)


@EACH
def test_what_a_target_claims_is_true(subject: Subject) -> None:
    """An exempt host is let be, a host's own pins replace its parent's, and no spelling of a name evades them."""
    proof = prove_claims(subject)
    told = [f"{each.scenario.id}: {each.verdict}: {each.reason}" for each in proof.failed]
    assert not told, "\n".join(told)
    tried = {each.scenario.id for each in proof.tried}
    assert tried >= {"demanded-pins-none", "exempt-host", "exempt-host-below", "own-pins-reaching-below", "final-dot"}
    assert ("address-127.0.0.1-rogue" in tried) is find(subject.target).can.addresses


@EACH
def test_its_hook_is_told_of_each_mismatch(subject: Subject) -> None:
    """Whoever asks to be told hears of pins that only report, and of those that refuse; of a match he hears nothing."""
    for scenario in (report_only.SCENARIO, wrong_key.SCENARIO):
        trial, heard = overhear(subject, scenario)
        assert trial.verdict == "pass"
        assert [line for line in heard if line.startswith("told: localhost presented no pinned key, but [sha256/")]
    trial, heard = overhear(subject, leaf_pin.SCENARIO)
    assert trial.verdict == "pass"
    assert not heard
