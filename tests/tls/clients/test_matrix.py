"""
Every client with every case on a direct connection, and with the cases of a proxy on every other route.

Each test checks what the client raised and what the server received. The controls are cases that pass, in which
the server does receive bytes, so a leak in the others would be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.clients import CLIENTS, find
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.policy import Policy
from pinsmith.tls.context import PinnedSSLContext
from tests.tls.clients.asynchronous import ASYNCHRONOUS
from tests.tls.clients.blocking import BLOCKING
from tests.tls.clients.case import CASES, PROXIED_HOST, PROXY_CASES, Case, crossed, is_refusal
from tests.tls.clients.on_twisted import ON_TWISTED
from tests.tls.clients.way import Errand, Route, Way
from tests.tls.pki import HOST, PKI, entry_of

if TYPE_CHECKING:
    import ssl

    from _pytest.mark import ParameterSet

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import Serve

WAYS = (*BLOCKING, *ASYNCHRONOUS, *ON_TWISTED)
# Clients that are tested in another file.
ELSEWHERE = {
    "aio-pika",
    "aiomysql",
    "asyncpg",
    "botocore",
    "ftplib",
    "imaplib",
    "paho-mqtt",
    "poplib",
    "pymysql",
    "redis",
    "smtplib",
}


# One client of each machinery: a socket, memory BIOs, uvloop's own protocol, and OpenSSL without `ssl`.
WHOLE = {"ssl", "asyncio", "uvloop", "pyopenssl"}
# The decision is the same on every route; only who presents which chain to whom is different.
ESSENTIAL_BY_PROXY = {"right-pin", "genuine-chain-appended"}


def by(route: str) -> list[ParameterSet]:
    """List the ways that can use *route*."""
    return [pytest.param(way, id=way.id) for way in WAYS if route in way.routes]


def by_proxy(route: Route) -> list[ParameterSet]:
    """Combine the ways that can use *route* with each case of a proxy."""
    ways = [way for way in WAYS if route in way.routes]
    return crossed(ways, PROXY_CASES, whole=WHOLE, essential=ESSENTIAL_BY_PROXY)


def errand_to(
    server: tuple[str, int], policy: Policy, cafile: str, proxy: ConnectProxy | None = None, *, with_tls: bool = False
) -> Errand:
    """Return an errand to *server*, with a context that enforces *policy*."""
    context = PinnedSSLContext(policy, cafile=cafile)
    return Errand(context, policy, cafile, *server, None if proxy is None else (HOST, proxy.port), with_tls)


def serve_case(case: Case, way: Way, pki: PKI, serve: Serve) -> RecordingServer:
    """Start the server of a case, with the protocol that the client speaks."""
    alpn = ["h2", "http/1.1"] if way.alpn == "h2" else ["http/1.1"]
    hook = _send_no_tickets if way.no_tickets else None
    return serve(getattr(pki, case.served), alpn=alpn, speak=way.speak, context_hook=hook, **case.presented(pki))


def _send_no_tickets(context: ssl.SSLContext) -> None:
    context.num_tickets = 0


def require_outcome(case: Case, way: Way, errand: Errand, server: RecordingServer) -> None:
    """Run the errand, and check the client and the server."""
    if case.outcome == "passes":
        assert way.ask(errand)
        (connection,) = server.settled()
        assert connection.application_bytes
        assert way.alpn in {None, connection.alpn}
        return
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own; looked at below
        way.ask(errand)
    assert is_refusal(caught.value, case.outcome), repr(caught.value)
    connections = server.settled()
    assert server.received == b""
    if case.outcome == "wrong-pin":
        assert len(connections) == way.tries
        if errand.proxy is None:
            assert type(caught.value).__name__ == find(way.client).error.rpartition(".")[2]


@pytest.mark.parametrize(("way", "case"), crossed(WAYS, CASES, whole=WHOLE))
def test_direct(way: Way, case: Case, pki: PKI, serve: Serve, cafile: str) -> None:
    """The client's request reaches only a server that satisfies the policy, and any other server receives no byte."""
    server = serve_case(case, way, pki, serve)
    errand = errand_to((HOST, server.port), case.policy(pki, HOST), cafile)
    require_outcome(case, way, errand, server)


