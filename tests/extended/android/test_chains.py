"""
Android's own trust manager decides handshakes as pinsmith does on the same chains.

The lab's scenarios present the chains, and the configurations are exported from their pin files.
``java/harness/Chains.java`` lists the parts that belong to the platform, and the replacements for native code.
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
    The decisions of the platform on one chain: "accept", or the errors from the outermost to the cause.

    Attributes:
        socket: The decision in the handshake of a socket.
        named: The decision for a caller that passes the host name, as WebView and OkHttp do.
        name: The decision of the comparison of names, which follows the trust manager.
    """

    socket: str
    named: str
    name: str

    @property
    def outcome(self) -> Outcome:
        """The decision as an `Outcome`; both ways into the trust manager must agree."""
        assert _refusal(self.socket) == _refusal(self.named), self
        return _refusal(self.socket) or ("accept" if self.name == "accept" else "name")


def _refusal(text: str) -> Outcome | None:
    if text == "accept":
        return None
    return "pins" if text.startswith(PINS) else "chain"


@pytest.fixture(params=PLATFORMS, ids=lambda platform: f"android-{platform.name}", scope="module")
def machine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Start a JVM with the classes of one version of Android."""
    platform: Platform = request.param
    return Machine(platform, tmp_path_factory.mktemp("classes"))


@pytest.fixture(scope="module")
def asked() -> list[Question]:
    """Collect the chains once for all versions."""
    return list(questions())


def ask(
    machine: Machine,
    folder: Path,
    asked: Sequence[Question],
    write: Callable[[Question], str] = write,
    *,
    one_app: bool = False,
) -> list[Answer]:
    """Ask the platform; each question gets an app of its own, or with *one_app* all share one."""
    lines = machine.run("harness.Chains", lines_of(asked, folder, write, one_app=one_app)).splitlines()
    assert len(lines) == len(asked)
    return [Answer(*line.split("\t")) for line in lines]


def differences(asked: Sequence[Question], answers: Sequence[Answer]) -> list[str]:
    """List the decisions that differ; Ed25519 is left out, because the platform refuses every such chain."""
    return [
        f"{question}: {question.ours} here, {answer.outcome} there: {answer}"
        for question, answer in zip(asked, answers, strict=True)
        if question.kind != "ed25519" and answer.outcome != question.ours
    ]


def chosen(asked: Sequence[Question], scenario: str, kind: str = "ec-p256") -> Question:
    """Return the question with this scenario and kind of key."""
    return next(question for question in asked if (question.scenario, question.kind) == (scenario, kind))


def test_pinsmith_decides_as_the_lab_expects(asked: list[Question]) -> None:
    """The decisions of pinsmith match those of the lab, no scenario is missing, and every outcome occurs."""
    assert [str(question) for question in asked if (question.ours == "accept") != (question.expected == "accept")] == []
    assert {question.scenario for question in asked} == {scenario.id for scenario in scenarios()}
    assert {scenario.id for scenario in SCENARIOS} >= NO_CHAIN
    assert {question.ours for question in asked} == {"accept", "pins", "chain", "name"}


def test_android_decides_as_pinsmith(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """Both accept a chain of the lab, or both refuse it for the same reason."""
    answers = ask(machine, tmp_path, asked)
    assert differences(asked, answers) == []
    for question, answer in zip(asked, answers, strict=True):
        if answer.outcome == "chain":
            known = WHY.get(question.scenario, UNKNOWN_KEY)
            assert known in answer.socket or (question.kind == "ed25519" and UNKNOWN_KEY in answer.socket), answer


def test_android_refuses_ed25519(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """Android refuses every chain with an Ed25519 key before it compares pins."""
    some = [question for question in asked if question.kind == "ed25519"]
    answers = ask(machine, tmp_path, some)
    assert {answer.outcome for answer in answers} == {"chain"}
    assert UNKNOWN_KEY in answers[some.index(chosen(some, "leaf-pin", "ed25519"))].socket


def test_without_pins_android_accepts_the_rogues(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """The control: without pins, Android accepts the chains that the pins refused; other decisions do not change."""
    without = [replace(question, ours="accept" if question.ours == "pins" else question.ours) for question in asked]
    assert differences(without, ask(machine, tmp_path, without, lambda _: NOTHING)) == []


def test_pins_of_another_host_are_a_difference(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """The comparison can fail: each of two good chains gets the pins of the other."""
    pair = [chosen(asked, "leaf-pin"), chosen(asked, "leaf-pin", "rsa-2048")]
    answers = ask(machine, tmp_path, pair, lambda question: write(pair[1] if question is pair[0] else pair[0]))
    assert [answer.outcome for answer in answers] == ["pins", "pins"]
    assert len(differences(pair, answers)) == len(pair)


def test_a_damaged_configuration_is_a_difference(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """The comparison finds a lost expiry date, lost subdomains, and subdomains that the policy does not include."""
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
    """Android's trust manager accepts a pinned key in a certificate for another name; the later name check refuses."""
    (answer,) = ask(machine, tmp_path, [chosen(asked, "wrong-name")])
    assert (answer.socket, answer.named, answer.name) == ("accept", "accept", "another name")


def test_android_remembers_intermediates(machine: Machine, asked: list[Question], tmp_path: Path) -> None:
    """An Android app remembers an intermediate, so unlike pinsmith it does not need it again; the pins still hold."""
    bare, whole = chosen(asked, "intermediate-not-sent"), chosen(asked, "leaf-pin")
    rogue = replace(whole, presented=chosen(asked, "expired-pins").presented[:1])  # another key, same intermediate
    answers = ask(machine, tmp_path, [bare, whole, bare, rogue], lambda _: write(whole), one_app=True)
    assert [answer.outcome for answer in answers] == ["chain", "accept", "accept", "pins"]
