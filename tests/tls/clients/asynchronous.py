"""Clients that run in an event loop, with a few lines for each."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio
import anyio.streams.tls
import httpx
import httpx2
import trio
import uvloop
import websockets

import pinsmith.clients.aiohttp
import pinsmith.clients.niquests
from tests.tls.attack import SECRET
from tests.tls.clients.way import ANY_PROXY, SECONDS, Errand, Way
from tests.tls.clients.websocket_speaker import websocket_speaker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Ask = Callable[[Errand], Awaitable[bytes]]


async def ask_by_streams(errand: Errand) -> bytes:
    """Open a connection with the context; behind a proxy, upgrade it."""
    if errand.proxy is not None:
        return await ask_by_start_tls(errand)
    reader, writer = await asyncio.open_connection(*errand.next_hop, ssl=errand.context)
    return await _exchange(reader, writer)


async def ask_by_start_tls(errand: Errand) -> bytes:
    """Open a connection, in the clear or to a proxy, and start TLS on it."""
    reader, writer = await asyncio.open_connection(*errand.next_hop, ssl=errand.proxy_context)
    try:
        if errand.proxy is not None:
            writer.write(errand.connect)
            await reader.readuntil(b"\r\n\r\n")
        await writer.start_tls(errand.context, server_hostname=errand.host)
    except BaseException:
        writer.transport.abort()
        raise
    return await _exchange(reader, writer)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        writer.write(SECRET)
        return await reader.read(4096)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def ask_by_trio(errand: Errand) -> bytes:
    """Wrap a stream in TLS; through an HTTPS proxy, wrap the stream to the proxy first."""
    stream: Any = await trio.open_tcp_stream(*errand.next_hop)
    async with stream:
        if errand.proxy is not None:
            if errand.proxy_has_tls:
                stream = trio.SSLStream(stream, errand.context, server_hostname=errand.proxy[0])
            await stream.send_all(errand.connect)
            await stream.receive_some(4096)
        stream = trio.SSLStream(stream, errand.context, server_hostname=errand.host)
        await stream.send_all(SECRET)
        answer: bytes = await stream.receive_some(4096)
        return answer


async def ask_by_anyio(errand: Errand) -> bytes:
    """Connect with the context; behind a proxy, wrap the stream."""
    if errand.proxy is None:
        async with await anyio.connect_tcp(*errand.next_hop, tls=True, ssl_context=errand.context) as tls:
            return await _talk(tls)
    outer: Any = await anyio.connect_tcp(*errand.next_hop)
    async with outer:
        if errand.proxy_has_tls:
            outer = await anyio.streams.tls.TLSStream.wrap(outer, hostname=errand.proxy[0], ssl_context=errand.context)
        await outer.send(errand.connect)
        await outer.receive()
        return await _talk(
            await anyio.streams.tls.TLSStream.wrap(outer, hostname=errand.host, ssl_context=errand.context)
        )


async def _talk(stream: Any) -> bytes:  # noqa: ANN401
    await stream.send(SECRET)
    answer: bytes = await stream.receive()
    return answer


async def ask_by_httpx(errand: Errand, *, http2: bool = False) -> bytes:
    """Use a client with the context, which an HTTPS proxy gets too."""
    proxy = errand.proxy_url and httpx.Proxy(errand.proxy_url, ssl_context=errand.proxy_context)
    async with httpx.AsyncClient(verify=errand.context, http2=http2, proxy=proxy, timeout=SECONDS) as client:
        return (await client.get(errand.url)).content


async def ask_by_httpx2(errand: Errand, *, http2: bool = False) -> bytes:
    """Use a client with the context, which an HTTPS proxy gets too."""
    proxy = errand.proxy_url and httpx2.Proxy(errand.proxy_url, ssl_context=errand.proxy_context)
    async with httpx2.AsyncClient(verify=errand.context, http2=http2, proxy=proxy, timeout=SECONDS) as client:
        return (await client.get(errand.url)).content


async def ask_by_aiohttp(errand: Errand) -> bytes:
    """Give the context to the connector."""
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=errand.context)) as session,
        session.get(errand.url, proxy=errand.proxy_url) as response,
    ):
        return await response.read()


async def ask_by_pinned_aiohttp(errand: Errand) -> bytes:
    """Use pinsmith's connector."""
    async with (
        aiohttp.ClientSession(connector=pinsmith.clients.aiohttp.Connector(errand.context)) as session,
        session.get(errand.url, proxy=errand.proxy_url) as response,
    ):
        return await response.read()


