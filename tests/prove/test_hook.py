"""The hook of a generated client reports every mismatch, in the programs that set such a hook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.scenarios import leaf_pin, report_only, wrong_key
from tests.prove import dotnet, go, jsse, ktor, php, ruby, rust
from tests.prove.proving import overhear

if TYPE_CHECKING:
    from pinsmith.lab.scenario import Scenario
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]

_PRESENTED: Final = "reported: localhost presented no pinned key; presented: sha256/"
REPORTS: Final = {
    (*go.SUBJECTS, *rust.SUBJECTS): (_PRESENTED, _PRESENTED),
    (*dotnet.SUBJECTS, *jsse.SUBJECTS, *ktor.SUBJECTS[:1], *php.SUBJECTS, *ruby.SUBJECTS): (
        "reported: localhost, let pass",
        "reported: localhost, refused",
    ),
}
"""The report of a mismatch with report-only pins, and with enforced pins, by clients."""


@pytest.mark.parametrize(
    ("subject", "reports"),
    [(subject, reports) for subjects, reports in REPORTS.items() for subject in subjects],
    ids=lambda value: getattr(value, "id", ""),
)
def test_a_hook_reports_each_mismatch(subject: Subject, reports: tuple[str, str]) -> None:
    """A mismatch is reported once, with report-only pins and with enforced pins, and a match is not reported."""
    assert [line[: len(reports[0])] for line in _heard(subject, report_only.SCENARIO)] == [reports[0]]
    assert [line[: len(reports[1])] for line in _heard(subject, wrong_key.SCENARIO)] == [reports[1]]
    assert _heard(subject, leaf_pin.SCENARIO) == []


def _heard(subject: Subject, scenario: Scenario) -> list[str]:
    trial, heard = overhear(subject, scenario)
    assert trial.verdict == "pass", trial.reason
    return [line for line in heard if line.startswith("reported: ")]
