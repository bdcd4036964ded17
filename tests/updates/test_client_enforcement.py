"""Updates are enforced on real connections, and a server that is refused gets no byte."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from pinsmith import PinnedSSLContext
from pinsmith.errors import PinMismatchError
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.updates.suspension import Suspension
from tests.updates.world import DAY, NOW, World, status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.updates import Updater
    from tests.tls.pki import PKI

API = "api.example.com"


def api(pki: PKI, *names: str) -> HostPins:
    """Pin identities of the certificates for tests."""
    return HostPins(API, tuple(Key(f"api-{name}", Pin.parse(getattr(pki, name).pin), "leaf") for name in names))


@pytest.fixture
def world(pki: PKI, tmp_path: Path) -> Iterator[World]:
    """Publish a bundle for a host whose certificates are known."""
    made = World(tmp_path, pki, floor=(api(pki, "leaf", "backup"),))
    with made.stack:
        yield made


def connect(context: PinnedSSLContext, identity: Identity) -> bytes:
    """Send a request to a server with this certificate, and return what it got."""
    with RecordingServer(identity) as server:
        try:
            with (
                socket.create_connection(("127.0.0.1", server.port)) as plain,
                context.wrap_socket(plain, server_hostname=API) as secure,
            ):
                secure.sendall(b"GET / HTTP/1.1\r\nHost: api\r\nConnection: close\r\n\r\n")
                secure.recv(1)
        finally:
            server.settled()
            received = server.received
    return received


def followed(world: World, updater: Updater) -> PinnedSSLContext:
    """Make a context that follows the updater."""
    context = PinnedSSLContext(Policy(), cafile=world.path / "roots.pem")
    updater.apply_to(context)
    return context


def test_a_key_is_accepted_after_the_update_and_refused_after_its_removal(world: World) -> None:
    """The old key of a rotation is accepted for the delay."""
    updater = world.updater()
    context = followed(world, updater)
    with pytest.raises(PinMismatchError):
        connect(context, world.pki.sibling)
    world.update(api(world.pki, "backup", "sibling"))
    updater.refresh()
    assert connect(context, world.pki.sibling)
    assert connect(context, world.pki.leaf)
    world.time.elapse(7 * DAY)
    assert status(updater).removals == ()
    with pytest.raises(PinMismatchError):
        connect(context, world.pki.leaf)
    assert connect(context, world.pki.sibling)


def test_a_suspension_lets_pass_until_its_end(world: World) -> None:
    """The chain is verified all the same."""
    world.update(api(world.pki, "leaf", "backup"), suspensions=(Suspension(API, NOW, NOW + DAY, "lost"),))
    updater = world.updater()
    context = followed(world, updater)
    updater.refresh()
    assert connect(context, world.pki.sibling)
    world.time.elapse(DAY)
    assert status(updater).suspensions == ()
    with pytest.raises(PinMismatchError):
        connect(context, world.pki.sibling)


def test_an_expired_policy_refuses_with_the_reason(world: World) -> None:
    """Also the pinned key; a newer policy ends it, because the updater itself is not refused."""
    updater = world.updater()
    context = followed(world, updater)
    updater.refresh()
    assert connect(context, world.pki.leaf)
    world.time.elapse(90 * DAY)
    assert status(updater).expired
    with pytest.raises(PinMismatchError, match=rf"{API} is refused, because the signed policy expired on"):
        connect(context, world.pki.leaf)
    world.update(api(world.pki, "leaf", "backup"))
    updater.refresh()
    assert connect(context, world.pki.leaf)


def test_the_floor_follows_an_expired_policy_if_the_pin_file_says_so(pki: PKI, tmp_path: Path) -> None:
    """Keys of the update are refused then, and those of the program are accepted."""
    world = World(tmp_path, pki, floor=(api(pki, "leaf", "backup"),), settings='after-expiry = "floor"\n')
    with world.stack:
        world.update(api(pki, "backup", "sibling"))
        updater = world.updater()
        context = followed(world, updater)
        updater.refresh()
        assert connect(context, pki.sibling)
        world.time.elapse(90 * DAY)
        assert (status(updater).source, status(updater).expired) == ("floor", True)
        assert connect(context, pki.leaf)
        with pytest.raises(PinMismatchError, match="presented no pinned key"):
            connect(context, pki.sibling)
