"""The proxy's side of a connection to a client that reads slowly, and its connection to the real host."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.proxy.seen import Client, Destination, Seen
from pinsmith.lab.proxy.tls_end import TLSEnd
from pinsmith.lab.proxy.tunnel import Deadline, tunnel
from pinsmith.lab.proxy.upstream import Upstream, problem_of
from pinsmith.lab.servers.listener import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.servers.server import RecordingServer

LARGE = bytes(range(256)) * 200  # fits into what the tunnel reads at once, but not into what it can send at once


@contextmanager
def slow_client(root: Authority) -> Iterator[tuple[ssl.SSLSocket, socket.socket]]:
    """Connect a client that need not read and a real host through a tunnel; yield the far end of both."""
    near, far = socket.socketpair()
    upstream, host = socket.socketpair()
    near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    root.issue("a.test").load_into(context)
    end = TLSEnd.over(near, context, b"")

    def serve() -> None:
        end.do_handshake(Deadline(20))
        with suppress(OSError):  # the far ends may hang up at any time
            tunnel(end, upstream)

    thread = threading.Thread(target=serve)
    thread.start()
    far.settimeout(20)
    trusting = ssl.create_default_context(cadata=root.pem)
    with end, upstream, host, trusting.wrap_socket(far, server_hostname="a.test") as client:
        yield client, host
        client.close()
        host.close()
        thread.join(20)


def read(client: ssl.SSLSocket, count: int) -> bytes:
    """Read *count* bytes, or until the end of the stream."""
    received = b""
    while len(received) < count and (chunk := client.recv(65536)):
        received += chunk
    return received


def test_unsent_bytes_are_sent_later(root: Authority) -> None:
    """The tunnel sends the remaining bytes although no other event wakes it."""
    with slow_client(root) as (client, host):
        host.sendall(LARGE)
        assert read(client, len(LARGE)) == LARGE


def test_unsent_bytes_are_sent_before_the_end(root: Authority) -> None:
    """The client receives all bytes, then close_notify, then FIN."""
    with slow_client(root) as (client, host):
        host.sendall(LARGE)
        host.shutdown(socket.SHUT_WR)
        assert read(client, len(LARGE) + 1) == LARGE
        plain = client.unwrap()
        with plain:
            assert plain.recv(1) == b""


def test_a_client_that_sent_its_request_is_opened_again() -> None:
    """A client that was intercepted once is not passed through after other refusals: that would hide more requests."""
    seen, destination, client = Seen(), Destination("a.test", 443), Client("192.0.2.1", "aaaa")
    assert not seen.has_refused(destination, client)
    seen.begin(destination, client).refused("closed")
    assert seen.has_refused(destination, client)
    assert not seen.has_refused(destination, Client("192.0.2.1", "bbbb"))
    seen.begin(destination, client).heard(b"x")
    assert not seen.has_refused(destination, client)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_clients_on_other_machines_cannot_reach_this_one(server: RecordingServer, host: str) -> None:
    """An open proxy does not lead to the loopback, except where a route says so."""
    destination = Destination(host, server.port)
    near, far = socket.socketpair()
    with near, far:
        link = Link(near, ("192.0.2.1", 1))
        with pytest.raises(PermissionError, match="is on this machine"):
            Upstream(own_machine=False).connect(link, destination)
        for allowed in (Upstream(), Upstream(own_machine=False, route={str(destination): server.endpoint})):
            allowed.connect(link, destination).close()


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::"]
)
def test_clients_on_other_machines_cannot_reach_the_local_network(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves to such an address is refused before anything is dialled."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, 0, 0, "", (address, 443))])
    near, far = socket.socketpair()
    with near, far, pytest.raises(PermissionError, match="is on this machine"):
        Upstream(own_machine=False).connect(Link(near, ("192.0.2.1", 1)), Destination("rebound.test", 443))


def test_a_resolver_that_hangs_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver has no deadline of its own, and neither the client nor the end of the proxy waits for it."""
    asked, hang = threading.Event(), threading.Event()

    def slow(*args: object, **kwargs: object) -> list[object]:
        asked.set()
        hang.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    near, far = socket.socketpair()
    with near, far:
        link = Link(near, ("192.0.2.1", 1))
        with pytest.raises(TimeoutError):
            Upstream(timeout_seconds=0.01).connect(link, Destination("slow.test", 443))
        asked.clear()

        def end() -> None:
            asked.wait(20)
            link.abort()

        ender = threading.Thread(target=end)
        ender.start()
        with pytest.raises(ConnectionAbortedError):
            Upstream(timeout_seconds=20).connect(link, Destination("slow.test", 443))
        ender.join()
        hang.set()


def test_a_name_without_address_is_reported() -> None:
    """The failed lookup is reported as a problem of the real host, which changes no verdict."""
    near, far = socket.socketpair()
    with near, far, pytest.raises(socket.gaierror) as caught:
        Upstream().connect(Link(near, ("192.0.2.1", 1)), Destination("nobody.invalid", 443))
    assert problem_of(caught.value)
