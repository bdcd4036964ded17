"""Send one request with a generated module that does not need pinsmith: CLIENT VARIANT URL CAFILE PROXY."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

SECONDS = 5


def fetch_urllib(context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with urllib.request."""
    from urllib.request import HTTPSHandler, ProxyHandler, build_opener

    handlers = [ProxyHandler({"https": proxy} if proxy else {}), HTTPSHandler(context=context)]
    with build_opener(*handlers).open(url, timeout=SECONDS) as response:
        response.read()


def fetch_httpx(context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with httpx."""
    import httpx

    with httpx.Client(verify=context, proxy=proxy or None, timeout=SECONDS, follow_redirects=True) as client:
        client.get(url).raise_for_status()


def fetch_requests(context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with requests, through the documented adapter."""
    import requests

    adapter = import_module("adapter")
    vars(adapter)["CONTEXT"] = context
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", adapter.PinnedAdapter())
        session.get(url, proxies={"https": proxy} if proxy else {}, timeout=SECONDS).raise_for_status()


def fetch_aiohttp(context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with aiohttp."""
    import asyncio

    import aiohttp

    async def fetch() -> None:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        connector = aiohttp.TCPConnector(ssl=context)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, raise_for_status=True) as session,
            session.get(url, proxy=proxy or None) as response,
        ):
            await response.read()

    asyncio.run(fetch())


def fetch_asyncio(context: ssl.SSLContext, url: str, _proxy: str) -> None:
    """Send a request with asyncio."""
    import asyncio
    from urllib.parse import urlsplit

    async def fetch() -> int:
        wanted = urlsplit(url)
        async with asyncio.timeout(SECONDS):
            reader, writer = await asyncio.open_connection(wanted.hostname, wanted.port, ssl=context)
            writer.write(f"GET {wanted.path} HTTP/1.1\r\nHost: {wanted.netloc}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)^content-length: *(\d+)", head, re.MULTILINE)
            await reader.readexactly(int(length[1]) if length else 0)
            writer.close()
            await writer.wait_closed()
            return int(head.split(" ", 2)[1])

    if (status := asyncio.run(fetch())) >= 400:
        sys.exit(f"status {status}")


if __name__ == "__main__":
    client, variant, url, cafile, proxy = sys.argv[1:]
    context = import_module(variant).create_context(cafile=cafile)
    globals()[f"fetch_{client}"](context, url, proxy)
