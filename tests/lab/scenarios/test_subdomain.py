"""A name that not every resolver knows is reached in two ways, and both lead to the same verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.scenarios import subdomain_covered_good, subdomain_covered_rogue, subdomain_not_covered
from pinsmith.lab.trial import try_client
from tests.lab.scenarios.browsing import right
from tests.lab.scenarios.wrong_pin import WRONG

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.scenario import Scenario

SCENARIOS = [module.SCENARIO for module in (subdomain_covered_good, subdomain_covered_rogue, subdomain_not_covered)]


@pytest.fixture(scope="module")
def pki() -> LabPKI:
    """Make the keys of the lab once."""
    return LabPKI.of_kind("ec-p256")


def _directly(call: Call) -> Call:
    return replace(call, proxy=None)


def _through_the_proxy(call: Call) -> Call:
    # The address cannot be dialled, so only the proxy leads to the server.
    return replace(call, address="no address")


@pytest.mark.parametrize("way", [_directly, _through_the_proxy], ids=["dialled", "through the proxy"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_subdomain_is_reached(scenario: Scenario, way: Callable[[Call], Call], pki: LabPKI) -> None:
    """Correct and wrong clients get the same verdict, whether they dial the address or ask the proxy."""
    ((wrong, verdict),) = WRONG[scenario.id]
    assert try_client(lambda call: right(way(call)), scenario, pki).verdict == "pass"
    assert try_client(lambda call: wrong(way(call)), scenario, pki).verdict == verdict
