"""aiohttp.Fingerprint, used as the documentation of aiohttp shows: URL CERTIFICATE-SHA256 PROXY."""

from __future__ import annotations

import asyncio
import sys

import aiohttp


async def _fetch(url: str, fingerprint: str, proxy: str) -> None:
    pinned = aiohttp.Fingerprint(bytes.fromhex(fingerprint))
    timeout = aiohttp.ClientTimeout(total=8)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(url, ssl=pinned, proxy=proxy or None) as response,
    ):
        response.raise_for_status()
        await response.read()


asyncio.run(_fetch(*sys.argv[1:]))
