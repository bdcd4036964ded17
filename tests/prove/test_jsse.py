"""What the lab does not ask of trust managers on the JVM: a verifier of the app that takes every name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.scenarios import leaf_pin, wrong_name
from tests.prove import jsse
from tests.prove.proving import prove_claims, prove_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.prove.subject import Built
    from tests.prove.variant import Variant

pytestmark = [pytest.mark.prove, pytest.mark.timeout(2400)]


def test_the_host_name_is_compared_though_the_caller_does_not() -> None:
    """A verifier that takes every name does not undo what goes with pins, if they are enforced."""
    kept = prove_in(jsse.LAX, leaf_pin.SCENARIO, wrong_name.SCENARIO)
    assert {each.verdict for each in kept.tried} == {"pass"}
    assert {each.verdict for each in prove_claims(jsse.LAX).tried} == {"pass"}
    undemanding = replace(jsse.LAX, build=_build_undemanding)
    assert {each.verdict for each in prove_in(undemanding, wrong_name.SCENARIO).tried} == {"accepts-a-rogue"}


def _build_undemanding(folder: Path, variants: Sequence[Variant]) -> Built:
    taken_out = ("if (isEnforced && ", "if (false && isEnforced && ")
    return jsse.LAX.build(folder, [replace(each, sabotage=taken_out) for each in variants])
