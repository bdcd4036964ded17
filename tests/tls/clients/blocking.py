"""Clients that block, with a few lines for each."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import urllib.request
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import urllib3
import websockets.sync.client

import pinsmith.clients.niquests
import pinsmith.clients.pyopenssl
import pinsmith.clients.requests
import pinsmith.clients.urllib3
from tests.lab.client import Tunnelled
from tests.tls.attack import SECRET
from tests.tls.clients.way import ANY_PROXY, HTTP_PROXY, SECONDS, Errand, Way
from tests.tls.clients.websocket_speaker import websocket_speaker

if TYPE_CHECKING:
    from collections.abc import Callable

    from OpenSSL import SSL


def ask_by_socket(errand: Errand) -> bytes:
    """Wrap a socket; through an HTTPS proxy, use memory BIOs within the connection to the proxy."""
    with socket.create_connection(errand.next_hop, SECONDS) as plain:
        if errand.proxy is None:
            return _over(plain, errand)
        if not errand.proxy_has_tls:
            _tunnel(plain, errand)
            return _over(plain, errand)
        with errand.context.wrap_socket(plain, server_hostname=errand.proxy[0]) as outer:
            _tunnel(outer, errand)
            inner = Tunnelled(outer, errand.context, errand.host)
            inner.send(SECRET)
            return inner.receive()


def _over(plain: socket.socket, errand: Errand) -> bytes:
    with errand.context.wrap_socket(plain, server_hostname=errand.host) as tls:
        tls.sendall(SECRET)
        return tls.recv(4096)


def _tunnel(plain: socket.socket, errand: Errand) -> None:
    plain.sendall(errand.connect)
    assert plain.recv(4096).startswith(b"HTTP/1.1 200")


def ask_without_blocking(errand: Errand) -> bytes:
    """Drive a non-blocking socket from a loop, including the handshake."""
    with socket.create_connection(errand.next_hop, SECONDS) as plain:
        plain.setblocking(False)  # noqa: FBT003 - as in socket
        with errand.context.wrap_socket(plain, server_hostname=errand.host, do_handshake_on_connect=False) as tls:
            _patiently(tls, tls.do_handshake)
            _patiently(tls, lambda: tls.sendall(SECRET))
            answer: bytes = _patiently(tls, lambda: tls.recv(4096))
            return answer


def _patiently(tls: ssl.SSLSocket, step: Callable[[], Any]) -> Any:  # noqa: ANN401
    while True:
        try:
            return step()
        except ssl.SSLWantReadError:
            select.select([tls], [], [], SECONDS)
        except ssl.SSLWantWriteError:
            select.select([], [tls], [], SECONDS)


def ask_by_http_client(errand: Errand) -> bytes:
    """Use the standard library's client."""
    connection = http.client.HTTPSConnection(*errand.next_hop, context=errand.context, timeout=SECONDS)
    try:
        if errand.proxy is not None:
            connection.set_tunnel(errand.host, errand.port)
        connection.request("GET", "/secret")
        return connection.getresponse().read()
    finally:
        connection.close()


def ask_by_urllib(errand: Errand) -> bytes:
    """Use the standard library's opener."""
    proxies = {} if errand.proxy_url is None else {"https": errand.proxy_url}
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=errand.context)
    )
    with opener.open(errand.url, timeout=SECONDS) as response:
        answer: bytes = response.read()
        return answer


def ask_by_urllib3(errand: Errand) -> bytes:
    """Use pinsmith's pools."""
    pool: urllib3.PoolManager
    if errand.proxy_url is None:
        pool = pinsmith.clients.urllib3.PoolManager(errand.context)
    else:
        pool = pinsmith.clients.urllib3.ProxyManager(errand.context, errand.proxy_url)
    with pool:
        return pool.request("GET", errand.url, timeout=SECONDS).data


def ask_by_plain_urllib3(errand: Errand) -> bytes:
    """Use urllib3's own pool with the context."""
    with urllib3.PoolManager(ssl_context=errand.context) as pool:
        return pool.request("GET", errand.url, timeout=SECONDS).data


def ask_by_requests(errand: Errand) -> bytes:
    """Use pinsmith's session."""
    with pinsmith.clients.requests.Session(errand.context) as session:
        proxies = None if errand.proxy_url is None else {"https": errand.proxy_url}
        return session.get(errand.url, proxies=proxies, timeout=SECONDS).content


