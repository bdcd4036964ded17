"""Requests without TLS, the proxy's own page, and bytes that are not a request."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.proxy.intercepting import InterceptingProxy
from pinsmith.lab.proxy.request import RequestError, parse
from pinsmith.lab.proxy.seen import Destination, request_line
from pinsmith.lab.servers.fault import PlainHTTP
from tests.lab.proxy.client import API, OPEN, SECRET, tunnelled, verdict_of, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.servers.listener import Listener

GET = f"GET http://{OPEN}/a;v={SECRET[7:]}?token={SECRET[7:]} HTTP/1.1\r\nHost: {OPEN}\r\n".encode()


def say(proxy: Listener, octets: bytes) -> bytes:
    """Send *octets* to the proxy itself and return the whole answer."""
    answer = b""
    with socket.create_connection(proxy.endpoint, timeout=20) as plain:
        plain.sendall(octets)
        while chunk := plain.recv(65536):
            answer += chunk
    return answer


def test_a_request_in_the_clear_is_reported_and_forwarded() -> None:
    """The real host gets the request as if it came directly, without the headers for the proxy."""
    with PlainHTTP() as web, InterceptingProxy(route={f"{OPEN}:80": web.endpoint}) as proxy:
        answer = say(proxy, GET + b"Proxy-Authorization: Basic c2VjcmV0\r\nConnection: keep-alive\r\nX: y\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        found = verdict_of(proxy, OPEN)
        assert (found.port, found.verdict, found.reason) == (80, "clear", "no-tls")
        assert found.message == "got a request without TLS: GET /a HTTP/1.1"
        assert SECRET[7:] not in repr(found)
        web.wait_closed()
        head = web.received.decode().split("\r\n")
        assert head[0] == f"GET /a;v={SECRET[7:]}?token={SECRET[7:]} HTTP/1.1"
        assert head[1:] == [f"Host: {OPEN}", "X: y", "Connection: close", "", ""]


def test_a_request_in_the_clear_to_a_host_that_must_pin_is_not_forwarded() -> None:
    """The verdict is that the request was unprotected."""
    with PlainHTTP() as web, InterceptingProxy(route={f"{OPEN}:80": web.endpoint}, must_pin=wanted(OPEN)) as proxy:
        assert say(proxy, GET + b"\r\n").startswith(b"HTTP/1.1 502 ")
        assert verdict_of(proxy, OPEN).verdict == "clear"
        web.wait_closed()
        assert web.received == b""


def test_a_tunnel_without_tls_is_in_the_clear() -> None:
    """A WebSocket with the scheme ws uses CONNECT, and its bytes are forwarded unchanged."""
    with PlainHTTP() as web, InterceptingProxy(route={f"{OPEN}:80": web.endpoint}) as proxy:
        with tunnelled(proxy, OPEN, 80) as plain:
            plain.sendall(b"GET /chat HTTP/1.1\r\nConnection: close\r\n\r\n")
            assert plain.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert verdict_of(proxy, OPEN).message == "got a request without TLS: GET /chat HTTP/1.1"


@pytest.mark.parametrize("request_for", ["http://pinsmith.lab", ""], ids=["through the proxy", "from the proxy"])
def test_the_certificate_is_served(request_for: str) -> None:
    """The host pinsmith.lab and the proxy's own address serve the certificate as PEM and DER, and never the key."""
    with InterceptingProxy(upstream="block") as proxy:
        pem, der, page, head, missing = (
            say(proxy, f"{method} {request_for}/{path} HTTP/1.1\r\n\r\n".encode())
            for method, path in (("GET", "ca.pem"), ("GET", "ca.crt"), ("GET", ""), ("HEAD", ""), ("GET", "key.pem"))
        )
        assert pem.partition(b"\r\n\r\n")[2].decode() == proxy.authority.pem
        assert der.partition(b"\r\n\r\n")[2] == proxy.authority.der
        assert b"application/x-x509-ca-cert" in der
        assert ssl.DER_cert_to_PEM_cert(proxy.authority.der).strip() == proxy.authority.pem.strip()
        assert proxy.authority.pin.encode() in page
        assert head == page.partition(b"<!doctype")[0]
        assert missing.startswith(b"HTTP/1.1 404 ")
        assert b"PRIVATE" not in pem + der + page + missing
        assert proxy.verdicts() == ()


