"""Handshakes as TrustKit decides them, over Android's own trust manager, against what pinsmith decides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats import trustkit_android
from tests.extended.android.platform import PLATFORMS, Machine, classes_of, jar
from tests.extended.android.presented import NOTHING, Question, exported, lines_of, questions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
PINS: Final = "Pin verification failed"
FAILED: Final = "FAILED"
UNTRUSTED: Final = "FAILED_CERTIFICATE_CHAIN_NOT_TRUSTED"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Start from the classes of Android 14, with TrustKit's."""
    folder = tmp_path_factory.mktemp("classes")
    machine = Machine(next(each for each in PLATFORMS if each.name == "14"), folder)
    machine.add(classes_of(jar("com.datatheorem.android.trustkit:trustkit:1.1.5", "aar"), folder))
    machine.compile("harness/TrustKitChains.java")
    return machine


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """Collect the chains, of hosts that TrustKit takes for such; Android refuses those of Ed25519 by itself."""
    return [each for each in questions("example.com", "example.org") if each.kind != "ed25519"]


def ask(
    machine: Machine, folder: Path, asked: list[Question], write: Callable[[Question], str]
) -> list[tuple[str, str, str]]:
    """Let TrustKit decide: what it says, what the comparison of names says, and what it reports."""
    told = machine.run("harness.TrustKitChains", lines_of(asked, folder, write)).splitlines()
    assert len(told) == len(asked)
    return [(said, name, reported) for said, name, reported in (each.split("\t") for each in told)]


def test_trustkit_decides_as_pinsmith(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """Every chain of the lab is accepted by both or refused by both, and what it refuses it reports."""
    for question, (said, name, reported) in zip(
        asked, ask(machine, tmp_path, asked, partial(exported, form=trustkit_android.FORMAT)), strict=True
    ):
        assert (said == name == "accept") == (question.ours == "accept"), (str(question), said, name)
        assert said.startswith(PINS) == (question.ours == "pins"), (str(question), said)
        mismatched = question.ours == "pins" or question.scenario == "report-only"
        refused = FAILED if mismatched else UNTRUSTED if question.ours != "accept" else "nothing"
        assert reported == refused, (str(question), said)


def test_without_pins_trustkit_takes_the_rogues(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """The same chains with no pin at all: what the pins refused is accepted, and all else is as it was."""
    for question, (said, name, _) in zip(asked, ask(machine, tmp_path, asked, lambda _: NOTHING), strict=True):
        assert (said == name == "accept") == (question.ours in {"accept", "pins"}), (str(question), said, name)
