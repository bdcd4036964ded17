"""The pools for urllib3: a rogue server gets only one handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Retry

from pinsmith.clients.urllib3 import PoolManager, ProxyManager, unless_refused
from pinsmith.errors import PinMismatchError, UnsafeContextError, find
from pinsmith.lab.servers.fault import ClosedPort
from tests.tls.attack import silent
from tests.tls.pki import HOST

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext


class CountingRetry(Retry):
    """A retry policy of the user's own."""

    counted = 0

    def increment(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        CountingRetry.counted += 1
        return super().increment(*args, **options)


@pytest.mark.parametrize(
    "retries",
    [None, 3, True, Retry(3), CountingRetry(3)],
    ids=["not given", "a number", "as many as usual", "an object", "an object of the program's"],
)
@pytest.mark.parametrize("where", ["pool", "request"])
def test_a_pin_failure_is_not_tried_again(
    context: MakeContext, rogue_server: RecordingServer, retries: Retry | int | None, where: str
) -> None:
    """The rogue server gets one handshake, whatever retries the pool or the request has."""
    of_pool: dict[str, Any]
    of_request: dict[str, Any]
    of_pool, of_request = ({"retries": retries}, {}) if where == "pool" else ({}, {"retries": retries})
    with PoolManager(context(), **of_pool) as pool, pytest.raises(MaxRetryError) as caught:
        pool.request("GET", f"https://{HOST}:{rogue_server.port}/secret", **of_request)
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)
    assert len(rogue_server.connections) == 1


def test_without_retries_the_error_is_not_wrapped(context: MakeContext, rogue_server: RecordingServer) -> None:
    """`retries=False` raises urllib3's SSLError itself, as it does without pins."""
    with PoolManager(context(), retries=False) as pool, pytest.raises(urllib3.exceptions.SSLError) as caught:
        pool.request("GET", f"https://{HOST}:{rogue_server.port}/secret")
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)


def test_other_failures_are_still_tried_again(context: MakeContext) -> None:
    """The user's policy keeps its numbers and its class for all other failures."""
    policy, CountingRetry.counted = CountingRetry(2), 0
    with ClosedPort() as closed, PoolManager(context(), retries=policy) as pool, pytest.raises(MaxRetryError):
        pool.request("GET", f"https://{HOST}:{closed.port}/secret")
    assert CountingRetry.counted == 3
    assert type(policy) is CountingRetry, "the user's own object is not changed"


def test_a_policy_that_knows_pins_is_returned_unchanged() -> None:
    """Adapting a policy twice changes nothing."""
    policy = unless_refused(3)
    assert unless_refused(policy) is policy
    assert isinstance(policy.new(total=1), type(policy))


def test_forwarding_by_the_proxy_is_refused(context: MakeContext) -> None:
    """Forwarding would end the pinned TLS at the proxy."""
    with pytest.raises(UnsafeContextError, match="use_forwarding_for_https"):
        ProxyManager(context(), "https://localhost:1", use_forwarding_for_https=True)


@pytest.mark.parametrize("option", [{"cert_reqs": "CERT_NONE"}, {"assert_hostname": False}], ids=["trust", "host name"])
def test_verification_cannot_be_switched_off(
    context: MakeContext, rogue_server: RecordingServer, option: dict[str, Any]
) -> None:
    """Options that urllib3 would set on the context raise an error when it connects, or are ignored before 2.1."""
    with PoolManager(context(), **option) as pool, pytest.raises((UnsafeContextError, HTTPError)) as caught:
        pool.request("GET", f"https://{HOST}:{rogue_server.port}/secret")
    assert isinstance(find(caught.value), (UnsafeContextError, PinMismatchError))
    assert rogue_server.received == b""
