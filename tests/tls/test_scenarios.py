"""
Every scenario of the lab with every way to enforce pins: this package withstands its own hostile servers.

Plain sockets are tested in ``tests/lab/scenarios``, where each scenario also fails a client that is wrong.
"""

from __future__ import annotations

import asyncio
import gc
import ssl
import warnings
from functools import cache
from typing import TYPE_CHECKING, Self

import aiohttp
import httpx
import pytest

import pinsmith
from pinsmith.errors import PinsmithError
from pinsmith.lab.pki.lab_pki import PKICache
from pinsmith.lab.scenarios import SCENARIOS
from pinsmith.lab.trial import Ended, try_client
from pinsmith.tls.inject import extract, inject
from tests.lab.client import Tunnelled
from tests.lab.scenarios.browsing import SECONDS, browse, pinned, wrapping

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from _pytest.mark import ParameterSet

    from pinsmith.lab.call import Call
    from pinsmith.lab.scenario import Scenario

    Fetch = Callable[[Call, ssl.SSLContext, float], Ended]

HTTPS = tuple(scenario for scenario in SCENARIOS if scenario.protocol == "https")
BY_ID = {scenario.id: scenario for scenario in HTTPS}
QUICK = {"silent": 0.3}


class InMemory:
    """The part of a socket that a small HTTP client needs, over memory BIOs."""

    def __init__(self, plain: socket.socket, context: ssl.SSLContext, host: str) -> None:
        """Complete the handshake over *plain*."""
        self._tls = Tunnelled(plain, context, host)

    def sendall(self, payload: bytes) -> None:
        self._tls.send(payload)

    def recv(self, _: int) -> bytes:
        try:
            return self._tls.receive()
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing, because the owner of the socket closes it."""


def by_socket(call: Call, context: ssl.SSLContext, seconds: float) -> Ended:
    """Fetch with `ssl.SSLSocket`."""
    return browse(call, wrapping(context), seconds=seconds)


def in_memory(call: Call, context: ssl.SSLContext, seconds: float) -> Ended:
    """Fetch with `ssl.SSLObject`."""
    return browse(call, lambda plain, host: InMemory(plain, context, host), seconds=seconds)  # type: ignore[arg-type, return-value]


def by_httpx(call: Call, context: ssl.SSLContext, seconds: float) -> Ended:
    """Fetch with a client that keeps connections, negotiates HTTP/2 and follows redirects."""
    options = {"proxy": call.proxy, "timeout": seconds, "follow_redirects": True, "trust_env": False}
    try:
        with httpx.Client(verify=context, http2=True, **options) as client:  # type: ignore[arg-type]
            status = client.get(call.url).status_code
    except httpx.HTTPError as error:
        return Ended(well=False, words=repr(error))
    return Ended(well=status == 200, words=str(status))


@cache
def _freeze() -> None:
    """Hide the objects of all earlier tests from the garbage collector, which then takes less time after each fetch."""
    gc.collect()
    gc.freeze()


def by_aiohttp(call: Call, context: ssl.SSLContext, seconds: float) -> Ended:
    """Fetch with a client of asyncio, which reads before it sends."""
    _freeze()

    async def fetch() -> int:
        limit = aiohttp.ClientTimeout(seconds)
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(call.url, ssl=context, proxy=call.proxy) as response,
        ):
            await response.read()
            return response.status

    # aiohttp leaves it to the loop to close a TLS transport, and on a busy machine the loop may end first.
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        try:
            status = asyncio.run(fetch())
        except (aiohttp.ClientError, OSError, PinsmithError) as error:
            return Ended(well=False, words=repr(error))
        finally:
            gc.collect()
    return Ended(well=status == 200, words=str(status))


FETCHES: tuple[Fetch, ...] = (in_memory, by_httpx, by_aiohttp)
# These clients resolve names, and may not find names below localhost.
RESOLVING = (by_httpx, by_aiohttp)
# Scenarios that depend on how a client reconnects, keeps connections or follows. The chain is judged below the
# client.
ESSENTIAL = {
    "alt-svc-bait",
    "client-certificate-request",
    "coalescing-bait",
    "leaf-appended",
    "leaf-pin",
    "proxy-swaps-origin",
    "redirect-to-rogue",
    "redirect-to-unpinned-host",
    "renegotiation",
    "second-connection",
    "session-after-pins-change",
    "session-of-another-host",
    "session-resumption",
    "trailing-dot",
    "wrong-key",
    "wrong-name",
}


def crossed(fetches: tuple[Fetch, ...], whole: Fetch) -> list[ParameterSet]:
    """Combine each of *fetches* with each scenario; all but the essential ones are thorough, except for *whole*."""
    return [
        pytest.param(
            *(fetch, scenario),
            id=f"{fetch.__name__}-{scenario.id}",
            marks=() if fetch is whole or scenario.id in ESSENTIAL else pytest.mark.thorough,
        )
        for fetch in fetches
        for scenario in HTTPS
        if fetch not in RESOLVING or "address" not in scenario.needs
    ]


@pytest.fixture(scope="module")
def pkis() -> PKICache:
    """Make the keys of the lab once."""
    return PKICache()


def require_pass(client: Callable[[Call], Ended], scenario: Scenario, pkis: PKICache) -> None:
    """Try *client* with the first kind of key."""
    trial = try_client(client, scenario, pkis.of(scenario.keys[0]))
    assert trial.verdict == "pass", f"{trial.verdict}: {trial.reason}"


@pytest.mark.parametrize(("fetch", "scenario"), crossed(FETCHES, in_memory))
def test_a_pinned_context_passes(fetch: Fetch, scenario: Scenario, pkis: PKICache) -> None:
    """The context of this package passes with clients that move bytes in other ways than a plain socket."""
    require_pass(lambda call: fetch(call, pinned(call), QUICK.get(scenario.id, SECONDS)), scenario, pkis)


@pytest.mark.parametrize(("fetch", "scenario"), crossed((by_socket, in_memory), by_socket))
def test_an_injected_policy_passes(fetch: Fetch, scenario: Scenario, pkis: PKICache) -> None:
    """A context of Python's own passes in a process with pins."""

    def client(call: Call) -> Ended:
        inject(pinsmith.load(call.policy))
        try:
            return fetch(call, plain(call), QUICK.get(scenario.id, SECONDS))
        finally:
            extract()

    require_pass(client, scenario, pkis)


@pytest.mark.parametrize("scenario", ["wrong-key", "leaf-appended", "renegotiation"])
@pytest.mark.parametrize("fetch", [by_socket, *FETCHES], ids=lambda fetch: fetch.__name__)
def test_plain_tls_fails(fetch: Fetch, scenario: str, pkis: PKICache) -> None:
    """The control: without pins the same clients send bytes to the rogue, in all scenarios that can lure them."""
    trial = try_client(lambda call: fetch(call, plain(call), SECONDS), BY_ID[scenario], pkis.of("ec-p256"))
    if scenario == "renegotiation" and fetch in {by_socket, in_memory}:
        assert trial.verdict == "pass"  # these send first, and only one request on each connection
    else:
        assert trial.verdict == "accepts-a-rogue"


def plain(call: Call) -> ssl.SSLContext:
    """Make the context of a program without pins."""
    return ssl.create_default_context(cafile=str(call.cafile))
