from __future__ import annotations

import socket
import sys
from itertools import count

import pytest

from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.servers.fault import Tarpit
from pinsmith.lab.servers.listener import Listener
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.stage import Stage
from tests.lab.client import ask, trusting

NAME = "phone.test"
ADDRESS = "127.0.0.7"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only on Linux: elsewhere the loopback has one address")


@pytest.fixture(scope="module")
def pki() -> LabPKI:
    """Make the keys of a host other than localhost once."""
    return LabPKI.of_kind("ec-p256", host=NAME, also=(ADDRESS,))


def test_servers_of_a_stage_listen_on_its_address(pki: LabPKI) -> None:
    """A stage for a phone binds every server to its own address, although the scenario does not know that address."""
    with Stage(pki, address=ADDRESS) as stage:
        server = stage.serve(pki.genuine())
        assert ask((ADDRESS, server.port), trusting(pki.root), NAME).endswith(b"ok\n")
        assert server.endpoint == (ADDRESS, server.port)
        assert stage.start(Tarpit()).address == ADDRESS


def test_a_server_that_asks_for_another_address_keeps_it(pki: LabPKI) -> None:
    """The second loopback address of a scenario about two addresses is not changed."""
    with Stage(pki, address=ADDRESS) as stage:
        assert stage.start(Tarpit("127.0.0.9")).address == "127.0.0.9"


def test_servers_use_the_given_ports() -> None:
    """Ports that are known in advance can be forwarded to a device."""
    with Listener(ADDRESS) as free:
        first = free.port
    with Stage(LabPKI.of_kind("ec-p256"), address=ADDRESS, ports=count(first)) as stage:
        server = stage.start(Tarpit())
        assert server.endpoint == (ADDRESS, first)


def test_a_port_that_is_taken_leaves_no_socket_behind(pki: LabPKI) -> None:
    """A server that cannot use the port is closed, and the error gives the reason."""
    with Listener(ADDRESS) as other, Stage(pki, address=ADDRESS, ports=iter([other.port])) as stage:
        server = RecordingServer(pki.genuine())
        with pytest.raises(OSError, match="in use"):
            stage.start(server)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=10).close()


def test_the_pki_names_its_host(pki: LabPKI) -> None:
    """Certificates, pins and the scene all contain the host of the PKI."""
    with Stage(pki) as stage:
        server = stage.serve(pki.genuine())
        scene = stage.accepted(server)
        assert ask(server.endpoint, trusting(pki.root), NAME).endswith(b"ok\n")
        assert ask(server.endpoint, trusting(pki.root), ADDRESS).endswith(b"ok\n")
        assert (scene.host, scene.acts[0].pinning.host) == (NAME, NAME)
        assert pki.subdomain == f"api.{NAME}"
