"""Android's own trust manager trusts a server exactly if pinsmith finds a path, and ignores when a root has ended."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.paths import paths
from tests.extended.android.platform import PLATFORMS, Machine, Platform
from tests.extended.android.presented import NOTHING
from tests.paths.pki import HOST, store
from tests.paths.tangle import draw

if TYPE_CHECKING:
    from pathlib import Path

    from tests.paths.tangle import Tangle

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
SEED: Final = 56
TANGLES: Final = 300


@pytest.fixture(params=PLATFORMS, ids=lambda platform: f"android-{platform.name}", scope="module")
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Start a JVM with the classes of one version of Android."""
    platform: Platform = request.param
    return Machine(platform, tmp_path_factory.mktemp("classes"))


def _ask(machine: Machine, folder: Path, tangles: list[Tangle]) -> list[str]:
    """Ask the platform about each tangle, in an app of its own because an app remembers intermediates."""
    lines = []
    for number, tangle in enumerate(tangles):
        config, chain, trust = (folder / f"{number}.{kind}" for kind in ("xml", "chain", "trust"))
        config.write_text(NOTHING, "utf-8")
        chain.write_text("".join(map(ssl.DER_cert_to_PEM_cert, tangle.sent)), "ascii")
        trust.write_text("".join(map(ssl.DER_cert_to_PEM_cert, tangle.roots)), "ascii")
        lines.append(f"{config}\t{HOST}\t{chain}\t{trust}\n")
    return [line.split("\t")[0] for line in machine.run("harness.Chains", "".join(lines)).splitlines()]


def test_android_trusts_what_pinsmith_finds(machine: Machine, tmp_path: Path) -> None:
    """On drawn tangles of cross-signs, both trust the server or neither does."""
    random = Random(SEED)  # noqa: S311 - it draws examples
    tangles = [draw(random) for _ in range(TANGLES)]
    at = datetime.now(UTC)
    ours = [paths(tangle.sent, replace(store(*tangle.roots), anchor_dates="ignored"), at=at) for tangle in tangles]
    theirs = _ask(machine, tmp_path, tangles)
    differing = [
        f"{found.answer} here, {answer} there: {tangle.text}"
        for found, answer, tangle in zip(ours, theirs, tangles, strict=True)
        if (found.answer == "yes") != (answer == "accept")
    ]
    assert differing == []
    assert {found.answer for found in ours} == {"yes", "no"}
