# ruff: noqa: T201 - a program prints
"""
Prove every client of generated code, and write the results to docs/proof.md; read the difference.

``python -m tests.prove WORD...`` proves only the clients whose id contains one of the words. It prints the trials that
they fail or skip, and writes nothing. The word ``guides`` writes docs/guides-compared.md.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

from tests.prove import page
from tests.prove.family import SUBJECTS
from tests.prove.guides import family as guides, page as guides_page
from tests.prove.proving import prove


def main(words: list[str]) -> int:
    """Prove the clients, print and write the results; return the exit code."""
    if not words or "guides" in words:
        _write_guides()
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
        page.README.write_text(page.readme(page.README.read_text("utf-8"), proofs), "utf-8", newline="\n")
    return 3 if any(proof.failed for proof in proofs) else 0


def _write_guides() -> None:
    compared = guides.found()
    for guide, failed in compared:
        print(f"{guide.id}: {', '.join(failed) or 'not run'}")
    guides_page.PAGE.write_text(guides_page.page(compared), "utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
