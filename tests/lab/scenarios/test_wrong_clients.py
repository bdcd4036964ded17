"""Each wrong client is wrong in one way alone: it passes where that way does not matter."""

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
# It compares nothing with TLS 1.3, and any ordinary server speaks that.
UNARMED = {"tls13-rogue-1"}


@pytest.fixture(scope="module")
def pki() -> LabPKI:
    """Share the keys."""
    return LabPKI.of_kind("ec-p256")


@pytest.mark.parametrize("client", CLIENTS)
def test_a_wrong_client_accepts_a_plain_good_host(client: Callable[[Call], Ended], pki: LabPKI) -> None:
    """It fails its scenario for what it does there, and not because it never works."""
    assert try_client(client, leaf_pin.SCENARIO, pki).verdict == "pass"


@pytest.mark.parametrize("client", [each for each in CLIENTS if each.id not in UNARMED])
def test_a_wrong_client_refuses_a_plain_impostor(client: Callable[[Call], Ended], pki: LabPKI) -> None:
    """It pins, and whoever tried nothing but a wrong key would take it for right."""
    assert try_client(client, wrong_key.SCENARIO, pki).verdict == "pass"


# What the others do wrong shows with these two as well.
MAILERS = [
    pytest.param(client, id=f"{scenario}-{number}")
    for scenario, clients in wrong_mail.WRONG.items()
    if scenario not in {"starttls-good", "starttls-rogue"}
    for number, (client, _) in enumerate(clients, 1)
]


@pytest.mark.parametrize("client", MAILERS)
@pytest.mark.parametrize("scenario", [starttls_good.SCENARIO, starttls_rogue.SCENARIO], ids=lambda each: each.id)
def test_a_wrong_mail_client_is_right_where_starttls_is_offered(
    client: Callable[[Call], Ended], scenario: Scenario, pki: LabPKI
) -> None:
    """It accepts the good server and refuses the impostor."""
    assert try_client(client, scenario, pki).verdict == "pass"
