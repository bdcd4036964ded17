"""HTTP/2 and other protocols through the proxy: what is negotiated and relayed, and how a client is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from pinsmith import errors
from pinsmith.lab.proxy.intercepting import InterceptingProxy
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.speaker import echo_speaker
from tests.lab.proxy.client import API, OPEN, REQUEST, ask, pinning, route_to, trusting, tunnelled, verdict_of

if TYPE_CHECKING:
    import socket
    import ssl

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.connection import RecordedConnection

LARGE = bytes(range(256)) * 8192  # 2 MiB: more than the buffers of the kernel hold


def h2_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Answer each request of HTTP/2 with status 200 and the body "two"."""
    import h2.config
    import h2.connection
    import h2.events

    del connection
    talk = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    talk.initiate_connection()
    sock.sendall(talk.data_to_send())
    while received := sock.recv(65536):
        for event in talk.receive_data(received):
            if isinstance(event, h2.events.RequestReceived):
                talk.send_headers(event.stream_id, [(":status", "200")])
                talk.send_data(event.stream_id, b"two", end_stream=True)
        sock.sendall(talk.data_to_send())


def get(proxy: InterceptingProxy, context: ssl.SSLContext, host: str) -> httpx.Response:
    """Send a request with a client that speaks HTTP/2."""
    url = f"http://{proxy.address}:{proxy.port}"
    with httpx.Client(http2=True, verify=context, proxy=url, timeout=20, trust_env=False) as client:
        return client.get(f"https://{host}/two?secret=1")


@pytest.mark.parametrize("version", [2, 1])
def test_the_client_and_the_real_host_speak_one_version(genuine: Identity, root: Authority, version: int) -> None:
    """The client gets the version that the real host chooses from its offer."""
    options = {"alpn": ("h2",), "speak": h2_speaker} if version == 2 else {"alpn": ("http/1.1",)}
    with (
        RecordingServer(genuine, **options) as server,
        InterceptingProxy(route=route_to(server, OPEN), cadata=root.pem) as proxy,
    ):
        answer = get(proxy, trusting(proxy), OPEN)
        assert (answer.http_version, answer.status_code) == ("HTTP/2" if version == 2 else "HTTP/1.1", 200)
        found = verdict_of(proxy, OPEN)
        assert found.verdict == "not-pinned"
        (evidence,) = found.clients.values()
        assert evidence.request == ("HTTP/2" if version == 2 else "GET /two HTTP/1.1")


def test_an_http2_client_that_pins_is_found(genuine: Identity, root: Authority) -> None:
    """The client completes the handshake, compares the pins and leaves before its first frame."""
    with (
        RecordingServer(genuine, alpn=("h2",), speak=h2_speaker) as server,
        InterceptingProxy(route=route_to(server, API, OPEN), cadata=root.pem) as proxy,
    ):
        context = pinning(proxy, genuine, API)
        get(proxy, context, OPEN)
        with pytest.raises(httpx.ConnectError) as caught:
            get(proxy, context, API)
        assert isinstance(errors.find(caught.value), errors.PinMismatchError)
        assert verdict_of(proxy, API).verdict == "pinned"


def test_a_client_of_http2_only_is_refused_in_http2() -> None:
    """It gets a GOAWAY after the proxy has read its request."""
    import h2.connection
    import h2.events

    with InterceptingProxy(upstream="block") as proxy:
        context = trusting(proxy)
        context.set_alpn_protocols(["h2"])
        talk = h2.connection.H2Connection()
        talk.initiate_connection()
        talk.send_headers(1, [(":method", "GET"), (":path", "/"), (":authority", OPEN), (":scheme", "https")])
        answer = ask(proxy, context, OPEN, request=talk.data_to_send())
        events = talk.receive_data(answer)
        (last,) = [event for event in events if isinstance(event, h2.events.ConnectionTerminated)]
        assert last.error_code == 13  # HTTP_1_1_REQUIRED
        assert verdict_of(proxy, OPEN).verdict == "not-pinned"


