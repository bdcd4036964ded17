"""
Every client of a service other than the web, with every case.

Each test checks both what the client raised and what the server received, inside TLS and in the clear. The control is
the same errand with a context without pins, which sends the credentials to the rogue server.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pytest

from pinsmith.clients import find
from tests.tls.clients.case import CASES, Case, crossed, is_refusal
from tests.tls.pki import HOST, PKI
from tests.tls.services.brokers import BROKERS
from tests.tls.services.cloud import CLOUD
from tests.tls.services.databases import DATABASES
from tests.tls.services.files import FILES
from tests.tls.services.mail import MAIL
from tests.tls.services.service import Service, has_credentials

if TYPE_CHECKING:
    import ssl

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.services.conftest import ErrandTo, Play

SERVICES = (*MAIL, *FILES, *DATABASES, *BROKERS, *CLOUD)
# One client that blocks and switches to TLS later, and one that uses asyncio.
WHOLE = {"smtplib:starttls", "asyncpg"}
every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.id)


def require_silence(service: Service, server: RecordingServer) -> None:
    """Require that *server* received nothing inside TLS, and in the clear only what the client sends before TLS."""
    connections = server.settled()
    assert connections
    assert server.received == b""
    for connection in connections:
        assert re.fullmatch(service.before_tls, connection.plain_bytes)


@pytest.mark.parametrize(("service", "case"), crossed(SERVICES, CASES, whole=WHOLE))
def test_credentials_reach_only_pinned_servers(
    service: Service, case: Case, pki: PKI, play: Play, errand_to: ErrandTo
) -> None:
    """
    A client with pins logs in only to a server that satisfies them.

    Others receive no byte, not even in the clear.
    """
    server = play(service.script(), getattr(pki, case.served), **case.presented(pki))
    errand = errand_to(server, case.policy(pki, HOST))
    if case.outcome == "passes":
        assert service.way.ask(errand)
        (connection,) = server.settled()
        assert has_credentials(connection.application_bytes)
        assert re.fullmatch(service.before_tls, connection.plain_bytes)
        return
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own; looked at below
        service.way.ask(errand)
    assert is_refusal(caught.value, case.outcome), repr(caught.value)
    require_silence(service, server)
    if case.outcome == "wrong-pin":
        assert len(server.connections) == service.way.tries
        assert find(service.way.client).error.rpartition(".")[2] == type(caught.value).__name__


@every_service
def test_without_pins_the_rogue_server_receives_the_credentials(
    service: Service, pki: PKI, play: Play, errand_to: ErrandTo, plain_context: ssl.SSLContext
) -> None:
    """The control: a context without pins trusts the rogue server and logs in."""
    server = play(service.script(), pki.rogue)
    errand = dataclasses.replace(errand_to(server), context=plain_context)  # type: ignore[arg-type]
    assert (service.ask_plainly or service.way.ask)(errand)
    (connection,) = server.settled()
    assert has_credentials(connection.application_bytes)


@every_service
@pytest.mark.parametrize("served", ["leaf", "rogue"])
def test_tls_1_2_is_judged_too(service: Service, served: str, pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """Pins are enforced with TLS 1.2 as with TLS 1.3, the default here."""
    server = play(service.script(), getattr(pki, served), tls="1.2")
    if served == "leaf":
        assert service.way.ask(errand_to(server))
        assert has_credentials(server.received)
        return
    with pytest.raises(Exception) as caught:  # noqa: PT011 - looked at below
        service.way.ask(errand_to(server))
    assert is_refusal(caught.value, "wrong-pin"), repr(caught.value)
    require_silence(service, server)
