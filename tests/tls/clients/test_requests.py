"""The session and adapter for requests: no option of requests removes the pins."""

from __future__ import annotations

import pickle
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import requests
import urllib3

from pinsmith.clients.requests import Adapter, Session
from pinsmith.errors import PinMismatchError, UnsafeContextError, find
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.servers.server import RecordingServer
from tests.tls.attack import silent
from tests.tls.pki import HOST, PKI, policy_of

if TYPE_CHECKING:
    from tests.tls.conftest import MakeContext


def url_of(server: RecordingServer, host: str = HOST) -> str:
    """Return the URL of the secret on *server*."""
    return f"https://{host}:{server.port}/secret"


def test_a_policy_is_enough(
    pki: PKI, monkeypatch: pytest.MonkeyPatch, cafile: str, good_server: RecordingServer
) -> None:
    """A session made from a policy uses the system's trust anchors."""
    monkeypatch.setenv("SSL_CERT_FILE", cafile)
    with Session(pki.policy()) as session:
        assert session.get(url_of(good_server)).content == b"ok\n"


def test_a_plain_session_sends_the_secret_to_the_rogue_server(cafile: str, rogue_server: RecordingServer) -> None:
    """The control: requests without pins sends the secret to the rogue server."""
    with requests.Session() as session:
        session.get(url_of(rogue_server), verify=cafile)
    rogue_server.settled()
    assert b"/secret" in rogue_server.received


@pytest.mark.parametrize("where", ["request", "session"])
@pytest.mark.parametrize("verify", [False, "", "bundle"], ids=["do not verify", "an empty path", "a bundle"])
def test_verification_cannot_be_switched_off(
    context: MakeContext, rogue_server: RecordingServer, stranger_file: str, verify: object, where: str
) -> None:
    """`verify=False` and a bundle are refused with a hint, before a connection is made."""
    value: Any = stranger_file if verify == "bundle" else verify
    with Session(context()) as session:
        if where == "session":
            session.verify = value
        of_request: Any = {"verify": value} if where == "request" else {}
        with pytest.raises(UnsafeContextError) as caught:
            session.get(url_of(rogue_server), **of_request)
    assert "cafile=" in str(caught.value.hint)
    assert not rogue_server.connections


def test_a_client_certificate_belongs_on_the_context(
    context: MakeContext, good_server: RecordingServer, stranger_file: str
) -> None:
    """`cert=` would apply to every host that shares the context, so it is refused."""
    with Session(context()) as session, pytest.raises(UnsafeContextError, match="client certificate"):
        session.get(url_of(good_server), cert=stranger_file)
    assert not good_server.connections


@pytest.fixture(params=["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def variable(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, stranger_file: str) -> str:
    """Set a variable in the environment to a bundle with another trust anchor."""
    name = str(request.param)
    monkeypatch.setenv(name, stranger_file)
    return name


def test_a_bundle_from_the_environment_adds_no_trust(
    pki: PKI, context: MakeContext, good_server: RecordingServer, variable: str
) -> None:
    """Our session ignores the variable, and our adapter in a session of requests raises an error that names it."""
    pinned = context()
    with Session(pinned) as session:
        assert session.get(url_of(good_server)).content == b"ok\n"
    with requests.Session() as foreign:
        foreign.mount("https://", Adapter(pinned))
        with pytest.raises(UnsafeContextError) as caught:
            foreign.get(url_of(good_server))
    assert variable in str(caught.value.hint)
    assert pinned.get_ca_certs(binary_form=True) == [pki.root.der, pki.rogue_root.der]


def test_no_certificates_are_added_to_the_context(pki: PKI, context: MakeContext, good_server: RecordingServer) -> None:
    """Certifi's certificates are not added, because the caller has chosen the trust anchors."""
    pinned = context()
    with Session(pinned) as session:
        session.get(url_of(good_server))
    assert pinned.get_ca_certs(binary_form=True) == [pki.root.der, pki.rogue_root.der]


@pytest.mark.parametrize("retries", [3, urllib3.Retry(3, backoff_factor=0)])
def test_a_pin_failure_is_not_tried_again(
    context: MakeContext, rogue_server: RecordingServer, retries: int | urllib3.Retry
) -> None:
    """The rogue server gets one handshake, whatever retries the user configures."""
    with Session(context(), max_retries=retries) as session, pytest.raises(requests.exceptions.SSLError) as caught:
        session.get(url_of(rogue_server))
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)
    assert len(rogue_server.connections) == 1


@pytest.mark.parametrize("url", ["https://{}:{}/secret", "HTTPS://{}:{}/secret", "https://user:word@{}:{}/secret"])
def test_every_spelling_of_an_address_is_pinned(context: MakeContext, rogue_server: RecordingServer, url: str) -> None:
    """The adapter is mounted at the bare scheme, so no spelling of a URL avoids its prefix."""
    with Session(context()) as session, pytest.raises(requests.exceptions.SSLError) as caught:
        session.get(url.format(HOST.upper(), rogue_server.port))
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)


