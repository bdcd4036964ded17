"""The helper for botocore, with a client whose requests go to the loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.exceptions
import botocore.httpsession
import botocore.loaders
import botocore.session
import pytest
from botocore.config import Config

from pinsmith.clients import botocore as helper
from pinsmith.clients.botocore import pin_client, pin_session
from pinsmith.errors import PinMismatchError, UnsafeContextError, find
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.policy import Policy
from tests.tls.attack import silent
from tests.tls.clients.case import PROXIED_HOST
from tests.tls.pki import HOST, PKI, entry_of, policy_of

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve

Untyped = Any  # botocore has no types


@pytest.fixture(scope="module")
def loader() -> Untyped:
    """Read the descriptions of services only once, because they are large."""
    return botocore.loaders.create_loader()


@pytest.fixture
def session(loader: Untyped) -> Untyped:
    """Make a session with credentials, so that botocore does not look for any."""
    made = botocore.session.Session()
    made.register_component("data_loader", loader)
    made.set_credentials("access", "secret")
    return made


def client_of(session: Untyped, url: str, verify: Untyped = None, **config: Untyped) -> Untyped:
    """Make a client for *url* that tries once."""
    return session.create_client(
        "sso",
        "eu-central-1",
        endpoint_url=url,
        verify=verify,
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def url_of(server: RecordingServer) -> str:
    """Return the URL of the server."""
    return f"https://{HOST}:{server.port}"


def read(client: Untyped) -> None:
    """Send a request with a recognisable token, to the smallest of the services."""
    client.logout(accessToken="SECRET")


def test_a_plain_client_sends_the_secret_to_the_rogue_server(
    session: Untyped, cafile: str, rogue_server: RecordingServer
) -> None:
    """The control: botocore without pins sends the secret to the rogue server."""
    client = client_of(session, url_of(rogue_server), verify=cafile)
    read(client)
    client.close()
    rogue_server.settled()
    assert b"SECRET" in rogue_server.received


def pinned_by_session(session: Untyped, context: Untyped, url: str, **options: Untyped) -> Untyped:
    """Pin all clients that the session makes."""
    pin_session(session, context)
    return client_of(session, url, **options)


def pinned_itself(session: Untyped, context: Untyped, url: str, **options: Untyped) -> Untyped:
    """Pin one client."""
    client = client_of(session, url, **options)
    pin_client(client, context)
    return client


WAYS = [pinned_by_session, pinned_itself]


@pytest.mark.parametrize("pinned", WAYS)
def test_the_pinned_server_receives_the_request(
    pki: PKI,
    session: Untyped,
    context: MakeContext,
    good_server: RecordingServer,
    pinned: Untyped,
) -> None:
    """The request arrives, and no trust anchor is added to the context."""
    made = context()
    client = pinned(session, made, url_of(good_server))
    read(client)
    assert b"SECRET" in good_server.received
    assert made.get_ca_certs(binary_form=True) == [pki.root.der, pki.rogue_root.der]


@pytest.mark.parametrize("pinned", WAYS)
@pytest.mark.parametrize("verify", [None, True, False], ids=["not given", "verify", "do not verify"])
def test_the_rogue_server_is_refused(
    session: Untyped, context: MakeContext, rogue_server: RecordingServer, pinned: Untyped, verify: Untyped
) -> None:
    """The pins are enforced whatever `verify=` is, because it belongs to a session that is no longer used."""
    client = pinned(session, context(), url_of(rogue_server), verify=verify)
    with pytest.raises(botocore.exceptions.SSLError) as caught:
        read(client)
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)
    assert len(rogue_server.connections) == 1


@pytest.mark.parametrize("retries", ["legacy", "standard", "adaptive"])
def test_retries_do_not_weaken_the_pins(
    session: Untyped,
    context: MakeContext,
    rogue_server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
    retries: str,
) -> None:
    """However often botocore tries, the server receives no byte."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    client = session.create_client(
        "sso",
        "eu-central-1",
        endpoint_url=url_of(rogue_server),
        config=Config(retries={"mode": retries, "total_max_attempts": 3}),
    )
    pin_client(client, context())
    with pytest.raises(botocore.exceptions.SSLError):
        read(client)
    assert silent(rogue_server)


