"""Collect the results of a client as data: stored in expected.toml, compared by the tests, printed on the page."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.scenario import Scenario
    from pinsmith.lab.trial import ClientVerdict, Trial
    from tests.judged.subject import Subject

EXPECTED: Final = Path(__file__).parent / "expected.toml"
_NOTE: Final = """\
# The trials that each client is known to fail: scenario = verdict, or scenario/key = verdict if its keys differ.
# Written by `python -m tests.judged`; read the difference, because each line is a claim about somebody else's client.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """A scenario that a client fails; *key* is None if both kinds of key give the same verdict."""

    scenario: Scenario
    verdict: ClientVerdict
    key: KeyKind | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    All results of one client.

    Attributes:
        subject: The client.
        trials: A trial for each scenario and kind of key, including the skipped ones.
    """

    subject: Subject
    trials: tuple[Trial, ...]

    @property
    def tried(self) -> list[Trial]:
        """The trials that took place."""
        return [trial for trial in self.trials if trial.verdict != "skipped"]

    @property
    def failed(self) -> list[Trial]:
        """The trials that the client did not pass."""
        return [trial for trial in self.tried if trial.verdict != "pass"]

    @property
    def skipped(self) -> Counter[str]:
        """The number of trials that did not apply, by reason."""
        return Counter(trial.reason for trial in self.trials if trial.verdict == "skipped")

    def failures(self) -> list[Failure]:
        """List the failures of the client, grouped by scenario, in the order of the lab."""
        found: list[Failure] = []
        for scenario in dict.fromkeys(trial.scenario for trial in self.failed):
            tried = [trial for trial in self.tried if trial.scenario is scenario]
            if len(tried) > 1 and len({trial.verdict for trial in tried}) == 1:
                found.append(Failure(scenario, tried[0].verdict, None))
            else:
                found += [Failure(scenario, trial.verdict, trial.key) for trial in tried if trial.verdict != "pass"]
        return found

    def as_expectation(self) -> dict[str, str]:
        """Return the failures as expected.toml stores them."""
        return {_name(failure): failure.verdict for failure in self.failures()}


def _name(failure: Failure) -> str:
    return failure.scenario.id if failure.key is None else f"{failure.scenario.id}/{failure.key}"


def read() -> dict[str, dict[str, str]]:
    """Read the expected failures, by the id of the client."""
    return tomllib.loads(EXPECTED.read_text("utf-8"))


def document(expected: Mapping[str, Mapping[str, str]]) -> str:
    """Return the text of expected.toml."""
    lines = [_NOTE.rstrip()]
    for subject, failures in expected.items():
        lines += ["", f"[{subject}]", *_lines(failures.items())]
    return "\n".join(lines) + "\n"


def _lines(failures: Iterable[tuple[str, str]]) -> list[str]:
    return [f'{name if "/" not in name else f"{chr(34)}{name}{chr(34)}"} = "{verdict}"' for name, verdict in failures]
