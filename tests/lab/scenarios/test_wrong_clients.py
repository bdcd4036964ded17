"""Each wrong client is wrong in only one way: it passes scenarios in which that way does not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.scenarios import leaf_pin, starttls_good, starttls_rogue, wrong_key
from pinsmith.lab.trial import try_client
from tests.lab.scenarios import wrong_handshake, wrong_mail, wrong_network, wrong_path, wrong_pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.scenario import Scenario
    from pinsmith.lab.trial import Ended

CLIENTS = [
    pytest.param(client, id=f"{scenario}-{number}")
    for module in (wrong_pin, wrong_path, wrong_handshake, wrong_network)
    for scenario, clients in module.WRONG.items()
    for number, (client, _) in enumerate(clients, 1)
]
# This client compares nothing with TLS 1.3, which every ordinary server speaks.
UNARMED = {"tls13-rogue-1"}


@pytest.fixture(scope="module")
def pki() -> LabPKI:
    """Make the keys of the lab once."""
    return LabPKI.of_kind("ec-p256")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_wrong_client_accepts_a_plain_good_host(client: Callable[[Call], Ended], pki: LabPKI) -> None:
    """A wrong client accepts a good server, so it fails its scenario for its fault and not because it never works."""
    assert try_client(client, leaf_pin.SCENARIO, pki).verdict == "pass"


@pytest.mark.parametrize("client", [client for client in CLIENTS if client.id not in UNARMED])
def test_a_wrong_client_refuses_a_plain_impostor(client: Callable[[Call], Ended], pki: LabPKI) -> None:
    """A wrong client refuses a wrong key, so a test with nothing but a wrong key would not find its fault."""
    assert try_client(client, wrong_key.SCENARIO, pki).verdict == "pass"


# The wrong clients of the two scenarios below fail exactly these, so they are left out.
MAILERS = [
    pytest.param(client, id=f"{scenario}-{number}")
    for scenario, clients in wrong_mail.WRONG.items()
    if scenario not in {"starttls-good", "starttls-rogue"}
    for number, (client, _) in enumerate(clients, 1)
]


@pytest.mark.parametrize("client", MAILERS)
@pytest.mark.parametrize(
    "scenario", [starttls_good.SCENARIO, starttls_rogue.SCENARIO], ids=lambda scenario: scenario.id
)
def test_a_wrong_mail_client_is_correct_where_starttls_is_offered(
    client: Callable[[Call], Ended], scenario: Scenario, pki: LabPKI
) -> None:
    """A wrong mail client accepts the good server and refuses the impostor."""
    assert try_client(client, scenario, pki).verdict == "pass"
