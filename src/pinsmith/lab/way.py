"""
The ways to connect to a TLS server that the self-test tries.

Every way sends one small HTTP request to the loopback and returns when a response came. Libraries that are not
installed are left out, and the self-test reports that. A library that makes its own TLS contexts is also called
plainly, with only a file of trust anchors, because that shows whether `pinsmith.inject` reaches it.
"""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from pinsmith.tls.context import PinnedSSLContext

HOST: Final = "127.0.0.1"
NAME: Final = "localhost"  # for plain calls, because pyOpenSSL does not send addresses as SNI
TIMEOUT_SECONDS: Final = 10.0
_REQUEST: Final = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Way:
    """
    One way to connect.

    Attributes:
        name: The name that users know.
        library: The module that must be installed; None for the standard library.
        request: Connects to a port of the loopback, with a context and the port of an HTTP proxy or None. Raises the
            errors of the client. None if the library cannot take the context.
        plain_call: Does the same with a PEM file of trust anchors instead of the context. None if the library makes
            its context with `ssl.create_default_context`, so that `request` shows the same.
    """

    name: str
    library: str | None
    request: Callable[[ssl.SSLContext, int, int | None], None] | None
    plain_call: Callable[[str, int, int | None], None] | None = None

    @property
    def is_installed(self) -> bool:
        """Whether the library is installed."""
        return self.library is None or find_spec(self.library) is not None

    def can_be_tried(self, *, injected: bool) -> bool:
        """Say whether it can be tried here, with a context or under an injection."""
        return self.is_installed and (injected or self.request is not None)