def ask_by_httpx(errand: Errand, *, http2: bool = False) -> bytes:
    """Use a client with the context, which an HTTPS proxy gets too."""
    proxy = errand.proxy_url and httpx.Proxy(errand.proxy_url, ssl_context=errand.proxy_context)
    with httpx.Client(verify=errand.context, http2=http2, proxy=proxy, timeout=SECONDS) as client:
        return client.get(errand.url).content


def ask_by_httpx2(errand: Errand, *, http2: bool = False) -> bytes:
    """Use a client with the context, which an HTTPS proxy gets too."""
    proxy = errand.proxy_url and httpx2.Proxy(errand.proxy_url, ssl_context=errand.proxy_context)
    with httpx2.Client(verify=errand.context, http2=http2, proxy=proxy, timeout=SECONDS) as client:
        return client.get(errand.url).content


def ask_by_niquests(errand: Errand, **options: bool) -> bytes:
    """Use pinsmith's session."""
    with pinsmith.clients.niquests.Session(errand.context, **options) as session:
        proxies = None if errand.proxy_url is None else {"https": errand.proxy_url}
        return session.get(errand.url, proxies=proxies, timeout=SECONDS).content or b""


def ask_by_websockets(errand: Errand) -> bytes:
    """Open a WebSocket and send the secret through it."""
    of_proxy: Any = {"proxy_ssl": errand.context} if errand.proxy_has_tls else {}
    with websockets.sync.client.connect(
        errand.url.replace("https", "wss"),
        ssl=errand.context,
        proxy=errand.proxy_url,
        open_timeout=SECONDS,
        **of_proxy,
    ) as tls:
        tls.send("SECRET")
        return bytes(tls.recv(decode=False))


def ask_by_pyopenssl(errand: Errand) -> bytes:
    """Use pinsmith's connection on a socket."""
    context = pinsmith.clients.pyopenssl.Context(errand.policy, cafile=errand.cafile)
    with socket.create_connection(errand.next_hop) as plain:
        if errand.proxy is not None:
            _tunnel(plain, errand)
        connection = pinsmith.clients.pyopenssl.Connection(context, errand.host, plain)
        connection.do_handshake()
        return _exchange(connection)


def ask_by_pyopenssl_implicitly(errand: Errand) -> bytes:
    """Let the first write do the handshake."""
    context = pinsmith.clients.pyopenssl.Context(errand.policy, cafile=errand.cafile)
    with socket.create_connection(errand.next_hop) as plain:
        return _exchange(pinsmith.clients.pyopenssl.Connection(context, errand.host, plain))


def _exchange(connection: SSL.Connection) -> bytes:
    connection.sendall(SECRET)
    answer = connection.recv(4096)
    connection.shutdown()
    return answer


def http2(ask: Callable[..., bytes]) -> Callable[[Errand], bytes]:
    """Switch HTTP/2 on."""
    return lambda errand: ask(errand, http2=True)


BLOCKING = (
    Way("ssl", ask_by_socket, ANY_PROXY),
    Way("ssl:non-blocking", ask_without_blocking),
    Way("http-client", ask_by_http_client, HTTP_PROXY),
    Way("urllib", ask_by_urllib, HTTP_PROXY),
    Way("urllib3", ask_by_urllib3, ANY_PROXY),
    Way("urllib3:without-helper", ask_by_plain_urllib3, tries=4),
    Way("requests", ask_by_requests, ANY_PROXY),
    Way("httpx", ask_by_httpx, ANY_PROXY),
    Way("httpx:http2", http2(ask_by_httpx), ANY_PROXY, alpn="h2"),
    Way("httpx2", ask_by_httpx2, ANY_PROXY),
    Way("httpx2:http2", http2(ask_by_httpx2), ANY_PROXY, alpn="h2"),
    Way("niquests", lambda errand: ask_by_niquests(errand, disable_http2=True), ANY_PROXY),
    Way("niquests:http2", ask_by_niquests, ANY_PROXY, alpn="h2"),
    Way("websockets:sync", ask_by_websockets, ANY_PROXY, speak=websocket_speaker, no_tickets=True),
    Way("pyopenssl", ask_by_pyopenssl, HTTP_PROXY),
    Way("pyopenssl:implicit-handshake", ask_by_pyopenssl_implicitly),
)