async def ask_by_aiohttp_request(errand: Errand) -> bytes:
    """Give the context to one request."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(errand.url, ssl=errand.context, proxy=errand.proxy_url) as response,
    ):
        return await response.read()


async def ask_by_websockets(errand: Errand) -> bytes:
    """Open a WebSocket and send the secret through it."""
    of_proxy: Any = {"proxy_ssl": errand.context} if errand.proxy_has_tls else {}
    async with websockets.connect(
        errand.url.replace("https", "wss"),
        ssl=errand.context,
        proxy=errand.proxy_url,
        open_timeout=SECONDS,
        **of_proxy,
    ) as tls:
        await tls.send("SECRET")
        return bytes(await tls.recv(decode=False))


async def ask_by_niquests(errand: Errand, **options: bool) -> bytes:
    """Use pinsmith's session."""
    async with pinsmith.clients.niquests.AsyncSession(errand.context, **options) as session:
        proxies = None if errand.proxy_url is None else {"https": errand.proxy_url}
        return (await session.get(errand.url, proxies=proxies, timeout=SECONDS)).content or b""


def on_asyncio(ask: Callable[..., Any], **options: bool) -> Callable[[Errand], bytes]:
    """Run in asyncio's own loop."""
    return lambda errand: asyncio.run(ask(errand, **options))


def on_uvloop(ask: Callable[..., Any]) -> Callable[[Errand], bytes]:
    """Run in uvloop's loop."""
    return lambda errand: uvloop.run(ask(errand))


def on_trio(ask: Callable[..., Any], **options: bool) -> Callable[[Errand], bytes]:
    """Run in trio."""

    async def run(errand: Errand) -> bytes:
        answer: bytes = await ask(errand, **options)
        return answer

    return lambda errand: trio.run(run, errand)


ASYNCHRONOUS = (
    Way("asyncio", on_asyncio(ask_by_streams), ANY_PROXY),
    Way("asyncio:start-tls", on_asyncio(ask_by_start_tls)),
    Way("uvloop", on_uvloop(ask_by_streams), ANY_PROXY),
    Way("uvloop:start-tls", on_uvloop(ask_by_start_tls)),
    Way("trio", on_trio(ask_by_trio), ANY_PROXY),
    Way("anyio", on_asyncio(ask_by_anyio), ANY_PROXY),
    Way("anyio:trio", on_trio(ask_by_anyio), ANY_PROXY),
    Way("httpx:asyncio", on_asyncio(ask_by_httpx), ANY_PROXY),
    Way("httpx:asyncio-http2", on_asyncio(ask_by_httpx, http2=True), ANY_PROXY, alpn="h2"),
    Way("httpx:trio", on_trio(ask_by_httpx), ANY_PROXY),
    Way("httpx:trio-http2", on_trio(ask_by_httpx, http2=True), ANY_PROXY, alpn="h2"),
    Way("httpx2:asyncio", on_asyncio(ask_by_httpx2), ANY_PROXY),
    Way("httpx2:asyncio-http2", on_asyncio(ask_by_httpx2, http2=True), ANY_PROXY, alpn="h2"),
    Way("httpx2:trio", on_trio(ask_by_httpx2), ANY_PROXY),
    Way("httpx2:trio-http2", on_trio(ask_by_httpx2, http2=True), ANY_PROXY, alpn="h2"),
    Way("aiohttp", on_asyncio(ask_by_pinned_aiohttp), ANY_PROXY),
    Way("aiohttp:uvloop", on_uvloop(ask_by_pinned_aiohttp), ANY_PROXY),
    Way("aiohttp:connector", on_asyncio(ask_by_aiohttp), ANY_PROXY),
    Way("aiohttp:one-request", on_asyncio(ask_by_aiohttp_request), ANY_PROXY),
    Way("websockets", on_asyncio(ask_by_websockets), ANY_PROXY, speak=websocket_speaker),
    Way("niquests:asyncio", on_asyncio(ask_by_niquests, disable_http2=True), ANY_PROXY),
    Way("niquests:asyncio-http2", on_asyncio(ask_by_niquests), ANY_PROXY, alpn="h2"),
)
