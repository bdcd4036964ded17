from __future__ import annotations

import asyncio
import socket
import ssl

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.servers.fault import ClosedPort
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.speaker import echo_speaker
from tests.lab.client import REQUEST, Tunnelled, ask, connected, trusting

NAME = "api.example.com"
TARGET = f"{NAME}:443"
CONNECT = f"CONNECT {TARGET} HTTP/1.1\r\nHost: {TARGET}\r\n\r\n".encode()
LARGE = bytes(range(256)) * 32768  # 8 MiB: more than the buffers of the kernel hold
AHEAD = 1 << 20  # how many bytes the client may send before it reads
STEP = 1 << 16


@pytest.fixture(scope="module")
def root() -> Authority:
    """Make one root for the file; tests do not change it."""
    return Authority.root()


def open_tunnel(outer: socket.socket) -> None:
    """Request a tunnel, and read the proxy's consent."""
    outer.sendall(CONNECT)
    assert outer.recv(4096) == b"HTTP/1.1 200 Connection established\r\n\r\n"


def test_a_plain_proxy_tunnels_tls(root: Authority) -> None:
    """The client speaks in the clear to the proxy, and TLS inside the tunnel, where the server's certificate counts."""
    leaf = root.issue(NAME)
    with (
        RecordingServer(leaf) as server,
        ConnectProxy(route={TARGET: server.endpoint}) as proxy,
    ):
        with socket.create_connection((proxy.address, proxy.port), timeout=10) as plain:
            open_tunnel(plain)
            with trusting(root).wrap_socket(plain, server_hostname=NAME) as secure:
                secure.sendall(REQUEST)
                assert secure.recv(4096).endswith(b"ok\n")
        proxy.wait_closed()
        (connection,) = server.settled()
        assert connection.application_bytes == REQUEST
        assert connection.server_name == NAME
        assert proxy.connects == (TARGET,)
        assert proxy.requests[0].headers == (f"Host: {TARGET}",)
        assert not proxy.requests[0].tls


def test_an_https_proxy_tunnels_tls_in_tls(root: Authority) -> None:
    """The proxy and the inner server have certificates of their own, and the request reaches the inner server."""
    proxy_root = Authority.root("Proxy Root")
    with (
        RecordingServer(root.issue(NAME)) as server,
        ConnectProxy(tls=proxy_root.issue("proxy.test"), route={TARGET: server.endpoint}) as proxy,
    ):
        with connected(proxy.endpoint, trusting(proxy_root), "proxy.test") as outer:
            open_tunnel(outer)
            inner = Tunnelled(outer, trusting(root), NAME)
            inner.send(REQUEST)
            assert inner.receive().endswith(b"ok\n")
        proxy.wait_closed()
        server.settled()
        assert server.received == REQUEST
        assert proxy.connects == (TARGET,)
        assert proxy.requests[0].tls


@pytest.mark.parametrize("secured", [False, True])
def test_an_async_client_gets_through(root: Authority, *, secured: bool) -> None:
    """Asyncio streams tunnel through the plain proxy, and TLS in TLS through the HTTPS proxy."""

    async def ask_through(proxy: ConnectProxy) -> bytes:
        outer = trusting(root) if secured else None
        name = "proxy.test" if secured else None
        reader, writer = await asyncio.open_connection(*proxy.endpoint, ssl=outer, server_hostname=name)
        writer.write(CONNECT)
        await reader.readuntil(b"\r\n\r\n")
        await writer.start_tls(trusting(root), server_hostname=NAME)
        writer.write(REQUEST)
        answer = await reader.read(4096)
        writer.close()
        await writer.wait_closed()
        return answer

    with (
        RecordingServer(root.issue(NAME)) as server,
        ConnectProxy(tls=root.issue("proxy.test") if secured else None, route={TARGET: server.endpoint}) as proxy,
    ):
        assert asyncio.run(ask_through(proxy)).startswith(b"HTTP/1.1 200 ")
        proxy.wait_closed()
        server.settled()
        assert server.received == REQUEST


def test_a_client_that_does_not_trust_the_https_proxy_asks_for_nothing(root: Authority) -> None:
    """If the outer handshake fails, the proxy receives no request, and it records the client's alert."""
    with ConnectProxy(tls=Authority.root("Proxy Root").issue("proxy.test")) as proxy:
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(proxy.endpoint, trusting(root), "proxy.test")
        proxy.wait_closed()
        assert proxy.requests == ()
        assert "UNKNOWN_CA" in str(proxy.end_errors[0])


@pytest.mark.parametrize("secured", [False, True])
def test_a_lying_proxy_leads_to_another_server(root: Authority, *, secured: bool) -> None:
    """redirect_to takes precedence over the route: the client meets the rogue, refuses and sends nothing."""
    rogue_root = Authority.root("Rogue Root")
    proxy_root = Authority.root("Proxy Root")
    tls = proxy_root.issue("proxy.test") if secured else None
    with (
        RecordingServer(root.issue(NAME)) as good,
        RecordingServer(rogue_root.issue(NAME)) as rogue,
        ConnectProxy(tls=tls, route={TARGET: good.endpoint}, redirect_to=rogue.endpoint) as proxy,
    ):
        outer = socket.create_connection(proxy.endpoint, timeout=10)
        if secured:
            outer = trusting(proxy_root).wrap_socket(outer, server_hostname="proxy.test")
        with outer:
            open_tunnel(outer)
            with pytest.raises(ssl.SSLCertVerificationError):
                Tunnelled(outer, trusting(root), NAME)
        proxy.wait_closed()
        assert good.settled() == ()
        assert not rogue.settled()[0].handshaken
        assert rogue.received == b""


