"""
Ways a program reaches a TLS server: what the self-test tries.

Each sends one small HTTP request to the loopback and returns when an answer came. Libraries that are not installed are
left out, and said to be.
"""

from __future__ import annotations

import http.client
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

HOST: Final = "127.0.0.1"
TIMEOUT_SECONDS: Final = 10.0
_REQUEST: Final = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Way:
    """
    One way to connect.

    Attributes:
        name: What users call it.
        library: The module that must be installed; None for the standard library.
        request: Connects to a port of the loopback, with the port of an HTTP proxy or None; raises what the client
            raises.
    """

    name: str
    library: str | None
    request: Callable[[ssl.SSLContext, int, int | None], None]

    @property
    def is_installed(self) -> bool:
        """Whether it can be tried here."""
        return self.library is None or find_spec(self.library) is not None


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
    import urllib3

    pool: urllib3.PoolManager = (
        urllib3.ProxyManager(f"http://{HOST}:{proxy}", ssl_context=context)
        if proxy
        else urllib3.PoolManager(ssl_context=context)
    )
    with pool:
        pool.request("GET", f"https://{HOST}:{port}/", retries=False, timeout=TIMEOUT_SECONDS)


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
    Way("urllib3", "urllib3", _urllib3),
    Way("httpx", "httpx", _httpx),
    Way("aiohttp", "aiohttp", _aiohttp),
)
