"""Send one request with a generated module that uses pinsmith: CLIENT VARIANT URL CAFILE PROXY."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from types import ModuleType

SECONDS = 5


def fetch_requests(pins: ModuleType, context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with requests."""
    with pins.session(context) as session:
        response = session.get(url, proxies={"https": proxy} if proxy else None, timeout=SECONDS)
        response.raise_for_status()


fetch_niquests = fetch_requests


def fetch_httpx(pins: ModuleType, context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with httpx."""
    with pins.client(context, proxy=proxy or None, timeout=SECONDS, follow_redirects=True) as client:
        client.get(url).raise_for_status()


fetch_httpx2 = fetch_httpx


def fetch_aiohttp(pins: ModuleType, context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with aiohttp."""
    import asyncio

    import aiohttp

    async def fetch() -> None:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with (
            pins.session(context, timeout=timeout, raise_for_status=True) as session,
            session.get(url, proxy=proxy or None) as response,
        ):
            await response.read()

    asyncio.run(fetch())


def fetch_urllib3(pins: ModuleType, context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with urllib3."""
    from urllib3 import Retry

    pool = pins.proxy_manager(proxy, context) if proxy else pins.pool_manager(context)
    once = Retry(connect=0, read=0, redirect=5)  # otherwise it waits four times for a silent server
    response = pool.request("GET", url, timeout=SECONDS, retries=once)
    if response.status >= 400:
        sys.exit(response.reason)


def fetch_urllib(pins: ModuleType, context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with urllib.request."""
    if proxy:
        os.environ["https_proxy"] = proxy
    with pins.opener(context).open(url, timeout=SECONDS) as response:
        response.read()


def fetch_http_client(pins: ModuleType, context: ssl.SSLContext, url: str, proxy: str) -> None:
    """Send a request with http.client."""
    from urllib.parse import urlsplit

    wanted, by = urlsplit(url), urlsplit(proxy or url)
    connection = pins.connection(by.hostname, by.port, context, timeout=SECONDS)
    if proxy:
        connection.set_tunnel(wanted.hostname, wanted.port)
    connection.request("GET", wanted.path)
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status >= 400:
        sys.exit(response.reason)


def fetch_ssl(_pins: ModuleType, context: ssl.SSLContext, url: str, _proxy: str) -> None:
    """Send a request with asyncio, which uses the context unchanged."""
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
    pins = import_module(variant)
    globals()[f"fetch_{client.replace('-', '_')}"](pins, pins.context(cafile=cafile), url, proxy)
