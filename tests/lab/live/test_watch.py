from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

import pinsmith
from pinsmith.lab.live.watch import Watch
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.scenario import Act, Pinning
from pinsmith.lab.servers import received
from pinsmith.lab.servers.fault import PlainHTTP
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Site
from pinsmith.lab.witness import Part
from tests.lab.client import REQUEST, ask, connected
from tests.lab.live.conftest import named

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.lab.live.conftest import Guests

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
PINNING = Pinning(("sha256/AA",))
(WRONG_KEY,) = named("wrong-key")


def test_a_correct_client_passes(guests: Guests) -> None:
    """The good server answers, the rogue receives no byte, and both events are reported as correct."""
    guests.ask("leaf-pin", guests.pinned("leaf-pin"))
    with pytest.raises(pinsmith.errors.PinMismatchError):
        guests.ask("wrong-key", guests.pinned("wrong-key"))
    good, rogue = guests.events()
    assert (good.scenario, good.result, good.bytes_received) == ("leaf-pin", "pass", len(REQUEST))
    assert (rogue.scenario, rogue.result, rogue.bytes_received) == ("wrong-key", "pass", 0)
    assert not guests.service.watch.lacks_control


def test_a_client_that_does_not_pin_accepts_a_rogue(guests: Guests) -> None:
    """The event gives the number of bytes that the client sent, and only method and path of the request."""
    guests.ask("wrong-key", guests.unpinned())
    (event,) = guests.events()
    assert (event.result, event.bytes_received, event.request) == ("accepts-a-rogue", len(REQUEST), "GET /secret")
    assert str(event) == f"{event.peer} sent {len(REQUEST)} bytes (GET /secret) -> ACCEPTS A ROGUE"
    assert guests.service.watch.counts_of("wrong-key") == {"accepts-a-rogue": 1}
    assert guests.events() == ()


def test_a_client_that_trusts_nothing_refuses_a_good_server(guests: Guests) -> None:
    """The event names the alert; a client that also refuses the good server has not proved that it pins."""
    stranger = ssl.create_default_context(cadata=Authority.root("Stranger").pem)
    for scenario_id in ("leaf-pin", "wrong-key"):
        with pytest.raises(ssl.SSLCertVerificationError):
            guests.ask(scenario_id, stranger)
    good, rogue = guests.events()
    assert good.result == "refuses-a-good-server"
    assert good.what == "refused during the handshake (alert: unknown ca), 0 bytes"
    assert rogue.result == "pass"
    assert guests.service.watch.lacks_control


@pytest.mark.parametrize("scenario_id", ["leaf-pin", "wrong-key"])
def test_a_connection_without_a_handshake_proves_nothing(scenario_id: str, guests: Guests) -> None:
    """A client that only tests whether the port is open has neither accepted nor refused the server."""
    scene = guests.of(scenario_id).scene
    socket.create_connection((scene.address, scene.port), timeout=10).close()
    (event,) = guests.events()
    assert (event.result, event.what) == ("unproven", "left without a handshake, 0 bytes")


def test_a_client_that_leaves_after_the_handshake_has_refused(guests: Guests) -> None:
    """An app that compares pins itself completes the handshake, and then leaves without an alert."""
    for scenario_id in ("leaf-pin", "wrong-key"):
        scene = guests.of(scenario_id).scene
        with connected((scene.address, scene.port), guests.unpinned(), scene.host):
            pass
    good, rogue = guests.events()
    assert (good.result, rogue.result) == ("refuses-a-good-server", "pass")
    assert rogue.what == "left after the handshake, 0 bytes"


def test_a_request_is_reported_while_the_connection_stays_open(guests: Guests) -> None:
    """
    Apps keep connections open for minutes, so events are reported at once.

    Later bytes are not shown as a request.
    """
    scene = guests.of("wrong-key").scene
    with connected((scene.address, scene.port), guests.unpinned(), scene.host) as secure:
        for number in range(2):
            secure.sendall(REQUEST)
            assert secure.recv(4096)
            guests.service.watch.look()
            (event,) = guests.service.watch.take()
            assert (event.result, event.bytes_received) == ("accepts-a-rogue", len(REQUEST))
            assert event.request == (None if number else "GET /secret")
    assert guests.events() == ()


def test_a_redirect_is_reported_for_each_server(opened: Callable[..., Guests]) -> None:
    """The first request is correct; the request to the rogue after the redirect is not."""
    guests = opened("redirect-to-rogue")
    answer = guests.ask("redirect-to-rogue", guests.unpinned())
    port = int(answer.partition(b"https://localhost:")[2].partition(b"/")[0])
    ask(("127.0.0.1", port), guests.unpinned(), "localhost")
    assert [event.result for event in guests.events()] == ["pass", "accepts-a-rogue"]


def watching(expected: str, **witnesses: tuple[object, ...]) -> Watch:
    """Make a watch of these servers, which belong to no real scenario."""
    watch = Watch(lambda: NOW)
    watch.add(WRONG_KEY, Act(expected, PINNING, **witnesses))  # type: ignore[arg-type]
    return watch


def test_a_request_in_the_clear_instead_of_tls_is_reported() -> None:
    """A client that falls back to plain HTTP has leaked its request; a ClientHello leaks nothing."""
    with PlainHTTP() as server:
        watch = watching("refuse", guarded=(server,))
        with pytest.raises(ssl.SSLError):
            ask(server.endpoint, ssl.create_default_context())
        with socket.create_connection(server.endpoint, timeout=10) as plain:
            plain.sendall(REQUEST)
            assert plain.recv(4096)
        server.wait_closed()
        clear, hello = watch.take()
    assert (hello.result, hello.bytes_received) == ("pass", 0)
    assert (clear.result, clear.bytes_received, clear.request) == ("accepts-a-rogue", len(REQUEST), "GET /secret")


def test_only_requests_to_the_guarded_host_count(guests: Guests) -> None:
    """One of two hosts on the same server is guarded, and only requests to that host are leaks."""
    site = Site()
    pki = guests.service.pki
    with RecordingServer(pki.genuine("a.test", "b.test"), speak=site) as server:
        wanted = Part(server, lambda: site.requests_to("a.test"))
        guarded = Part(server, lambda: site.requests_to("b.test"))
        watch = watching("withhold", wanted=(wanted,), guarded=(guarded,))
        for host, result in (("a.test", "pass"), ("b.test", "accepts-a-rogue")):
            with connected(server.endpoint, guests.unpinned(), host) as secure:
                secure.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                assert secure.recv(4096)
            server.wait_closed()
            assert [event.result for event in watch.take()] == [result]


def test_a_server_that_received_more_than_it_keeps_is_listed(guests: Guests, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later requests to such a server are only counted, so the report lists it."""
    guests.ask("wrong-key", guests.unpinned())
    guests.events()
    assert not guests.service.watch.full
    monkeypatch.setattr(received.Quota, "is_used_up", True)
    guests.events()
    assert guests.service.watch.full == ("leaf-pin", "wrong-key")


def test_a_request_to_a_proxy_is_reported() -> None:
    """A request in the clear to a proxy is reported, although the proxy keeps no record of connections."""
    with ConnectProxy() as proxy:
        watch = watching("refuse", guarded=(proxy,))
        with socket.create_connection(proxy.endpoint, timeout=10) as plain:
            plain.sendall(b"GET http://localhost/ HTTP/1.1\r\n\r\n")
            assert plain.recv(4096)
        proxy.wait_closed()
        (event,) = watch.take()
    assert (event.result, event.at) == ("accepts-a-rogue", NOW)
    assert watch.take() == ()
