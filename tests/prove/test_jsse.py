"""Test trust managers on the JVM beyond the lab: an app whose verifier accepts every name."""

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
    """If pins are enforced, the host name is compared even if the app's verifier accepts every name."""
    kept = prove_in(jsse.LAX, leaf_pin.SCENARIO, wrong_name.SCENARIO)
    assert {trial.verdict for trial in kept.tried} == {"pass"}
    assert {trial.verdict for trial in prove_claims(jsse.LAX).tried} == {"pass"}
    without_names = replace(jsse.LAX, build=_build_without_names)
    assert {trial.verdict for trial in prove_in(without_names, wrong_name.SCENARIO).tried} == {"accepts-a-rogue"}


def _build_without_names(folder: Path, variants: Sequence[Variant]) -> Built:
    taken_out = ("if (isEnforced && ", "if (false && isEnforced && ")
    return jsse.LAX.build(folder, [replace(variant, sabotage=taken_out) for variant in variants])
