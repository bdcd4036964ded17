"""The lab's web site: its answers and its record of requests, with both versions of HTTP."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import OK, Answer, Request, Site, redirect
from tests.lab.client import connected

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Authority.root()
PROTOCOLS = pytest.mark.parametrize("protocol", ["h2", "http/1.1"])


def client(protocol: str) -> httpx.Client:
    """Make a client of one version of HTTP that trusts the lab."""
    context = ssl.create_default_context(cadata=ROOT.pem)
    return httpx.Client(verify=context, http1=protocol != "h2", http2=protocol == "h2", trust_env=False)


@pytest.fixture
def site() -> Site:
    """Redirect requests for /old to /new."""
    return Site(lambda request: redirect("/new", ("x-why", "moved")) if request.path == "/old" else OK)


@pytest.fixture
def server(site: Site, protocol: str) -> Iterator[RecordingServer]:
    """Serve the site."""
    with RecordingServer(ROOT.issue("localhost"), alpn=[protocol], speak=site) as serving:
        yield serving


@PROTOCOLS
def test_a_site_answers_as_configured_and_records_requests(site: Site, server: RecordingServer, protocol: str) -> None:
    """The redirect and its header arrive; both requests, on one connection, are recorded with host and headers."""
    with client(protocol) as asking:
        url = f"https://localhost:{server.port}"
        answer = asking.post(f"{url}/old", content=b"x" * 100_000, headers={"x-secret": "s"}, follow_redirects=True)
    assert answer.text == "ok\n"
    assert answer.history[0].headers["x-why"] == "moved"
    assert [(request.method, request.path, request.host) for request in site.requests] == [
        ("POST", "/old", "localhost"),
        ("GET", "/new", "localhost"),
    ]
    assert ("x-secret", "s") in site.requests[0].headers
    assert len(server.settled()) == 1


@PROTOCOLS
def test_requests_are_kept_apart_by_host(site: Site, server: RecordingServer, protocol: str) -> None:
    """A request to one host does not count as a request to another host."""
    with client(protocol) as asking:
        asking.get(f"https://localhost:{server.port}/here", headers={"host": f"API.localhost:{server.port}"})
    assert b"/here" in site.requests_to("api.localhost")
    assert site.requests_to("localhost") == b""


@PROTOCOLS
@pytest.mark.parametrize(
    "site", [Site(lambda _: Answer(closes=True)), Site(keeps_open=False)], ids=["one answer", "every answer"]
)
def test_an_answer_can_close_the_connection(site: Site, protocol: str) -> None:
    """The second request comes on a new connection."""
    with (
        RecordingServer(ROOT.issue("localhost"), alpn=[protocol], speak=site) as server,
        client(protocol) as asking,
    ):
        for _ in range(2):
            assert asking.get(f"https://localhost:{server.port}/").text == "ok\n"
        asking.close()
        assert len(server.settled()) == 2


@PROTOCOLS
def test_head_has_no_body(server: RecordingServer, protocol: str) -> None:
    """As HTTP requires, the answer to HEAD has no body."""
    with client(protocol) as asking:
        answer = asking.head(f"https://localhost:{server.port}/")
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_port_is_not_part_of_a_host() -> None:
    """Case is ignored too; the brackets of an IPv6 address are part of the host."""
    spelled = {"API.localhost:1": "api.localhost", "localhost": "localhost", "[::1]": "[::1]", "[::1]:44": "[::1]"}
    assert {host: Request("GET", host, "/", ()).host for host in spelled} == spelled


def test_a_request_is_recorded_before_its_body_arrives() -> None:
    """The head counts as disclosed, even if the body never arrives."""
    site = Site()
    with RecordingServer(ROOT.issue("localhost"), speak=site) as server:
        with connected(server.endpoint, ssl.create_default_context(cadata=ROOT.pem), "localhost") as secure:
            secure.sendall(b"POST /secret HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
        server.wait_closed()
    assert b"/secret" in site.requests_to("localhost")
