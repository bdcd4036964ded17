"""What the targets for .NET, PHP, Ruby and the shell claim beyond the lab's scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.scenarios import leaf_pin, report_only, wrong_key
from tests.prove import dotnet, php, ruby, shell
from tests.prove.proving import overhear, prove_claims

if TYPE_CHECKING:
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1200)]

HOOKED: Final = (*dotnet.SUBJECTS, *php.SUBJECTS, *ruby.SUBJECTS)
# They refuse by the URL, before they dial.
EARLY: Final = (*php.SUBJECTS, *shell.SUBJECTS)
DEMANDED: Final = {"demanded-pins-none", "demanded-pins-ended"}


@pytest.mark.parametrize("subject", [*HOOKED, *shell.SUBJECTS], ids=lambda subject: subject.id)
def test_what_a_target_claims_is_true(subject: Subject) -> None:
    """An exempt host is let be, a host's own pins replace its parent's, and no spelling of a name evades them."""
    proof = prove_claims(subject)
    early = {each.scenario.id for each in proof.failed if each.reason.startswith("it never began to talk")}
    assert early == (DEMANDED if subject in EARLY else set())
    told = [f"{each.scenario.id}: {each.reason}" for each in proof.failed if each.scenario.id not in early]
    assert not told, "\n".join(told)
    tried = {each.scenario.id for each in proof.tried}
    assert tried >= {*DEMANDED, "exempt-host", "exempt-host-below", "own-pins-reaching-below", "final-dot"}


@pytest.mark.parametrize("subject", HOOKED, ids=lambda subject: subject.id)
def test_its_hook_is_told_of_each_mismatch(subject: Subject) -> None:
    """Whoever asks to be told hears of pins that only report, and of those that refuse; of a match he hears nothing."""
    told = {
        report_only.SCENARIO: ["told: localhost, let pass"],
        wrong_key.SCENARIO: ["told: localhost, refused"],
        leaf_pin.SCENARIO: [],
    }
    for scenario, expected in told.items():
        trial, heard = overhear(subject, scenario)
        assert trial.verdict == "pass"
        assert [line for line in heard if line.startswith("told: ")] == expected
