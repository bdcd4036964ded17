"""aiohttp with pinsmith: URL POLICY CAFILE PROXY."""

from __future__ import annotations

import asyncio
import sys

import aiohttp

import pinsmith


async def _fetch(url: str, policy: str, cafile: str, proxy: str) -> None:
    context = pinsmith.PinnedSSLContext(pinsmith.load(policy), cafile=cafile)
    timeout = aiohttp.ClientTimeout(total=8)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context), timeout=timeout) as session,
        session.get(url, proxy=proxy or None) as response,
    ):
        response.raise_for_status()
        await response.read()


asyncio.run(_fetch(*sys.argv[1:]))