@pytest.mark.parametrize("scheme", ["http", "https"], ids=["a proxy in plain HTTP", "a proxy that speaks TLS"])
@pytest.mark.parametrize("served", ["leaf", "rogue"])
def test_the_same_pins_apply_behind_a_proxy(
    pki: PKI,
    session: Untyped,
    context: MakeContext,
    serve: Serve,
    *,
    served: str,
    scheme: str,
) -> None:
    """The proxy, if it speaks TLS, and the server behind it are both pinned."""
    policy = Policy((entry_of(pki.backup, host=HOST), entry_of(pki.leaf, host=PROXIED_HOST)))
    server = serve(getattr(pki, served))
    with ConnectProxy(tls=pki.backup if scheme == "https" else None, redirect_to=server.endpoint) as proxy:
        proxies = {"https": f"{scheme}://{HOST}:{proxy.port}"}
        client = pinned_itself(session, context(policy), f"https://{PROXIED_HOST}", proxies=proxies)
        if served == "leaf":
            read(client)
            assert b"SECRET" in server.received
        else:
            with pytest.raises(botocore.exceptions.BotoCoreError) as caught:
                read(client)
            assert isinstance(find(caught.value), PinMismatchError)
            assert silent(server)


def test_a_rogue_proxy_does_not_learn_the_destination(
    pki: PKI,
    session: Untyped,
    context: MakeContext,
    good_server: RecordingServer,
) -> None:
    """A proxy without a pinned key is refused before the CONNECT line."""
    with ConnectProxy(tls=pki.rogue, redirect_to=good_server.endpoint) as proxy:
        proxies = {"https": f"https://{HOST}:{proxy.port}"}
        client = pinned_itself(session, context(policy_of(pki.leaf)), f"https://{PROXIED_HOST}", proxies=proxies)
        with pytest.raises(botocore.exceptions.BotoCoreError) as caught:
            read(client)
        assert isinstance(find(caught.value), PinMismatchError)
        proxy.wait_closed()
        assert not proxy.requests


@pytest.mark.parametrize(
    "config",
    [
        {"client_cert": "client.pem"},
        {"proxies_config": {"proxy_use_forwarding_for_https": True}},
        {"proxies_config": {"proxy_ca_bundle": "roots.pem"}},
    ],
    ids=str,
)
def test_a_configuration_that_bypasses_the_context_is_refused(
    session: Untyped,
    context: MakeContext,
    config: dict[str, Any],
) -> None:
    """Forwarding would leave the TLS with the server to the proxy, and certificate files belong on the context."""
    with pytest.raises(UnsafeContextError):
        pinned_itself(session, context(), f"https://{HOST}", **config)


def test_time_limits_and_pools_stay_as_configured(
    session: Untyped,
    context: MakeContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The new session has the client's own settings."""
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(helper, "_PinnedHTTPSession", lambda _context, **options: made.append(options))
    limits = {"connect_timeout": 7, "read_timeout": 8, "max_pool_connections": 9, "proxies": {"https": "http://proxy"}}
    pinned_itself(session, context(), f"https://{HOST}", **limits)
    assert made == [{"timeout": (7, 8), "max_pool_connections": 9, "proxies": {"https": "http://proxy"}}]


@pytest.mark.parametrize(
    "method", ["_get_connection_manager", "_get_ssl_context", "_setup_proxy_ssl_context", "_setup_ssl_cert"]
)
def test_a_botocore_without_the_private_methods_is_refused(
    session: Untyped,
    context: MakeContext,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    """If a new botocore lacks one of these methods, pinning fails at once."""
    client = client_of(session, f"https://{HOST}")
    monkeypatch.delattr(botocore.httpsession.URLLib3Session, method)
    with pytest.raises(UnsafeContextError, match=f"botocore .* has no {method}"):
        pin_client(client, context())


def test_a_botocore_that_does_not_ask_for_the_context_is_refused(
    session: Untyped,
    context: MakeContext,
    rogue_server: RecordingServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If a new botocore takes its context from elsewhere, it sends nothing."""
    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "_get_pool_manager_kwargs", lambda *_, **__: {})
    client = pinned_itself(session, context(), url_of(rogue_server))
    with pytest.raises(botocore.exceptions.HTTPClientError) as caught:
        read(client)
    assert isinstance(find(caught.value), UnsafeContextError)
    assert not rogue_server.connections


@pytest.mark.parametrize("pinned", WAYS)
def test_closing_the_client_closes_its_connections(
    session: Untyped, context: MakeContext, good_server: RecordingServer, pinned: Untyped
) -> None:
    """The connections belong to the new session, and are closed with the client."""
    client = pinned(session, context(), url_of(good_server))
    read(client)
    client.close()
    assert good_server.settled()


@pytest.mark.parametrize("pinned", WAYS)
def test_a_transfer_by_awscrt_gets_no_credentials(session: Untyped, context: MakeContext, pinned: Untyped) -> None:
    """boto3 asks a client for credentials only to hand a transfer to awscrt; tests/releases does it with boto3."""
    client = pinned(session, context(), f"https://{HOST}")
    with pytest.raises(UnsafeContextError, match="awscrt") as caught:
        client._get_credentials()
    assert "classic" in str(caught.value.hint)
