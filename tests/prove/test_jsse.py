"""
What trust managers on the JVM claim beyond the lab: spellings, exempt hosts, and every path that is verified.

::

    Lab Root (trusted)
    └── Lab Intermediate ─────────┐ the same name and key, certified twice
    Rogue Root (trusted)          │
    └── Other Intermediate        │
        └── Lab Intermediate ─────┴── localhost
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.formats import export, find
from pinsmith.lab.scenario import CHAIN_ONLY, Scenario
from pinsmith.lab.scenarios import leaf_pin, wrong_name
from pinsmith.policy import HostPins, Policy
from tests.formats.policy import BACKUP, INTERMEDIATE, LEAF, ROOT
from tests.prove import jsse, jvm, ktor
from tests.prove.claims import CLAIMS
from tests.prove.proving import prove_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cryptography.x509 import Certificate

    from pinsmith.lab.authority import Authority
    from pinsmith.lab.scenario import Expected, Scene
    from pinsmith.lab.stage import Stage
    from tests.prove.subject import Built, Subject
    from tests.prove.variant import Variant

    Presented = Callable[[Stage, Authority, Authority], tuple[Certificate, ...]]

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]


def _path(name: str, expected: Expected, pinned: str, presented: Presented) -> Scenario:
    def set_(stage: Stage) -> Scene:
        other = stage.world.rogue_root.intermediate("Other Intermediate", key=stage.world.wrong_key)
        cross = other.cross_sign(stage.world.intermediate)
        server = stage.serve(stage.world.genuine(), presented=presented(stage, other, cross))
        pin = other.pin if pinned == "other" else getattr(stage.world, pinned).pin
        return stage.accepted(server, pin) if expected == "accept" else stage.refused(server, pin)

    return Scenario(
        name,
        name.replace("-", " "),
        expected,
        "find a pinned key in any path that is verified, and in no other",
        "java.security.cert.CertPathBuilder",
        set_,
        keys=("ec-p256",),
        profiles=CHAIN_ONLY,
    )


def _first(stage: Stage, other: Authority, cross: Authority) -> tuple[Certificate, ...]:
    return (*stage.world.genuine().chain, cross.certificate, other.certificate)


def _last(stage: Stage, other: Authority, cross: Authority) -> tuple[Certificate, ...]:
    leaf, intermediate = stage.world.genuine().chain
    return leaf, cross.certificate, other.certificate, intermediate


def _without(stage: Stage, other: Authority, _: Authority) -> tuple[Certificate, ...]:
    return (*stage.world.genuine().chain, other.certificate)


PATHS: Final = (
    _path("first-path-root", "accept", "root", _first),
    _path("first-path-root-presented-last", "accept", "root", _last),
    _path("second-path-intermediate", "accept", "other", _first),
    _path("second-path-intermediate-presented-first", "accept", "other", _last),
    _path("second-path-root", "accept", "rogue_root", _first),
    _path("no-path-intermediate", "refuse", "other", _without),
    _path("no-path-root", "refuse", "rogue_root", _without),
)
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
    for tool in subject.tools:
        tool.find()
    proof = prove_claims(subject, (*CLAIMS, *PATHS))
    told = [
        f"{each.scenario.id}: {each.verdict}: {each.reason}"
        for each in proof.failed
        if each.verdict != "unproven" or each.scenario.id not in UNASKED.get(subject.id, ())
    ]
    assert not told, "\n".join(told)
    assert {each.scenario.id for each in proof.tried} >= {"exempt-host", "own-pins-below", *(each.id for each in PATHS)}


def test_the_host_name_is_compared_though_the_caller_does_not() -> None:
    """A verifier that takes every name does not undo what goes with pins; without that demand it would."""
    for tool in jsse.LAX.tools:
        tool.find()
    kept = prove_claims(jsse.LAX, (leaf_pin.SCENARIO, wrong_name.SCENARIO))
    assert {each.verdict for each in kept.tried} == {"pass"}
    undemanding = replace(jsse.LAX, build=_build_undemanding)
    assert {each.verdict for each in prove_claims(undemanding, (wrong_name.SCENARIO,)).tried} == {"accepts-a-rogue"}


def _build_undemanding(folder: Path, variants: Sequence[Variant]) -> Built:
    taken_out = ("demandHostName(parameters)) {", "false) {")
    return jsse.LAX.build(folder, [replace(each, sabotage=taken_out) for each in variants])


@pytest.mark.parametrize("target", ["jsse-java", "ktor-cio"])
def test_a_pin_file_of_a_thousand_hosts_compiles(target: str, tmp_path: Path) -> None:
    """A method of the JVM has room for 64 kB, and as many hosts as anybody has are more than that."""
    for tool in jvm.TOOLS:
        tool.find()
    hosts = tuple(HostPins(f"h{number}.example.com", (LEAF, BACKUP, INTERMEDIATE, ROOT)) for number in range(1500))
    written = tmp_path / ("Pins.java" if target == "jsse-java" else "Pins.kt")
    written.write_text(export(Policy(hosts), find(target)).text, "utf-8")
    if target == "jsse-java":
        jvm.check_java([written])
        jvm.compile_java([written], jvm.NOTHING, tmp_path / "pins.jar")
    else:
        jvm.check_kotlin([written])
        jvm.compile_kotlin([written], jvm.libraries(target), tmp_path / "pins.jar")
