"""What trust managers on the JVM claim beyond the lab: spellings, exempt hosts, and every path that is verified."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.lab.scenarios import leaf_pin, wrong_name
from tests.prove import jsse, ktor
from tests.prove.paths import PATHS
from tests.prove.proving import prove_claims, prove_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.subject import Built, Subject
    from tests.prove.variant import Variant

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]


# Clients with a trust manager that is generated. That of Apache's is the same as that of the JDK's.
SUBJECTS: Final = [each for each in (*jsse.SUBJECTS, *ktor.SUBJECTS) if each.target in {"jsse-java", "ktor-cio"}]

# What a client refuses before there is a connection, which the lab cannot see.
UNASKED: Final = {
    "jsse-java-net-http": {"final-dot"},  # the JDK takes no such name
    "ktor-cio": {"demanded-pins-ended", "demanded-pins-none"},
}


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.id)
def test_what_a_target_claims_is_true(subject: Subject) -> None:
    """Pins in any verified path count, a host's own replace its parent's, and no spelling of a name evades them."""
    proof = prove_claims(subject)
    told = [
        f"{each.scenario.id}: {each.verdict}: {each.reason}"
        for each in proof.failed
        if each.verdict != "unproven" or each.scenario.id not in UNASKED.get(subject.id, ())
    ]
    assert not told, "\n".join(told)
    assert {each.scenario.id for each in proof.tried} >= {"exempt-host", "own-pins-below", *(each.id for each in PATHS)}


def test_the_host_name_is_compared_though_the_caller_does_not() -> None:
    """A verifier that takes every name does not undo what goes with pins, if they are enforced."""
    kept = prove_in(jsse.LAX, leaf_pin.SCENARIO, wrong_name.SCENARIO)
    assert {each.verdict for each in kept.tried} == {"pass"}
    assert {each.verdict for each in prove_claims(jsse.LAX).tried} == {"pass"}
    undemanding = replace(jsse.LAX, build=_build_undemanding)
    assert {each.verdict for each in prove_in(undemanding, wrong_name.SCENARIO).tried} == {"accepts-a-rogue"}


def _build_undemanding(folder: Path, variants: Sequence[Variant]) -> Built:
    taken_out = ("demandHostName(parameters)) {", "false) {")
    return jsse.LAX.build(folder, [replace(each, sabotage=taken_out) for each in variants])
