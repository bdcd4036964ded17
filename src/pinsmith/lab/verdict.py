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
    """Whether *trial* says nothing against the client."""
    return trial.verdict in {"pass", "skipped"}


def lacks_control(trials: Iterable[Trial]) -> bool:
    """Whether rogues were refused, but no good server was taken: who refuses everything proves nothing."""
    passed = {each.expected for each in trials if each.verdict == "pass"}
    return bool(passed) and "accept" not in passed


def tally(trials: Sequence[Trial]) -> str:
    """Say how many trials failed: ``3 of 40 trials``."""
    tried = sum(each.verdict != "skipped" for each in trials)
    return f"{sum(not is_fine(each) for each in trials)} of {tried} trials"


def lacks(trials: Iterable[Trial]) -> list[str]:
    """Say what the client lacks, a line for each scenario it fails; and of which scenarios nothing is known."""
    failed = [each for each in trials if not is_fine(each)]
    lacking = dict.fromkeys(each.scenario for each in failed if each.verdict != "unproven")
    unknown: dict[str, dict[str, None]] = {}
    for each in failed:
        if each.verdict == "unproven" and each.scenario not in lacking:
            unknown.setdefault(each.reason.partition(";")[0], {})[each.scenario.id] = None
    return [
        *(f"it does not {scenario.lacks} ({scenario.id})" for scenario in lacking),
        *(f"{reason}, so nothing is known about it ({', '.join(ids)})" for reason, ids in unknown.items()),
    ]


def advice(trials: Sequence[Trial], profile: str) -> str:
    """Say what to do next; there must be a failure."""
    failed = [each for each in trials if not is_fine(each)]
    if profile == "chain" and all("leaf" not in each.scenario.profiles for each in failed):
        return "it looks at the leaf's key alone; `--profile leaf` judges it as what it is"
    if all(each.verdict == "unproven" for each in failed):
        return "see that the client fetches {url}, and that it exits with 0 only after it got the answer"
    return f"`pinsmith lab list {failed[0].scenario.id}` describes the first of them"
