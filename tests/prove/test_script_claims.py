"""What the targets for .NET, PHP, Ruby and the shell claim beyond the lab's scenarios."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.call import fill
from pinsmith.lab.scenarios import leaf_pin, report_only, wrong_key
from pinsmith.lab.trial import Ended, try_client
from tests.prove import dotnet, php, ruby, shell
from tests.prove.proving import prove_claims
from tests.prove.variant import WORLDS, Variant, variants_of

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.call import Call
    from tests.prove.subject import Subject

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1200)]

HOOKED: Final = (*dotnet.SUBJECTS, *php.SUBJECTS, *ruby.SUBJECTS)
# They refuse by the URL, before they dial.
EARLY: Final = (*php.SUBJECTS, *shell.SUBJECTS)
DEMANDED: Final = {"demanded-pins-none", "demanded-pins-ended"}


@pytest.mark.parametrize("subject", [*HOOKED, *shell.SUBJECTS], ids=lambda subject: subject.id)
def test_what_a_target_claims_is_true(subject: Subject) -> None:
    """An exempt host is let be, a host's own pins replace its parent's, and no spelling of a name evades them."""
    for tool in subject.tools:
        tool.find()
    proof = prove_claims(subject)
    early = {each.scenario.id for each in proof.failed if each.reason.startswith("it never began to talk")}
    assert early == (DEMANDED if subject in EARLY else set())
    told = [f"{each.scenario.id}: {each.reason}" for each in proof.failed if each.scenario.id not in early]
    assert not told, "\n".join(told)
    tried = {each.scenario.id for each in proof.tried}
    assert tried >= {*DEMANDED, "exempt-host", "exempt-host-below", "own-pins-reaching-below", "final-dot"}


@pytest.mark.parametrize("subject", HOOKED, ids=lambda subject: subject.id)
def test_its_hook_is_told_of_each_mismatch(subject: Subject, tmp_path: Path) -> None:
    """Whoever asks to be told hears of pins that only report, and of those that refuse; of a match he hears nothing."""
    for tool in subject.tools:
        tool.find()
    scenarios = (report_only.SCENARIO, wrong_key.SCENARIO, leaf_pin.SCENARIO)
    built = subject.build(tmp_path, [*variants_of([(each, "ec-p256") for each in scenarios])])
    heard: list[list[str]] = []

    def client(call: Call) -> Ended:
        name = Variant.of_text(call.policy.read_text("utf-8")).name
        command = fill([each.replace("{variant}", name) for each in built.command], call.values)
        done = subprocess.run(command, env=call.environment(), capture_output=True, text=True, check=False, timeout=60)
        heard.append([line for line in done.stderr.splitlines() if line.startswith("told: ")])
        return Ended(done.returncode == 0, done.stderr, is_gone=True)

    trials = [try_client(client, each, WORLDS.of("ec-p256")) for each in scenarios]
    assert [each.verdict for each in trials] == ["pass", "pass", "pass"]
    assert heard == [["told: localhost, let pass"], ["told: localhost, refused"], []]
