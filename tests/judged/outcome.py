"""What came of a subject, as data: written down in expected.toml, compared by the tests, printed on the page."""

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
# What every subject is known to fail: scenario = verdict, or a verdict for each kind of key.
# Written by `python -m tests.judged`; read the difference: each line is a claim about a client of somebody else.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """One scenario that a subject fails; *key* is None if it does so with both kinds of key."""

    scenario: Scenario
    verdict: ClientVerdict
    key: KeyKind | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    All that came of one subject.

    Attributes:
        subject: Who.
        trials: One for each scenario and kind of key, skipped ones too.
    """

    subject: Subject
    trials: tuple[Trial, ...]

    @property
    def tried(self) -> list[Trial]:
        """The trials that took place."""
        return [each for each in self.trials if each.verdict != "skipped"]

    @property
    def failed(self) -> list[Trial]:
        """The trials that speak against the client."""
        return [each for each in self.tried if each.verdict != "pass"]

    @property
    def skipped(self) -> Counter[str]:
        """How many trials did not apply, by reason."""
        return Counter(each.reason for each in self.trials if each.verdict == "skipped")

    def failures(self) -> list[Failure]:
        """List what it fails, a scenario at a time, in the order of the lab."""
        found: list[Failure] = []
        for scenario in dict.fromkeys(each.scenario for each in self.failed):
            tried = [each for each in self.tried if each.scenario is scenario]
            if len(tried) > 1 and len({each.verdict for each in tried}) == 1:
                found.append(Failure(scenario, tried[0].verdict, None))
            else:
                found += [Failure(scenario, each.verdict, each.key) for each in tried if each.verdict != "pass"]
        return found

    def as_expectation(self) -> dict[str, str]:
        """Return its failures as they are written down."""
        return {_name(failure): failure.verdict for failure in self.failures()}


def _name(failure: Failure) -> str:
    return failure.scenario.id if failure.key is None else f"{failure.scenario.id}/{failure.key}"


def read() -> dict[str, dict[str, str]]:
    """Read what is expected, by subject."""
    return tomllib.loads(EXPECTED.read_text("utf-8"))


def document(expected: Mapping[str, Mapping[str, str]]) -> str:
    """Write down what is expected."""
    lines = [_NOTE.rstrip()]
    for subject, failures in expected.items():
        lines += ["", f"[{subject}]", *_lines(failures.items())]
    return "\n".join(lines) + "\n"


def _lines(failures: Iterable[tuple[str, str]]) -> list[str]:
    return [f'{name if "/" not in name else f"{chr(34)}{name}{chr(34)}"} = "{verdict}"' for name, verdict in failures]
