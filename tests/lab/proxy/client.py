"""Clients of an intercepting proxy: some pin, some do not pin, and some do not trust its authority."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinsmith import PinnedSSLContext
from pinsmith.lab.pki.identity import pem_of
from pinsmith.lab.proxy.judgement import Wanted
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.proxy.intercepting import InterceptingProxy
    from pinsmith.lab.proxy.judgement import HostVerdict
    from pinsmith.lab.servers.server import RecordingServer

API, OPEN = "api.example.com", "www.example.com"
SECRET = "Bearer c29tZXRoaW5nIHNlY3JldA"
REQUEST = (
    f"GET /accounts/7?token={SECRET[7:]} HTTP/1.1\r\nHost: {API}\r\nAuthorization: {SECRET}\r\n"
    f"Cookie: session={SECRET[7:]}\r\nConnection: close\r\n\r\n"
).encode()


def trusting(proxy: InterceptingProxy) -> ssl.SSLContext:
    """Make a client that trusts the rogue authority and pins nothing."""
    return ssl.create_default_context(cadata=proxy.authority.pem)


def pinning(proxy: InterceptingProxy, genuine: Identity, *hosts: str) -> PinnedSSLContext:
    """Make a client that trusts the rogue and the genuine authority, and pins the genuine key."""
    policy = Policy(tuple(HostPins(host, (Key("genuine", Pin.parse(genuine.pin)),)) for host in hosts))
    return PinnedSSLContext(policy, cadata=proxy.authority.pem + _root_of(genuine))


def _root_of(identity: Identity) -> str:
    assert identity.root is not None
    return pem_of([identity.root])


@contextmanager
def tunnelled(proxy: InterceptingProxy, host: str, port: int = 443) -> Iterator[socket.socket]:
    """Open a tunnel through the proxy."""
    with socket.create_connection(proxy.endpoint, timeout=20) as plain:
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        plain.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        assert plain.recv(4096).startswith(b"HTTP/1.1 200 ")
        yield plain


def ask(
    proxy: InterceptingProxy,
    context: ssl.SSLContext,
    host: str,
    port: int = 443,
    *,
    request: bytes = REQUEST,
    server_name: str | None = None,
) -> bytes:
    """Send one request through the proxy and return the whole answer."""
    answer = b""
    with (
        tunnelled(proxy, host, port) as plain,
        context.wrap_socket(plain, server_hostname=server_name or host) as secure,
    ):
        secure.sendall(request)
        while chunk := secure.recv(65536):
            answer += chunk
    return answer


def verdict_of(proxy: InterceptingProxy, host: str) -> HostVerdict:
    """Return the only verdict on *host*, after every connection has ended."""
    proxy.wait_closed()
    (found,) = [verdict for verdict in proxy.verdicts() if verdict.host == host]
    return found


def route_to(server: RecordingServer, *hosts: str) -> dict[str, tuple[str, int]]:
    """Route all *hosts* to one server."""
    return {f"{host}:443": server.endpoint for host in hosts}


def wanted(*hosts: str) -> tuple[Wanted, ...]:
    """Return these hosts, with every port, as hosts that are wanted."""
    return tuple(map(Wanted, hosts))