@pytest.mark.parametrize(("way", "case"), by_proxy("http-proxy"))
def test_through_a_proxy(way: Way, case: Case, pki: PKI, serve: Serve, cafile: str) -> None:
    """Through a CONNECT proxy the pins of the server are enforced, wherever the proxy leads."""
    server = serve_case(case, way, pki, serve)
    with ConnectProxy(route={f"{PROXIED_HOST}:443": server.endpoint}) as proxy:
        errand = errand_to((PROXIED_HOST, 443), case.policy(pki, PROXIED_HOST), cafile, proxy)
        require_outcome(case, way, errand, server)
        assert set(proxy.connects) == {f"{PROXIED_HOST}:443"}


@pytest.mark.parametrize(("way", "case"), by_proxy("https-proxy"))
def test_through_a_proxy_that_speaks_tls(way: Way, case: Case, pki: PKI, serve: Serve, cafile: str) -> None:
    """In TLS within TLS, the pins of the proxy and the pins of the server are enforced."""
    server = serve_case(case, way, pki, serve)
    policy = Policy((entry_of(pki.backup, host=HOST), *case.policy(pki, PROXIED_HOST).hosts))
    with ConnectProxy(tls=pki.backup, route={f"{PROXIED_HOST}:443": server.endpoint}) as proxy:
        errand = errand_to((PROXIED_HOST, 443), policy, cafile, proxy, with_tls=True)
        require_outcome(case, way, errand, server)
        assert set(proxy.connects) == {f"{PROXIED_HOST}:443"}


@pytest.mark.parametrize("way", by("https-proxy"))
def test_a_rogue_proxy_does_not_learn_the_destination(way: Way, pki: PKI, serve: Serve, cafile: str) -> None:
    """A proxy without a pinned key is refused before the CONNECT request, and the server is never reached."""
    server = serve(pki.leaf)
    policy = Policy((entry_of(pki.backup, host=HOST), entry_of(pki.leaf, host=PROXIED_HOST)))
    with ConnectProxy(tls=pki.rogue, redirect_to=server.endpoint) as proxy:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own
            way.ask(errand_to((PROXIED_HOST, 443), policy, cafile, proxy, with_tls=True))
        assert is_refusal(caught.value, "wrong-pin"), repr(caught.value)
        proxy.wait_closed()
        assert not proxy.requests
    assert not server.connections


@pytest.mark.parametrize("way", by("http-proxy"))
def test_a_trailing_dot_does_not_hide_a_host_from_its_pins(way: Way, pki: PKI, serve: Serve, cafile: str) -> None:
    """Some clients strip the dot of ``api.example.com.``; with and without it, a rogue server receives nothing."""
    dotted = f"{PROXIED_HOST}."
    alpn = ["h2", "http/1.1"] if way.alpn == "h2" else ["http/1.1"]
    rogue = serve(pki.rogue_intermediate.issue(dotted, PROXIED_HOST), alpn=alpn, speak=way.speak)
    policy = Policy((entry_of(pki.leaf, host=PROXIED_HOST),))
    with ConnectProxy(route={f"{name}:443": rogue.endpoint for name in (dotted, PROXIED_HOST)}) as proxy:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own; looked at below
            way.ask(errand_to((dotted, 443), policy, cafile, proxy))
        assert is_refusal(caught.value, "wrong-pin") or is_refusal(caught.value, "not-verified"), repr(caught.value)
    assert rogue.settled()
    assert rogue.received == b""


def test_every_client_is_tested() -> None:
    """Every client that the table calls supported goes through the matrix, here or in the tests of services."""
    here = {way.client for way in WAYS}
    assert not here & ELSEWHERE
    assert here | ELSEWHERE == {client.id for client in CLIENTS if client.supported}
