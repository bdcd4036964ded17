"""Android's own trust manager builds one of the paths that pinsmith finds, and ignores when a root has ended."""

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
from tests.paths.tangle import draw, without_detours

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


def _ask(machine: Machine, folder: Path, tangles: list[Tangle]) -> list[tuple[str, ...]]:
    """
    Return the pins of the chain that the platform builds for each tangle, leaf first; nothing if it refuses.

    Each tangle gets an app of its own, because an app remembers intermediates.
    """
    lines = []
    for number, tangle in enumerate(tangles):
        config, chain, trust = (folder / f"{number}.{kind}" for kind in ("xml", "chain", "trust"))
        config.write_text(NOTHING, "utf-8")
        chain.write_text("".join(map(ssl.DER_cert_to_PEM_cert, tangle.sent)), "ascii")
        trust.write_text("".join(map(ssl.DER_cert_to_PEM_cert, tangle.roots)), "ascii")
        lines.append(f"{config}\t{HOST}\t{chain}\t{trust}\n")
    machine.compile("harness/Built.java")
    answers = machine.run("harness.Built", "".join(lines)).splitlines()
    return [tuple(answer.split(",")) if answer else () for answer in answers]


def test_android_builds_a_path_that_pinsmith_finds(machine: Machine, tmp_path: Path) -> None:
    """On drawn tangles of cross-signs, the chain of Android is one of the paths; it builds none if there is none."""
    random = Random(SEED)  # noqa: S311 - it draws examples
    tangles = [draw(random) for _ in range(TANGLES)]
    at = datetime.now(UTC)
    differing, built = [], 0
    for tangle, theirs in zip(tangles, _ask(machine, tmp_path, tangles), strict=True):
        found = paths(tangle.sent, replace(store(*tangle.roots), anchor_dates="ignored"), at=at)
        ours = {tuple(pin.digest.hex() for pin in path.pins) for path in found.accepted}
        built += bool(theirs)
        if (without_detours(theirs) not in ours) if theirs else ours:
            differing.append(f"{found.answer} here, {theirs} there: {tangle.text}")
    assert differing == []
    assert TANGLES / 10 < built < TANGLES
