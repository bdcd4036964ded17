"""
Handshakes as Android's own trust manager decides them, against what pinsmith decides on the same chains.

The chains are those that the lab's scenarios present, the configurations are exported from the pin files of the
scenarios. What is the platform's own, and what stands for native code, is said in ``java/harness/Chains.java``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats import android_nsc
from pinsmith.lab.scenarios import SCENARIOS
from tests.extended.android.platform import PLATFORMS, Machine, Platform
from tests.extended.android.presented import NO_CHAIN, NOTHING, Question, exported, lines_of, questions, scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.extended.android.presented import Outcome

pytestmark = [pytest.mark.extended, pytest.mark.timeout(1200)]
PINS: Final = "Pin verification failed"
NO_ANCHOR: Final = "Trust anchor for certification path not found"
UNKNOWN_KEY: Final = "Rejecting unknown key class"  # neither RSA nor EC nor DSA, and so every Ed25519 key
WHY: Final = {
    "intermediate-not-sent": NO_ANCHOR,
    "self-signed-same-subject": NO_ANCHOR,
    "forged-issuer": "signature check failed",
    "expired-certificate": "NotAfter",
    "not-yet-valid": "NotBefore",
}
write = partial(exported, form=android_nsc.FORMAT)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the platform makes of one chain.

    Attributes:
        socket: What the handshake of a socket says: accept, or the errors from the outermost to the cause.
        named: What a caller says that names the host, as WebView and OkHttp do.
        name: What the comparison of names says, which comes after the trust manager.
    """

    socket: str
    named: str
    name: str

    @property
    def outcome(self) -> Outcome:
        """In the words of `Question`; both ways into the trust manager must agree."""
        assert _refusal(self.socket) == _refusal(self.named), self
        return _refusal(self.socket) or ("accept" if self.name == "accept" else "name")


def _refusal(told: str) -> Outcome | None:
    if told == "accept":
        return None
    return "pins" if told.startswith(PINS) else "chain"


@pytest.fixture(params=PLATFORMS, ids=lambda platform: f"android-{platform.name}", scope="module")
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Start from the classes of one version of Android."""
    platform: Platform = request.param
    return Machine(platform, tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """Collect the chains, once for all versions."""
    return list(questions())


def ask(
    machine: Machine,
    folder: Path,
    asked: Sequence[Question],
    write: Callable[[Question], str] = write,
    *,
    one_app: bool = False,
) -> list[Answer]:
    """Let the platform decide, each question in an app of its own unless *one_app* says otherwise."""
    told = machine.run("harness.Chains", lines_of(asked, folder, write, one_app=one_app)).splitlines()
    assert len(told) == len(asked)
    return [Answer(*each.split("\t")) for each in told]


def differences(asked: Sequence[Question], answers: Sequence[Answer]) -> list[str]:
    """Name what the platform decides as pinsmith does not; Ed25519, of which it takes no chain, is left out."""
    return [
        f"{question}: {question.ours} here, {answer.outcome} there: {answer}"
        for question, answer in zip(asked, answers, strict=True)
        if question.kind != "ed25519" and answer.outcome != question.ours
    ]


def chosen(asked: Sequence[Question], scenario: str, kind: str = "ec-p256") -> Question:
    """Find a question."""
    return next(each for each in asked if (each.scenario, each.kind) == (scenario, kind))


def test_pinsmith_decides_as_the_lab_says(asked: list[Question]) -> None:
    """What Android is compared with is no mistake of ours, no scenario is missing, and there is every outcome."""
    assert [str(each) for each in asked if (each.ours == "accept") != (each.expected == "accept")] == []
    assert {each.scenario for each in asked} == {each.id for each in scenarios()}
    assert {each.id for each in SCENARIOS} >= NO_CHAIN
    assert {each.ours for each in asked} == {"accept", "pins", "chain", "name"}


def test_android_decides_as_pinsmith(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """Every chain of the lab is accepted by both, or refused by both for the same reason."""
    answers = ask(machine, tmp_path, asked)
    assert differences(asked, answers) == []
    for question, answer in zip(asked, answers, strict=True):
        if answer.outcome == "chain":
            known = WHY.get(question.scenario, UNKNOWN_KEY)
            assert known in answer.socket or (question.kind == "ed25519" and UNKNOWN_KEY in answer.socket), answer


def test_android_takes_no_ed25519(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """A chain with an Ed25519 key is refused before any pin is looked at, whatever is pinned."""
    some = [each for each in asked if each.kind == "ed25519"]
    answers = ask(machine, tmp_path, some)
    assert {answer.outcome for answer in answers} == {"chain"}
    assert UNKNOWN_KEY in answers[some.index(chosen(some, "leaf-pin", "ed25519"))].socket


def test_without_pins_android_takes_the_rogues(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """The same chains with no pin at all: what the pins refused is accepted, and all else is as it was."""
    without = [replace(each, ours="accept" if each.ours == "pins" else each.ours) for each in asked]
    assert differences(without, ask(machine, tmp_path, without, lambda _: NOTHING)) == []


def test_pins_of_another_host_are_a_difference(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """The comparison itself can fail: each of two good chains gets the other's pins."""
    pair = [chosen(asked, "leaf-pin"), chosen(asked, "leaf-pin", "rsa-2048")]
    answers = ask(machine, tmp_path, pair, lambda each: write(pair[1] if each is pair[0] else pair[0]))
    assert [answer.outcome for answer in answers] == ["pins", "pins"]
    assert len(differences(pair, answers)) == len(pair)


def test_a_damaged_configuration_is_a_difference(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """An end that is lost, subdomains that are lost, and subdomains that nobody asked for: each is found."""
    damages = {
        "expired-pins": (r' expiration="[^"]*"', ""),
        "subdomain-covered-rogue": ('includeSubdomains="true"', 'includeSubdomains="false"'),
        "subdomain-not-covered": ('includeSubdomains="false"', 'includeSubdomains="true"'),
    }

    def damaged(question: Question) -> str:
        text, count = re.subn(*damages[question.scenario], write(question))
        assert count == 1, text
        return text

    some = [chosen(asked, scenario) for scenario in damages]
    answers = ask(machine, tmp_path, some, damaged)
    assert [answer.outcome for answer in answers] == ["pins", "accept", "pins"]
    assert len(differences(some, answers)) == len(some)


def test_the_trust_manager_compares_no_names(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """A pinned key in a certificate for another name passes Android's trust manager; the verifier after it refuses."""
    (answer,) = ask(machine, tmp_path, [chosen(asked, "wrong-name")])
    assert (answer.socket, answer.named, answer.name) == ("accept", "accept", "another name")


def test_android_remembers_intermediates(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """An app that has met an intermediate needs it no more, where pinsmith does; the pins hold all the same."""
    bare, whole = chosen(asked, "intermediate-not-sent"), chosen(asked, "leaf-pin")
    rogue = replace(whole, presented=chosen(asked, "expired-pins").presented[:1])  # another key, same intermediate
    answers = ask(machine, tmp_path, [bare, whole, bare, rogue], lambda _: write(whole), one_app=True)
    assert [answer.outcome for answer in answers] == ["chain", "accept", "accept", "pins"]