@pytest.fixture(scope="module")
def blocking() -> Iterator[InterceptingProxy]:
    """Run one proxy for all requests that are not recorded."""
    with InterceptingProxy(upstream="block") as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense", "400"),
        (b"GET /", "400"),
        (b"GET https://api.example.com/ HTTP/1.1", "400"),
        (b"GET http:///x HTTP/1.1", "400"),
        (b"GET http://[::1/x HTTP/1.1", "400"),
        (b"GET http://a..b/x HTTP/1.1", "400"),
        (b"GET http://api.example.com:99999/ HTTP/1.1", "400"),
        (b"CONNECT api.example.com HTTP/1.1", "400"),
        (b"CONNECT api.example.com:0 HTTP/1.1", "400"),
        (b"CONNECT -:443 HTTP/1.1", "400"),
        (b"CONNECT pinsmith.lab:443 HTTP/1.1", "502"),
        (b"POST http://pinsmith.lab/ HTTP/1.1", "405"),
        (b"GET " + b"/" * 70_000, "400"),
    ],
)
def test_an_invalid_request_is_answered_and_not_recorded(blocking: InterceptingProxy, head: bytes, status: str) -> None:
    """The proxy continues, and no host is listed that nobody asked for."""
    assert say(blocking, head + b"\r\n\r\n").startswith(f"HTTP/1.1 {status} ".encode())
    assert blocking.verdicts() == ()


@pytest.mark.parametrize(
    ("head", "destination", "path"),
    [
        (b"CONNECT [2001:db8::7]:8443 HTTP/1.1", Destination("2001:db8::7", 8443), ""),
        (b"CONNECT API.Example.com.:443 HTTP/1.1", Destination(API, 443), ""),
        (b"GET http://user:pw@api.example.com HTTP/1.0", Destination(API, 80), "/"),
        (b"GET http://api.example.com:8080?a=b HTTP/1.1", Destination(API, 8080), "/?a=b"),
        (b"GET / HTTP/1.1", None, "/"),
    ],
)
def test_requests_are_read(head: bytes, destination: Destination | None, path: str) -> None:
    """All forms of requests to a proxy are read; a user name in the URL is dropped."""
    request = parse(head)
    assert (request.destination, request.path) == (destination, path)
    assert "pw" not in repr(request)


def test_a_repr_contains_no_header() -> None:
    """Headers contain secrets, and a repr may end up in a log."""
    assert SECRET not in repr(parse(f"GET http://a/ HTTP/1.1\r\nAuthorization: {SECRET}".encode()))
    with pytest.raises(RequestError) as caught:
        parse(f"GET http://a/{SECRET} x\r\nAuthorization: {SECRET}".encode())
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("octets", "line"),
    [
        (b"GET /a/b?c=d HTTP/1.1\r\n", "GET /a/b HTTP/1.1"),
        (b"GET /a;jsessionid=1?c HTTP/1.1\r\n", "GET /a HTTP/1.1"),
        (b"GET /a#b HTTP/1.1\r\n", "GET /a HTTP/1.1"),
        (b"GET http://u:p@a.test?token=1 HTTP/1.1\r\n", "GET / HTTP/1.1"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"),
        (b"GET /" + b"a" * 500 + b" HTTP/1.1\r\n", "GET /" + "a" * 119 + "... HTTP/1.1"),
        (b"EHLO mail.example.com\r\n", None),
        (b"secret binary \x00\x01", None),
    ],
)
def test_a_request_line_is_kept_without_secrets(octets: bytes, line: str | None) -> None:
    """Only method, path and version are kept; of another protocol nothing is."""
    assert request_line(octets) == line
