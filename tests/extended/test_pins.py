"""Clients log in to real servers that are pinned, and never to servers that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.probe import Trust, fetch
from tests.extended.server import run
from tests.extended.servers import SERVERS, target_of
from tests.tls.clients.case import is_refusal
from tests.tls.pki import PKI, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.extended.conftest import ErrandTo
    from tests.extended.server import RealServer, Running
    from tests.tls.clients.way import Errand

pytestmark = pytest.mark.extended

WAYS = [(server, name) for server in SERVERS for name in server.asks]


@pytest.fixture
def target(request: pytest.FixtureRequest, running: Callable[[RealServer], Running]) -> Running:
    """Run the server of the parameter."""
    return running(request.param[0])


@pytest.fixture
def ask(request: pytest.FixtureRequest) -> Callable[[Errand], bytes]:
    """Return the client function of the parameter."""
    server, name = request.param
    ask: Callable[[Errand], bytes] = server.asks[name]
    return ask


every_way = pytest.mark.parametrize(
    ("target", "ask"), [(way, way) for way in WAYS], indirect=True, ids=[f"{server.id}-{name}" for server, name in WAYS]
)


def require_service(target: Running, ask: Callable[[Errand], bytes], errand: Errand) -> None:
    """Assert that the client gets an answer after exactly one login."""
    before = target.logins()
    assert ask(errand)
    target.until_logins(before + 1)
    assert target.logins() == before + 1


def require_refusal(target: Running, ask: Callable[[Errand], bytes], errand: Errand) -> None:
    """Assert that the client refuses the server before it logs in."""
    before = target.logins()
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own; checked below
        ask(errand)
    assert is_refusal(caught.value, "wrong-pin"), repr(caught.value)
    assert target.logins() == before


@every_way
@pytest.mark.parametrize("pinned", ["leaf", "intermediate", "root"])
def test_a_pinned_server_is_used(
    target: Running, ask: Callable[[Errand], bytes], pinned: str, pki: PKI, errand_to: ErrandTo
) -> None:
    """With each kind of pin, beside a backup key, the client logs in and gets an answer."""
    require_service(target, ask, errand_to(target, policy_of(pki.backup, getattr(pki, pinned))))


@every_way
@pytest.mark.parametrize("pinned", ["backup", "rogue_intermediate"])
def test_a_server_that_is_not_pinned_sees_no_login(
    target: Running, ask: Callable[[Errand], bytes], pinned: str, pki: PKI, errand_to: ErrandTo
) -> None:
    """The server counts no login of a client that refused it, but counts the next login."""
    require_refusal(target, ask, errand_to(target, policy_of(getattr(pki, pinned))))
    require_service(target, ask, errand_to(target))


@every_way
def test_without_pins_the_same_server_sees_the_login(
    target: Running,
    ask: Callable[[Errand], bytes],
    pki: PKI,
    errand_to: ErrandTo,
) -> None:
    """The control: with pins for another host only, the client logs in to this one."""
    require_service(target, ask, errand_to(target, policy_of(pki.backup, host="other.example.com")))


@every_way
def test_the_policy_of_a_context_is_swapped(
    target: Running, ask: Callable[[Errand], bytes], pki: PKI, errand_to: ErrandTo
) -> None:
    """A context accepts the server, refuses it and accepts it again as its policy is replaced."""
    errand = errand_to(target)
    require_service(target, ask, errand)
    errand.context.policy = policy_of(pki.backup)
    require_refusal(target, ask, errand)
    errand.context.policy = pki.policy()
    require_service(target, ask, errand)


def leaf_pin(target: Running, pki: PKI) -> str:
    """Fetch the pin of the leaf that the server presents now."""
    presented = fetch(target_of(target), trust=Trust(cadata=pki.root.pem)).presented.leaf
    assert presented is not None
    return str(presented.pin)


@pytest.mark.parametrize("server", SERVERS, ids=lambda server: server.id)
def test_clients_survive_a_rotation_to_the_backup_key(server: RealServer, pki: PKI, errand_to: ErrandTo) -> None:
    """After a change to the backup key, clients that pinned it still log in, and those that did not refuse."""
    with run(server, pki.leaf) as target:
        # Each client has a context of its own, because httpx changes the protocols of its context.
        clients = [(ask, errand_to(target), errand_to(target, policy_of(pki.leaf))) for ask in server.asks.values()]
        for ask, with_backup, without_backup in clients:
            assert ask(with_backup)
            assert ask(without_backup)
        target.present(pki.backup)
        server.rotate(target)
        target.program.until(lambda: leaf_pin(target, pki) == pki.backup.pin, "the backup key")
        for ask, with_backup, without_backup in clients:
            require_service(target, ask, with_backup)
            require_refusal(target, ask, without_backup)
