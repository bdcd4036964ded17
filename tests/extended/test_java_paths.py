"""Java's own trust manager trusts a server exactly if pinsmith finds a path, unless the root has ended."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import pytest

from pinsmith.paths import find_store, paths
from tests.extended.android.platform import javas
from tests.paths.pki import ca, leaf, store
from tests.paths.tangle import Tangle, draw, root_of

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
PROGRAM: Final = Path(__file__).parent / "java" / "Trust.java"
SEED: Final = 56
TANGLES: Final = 300


@pytest.fixture(params=["oldest", "newest"])
def java(request: pytest.FixtureRequest) -> Path:
    """Return the folder of the oldest or the newest JDK of this machine."""
    homes = javas()
    assert homes, "no JDK is installed: apt-get install default-jdk-headless"
    return homes[min(homes) if request.param == "oldest" else max(homes)]


def _ask(java: Path, folder: Path, tangles: list[Tangle]) -> list[str]:
    lines = []
    for number, tangle in enumerate(tangles):
        chain, trust = folder / f"{number}.chain", folder / f"{number}.trust"
        chain.write_text("".join(map(ssl.DER_cert_to_PEM_cert, tangle.sent)), "ascii")
        trust.write_text("".join(map(ssl.DER_cert_to_PEM_cert, tangle.roots)), "ascii")
        lines.append(f"{chain}\t{trust}\n")
    done = subprocess.run(
        [java / "bin" / "java", PROGRAM], input="".join(lines), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout.splitlines()


def test_java_trusts_what_pinsmith_finds(java: Path, tmp_path: Path) -> None:
    """On drawn tangles of cross-signs, a certain answer of pinsmith is that of Java."""
    random = Random(SEED)  # noqa: S311 - it draws examples
    tangles = [draw(random) for _ in range(TANGLES)]
    at = datetime.now(UTC)
    ours = [paths(tangle.sent, replace(store(*tangle.roots), anchor_dates="unknown"), at=at) for tangle in tangles]
    differing = [
        f"{found.answer} here, {answer} there: {tangle.text}"
        for found, answer, tangle in zip(ours, _ask(java, tmp_path, tangles), tangles, strict=True)
        if found.answer != "unknown" and (found.answer == "yes") != (answer == "accept")
    ]
    assert differing == []
    assert [found.answer for found in ours].count("yes") > TANGLES / 10


def test_a_root_that_has_ended_depends_on_what_was_sent(java: Path, tmp_path: Path) -> None:
    """Java accepts an ended root above a chain in order, but not with an extra certificate, where it builds a path."""
    chain, roots = (leaf("CA A"), ca("CA A", "CA B")), (root_of("CA B", "ended"),)
    answers = _ask(java, tmp_path, [Tangle(chain, roots, ""), Tangle((*chain, ca("CA C", "CA D")), roots, "")])
    assert ["accept" if answer == "accept" else "refuse" for answer in answers] == ["accept", "refuse"]
    assert find_store("java-17").anchor_dates == "unknown"
