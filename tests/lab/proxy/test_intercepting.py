"""Verdicts of the proxy on clients that pin, that do not pin, and that prove nothing."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith import errors
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.proxy.intercepting import InterceptingProxy
from pinsmith.lab.proxy.judgement import Wanted, all_pinned
from pinsmith.lab.servers.fault import ClosedPort
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.speaker import silent_speaker
from tests.lab.proxy.client import (
    API,
    OPEN,
    REQUEST,
    SECRET,
    ask,
    pinning,
    route_to,
    trusting,
    tunnelled,
    verdict_of,
    wanted,
)
from tests.lab.proxy.test_hello import flight

if TYPE_CHECKING:
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.proxy.judgement import HostVerdict
    from pinsmith.lab.servers.connection import RecordedConnection

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def relaying(server: RecordingServer, root: Authority, **options: object) -> InterceptingProxy:
    """Make a proxy whose real hosts are all *server*."""
    return InterceptingProxy(route=route_to(server, API, OPEN), cadata=root.pem, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_a_client_that_does_not_pin_is_intercepted_and_relayed(
    server: RecordingServer, root: Authority, version: ssl.TLSVersion
) -> None:
    """The request that arrives under the rogue certificate is the proof, and the real host answers the client."""
    with relaying(server, root) as proxy:
        context = trusting(proxy)
        context.minimum_version = context.maximum_version = version
        assert ask(proxy, context, OPEN).endswith(b"ok\n")
        found = verdict_of(proxy, OPEN)
        assert (found.verdict, found.reason, found.port) == ("not-pinned", "intercepted", 443)
        ((client, evidence),) = found.clients.items()
        assert client.address == "127.0.0.1"
        assert (evidence.intercepted, evidence.bytes_received) == (1, len(REQUEST))
        assert evidence.upstream_problem is None
        assert evidence.tls_version == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        server.settled()
        assert server.received == REQUEST


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_a_client_that_pins_is_found_beside_a_control(
    server: RecordingServer, root: Authority, genuine: Identity, version: ssl.TLSVersion
) -> None:
    """The client sends its request to one host, and refuses the same authority at the pinned host."""
    with relaying(server, root, must_pin=wanted(API)) as proxy:
        context = pinning(proxy, genuine, API)
        context.minimum_version = context.maximum_version = version
        ask(proxy, context, OPEN)
        with pytest.raises(errors.PinMismatchError):
            ask(proxy, context, API)
        assert verdict_of(proxy, OPEN).verdict == "not-pinned"
        found = verdict_of(proxy, API)
        assert (found.verdict, found.reason, found.must_pin) == ("pinned", "refused", True)
        assert OPEN in found.message
        assert sum(evidence.bytes_received for evidence in found.clients.values()) == 0
        assert all_pinned(proxy.verdicts()) is True


def test_a_refusal_without_a_control_proves_nothing(
    server: RecordingServer, root: Authority, genuine: Identity
) -> None:
    """No host shows that this client trusts the rogue authority."""
    with relaying(server, root, must_pin=wanted(API)) as proxy:
        with pytest.raises(errors.PinMismatchError):
            ask(proxy, pinning(proxy, genuine, API), API)
        found = verdict_of(proxy, API)
        assert (found.verdict, found.reason) == ("inconclusive", "no-control")
        assert all_pinned(proxy.verdicts()) is False


def test_a_client_that_does_not_trust_the_authority_proves_nothing(server: RecordingServer, root: Authority) -> None:
    """The alert shows the missing trust, and another client with the same TLS stack does not serve as a control."""
    with relaying(server, root) as proxy:
        ask(proxy, trusting(proxy), OPEN)
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(proxy, ssl.create_default_context(cadata=root.pem), API)
        found = verdict_of(proxy, API)
        assert (found.verdict, found.reason) == ("inconclusive", "ca-not-trusted")
        assert [dict(evidence.refused) for evidence in found.clients.values()] == [{"unknown_ca": 1}]


def test_a_named_control_proves_pins_for_a_client_with_other_trust_anchors_at_one_host(
    server: RecordingServer, root: Authority
) -> None:
    """A client that accepts the rogue authority at the control, and only its own at the host, pins an authority."""
    with relaying(server, root, controls=wanted(OPEN)) as proxy:
        ask(proxy, trusting(proxy), OPEN)
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(proxy, ssl.create_default_context(cadata=root.pem), API)
        assert verdict_of(proxy, API).verdict == "pinned"


def test_a_named_control_without_an_interception_does_not_count(
    server: RecordingServer, root: Authority, genuine: Identity
) -> None:
    """If a control is named, no other host replaces it."""
    with relaying(server, root, controls=wanted("control.example.com")) as proxy:
        context = pinning(proxy, genuine, API)
        ask(proxy, context, OPEN)
        with pytest.raises(errors.PinMismatchError):
            ask(proxy, context, API)
        assert verdict_of(proxy, API).reason == "no-control"


def test_another_tls_stack_is_not_a_control(server: RecordingServer, root: Authority, genuine: Identity) -> None:
    """A browser on a phone may trust authorities that an app on the same phone does not trust."""
    with relaying(server, root) as proxy:
        browser = trusting(proxy)
        browser.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        ask(proxy, browser, OPEN)
        with pytest.raises(errors.PinMismatchError):
            ask(proxy, pinning(proxy, genuine, API), API)
        assert verdict_of(proxy, API).reason == "no-control"


def test_one_interception_outweighs_every_refusal(server: RecordingServer, root: Authority, genuine: Identity) -> None:
    """An app with two TLS stacks, of which only one pins, does not pin."""
    with relaying(server, root) as proxy:
        ask(proxy, pinning(proxy, genuine, API), OPEN)
        with pytest.raises(errors.PinMismatchError):
            ask(proxy, pinning(proxy, genuine, API), API)
        proxy.wait_closed()
        ask(proxy, trusting(proxy), API)
        found = verdict_of(proxy, API)
        assert found.verdict == "not-pinned"
        assert "other attempts were refused (1)" in found.message


def test_a_host_that_must_pin_is_never_relayed(server: RecordingServer, root: Authority) -> None:
    """A client that sends its request to such a host gets 502, and the real host receives no byte."""
    with relaying(server, root, must_pin=wanted(API)) as proxy:
        answer = ask(proxy, trusting(proxy), API)
        assert answer.startswith(b"HTTP/1.1 502 ")
        assert verdict_of(proxy, API).verdict == "not-pinned"
        assert server.settled() == ()
        assert all_pinned(proxy.verdicts()) is False


def test_a_host_without_connections_is_not_seen() -> None:
    """A test that never reached the host proves nothing, and does not pass."""
    with InterceptingProxy(upstream="block", must_pin=(Wanted(API), Wanted(OPEN, 8443))) as proxy:
        assert [(verdict.host, verdict.port, verdict.verdict) for verdict in proxy.verdicts()] == [
            (API, None, "not-seen"),
            (OPEN, 8443, "not-seen"),
        ]
        assert all_pinned(proxy.verdicts()) is False


def ask_directly(proxy: InterceptingProxy, context: ssl.SSLContext, name: str) -> bytes:
    """Connect as an app does whose host leads to this machine, without a request to a proxy."""
    with (
        socket.create_connection(proxy.endpoint, timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        secure.sendall(REQUEST)
        return secure.recv(4096)


def test_an_app_that_avoids_the_proxy_is_judged_by_the_name_that_it_asks_for(
    server: RecordingServer, root: Authority, genuine: Identity
) -> None:
    """Nothing is relayed, because the name may lead here from this machine, too."""
    with relaying(server, root, must_pin=wanted(API), controls=wanted(OPEN)) as proxy:
        ask(proxy, pinning(proxy, genuine, API), OPEN)
        before = len(server.settled())
        with pytest.raises(errors.PinMismatchError):
            ask_directly(proxy, pinning(proxy, genuine, API), API)
        assert (verdict_of(proxy, API).verdict, verdict_of(proxy, API).port) == ("pinned", 443)
        assert ask_directly(proxy, trusting(proxy), API).startswith(b"HTTP/1.1 502 ")
        assert verdict_of(proxy, API).verdict == "not-pinned"
        assert ask_directly(proxy, trusting(proxy), OPEN).startswith(b"HTTP/1.1 502 ")
        assert len(server.settled()) == before


def test_a_direct_connection_without_a_name_is_not_recorded() -> None:
    """The proxy cannot know which host a client wants that sends no name, or no ClientHello."""
    with InterceptingProxy(upstream="block") as proxy:
        nameless = trusting(proxy)
        nameless.check_hostname = False
        with socket.create_connection(proxy.endpoint, timeout=20) as plain, pytest.raises(OSError, match=r"EOF|reset"):
            nameless.wrap_socket(plain)
        with socket.create_connection(proxy.endpoint, timeout=20) as plain:
            plain.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            plain.shutdown(socket.SHUT_WR)
            assert plain.recv(1) == b""
        proxy.wait_closed()
        assert proxy.verdicts() == ()


def test_without_hosts_that_must_pin_nothing_is_judged() -> None:
    """The result is neither a pass nor a failure."""
    with InterceptingProxy(upstream="block") as proxy:
        ask(proxy, trusting(proxy), OPEN)
        proxy.wait_closed()
        assert all_pinned(proxy.verdicts()) is None


def test_after_a_refusal_the_client_is_passed_through_unopened(
    server: RecordingServer, root: Authority, genuine: Identity
) -> None:
    """The program continues to work, end to end with the real host; another TLS stack is still intercepted."""
    with relaying(server, root, must_pin=wanted(API), pass_through=True) as proxy:
        context = pinning(proxy, genuine, API)
        ask(proxy, context, OPEN)
        with pytest.raises(errors.PinMismatchError):
            ask(proxy, context, API)
        proxy.wait_closed()
        assert ask(proxy, context, API).endswith(b"ok\n")
        found = verdict_of(proxy, API)
        assert found.verdict == "pinned"
        assert [(evidence.passed_through, evidence.bytes_received) for evidence in found.clients.values()] == [(1, 0)]

        other = trusting(proxy)
        other.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        assert ask(proxy, other, API).startswith(b"HTTP/1.1 502 ")
        assert verdict_of(proxy, API).verdict == "not-pinned"


def test_without_pass_through_a_client_is_refused_again(
    server: RecordingServer, root: Authority, genuine: Identity
) -> None:
    """Without pass-through, the client of the test above is refused at every attempt."""
    with relaying(server, root) as proxy:
        context = pinning(proxy, genuine, API)
        for _ in range(2):
            with pytest.raises(errors.PinMismatchError):
                ask(proxy, context, API)
        found = verdict_of(proxy, API)
        assert [evidence.refused.total() for evidence in found.clients.values()] == [2]


@pytest.mark.parametrize("why", ["gone", "not trusted"])
def test_a_real_host_that_cannot_be_reached_changes_no_verdict(
    server: RecordingServer, root: Authority, why: str
) -> None:
    """The client is judged all the same and gets 502, and the reason is recorded."""
    with (
        ClosedPort() as closed,
        InterceptingProxy(
            route={f"{OPEN}:443": closed.endpoint if why == "gone" else server.endpoint},
            cadata=root.pem if why == "gone" else Authority.root("Nobody's Root").pem,
        ) as proxy,
    ):
        assert ask(proxy, trusting(proxy), OPEN).startswith(b"HTTP/1.1 502 ")
        found = verdict_of(proxy, OPEN)
        assert found.verdict == "not-pinned"
        (evidence,) = found.clients.values()
        assert evidence.upstream_problem is not None
        assert ("refused" if why == "gone" else "not trusted") in evidence.upstream_problem
        assert server.received == b""


def test_a_client_that_keeps_a_connection_unused_proves_nothing(server: RecordingServer, root: Authority) -> None:
    """Programs open connections in advance, and closing an unused one late is not a refusal."""
    with relaying(server, root, prompt_seconds=0.0) as proxy:
        with tunnelled(proxy, OPEN) as plain, trusting(proxy).wrap_socket(plain, server_hostname=OPEN):
            pass
        found = verdict_of(proxy, OPEN)
        assert (found.verdict, found.reason) == ("inconclusive", "silent")


def test_a_client_that_the_proxy_cuts_off_has_refused_nothing(genuine: Identity, root: Authority) -> None:
    """A connection that the proxy ends itself does not count as a refusal, in the handshake or after it."""

    def greet(sock: socket.socket, connection: RecordedConnection) -> None:
        sock.sendall(b"220 welcome")
        silent_speaker(sock, connection)

    with RecordingServer(genuine, speak=greet) as server, relaying(server, root) as proxy:
        with tunnelled(proxy, API) as halfway, tunnelled(proxy, OPEN) as plain:
            halfway.sendall(flight(None, API))
            assert halfway.recv(4096)
            with trusting(proxy).wrap_socket(plain, server_hostname=OPEN) as secure:
                assert secure.recv(4096) == b"220 welcome"  # this shows that the proxy has completed the handshake
                proxy.close()
        assert [(verdict.verdict, verdict.reason) for verdict in proxy.verdicts()] == [("inconclusive", "silent")] * 2


def test_nothing_secret_is_kept(server: RecordingServer, root: Authority) -> None:
    """Only method, path and version of a request are kept: no header, no query, no body."""
    verdicts: list[HostVerdict] = []
    with relaying(server, root, on_verdict=verdicts.append) as proxy:
        ask(proxy, trusting(proxy), OPEN)
        found = verdict_of(proxy, OPEN)
        (evidence,) = found.clients.values()
        assert evidence.request == "GET /accounts/7 HTTP/1.1"
        everything = repr(found) + repr(verdicts) + str(found) + repr(proxy._seen.record())
        assert SECRET[7:] not in everything
        assert "PRIVATE KEY" not in everything
        assert [verdict.verdict for verdict in verdicts] == ["not-pinned"]


def test_each_change_of_a_verdict_is_reported_once(server: RecordingServer, root: Authority, genuine: Identity) -> None:
    """An unchanged verdict is not repeated, and a later control changes an earlier verdict."""
    reported: list[tuple[str, str]] = []
    with relaying(server, root, on_verdict=lambda verdict: reported.append((verdict.host, verdict.verdict))) as proxy:
        context = pinning(proxy, genuine, API)
        for _ in range(2):
            with pytest.raises(errors.PinMismatchError):
                ask(proxy, context, API)
        proxy.wait_closed()
        ask(proxy, context, OPEN)
        proxy.wait_closed()
    assert sorted(reported[1:]) == [(API, "pinned"), (OPEN, "not-pinned")]
    assert reported[0] == (API, "inconclusive")


def test_waiting_ends_with_the_verdict(server: RecordingServer, root: Authority) -> None:
    """`wait_until_judged` returns as soon as each host has a verdict, and returns False after the time limit."""
    with relaying(server, root, must_pin=wanted(OPEN)) as proxy:
        assert not proxy.wait_until_judged(0.01)
        ask(proxy, trusting(proxy), OPEN)
        assert proxy.wait_until_judged(20)


def test_the_name_in_the_handshake_takes_precedence_over_that_of_the_tunnel(
    server: RecordingServer, root: Authority
) -> None:
    """A client that resolves names itself asks for an address, but its SNI names the host."""
    with InterceptingProxy(route={"192.0.2.7:443": server.endpoint}, cadata=root.pem) as proxy:
        assert ask(proxy, trusting(proxy), "192.0.2.7", server_name=OPEN).endswith(b"ok\n")
        assert verdict_of(proxy, OPEN).verdict == "not-pinned"


def test_an_address_gets_a_certificate_for_an_address() -> None:
    """Without SNI, the certificate is for the address that the tunnel leads to, also for IPv6."""
    with InterceptingProxy(upstream="block") as proxy:
        for address in ("192.0.2.7", "2001:db8::7"):
            assert ask(proxy, trusting(proxy), address).startswith(b"HTTP/1.1 502 ")
            assert verdict_of(proxy, address).verdict == "not-pinned"


def test_an_rsa_only_client_is_served() -> None:
    """A client that does not accept ECDSA gets an RSA certificate; otherwise its failure would look like a refusal."""
    with InterceptingProxy(upstream="block") as proxy:
        context = trusting(proxy)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
        ask(proxy, context, OPEN)
        assert verdict_of(proxy, OPEN).verdict == "not-pinned"


def test_no_session_is_resumed(server: RecordingServer, root: Authority) -> None:
    """A resumed session would skip the certificate, and so every check of a pin."""
    with relaying(server, root) as proxy:
        context = trusting(proxy)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        session = None
        for _ in range(2):
            with (
                tunnelled(proxy, OPEN) as plain,
                context.wrap_socket(plain, server_hostname=OPEN, session=session) as secure,
            ):
                secure.sendall(REQUEST)
                assert secure.recv(4096)
                assert not secure.session_reused
                session = secure.session


def test_clients_are_distinguished(server: RecordingServer, root: Authority) -> None:
    """Clients are distinguished by address and TLS stack."""
    with relaying(server, root) as proxy:
        other = trusting(proxy)
        other.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        for context in (trusting(proxy), trusting(proxy), other):
            ask(proxy, context, OPEN)
        clients = verdict_of(proxy, OPEN).clients
        assert sorted(evidence.attempts for evidence in clients.values()) == [1, 2]
        assert {len(client.fingerprint or "") for client in clients} == {12}


def test_a_host_is_not_its_own_control() -> None:
    """A host that must pin cannot be a control, which is known not to pin."""
    with pytest.raises(ValueError, match="must be pinned, so it cannot be a control"):
        InterceptingProxy(must_pin=wanted(API), controls=wanted(API))
    with pytest.raises(ValueError, match="clients cannot be passed through"):
        InterceptingProxy(upstream="block", pass_through=True)


def test_a_port_in_use_is_an_error_and_leaves_nothing_open() -> None:
    """If the port belongs to another program, the proxy raises OSError."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        InterceptingProxy(port=taken.getsockname()[1])
