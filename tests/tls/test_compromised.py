"""A verified chain with a compromised key is refused, even if another of its keys is pinned."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import CompromisedChainError, find
from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, Policy
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import ask, silent

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.tls.event import MismatchEvent
    from tests.tls.conftest import MakeContext
    from tests.tls.pki import PKI

PAST = date(2020, 1, 1)


@pytest.fixture
def stolen(pki: PKI) -> CompromisedKey:
    """Declare the intermediate of the good chain compromised."""
    return CompromisedKey("Example Issuing CA", Pin.parse(pki.intermediate.pin))


@pytest.fixture(params=["context", "inject"])
def connect(
    request: pytest.FixtureRequest, good_server: RecordingServer, context: MakeContext, plain_context: ssl.SSLContext
) -> Iterator[Callable[[Policy], bytes]]:
    """Return a function that sends the secret to the good server under a policy, with a context or with `inject`."""

    def send(policy: Policy) -> bytes:
        if request.param == "context":
            return ask(good_server, context(policy))
        inject(policy)
        return ask(good_server, plain_context)

    yield send
    extract()


def test_a_pinned_leaf_below_a_compromised_authority_is_refused(
    connect: Callable[[Policy], bytes], pki: PKI, stolen: CompromisedKey, good_server: RecordingServer
) -> None:
    """The server proves that it has the pinned key, but is refused all the same and receives no byte."""
    with pytest.raises(Exception, match="Example Issuing CA") as caught:
        connect(replace(pki.policy(), compromised=(stolen,)))
    error = find(caught.value)
    assert isinstance(error, CompromisedChainError)
    assert error.authority == "Example Issuing CA"
    assert silent(good_server)


def test_the_same_chain_passes_if_its_authority_is_not_compromised(
    connect: Callable[[Policy], bytes], pki: PKI, good_server: RecordingServer
) -> None:
    """The control of the test above: the same chain passes without the entry about its authority."""
    connect(pki.policy())
    assert not silent(good_server)


def test_a_report_only_host_reports_a_compromised_chain_and_passes(
    pki: PKI, stolen: CompromisedKey, good_server: RecordingServer, context: MakeContext
) -> None:
    """The event has a reason of its own."""
    events: list[MismatchEvent] = []
    entry = replace(pki.policy().hosts[0], mode="report-only")
    ask(good_server, context(Policy((entry,), compromised=(stolen,)), on_mismatch=events.append))
    assert not silent(good_server)
    assert [(event.reason, event.enforced) for event in events] == [("compromised-authority", False)]


@pytest.mark.parametrize("refuses", [True, False], ids=["refuse-compromised", "by default"])
@pytest.mark.parametrize(
    "change",
    [None, {"mode": "off"}, {"expires": PAST}, {"expires": PAST, "mode": "report-only"}],
    ids=["no entry", "off", "expired", "expired, report-only"],
)
def test_without_pins_in_force_the_default_decides(
    connect: Callable[[Policy], bytes],
    pki: PKI,
    stolen: CompromisedKey,
    good_server: RecordingServer,
    *,
    change: dict[str, Any] | None,
    refuses: bool,
) -> None:
    """Hosts without an entry, and those whose entry is off or expired, are refused if the policy says so."""
    hosts = () if change is None else (replace(pki.policy().hosts[0], **change),)
    policy = Policy(hosts, refuse_compromised=refuses, compromised=(stolen,))
    with pytest.raises(Exception, match="compromised key") if refuses else contextlib.nullcontext():
        connect(policy)
    assert silent(good_server) is refuses


def test_a_compromised_certificate_that_is_only_presented_is_harmless(
    pki: PKI, good_server: RecordingServer, context: MakeContext
) -> None:
    """Only the verified chain counts, because anybody can append a certificate to the presented one."""
    elsewhere = CompromisedKey("Elsewhere", Pin.parse(pki.rogue_intermediate.pin))
    ask(good_server, context(replace(pki.policy(), compromised=(elsewhere,))))
    assert not silent(good_server)
