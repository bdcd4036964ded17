# ruff: noqa: T201 - a program prints
"""
Break each guard in turn, in a copy of the package; a test must fail each time.

``python -m tests.mutation [WORD...]`` runs the mutants whose hole or description contains one of the words. Without
words it runs all. Exit code 1 means that a mutant survived, did not run, or no longer fits the source.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutation.client import CLIENT_MUTANTS
from tests.mutation.connection import CONNECTION_MUTANTS
from tests.mutation.decision import DECISION_MUTANTS
from tests.mutation.formats import FORMAT_MUTANTS
from tests.mutation.lab import LAB_MUTANTS
from tests.mutation.mutant import Mutant, run
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
)
_WORKERS = 2


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
    with tempfile.TemporaryDirectory(prefix="pinsmith-mutation-") as scratch, ThreadPoolExecutor(_WORKERS) as pool:
        folders = [Path(scratch) / str(number) for number in range(len(chosen) + 1)]
        # The same tests must pass on the unbroken package, because otherwise a failing test proves nothing.
        control = pool.submit(run, None, tuple(sorted({mutant.tests[0] for mutant in chosen})), folders[-1])
        outcomes = list(pool.map(_attempt, chosen, folders))
        sound = control.result()
    for mutant, (outcome, _) in zip(chosen, outcomes, strict=True):
        print(f"{outcome:<9} {mutant.hole:<10} {mutant.what}")
    bad = [(mutant.what, text) for mutant, (outcome, text) in zip(chosen, outcomes, strict=True) if outcome != "killed"]
    if sound[0] != "SURVIVED":
        bad.append(("the tests fail on the unbroken package", sound[1]))
    for what, text in bad:
        print(f"\n{what}:\n{text}")
    print(f"\n{len(chosen)} mutants, {len(bad)} not killed, {time.monotonic() - start:.0f} s")
    return 1 if bad else 0


def _attempt(mutant: Mutant, folder: Path) -> tuple[str, str]:
    try:
        return run(mutant, mutant.tests, folder)
    except ValueError as error:
        return "BROKEN", str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
