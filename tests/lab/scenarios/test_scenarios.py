"""Every scenario passes a correct client and fails one that is wrong in exactly the way that it tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.lab_pki import PKICache
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.stage import Stage
from pinsmith.lab.trial import try_client
from tests.lab.scenarios import (
    mailing,
    wrong_certificate,
    wrong_handshake,
    wrong_key,
    wrong_mail,
    wrong_network,
    wrong_path,
    wrong_pin,
    wrong_session,
)
from tests.lab.scenarios.browsing import right, right_and_quick

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.scenario import Scenario
    from pinsmith.lab.trial import ClientVerdict, Ended

WRONG = {
    **wrong_key.WRONG,
    **wrong_certificate.WRONG,
    **wrong_pin.WRONG,
    **wrong_session.WRONG,
    **wrong_path.WRONG,
    **wrong_handshake.WRONG,
    **wrong_network.WRONG,
    **wrong_mail.WRONG,
}
# Scenarios whose correct client is not `browsing.right`.
RIGHT: dict[str, Callable[[Call], Ended]] = {
    "silent": right_and_quick,
    "starttls-good": mailing.right,
    "starttls-rogue": mailing.right,
    "starttls-stripped": mailing.right,
    "starttls-refused": mailing.right,
    "starttls-injection": mailing.right,
}
# Another kind of key only changes the handshake, which the first two scenarios cover for all.
EACH = [
    pytest.param(
        *(scenario, kind),
        id=f"{scenario.id}-{kind}",
        marks=() if scenario in SCENARIOS[:2] or kind == scenario.keys[0] else pytest.mark.thorough,
    )
    for scenario in SCENARIOS
    for kind in scenario.keys
]
EACH_WRONG = [
    pytest.param(scenario, client, verdict, id=f"{scenario.id}-{number}")
    for scenario in SCENARIOS
    for number, (client, verdict) in enumerate(WRONG.get(scenario.id, ()), 1)
]


@pytest.fixture(scope="module")
def pkis() -> PKICache:
    """Make the keys of the lab once."""
    return PKICache()


@pytest.mark.parametrize(("scenario", "kind"), EACH)
def test_a_correct_client_passes(scenario: Scenario, kind: KeyKind, pkis: PKICache) -> None:
    """The client of this package, with the scenario's pin file, passes the scenario."""
    trial = try_client(RIGHT.get(scenario.id, right), scenario, pkis.of(kind))
    assert trial.verdict == "pass", f"{trial.verdict}: {trial.reason}"


@pytest.mark.parametrize(("scenario", "client", "verdict"), EACH_WRONG)
def test_a_client_that_is_wrong_in_that_way_fails(
    scenario: Scenario, client: Callable[[Call], Ended], verdict: ClientVerdict, pkis: PKICache
) -> None:
    """Each scenario fails a wrong client, because a scenario that cannot fail proves nothing."""
    trial = try_client(client, scenario, pkis.of(scenario.keys[0]))
    assert trial.verdict == verdict, f"{trial.verdict}: {trial.reason}"


def test_each_scenario_has_a_wrong_client() -> None:
    """Every scenario of the family has a wrong client, also a new one."""
    assert {scenario.id for scenario in SCENARIOS} == set(WRONG)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_scenario_is_judged_as_it_is_published(scenario: Scenario, pkis: PKICache) -> None:
    """The published verdict is that of the last act, and the description has a drawing and a source."""
    with Stage(pkis.of(scenario.keys[0])) as stage:
        assert scenario.set(stage).acts[-1].expected == scenario.expected
    assert "::\n" in scenario.description
    assert scenario.source
