"""The verdicts of the lab in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.lab.trial import ClientVerdict, Trial

WORDS: Final[dict[ClientVerdict, str]] = {
    "pass": "passes",
    "skipped": "was skipped",
    "accepts-a-rogue": "accepts a rogue",
    "leaks-before-refusing": "leaks the request before it refuses",
    "refuses-a-good-server": "refuses a good server",
    "hangs": "hangs",
    "unproven": "proves nothing",
}


def is_fine(trial: Trial) -> bool:
    """Say whether *trial* found no fault of the client."""
    return trial.verdict in {"pass", "skipped"}


def lacks_control(trials: Iterable[Trial]) -> bool:
    """Say whether rogues were refused, but no good server was accepted, which proves nothing."""
    passed = {trial.expected for trial in trials if trial.verdict == "pass"}
    return bool(passed) and "accept" not in passed


def tally(trials: Sequence[Trial]) -> str:
    """Return how many trials failed: ``3 of 40 trials``."""
    tried = sum(trial.verdict != "skipped" for trial in trials)
    return f"{sum(not is_fine(trial) for trial in trials)} of {tried} trials"


def lacks(trials: Iterable[Trial]) -> list[str]:
    """List what the client lacks, a line for each scenario that it fails, and the scenarios without a result."""
    failed = [trial for trial in trials if not is_fine(trial)]
    lacking = dict.fromkeys(trial.scenario for trial in failed if trial.verdict != "unproven")
    unknown: dict[str, dict[str, None]] = {}
    for trial in failed:
        if trial.verdict == "unproven" and trial.scenario not in lacking:
            unknown.setdefault(trial.reason.partition(";")[0], {})[trial.scenario.id] = None
    return [
        *(f"it does not {scenario.lacks} ({scenario.id})" for scenario in lacking),
        *(f"{reason}, so nothing is known about it ({', '.join(ids)})" for reason, ids in unknown.items()),
    ]


def advice(trials: Sequence[Trial], profile: str) -> str:
    """Return a hint for the next step. There must be a failure."""
    failed = [trial for trial in trials if not is_fine(trial)]
    if profile == "chain" and all("leaf" not in trial.scenario.profiles for trial in failed):
        return "the client compares only the key of the leaf; to judge it as such, pass `--profile leaf`"
    if all(trial.verdict == "unproven" for trial in failed):
        return "make sure that the client fetches {url}, and exits with 0 only after it got the response"
    return f"`pinsmith lab list {failed[0].scenario.id}` describes the first of them"
