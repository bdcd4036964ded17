"""Every web client of the matrix works with nginx, over HTTP/1.1 and HTTP/2, and with client certificates."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.extended.server import Running, run
from tests.extended.web import WEB, start_nginx
from tests.tls.clients.blocking import ask_by_http_client
from tests.tls.clients.case import is_refusal
from tests.tls.clients.test_matrix import by
from tests.tls.pki import HOST, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.extended.conftest import ErrandTo
    from tests.extended.program import Folder, Program
    from tests.extended.server import RealServer
    from tests.tls.clients.way import Way
    from tests.tls.pki import PKI

pytestmark = pytest.mark.extended

every_way = pytest.mark.parametrize("way", by("direct"))
# The server behind nginx speaks only HTTP, and websockets.sync loses an answer that declines an upgrade. So websockets
# are left out here, but their refusals are tested.
every_way_of_http = pytest.mark.parametrize(
    "way", [way for way in by("direct") if not str(way.id).startswith("websockets")]
)


@pytest.fixture
def target(running: Callable[[RealServer], Running]) -> Running:
    """Run nginx."""
    return running(WEB[0])


@every_way_of_http
def test_every_web_client_reaches_the_server_behind(way: Way, target: Running, errand_to: ErrandTo) -> None:
    """The request reaches nginx in the negotiated protocol, and the server behind nginx answers it."""
    before = target.logins()
    assert way.ask(errand_to(target))
    target.until_logins(before + 1)
    request = target.program.log.splitlines()[-1]
    assert request.startswith("HTTP/2.0" if way.alpn == "h2" else "HTTP/1.1")


@every_way
def test_no_web_client_sends_a_request_to_an_unpinned_server(
    way: Way, target: Running, pki: PKI, errand_to: ErrandTo
) -> None:
    """nginx, which logs every request, receives none from a client that refuses it."""
    before = target.logins()
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own; checked below
        way.ask(errand_to(target, policy_of(pki.backup)))
    assert is_refusal(caught.value, "wrong-pin"), repr(caught.value)
    assert ask_by_http_client(errand_to(target))
    target.until_logins(before + 1)
    assert target.logins() == before + 1


@pytest.fixture
def requiring(pki: PKI) -> Iterator[Running]:
    """Run an nginx that requires client certificates."""
    with run(dataclasses.replace(WEB[0], id="nginx-mtls", start=partial(_start_requiring, pki)), pki.leaf) as it:
        yield it


def _start_requiring(pki: PKI, folder: Folder, port: int) -> Program:
    authority = folder.write("clients.crt", pki.stranger.pem)
    return start_nginx(folder, port, more=f"ssl_verify_client on; ssl_client_certificate {authority};")


def test_a_client_certificate_goes_to_the_pinned_server(requiring: Running, pki: PKI, errand_to: ErrandTo) -> None:
    """A client certificate that is loaded into the pinned context is sent and accepted."""
    errand = errand_to(requiring)
    pki.stranger.issue("client").load_into(errand.context)
    assert ask_by_http_client(errand) == b"from behind\n"
    requiring.until_logins(1)
    assert "client=CN=client" in requiring.program.log


def test_the_server_refuses_a_client_without_a_certificate(requiring: Running, errand_to: ErrandTo) -> None:
    """The control: the pinned server refuses a client that sends no certificate."""
    assert b"No required SSL certificate" in ask_by_http_client(errand_to(requiring))


def test_a_client_with_a_certificate_refuses_an_unpinned_server(
    requiring: Running, pki: PKI, errand_to: ErrandTo
) -> None:
    """The client sends no request; the server still sees its certificate, a limit that the documentation states."""
    errand = errand_to(requiring, policy_of(pki.backup))
    pki.stranger.issue("client").load_into(errand.context)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - checked below
        ask_by_http_client(errand)
    assert is_refusal(caught.value, "wrong-pin"), repr(caught.value)
    errand.context.policy = policy_of(pki.leaf, host=HOST)
    assert ask_by_http_client(errand)
    requiring.until_logins(1)
    assert requiring.logins() == 1
