"""Whoever asks a generated client to tell of mismatches hears of each, in the programs that have such a hook set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.scenarios import leaf_pin, report_only, wrong_key
from tests.prove import dotnet, go, php, ruby, rust
from tests.prove.proving import overhear

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]

_PRESENTED: Final = "told: localhost presented no pinned key; presented: sha256/"
TOLD: Final = {
    (*go.SUBJECTS, *rust.SUBJECTS): (_PRESENTED, _PRESENTED),
    (*dotnet.SUBJECTS, *php.SUBJECTS, *ruby.SUBJECTS): ("told: localhost, let pass", "told: localhost, refused"),
}
"""By clients: what is told of pins that only report, and of those that refuse."""


@pytest.mark.parametrize(
    ("subject", "told"),
    [(subject, told) for subjects, told in TOLD.items() for subject in subjects],
    ids=lambda each: getattr(each, "id", ""),
)
def test_a_hook_is_told_of_each_mismatch(subject: Subject, told: tuple[str, str]) -> None:
    """It hears once of pins that only report, once of those that refuse; and of a match nothing."""
    assert [line[: len(told[0])] for line in _heard(subject, report_only.SCENARIO)] == [told[0]]
    assert [line[: len(told[1])] for line in _heard(subject, wrong_key.SCENARIO)] == [told[1]]
    trial, heard = overhear(subject, leaf_pin.SCENARIO)
    assert (trial.verdict, heard) == ("pass", [])


def _heard(subject: Subject, scenario: Scenario) -> list[str]:
    trial, heard = overhear(subject, scenario)
    assert trial.verdict == "pass", trial.reason
    return [line for line in heard if line.startswith("told: ")]
