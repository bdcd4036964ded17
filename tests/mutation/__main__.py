# ruff: noqa: T201 - a program prints
"""
Break each guard in turn, in a copy of the package; a test must fail each time.

``python -m tests.mutation [WORD...]`` runs the mutants whose hole or description contains one of the words. Without
words it runs all. Exit code 1 means that a mutant survived, did not run, or no longer fits the source.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections import deque
from itertools import count
from pathlib import Path

from tests.mutation.client import CLIENT_MUTANTS
from tests.mutation.connection import CONNECTION_MUTANTS
from tests.mutation.decision import DECISION_MUTANTS
from tests.mutation.explaining import EXPLAIN_MUTANTS
from tests.mutation.formats import FORMAT_MUTANTS
from tests.mutation.lab import LAB_MUTANTS
from tests.mutation.mutant import Outcome, Run, import_shared
from tests.mutation.paths import PATH_MUTANTS
from tests.mutation.releases import RELEASE_MUTANTS
from tests.mutation.rotation import ROTATION_MUTANTS
from tests.mutation.sync import SYNC_MUTANTS

MUTANTS = (
    *CONNECTION_MUTANTS,
    *DECISION_MUTANTS,
    *CLIENT_MUTANTS,
    *FORMAT_MUTANTS,
    *SYNC_MUTANTS,
    *ROTATION_MUTANTS,
    *LAB_MUTANTS,
    *PATH_MUTANTS,
    *EXPLAIN_MUTANTS,
    *RELEASE_MUTANTS,
)
_AT_ONCE = 3  # a few mutants make a test wait


def main(words: list[str]) -> int:
    """Run the chosen mutants, print a table, return the exit code."""
    chosen = [
        mutant
        for mutant in MUTANTS
        if not words or any(word.lower() in f"{mutant.hole} {mutant.what}".lower() for word in words)
    ]
    if not chosen:
        print(f"no mutant has one of these words: {' '.join(words)}")
        return 1
    start = time.monotonic()
    import_shared()
    with tempfile.TemporaryDirectory(prefix="pinsmith-mutation-") as scratch:
        folders = (Path(scratch) / str(number) for number in count())
        # The same tests must pass on the unbroken package, because otherwise a failing test proves nothing.
        controls = [
            Run(tests, folder) for tests, folder in zip(sorted({m.tests for m in chosen}), folders, strict=False)
        ]
        runs = [Run(mutant.tests, folder, mutant) for mutant, folder in zip(chosen, folders, strict=False)]
        outcomes = _finish([*controls, *runs])
    bad = [
        (f"{' '.join(control.tests)} fails on the unbroken package", outcomes[control][1])
        for control in controls
        if outcomes[control][0] != "SURVIVED"
    ]
    for run, mutant in zip(runs, chosen, strict=True):
        outcome, text = outcomes[run]
        print(f"{outcome:<9} {mutant.hole:<10} {mutant.what}")
        if outcome != "killed":
            bad.append((mutant.what, text))
    for what, text in bad:
        print(f"\n{what}:\n{text}")
    print(f"\n{len(chosen)} mutants, {len(bad)} not killed, {time.monotonic() - start:.0f} s")
    return 1 if bad else 0


def _finish(runs: list[Run]) -> dict[Run, tuple[Outcome, str]]:
    """Run some at a time; this process has no threads, because it forks."""
    outcomes: dict[Run, tuple[Outcome, str]] = {}
    running: dict[int, Run] = {}
    waiting = deque(runs)
    while waiting or running:
        while waiting and len(running) < _AT_ONCE:
            run = waiting.popleft()
            try:
                running[run.start()] = run
            except ValueError as error:
                outcomes[run] = "BROKEN", str(error)
        if running:
            process, status = os.wait()
            run = running.pop(process)
            outcomes[run] = run.outcome(os.waitstatus_to_exitcode(status))
            shutil.rmtree(run.folder)
    return outcomes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
