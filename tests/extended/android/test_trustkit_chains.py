"""TrustKit, over Android's own trust manager, decides handshakes as pinsmith does."""

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
    """Start a JVM with the classes of Android 14 and of TrustKit."""
    folder = tmp_path_factory.mktemp("classes")
    machine = Machine(next(platform for platform in PLATFORMS if platform.name == "14"), folder)
    machine.add(classes_of(jar("com.datatheorem.android.trustkit:trustkit:1.1.5", "aar"), folder))
    machine.compile("harness/TrustKitChains.java")
    return machine


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """Collect the chains, with names that TrustKit accepts as hosts; those of Ed25519 are refused by Android itself."""
    return [question for question in questions("example.com", "example.org") if question.kind != "ed25519"]


def ask(
    machine: Machine, folder: Path, asked: list[Question], write: Callable[[Question], str]
) -> list[tuple[str, str, str]]:
    """Ask TrustKit; return its decision, the result of the comparison of names, and its report, for each question."""
    lines = machine.run("harness.TrustKitChains", lines_of(asked, folder, write)).splitlines()
    assert len(lines) == len(asked)
    return [(decision, name, reported) for decision, name, reported in (line.split("\t") for line in lines)]


def test_trustkit_decides_as_pinsmith(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """Both accept a chain of the lab or both refuse it, and TrustKit reports every chain that it refuses."""
    for question, (decision, name, reported) in zip(
        asked, ask(machine, tmp_path, asked, partial(exported, form=trustkit_android.FORMAT)), strict=True
    ):
        assert (decision == name == "accept") == (question.ours == "accept"), (str(question), decision, name)
        assert decision.startswith(PINS) == (question.ours == "pins"), (str(question), decision)
        mismatched = question.ours == "pins" or question.scenario == "report-only"
        refused = FAILED if mismatched else UNTRUSTED if question.ours != "accept" else "nothing"
        assert reported == refused, (str(question), decision)


def test_without_pins_trustkit_accepts_the_rogues(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """The control: without pins, TrustKit accepts the chains that the pins refused; other decisions do not change."""
    for question, (decision, name, _) in zip(asked, ask(machine, tmp_path, asked, lambda _: NOTHING), strict=True):
        assert (decision == name == "accept") == (question.ours in {"accept", "pins"}), (str(question), decision, name)