def _dial(port: int, proxy: int | None) -> socket.socket:
    sock = socket.create_connection((HOST, proxy or port), TIMEOUT_SECONDS)
    if proxy is not None:
        sock.sendall(f"CONNECT {HOST}:{port} HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += sock.recv(1) or b"\r\n\r\n"
        if b" 200 " not in answer:
            sock.close()
            raise ConnectionError(f"the proxy answered {answer[:60]!r}")
    return sock


def _socket(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    with _dial(port, proxy) as raw, context.wrap_socket(raw, server_hostname=HOST) as tls:
        tls.sendall(_REQUEST)
        _require_answer(tls.recv(15))


def _asyncio(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    import asyncio

    async def run() -> None:
        raw = _dial(port, proxy)
        try:
            reader, writer = await asyncio.open_connection(sock=raw, ssl=context, server_hostname=HOST)
        except BaseException:
            raw.close()
            raise
        try:
            writer.write(_REQUEST)
            _require_answer(await asyncio.wait_for(reader.read(15), TIMEOUT_SECONDS))
        finally:
            writer.transport.abort()

    asyncio.run(run())


def _http_client(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    connection = http.client.HTTPSConnection(HOST, proxy or port, context=context, timeout=TIMEOUT_SECONDS)
    if proxy is not None:
        connection.set_tunnel(HOST, port)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    finally:
        connection.close()


def _urllib3(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    _ask_urllib3(f"https://{HOST}:{port}/", proxy, ssl_context=context)


def _urllib3_plainly(cafile: str, port: int, proxy: int | None) -> None:
    _ask_urllib3(f"https://{NAME}:{port}/", proxy, ca_certs=cafile)


def _ask_urllib3(url: str, proxy: int | None, **options: Any) -> None:  # noqa: ANN401 - as in urllib3
    import urllib3

    pool: urllib3.PoolManager = (
        urllib3.ProxyManager(f"http://{HOST}:{proxy}", **options) if proxy else urllib3.PoolManager(**options)
    )
    with pool:
        pool.request("GET", url, retries=False, timeout=TIMEOUT_SECONDS)


def _requests(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    from pinsmith.clients.requests import Session

    with Session(_pinned(context)) as session:
        _ask_session(session, f"https://{HOST}:{port}/", proxy)


def _requests_plainly(cafile: str, port: int, proxy: int | None) -> None:
    import requests

    with requests.Session() as session:
        _ask_session(session, f"https://{NAME}:{port}/", proxy, verify=cafile)


def _niquests(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    from pinsmith.clients.niquests import Session

    with Session(_pinned(context)) as session:
        _ask_session(session, f"https://{HOST}:{port}/", proxy)


def _niquests_plainly(cafile: str, port: int, proxy: int | None) -> None:
    import niquests

    with niquests.Session() as session:
        _ask_session(session, f"https://{NAME}:{port}/", proxy, verify=cafile)


def _ask_session(session: Any, url: str, proxy: int | None, **options: str) -> None:  # noqa: ANN401 - of two libraries
    session.trust_env = False
    session.get(url, proxies={"https": f"http://{HOST}:{proxy}"} if proxy else {}, timeout=TIMEOUT_SECONDS, **options)


def _botocore(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    from pinsmith.clients.botocore import pin_client

    _ask_botocore(f"https://{HOST}:{port}", proxy, lambda client: pin_client(client, _pinned(context)))


def _botocore_plainly(cafile: str, port: int, proxy: int | None) -> None:
    _ask_botocore(f"https://{NAME}:{port}", proxy, lambda _: None, verify=cafile)


def _ask_botocore(url: str, proxy: int | None, prepare: Callable[[Any], None], **options: str) -> None:
    import botocore.session
    from botocore.config import Config

    config = Config(
        retries={"total_max_attempts": 1},
        proxies={"https": f"http://{HOST}:{proxy}"} if proxy else {},
        connect_timeout=TIMEOUT_SECONDS,
        read_timeout=TIMEOUT_SECONDS,
    )
    session = botocore.session.Session()
    session.set_credentials("none", "none")  # so that botocore does not look for any
    # The smallest service is enough, because the server answers everything.
    client = session.create_client("sso", "eu-central-1", endpoint_url=url, config=config, **options)
    try:
        prepare(client)
        client.logout(accessToken="none")
    finally:
        client.close()


def _pyopenssl_plainly(cafile: str, port: int, proxy: int | None) -> None:
    from OpenSSL import SSL

    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.load_verify_locations(cafile)
    context.set_verify(SSL.VERIFY_PEER)
    with _dial(port, proxy) as raw:
        raw.settimeout(None)  # pyOpenSSL does not wait for a socket with a time limit
        tls = SSL.Connection(context, raw)
        tls.set_tlsext_host_name(NAME.encode("ascii"))
        tls.set_connect_state()
        tls.sendall(_REQUEST)
        _require_answer(tls.recv(15))


def _pinned(context: ssl.SSLContext) -> PinnedSSLContext:
    from pinsmith.tls.context import PinnedSSLContext

    assert isinstance(context, PinnedSSLContext)  # noqa: S101 - without pins the way is called plainly
    return context


def _httpx(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    import httpx

    url = f"http://{HOST}:{proxy}" if proxy else None
    with httpx.Client(verify=context, proxy=url, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        client.get(f"https://{HOST}:{port}/")


def _aiohttp(context: ssl.SSLContext, port: int, proxy: int | None) -> None:
    import asyncio

    import aiohttp

    async def run() -> None:
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        url = f"http://{HOST}:{proxy}" if proxy else None
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"https://{HOST}:{port}/", ssl=context, proxy=url) as response,
        ):
            await response.read()

    asyncio.run(run())


def _require_answer(answer: bytes) -> None:
    if not answer.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(f"the server answered {answer!r}")


WAYS: Final = (
    Way("ssl", None, _socket),
    Way("asyncio", None, _asyncio),
    Way("http.client", None, _http_client),
    Way("urllib3", "urllib3", _urllib3, _urllib3_plainly),
    Way("requests", "requests", _requests, _requests_plainly),
    Way("httpx", "httpx", _httpx),
    Way("aiohttp", "aiohttp", _aiohttp),
    Way("niquests", "niquests", _niquests, _niquests_plainly),
    Way("botocore", "botocore", _botocore, _botocore_plainly),
    Way("pyOpenSSL", "OpenSSL", None, _pyopenssl_plainly),
)