@pytest.mark.parametrize("secured", [False, True])
def test_both_directions_at_once_do_not_block_each_other(root: Authority, *, secured: bool) -> None:
    """An echo that is larger than all buffers arrives while the client still sends."""
    tls = root.issue("proxy.test") if secured else None
    received = 0
    with (
        RecordingServer(root.issue(NAME), speak=echo_speaker) as server,
        ConnectProxy(tls=tls, route={TARGET: server.endpoint}) as proxy,
    ):
        outer = socket.create_connection(proxy.endpoint, timeout=30)
        if secured:
            outer = trusting(root).wrap_socket(outer, server_hostname="proxy.test")
        with outer:
            open_tunnel(outer)
            inner = Tunnelled(outer, trusting(root), NAME)
            inner.send(LARGE[:AHEAD])
            for start in range(AHEAD, len(LARGE), STEP):
                inner.send(LARGE[start : start + STEP])
                while received < start - AHEAD:
                    received += len(inner.receive())
            while received < len(LARGE):
                received += len(inner.receive())
        proxy.wait_closed()
        server.settled()
        assert server.received_size == len(LARGE)
        assert LARGE.startswith(server.received)


def test_a_pipelined_first_record_is_forwarded(root: Authority) -> None:
    """Bytes that follow the CONNECT head immediately reach the server unchanged."""
    with (
        RecordingServer(root.issue(NAME)) as server,
        ConnectProxy(redirect_to=server.endpoint) as proxy,
    ):
        with socket.create_connection(proxy.endpoint, timeout=10) as plain:
            plain.sendall(CONNECT + b"this is no ClientHello")
            answer = b""
            while chunk := plain.recv(4096):
                answer += chunk
        proxy.wait_closed()
        assert answer.startswith(b"HTTP/1.1 200 Connection established\r\n\r\n")
        assert server.settled()[0].handshake_error is not None


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("CONNECT unknown.example.org:443 HTTP/1.1", "502 Bad Gateway"),
        ("CONNECT nonsense HTTP/1.1", "502 Bad Gateway"),
        ("GET http://api.example.com/ HTTP/1.1", "405 Method Not Allowed"),
    ],
)
def test_the_proxy_never_leaves_the_loopback(request_line: str, status: str) -> None:
    """A host without a route is refused and recorded, and nothing is resolved or dialled."""
    with ConnectProxy() as proxy:
        with socket.create_connection(proxy.endpoint, timeout=10) as plain:
            plain.sendall(f"{request_line}\r\n\r\n".encode())
            assert plain.recv(4096).startswith(f"HTTP/1.1 {status}\r\n".encode())
        proxy.wait_closed()
        assert [request.line for request in proxy.requests] == [request_line]


def test_a_server_that_is_gone_is_502() -> None:
    """The client gets 502, and the refusal is recorded."""
    with ClosedPort() as closed, ConnectProxy(route={TARGET: closed.endpoint}) as proxy:
        with socket.create_connection(proxy.endpoint, timeout=10) as plain:
            plain.sendall(CONNECT)
            assert plain.recv(4096).startswith(b"HTTP/1.1 502 ")
        proxy.wait_closed()
        assert isinstance(proxy.end_errors[0], ConnectionRefusedError)


def test_a_loopback_address_needs_no_route(root: Authority) -> None:
    """CONNECT 127.0.0.1:port reaches that port without a route."""
    with RecordingServer(root.issue("127.0.0.1")) as server, ConnectProxy() as proxy:
        with socket.create_connection(proxy.endpoint, timeout=10) as plain:
            plain.sendall(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n\r\n".encode())
            assert plain.recv(4096).startswith(b"HTTP/1.1 200 ")
            Tunnelled(plain, trusting(root), "127.0.0.1")
        proxy.wait_closed()
        assert server.settled()[0].handshaken


def test_closing_the_proxy_ends_open_tunnels(root: Authority) -> None:
    """The with blocks end although a client still has a tunnel open."""
    with (
        RecordingServer(root.issue(NAME)) as server,
        ConnectProxy(redirect_to=server.endpoint) as proxy,
    ):
        outer = socket.create_connection(proxy.endpoint, timeout=10)
        open_tunnel(outer)
        Tunnelled(outer, trusting(root), NAME)
    with outer:
        while outer.recv(65536):  # session tickets, then the end of the stream
            pass
    assert server.connections[0].ended


def test_a_request_in_the_clear_to_the_proxy_is_disclosed(root: Authority) -> None:
    """A request that the client sends to the proxy in the clear is disclosed; CONNECT alone discloses nothing."""
    with RecordingServer(root.issue("localhost")) as server, ConnectProxy() as proxy:
        for request in (
            f"CONNECT localhost:{server.port} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET https://localhost/secret HTTP/1.1\r\nCookie: crumbs\r\n\r\n",
        ):
            with socket.create_connection(proxy.endpoint, 10) as plain:
                plain.sendall(request.encode())
                assert plain.recv(4096)
        proxy.wait_closed()
        assert proxy.disclosed == b"GET https://localhost/secret HTTP/1.1\r\nCookie: crumbs"
        assert len(proxy.connections) == 2