def test_a_client_of_both_versions_is_refused_with_a_status() -> None:
    """Without a real host the proxy chooses HTTP/1.1, in which a status is a single line."""
    with InterceptingProxy(upstream="block") as proxy:
        answer = get(proxy, trusting(proxy), OPEN)
        assert (answer.http_version, answer.status_code) == ("HTTP/1.1", 502)


def test_other_protocols_are_relayed_in_both_directions_at_once(genuine: Identity, root: Authority) -> None:
    """An echo that is larger than all buffers arrives complete while the client still sends."""
    with (
        RecordingServer(genuine, alpn=("mqtt",), speak=echo_speaker) as server,
        InterceptingProxy(route=route_to(server, OPEN), cadata=root.pem) as proxy,
    ):
        context = trusting(proxy)
        context.set_alpn_protocols(["mqtt"])
        with tunnelled(proxy, OPEN) as plain, context.wrap_socket(plain, server_hostname=OPEN) as secure:
            assert secure.selected_alpn_protocol() == "mqtt"
            received = 0
            for start in range(0, len(LARGE), 65536):
                secure.sendall(LARGE[start : start + 65536])
                received += len(secure.recv(65536))
            while received < len(LARGE):
                received += len(secure.recv(65536))
        found = verdict_of(proxy, OPEN)
        assert [evidence.bytes_received for evidence in found.clients.values()] == [len(LARGE)]
        server.settled()
        assert server.received_size == len(LARGE)
        assert LARGE.startswith(server.received)


def test_a_server_that_speaks_first_is_relayed(genuine: Identity, root: Authority) -> None:
    """Mail servers speak first; the answer of the client is the evidence."""

    def greet(sock: socket.socket, connection: RecordedConnection) -> None:
        sock.sendall(b"220 welcome\r\n")
        echo_speaker(sock, connection)

    with (
        RecordingServer(genuine, speak=greet) as server,
        InterceptingProxy(route=route_to(server, OPEN), cadata=root.pem) as proxy,
    ):
        with tunnelled(proxy, OPEN) as plain, trusting(proxy).wrap_socket(plain, server_hostname=OPEN) as secure:
            assert secure.recv(4096) == b"220 welcome\r\n"
            secure.sendall(b"EHLO client.test\r\n")
            assert secure.recv(4096)
        found = verdict_of(proxy, OPEN)
        assert found.verdict == "not-pinned"
        assert [evidence.request for evidence in found.clients.values()] == [None]


def test_a_real_host_that_hangs_up_first_is_not_a_refusal(genuine: Identity, root: Authority) -> None:
    """The client that leaves afterwards has refused nothing."""

    def hang_up(sock: socket.socket, connection: RecordedConnection) -> None:
        del sock, connection

    with (
        RecordingServer(genuine, speak=hang_up) as server,
        InterceptingProxy(route=route_to(server, OPEN), cadata=root.pem) as proxy,
    ):
        with tunnelled(proxy, OPEN) as plain, trusting(proxy).wrap_socket(plain, server_hostname=OPEN) as secure:
            assert secure.recv(4096) == b""
        assert verdict_of(proxy, OPEN).reason == "silent"


def test_a_real_host_that_requires_a_certificate_is_not_a_refusal(genuine: Identity, root: Authority) -> None:
    """The failure is recorded as a problem of the real host; the client's request is read and answered with 502."""
    with (
        RecordingServer(genuine, client_ca=root) as server,
        InterceptingProxy(route=route_to(server, OPEN), cadata=root.pem) as proxy,
    ):
        ask(proxy, trusting(proxy), OPEN, request=REQUEST)
        found = verdict_of(proxy, OPEN)
        assert found.verdict == "not-pinned"
        (evidence,) = found.clients.values()
        assert "certificate required" in (evidence.upstream_problem or "")
