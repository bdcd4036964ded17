"""The wrong clients of the session scenarios are correct otherwise, and resumption itself is not a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.lab_pki import PKICache
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.trial import try_client
from tests.lab.scenarios.pinner import Pinner
from tests.lab.scenarios.wrong_session import Generous, KeepAlive, Resumer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import Ended

BY_ID = {scenario.id: scenario for scenario in SCENARIOS}
RESUMPTION = ("session-resumption", "session-after-pins-change", "session-of-another-host")


@pytest.fixture(scope="module")
def pkis() -> PKICache:
    """Make the keys of the lab once."""
    return PKICache()


@pytest.mark.parametrize("scenario", RESUMPTION)
def test_a_client_that_resumes_under_the_same_pins_for_the_same_host_passes(scenario: str, pkis: PKICache) -> None:
    """A client that resumes a session of the same host under the same pins passes."""
    trial = try_client(Resumer(resumed="judged"), BY_ID[scenario], pkis.of("ec-p256"))
    assert trial.verdict == "pass", trial.reason


@pytest.mark.parametrize("scenario", ["leaf-pin", "wrong-key"])
@pytest.mark.parametrize(
    "client", [Resumer(), Resumer(by="port"), KeepAlive(), KeepAlive(reads_first=True), Generous()], ids=repr
)
def test_the_wrong_clients_are_correct_elsewhere(
    client: Callable[[Call], Ended], scenario: str, pkis: PKICache
) -> None:
    """They accept the pinned key and refuse another key."""
    trial = try_client(client, BY_ID[scenario], pkis.of("ec-p256"))
    assert trial.verdict == "pass", trial.reason


def test_the_size_of_a_list_alone_misleads_no_client(pkis: PKICache) -> None:
    """A client passes if it reads the whole list and judges the verified chain, or if it refuses the size."""
    for client in (Generous(), Pinner()):
        assert try_client(client, BY_ID["oversized-list"], pkis.of("ec-p256")).verdict == "pass"
