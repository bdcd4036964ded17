"""One name and one port on both loopback addresses."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab import run
from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.scenarios import ipv6_rogue
from pinsmith.lab.servers import dual_stack
from pinsmith.lab.servers.dual_stack import (
    IPV4,
    IPV6,
    has_ipv6,
    meets_both,
    resolves_to_both,
    serve_both,
)
from pinsmith.lab.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.server import RecordingServer

PKI = LabPKI.of_kind("ec-p256")


def resolving_to(*addresses: str) -> Callable[..., list[object]]:
    """Return a resolver that always returns *addresses*."""
    return lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]


def test_both_servers_have_one_port() -> None:
    """Both servers have the same port, each at its own address."""
    with Stage(PKI) as stage:
        good, rogue = serve_both(stage, PKI.genuine(), PKI.impostor())
        assert good.port == rogue.port
        assert (good.address, rogue.address) == (IPV4, IPV6)


def test_a_port_that_is_taken_at_the_other_address_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the port is taken at the other address, the kernel chooses another one."""
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as taken, Stage(PKI) as stage:
        serve = stage.serve
        ports: list[int] = []

        def serve_and_take(identity: Identity) -> RecordingServer:
            server = serve(identity)
            if not ports:
                taken.bind((IPV6, server.port))
                taken.listen()
            ports.append(server.port)
            return server

        monkeypatch.setattr(stage, "serve", serve_and_take)
        good, rogue = serve_both(stage, PKI.genuine(), PKI.impostor())
        assert good.port == rogue.port == ports[1]
        assert len(ports) == 2


@pytest.mark.parametrize(
    ("used", "resolves", "meets"),
    [
        (frozenset(), False, True),
        (frozenset({"proxy", "address", "url"}), False, True),
        (frozenset({"url"}), True, True),
        (frozenset({"url"}), False, False),
        (frozenset({"url", "address"}), True, False),
    ],
    ids=["environment", "proxy", "resolver that knows both", "resolver that does not", "address given"],
)
def test_which_client_meets_both(
    monkeypatch: pytest.MonkeyPatch, used: frozenset[str], *, resolves: bool, meets: bool
) -> None:
    """A client meets both through the proxy, or with a resolver that knows both if it gets no address to dial."""
    monkeypatch.setattr(dual_stack, "has_ipv6", lambda: True)
    monkeypatch.setattr(dual_stack, "resolves_to_both", lambda: resolves)
    assert meets_both(used) is meets


def test_no_client_meets_both_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without IPv6 even a client of the proxy cannot meet both."""
    monkeypatch.setattr(dual_stack, "IPV6", "203.0.113.1")
    assert not has_ipv6()
    assert not meets_both(frozenset({"proxy"}))


@pytest.mark.parametrize(
    ("addresses", "both"), [([IPV4, IPV6], True), ([IPV6, IPV4, IPV4], True), ([IPV4], False), ([IPV6], False)]
)
def test_a_resolver_must_know_both_addresses(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], *, both: bool
) -> None:
    """A resolver that returns one address is not enough, and neither is one that fails."""
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to(*addresses))
    assert resolves_to_both() is both
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: (_ for _ in ()).throw(socket.gaierror()))
    assert not resolves_to_both()


@pytest.mark.parametrize(
    ("used", "chosen", "has", "reason"),
    [
        ({"url", "proxy"}, False, True, None),
        ({"url", "address"}, False, True, "it needs {proxy}"),
        ({"url", "address"}, True, True, None),
        ({"url", "proxy"}, False, False, "no ::1"),
        ({"url", "proxy"}, True, False, "no ::1"),
    ],
    ids=["proxy", "address given", "chosen by name", "no IPv6", "no IPv6, chosen by name"],
)
def test_a_scenario_of_both_is_skipped_where_it_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, used: set[str], reason: str | None, *, chosen: bool, has: bool
) -> None:
    """The plan gives the reason; a scenario that is chosen by name is skipped only if it cannot be set up at all."""
    monkeypatch.setattr(run, "has_ipv6", lambda: has)
    monkeypatch.setattr(run, "meets_both", lambda used: "proxy" in used)
    scenarios = (ipv6_rogue.SCENARIO,)
    planned = run.plan(used=frozenset(used), chosen=scenarios if chosen else (), among=scenarios)
    assert bool(planned.trials) is (reason is None)
    assert all((reason or "") in trial.reason for trial in planned.skipped)
