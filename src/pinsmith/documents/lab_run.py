"""The documents of ``pinsmith lab run``: JSON, and JUnit and SARIF for CI."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.document import Versioned
from pinsmith.documents.junit import Case, junit
from pinsmith.documents.page import page_of_scenario
from pinsmith.documents.sarif import Rule, sarif
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.lab.verdict import WORDS, is_fine, lacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.lab.trial import Trial


class TrialOut(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario with one kind of key; ``outcome`` is null if it was skipped."""

    id: str
    key: str
    expected: str
    outcome: str | None
    bytes_received: int
    seconds: float
    verdict: str
    reason: str


class RunDocument(Versioned, frozen=True, kw_only=True):
    """``pinsmith lab run --format json -- CLIENT``."""

    ok: bool
    profile: str
    scenarios: list[TrialOut]


def run_document(trials: Sequence[Trial], profile: str) -> RunDocument:
    """Describe *trials*."""
    return RunDocument(
        ok=all(map(is_fine, trials)),
        profile=profile,
        scenarios=[
            TrialOut(
                id=trial.scenario.id,
                key=trial.key,
                expected=trial.expected,
                outcome=trial.outcome,
                bytes_received=trial.bytes_received,
                seconds=round(trial.seconds, 3),
                verdict=trial.verdict,
                reason=trial.reason,
            )
            for trial in trials
        ],
    )


def run_junit(trials: Sequence[Trial]) -> str:
    """Write *trials* as JUnit XML, one test case for a trial."""
    return junit("lab run", [_case(trial) for trial in trials])


def _case(trial: Trial) -> Case:
    case = Case(f"{trial.scenario.id} ({trial.key})", seconds=trial.seconds)
    if trial.verdict == "skipped":
        return replace(case, result="skipped", message=trial.reason)
    if is_fine(trial):
        return case
    details = (trial.reason, *lacks([trial]))
    return replace(case, result="failure", message=WORDS[trial.verdict], kind=trial.verdict, details=details)


def run_sarif(trials: Sequence[Trial], client: str) -> bytes:
    """Write the failures of *trials* as SARIF: a rule for each scenario, a result in *client* for each failed trial."""
    rules = [
        Rule(
            scenario.id,
            scenario.title,
            f"A client that fails this scenario does not {scenario.lacks}.",
            scenario.description,
            page_of_scenario(scenario.id),
        )
        for scenario in dict.fromkeys(trial.scenario for trial in trials)
    ]
    return sarif([_finding(trial, client) for trial in trials if not is_fine(trial)], rules)


def _finding(trial: Trial, client: str) -> Finding:
    message = f"{trial.key}: {WORDS[trial.verdict]}: {trial.reason}"
    return Finding(trial.scenario.id, Severity.HIGH, FilePlace(client), message)