def test_a_redirect_is_pinned(pki: PKI, context: MakeContext, rogue_server: RecordingServer) -> None:
    """After a redirect to a pinned host, that host's pins are enforced."""

    def follow(response: requests.Response, **_: object) -> None:
        response.status_code, response.headers["Location"] = 302, url_of(rogue_server)

    with RecordingServer(pki.leaf) as first, Session(context(policy_of(pki.leaf))) as session:
        session.hooks["response"].append(follow)
        with pytest.raises(requests.exceptions.SSLError) as caught:
            session.get(url_of(first))
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)


def test_an_adapter_pins_direct_and_proxied_connections(
    pki: PKI, context: MakeContext, rogue_server: RecordingServer
) -> None:
    """Our adapter alone, in a session of requests, pins direct connections and those through a proxy."""
    with (
        ConnectProxy(redirect_to=rogue_server.endpoint) as proxy,
        requests.Session() as session,
    ):
        session.mount("https://", Adapter(context()))
        for proxies in ({}, {"https": f"http://{HOST}:{proxy.port}"}):
            with pytest.raises(requests.exceptions.SSLError) as caught:
                session.get(url_of(rogue_server), proxies=proxies)
            assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)


def test_an_adapter_without_pins_cannot_be_mounted(context: MakeContext) -> None:
    """An ordinary adapter, as programs mount it for retries, would remove the pins, so it is refused for any prefix."""
    with Session(context()) as session:
        for prefix in ("https://", "HTTPS://api.example.com"):
            with pytest.raises(UnsafeContextError, match="HTTPAdapter") as caught:
                session.mount(prefix, requests.adapters.HTTPAdapter(max_retries=3))
            assert "pinsmith.clients.requests" in str(caught.value.hint)
        session.mount("https://", Adapter(context(), max_retries=3))
        session.mount("http://", requests.adapters.HTTPAdapter())


def test_a_context_that_requests_gives_to_the_pool_has_no_effect(
    pki: PKI, rogue_server: RecordingServer, good_server: RecordingServer, context: MakeContext, own_context: None
) -> None:
    """Releases 2.32.0 to 2.32.2 set a context of their own for each request, and the pinned one replaces it."""
    with Session(context()) as session:
        assert session.get(url_of(good_server)).content == b"ok\n"
        with pytest.raises(requests.exceptions.SSLError) as caught:
            session.get(url_of(rogue_server))
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)


class AdapterWithContext(requests.adapters.HTTPAdapter):
    """The adapter that programs write to pass a context to requests."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as in requests
        super().init_poolmanager(*args, **{**options, "ssl_context": self._context})


def test_without_the_helper_that_context_takes_precedence(
    rogue_server: RecordingServer, context: MakeContext, own_context: None
) -> None:
    """The control: the pinned context of the pool manager is not used, and the rogue server receives the secret."""
    with requests.Session() as session:
        session.mount("https://", AdapterWithContext(context()))
        assert session.get(url_of(rogue_server)).content == b"ok\n"
    rogue_server.settled()
    assert b"/secret" in rogue_server.received


@pytest.fixture
def own_context(plain_context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each pool a context of its own, as requests 2.32.0 to 2.32.2 do, whose context trusts certifi."""
    make = urllib3.PoolManager.connection_from_context

    def connection_from_context(self: urllib3.PoolManager, request_context: dict[str, Any]) -> Any:  # noqa: ANN401 - a pool
        return make(self, {**request_context, "ssl_context": plain_context})

    monkeypatch.setattr(urllib3.PoolManager, "connection_from_context", connection_from_context)


def test_a_pinned_session_cannot_be_pickled(context: MakeContext) -> None:
    """A context cannot be pickled, so pickling a session raises an error instead of losing the pins."""
    with Session(context()) as session, pytest.raises(TypeError, match="make a new one"):
        pickle.dumps(session)


def test_the_session_accepts_options_of_the_adapter(context: MakeContext) -> None:
    """Options such as pool sizes are passed to the adapter."""
    with Session(context(), pool_maxsize=3) as session:
        adapter = session.get_adapter("https://localhost")
        assert isinstance(adapter, Adapter)
        assert adapter.poolmanager.connection_pool_kw["maxsize"] == 3
        assert isinstance(adapter.poolmanager.connection_pool_kw["ssl_context"], ssl.SSLContext)
