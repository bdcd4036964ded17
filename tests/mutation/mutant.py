"""Break one guard in a copy of the package, and run the tests that must notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "pinsmith"
Outcome = Literal["killed", "SURVIVED", "BROKEN"]
_FAILED, _PASSED = 1, 0  # exit codes of pytest


@dataclass(frozen=True)
class Mutant:
    """
    A change of source text that reintroduces a hole.

    Attributes:
        hole: The hole: H1 to H8 of the threat model, or a word.
        what: A clause that describes what is broken.
        file: The file, relative to src/pinsmith.
        old: Text that must occur there exactly once; if it does not, the mutant is reported as broken.
        new: The text that replaces it.
        tests: Arguments of pytest: files below tests/, perhaps with ``-k``.
    """

    hole: str
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def source(self) -> str:
        """
        Return the mutated file.

        Raises:
            ValueError: if the text to replace does not occur exactly once.
        """
        text = (PACKAGE / self.file).read_text("utf-8")
        count = text.count(self.old)
        if count != 1:
            raise ValueError(f"{self.what}: the text to replace occurs {count} times in {self.file}")
        return text.replace(self.old, self.new)


def run(mutant: Mutant | None, tests: tuple[str, ...], folder: Path) -> tuple[Outcome, str]:
    """
    Run *tests* against a mutated copy of the package in *folder*.

    Returns:
        The outcome, and the last lines that pytest printed. Without a mutant, the outcome must be "SURVIVED".
    """
    shutil.copytree(PACKAGE, folder / "pinsmith", ignore=shutil.ignore_patterns("__pycache__"))
    if mutant is not None:
        (folder / "pinsmith" / mutant.file).write_text(mutant.source(), "utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-x",
            "-q",
            "--thorough",
            "-p",
            "no:cacheprovider",
            "--hypothesis-seed",
            "0",  # so that a mutant dies in every run or in none
            "--timeout",
            "30",
            "--tb",
            "line",
            *tests,
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    last = "\n".join(done.stdout.strip().splitlines()[-3:])
    if done.returncode == _PASSED:
        return "SURVIVED", last
    return ("killed" if done.returncode == _FAILED else "BROKEN"), last + done.stderr
