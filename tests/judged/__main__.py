# ruff: noqa: T201 - a program prints
"""
Judge every client, and write the results to expected.toml and docs/lab-results.md; read the difference.

``python -m tests.judged [WORD...]`` judges only the clients whose id contains one of the words. It prints the trials
that they fail, and writes nothing.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import zip_longest

from tests.judged import outcome, page
from tests.judged.family import SUBJECTS
from tests.judged.judging import judge, prepare
from tests.judged.subject import versions


def main(words: list[str]) -> int:
    """Judge the clients, print and write the results; return the exit code."""
    outcomes = []
    chosen = [subject for subject in SUBJECTS if not words or any(word in subject.id for word in words)]
    for subject, following in zip_longest(chosen, chosen[1:]):
        subject.require_tools()
        for upcoming in filter(None, (subject, following)):
            prepare(upcoming)
        outcomes.append(outcome.Outcome(subject, tuple(judge(subject))))
        print(f"{subject.id}: {len(outcomes[-1].failed)} of {len(outcomes[-1].tried)} trials failed", flush=True)
        if words:
            for trial in outcomes[-1].failed:
                print(f"  {trial.verdict:22} {trial.scenario.id} ({trial.key}): {trial.reason}")
    if not words:
        expected = {result.subject.id: result.as_expectation() for result in outcomes}
        outcome.EXPECTED.write_text(outcome.document(expected), "utf-8")
        today = datetime.now(tz=UTC).date()
        page.PAGE.write_text(page.page(outcomes, versions(), today), "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
