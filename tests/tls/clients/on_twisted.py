"""Twisted's Agent, with a reactor in a thread of its own, because a process can run a reactor only once."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

from twisted.internet import defer, protocol, reactor as the_reactor, ssl as twisted_ssl, threads
from twisted.web.client import Agent, ResponseDone

from pinsmith.clients.twisted import PolicyForHTTPS
from tests.tls.clients.way import SECONDS, Errand, Way

reactor: Any = the_reactor
ssl: Any = twisted_ssl


@cache
def start_reactor() -> None:
    """Start the reactor once."""
    started = threading.Event()
    reactor.callWhenRunning(started.set)
    threading.Thread(target=reactor.run, kwargs={"installSignalHandlers": False}, daemon=True).start()
    assert started.wait(SECONDS)


class Body(protocol.Protocol):
    """Collects a body, because Twisted's own readBody warns without a reason."""

    def __init__(self) -> None:
        self.received = b""
        self.whole: defer.Deferred[bytes] = defer.Deferred()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        self.received += data

    def connectionLost(self, reason: Any = None) -> None:  # noqa: ANN401, N802 - Twisted's name
        if reason.check(ResponseDone):
            self.whole.callback(self.received)
        else:
            self.whole.errback(reason)


def ask_by_agent(errand: Errand) -> bytes:
    """Use pinsmith's policy in an Agent."""
    start_reactor()
    anchors = Path(errand.cafile).read_text("ascii").split("-----END CERTIFICATE-----\n")
    root = ssl.trustRootFromCertificates(
        [ssl.Certificate.loadPEM(f"{anchor}-----END CERTIFICATE-----\n") for anchor in anchors if anchor]
    )
    make: Any = Agent
    agent = make(reactor, contextFactory=PolicyForHTTPS(errand.policy, trust_root=root), connectTimeout=SECONDS)

    async def ask() -> bytes:
        body = Body()
        (await agent.request(b"GET", errand.url.encode("ascii"))).deliverBody(body)
        return await body.whole

    run: Any = threads.blockingCallFromThread
    answer: bytes = run(reactor, lambda: defer.ensureDeferred(ask()))
    return answer


ON_TWISTED = (Way("twisted", ask_by_agent),)
