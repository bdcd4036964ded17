# ruff: noqa: T201 - a program prints
"""
Prove every client of generated code, and write docs/proof.md from it. Read the difference.

``python -m tests.prove WORD...`` proves only those whose id holds a word, prints what they fail and what was skipped,
and writes nothing.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from tests.prove import page
from tests.prove.family import SUBJECTS
from tests.prove.proving import prove


def main(words: list[str]) -> int:
    """Prove, print, write; return the exit code."""
    proofs = []
    for subject in SUBJECTS:
        if words and not any(word in subject.id for word in words):
            continue
        for tool in subject.tools:
            tool.find()
        began = time.monotonic()
        proof = prove(subject)
        proofs.append(proof)
        seconds = time.monotonic() - began
        print(f"{subject.id}: {len(proof.failed)} of {len(proof.tried)} trials failed ({seconds:.0f} s)", flush=True)
        for trial in (*proof.failed, *proof.excused):
            print(f"  {trial.verdict:22} {trial.scenario.id} ({trial.key}): {trial.reason}")
        for reason, count in proof.skipped.items():
            print(f"  skipped ({count}): {reason}")
    if not words:
        page.PAGE.write_text(page.page(proofs, datetime.now(tz=UTC).date()), "utf-8", newline="\n")
    return 3 if any(each.failed for each in proofs) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
