"""A host is looked at from all sides."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ResolveError
from pinsmith.lab.servers.fault import ClosedPort, Tarpit
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Failed, Fetched, Target, Trust, survey as module
from pinsmith.probe.survey import at_every_address, survey, survey_each

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.probe import FetchOutcome

HOST = "api.example.com"


def _leaves(outcomes: list[FetchOutcome]) -> list[str]:
    chains = [each.presented for each in outcomes if isinstance(each, Fetched)]
    return [str(chain.leaf.pin) for chain in chains if chain.leaf is not None]


def test_both_certificates_of_a_server_are_found(root: Authority) -> None:
    """A server that has an RSA and an ECDSA certificate shows each handshake one; both are found, each once."""
    ecdsa, rsa = root.issue(HOST), root.issue(HOST, key="rsa-2048")
    with RecordingServer(ecdsa, context_hook=rsa.load_into) as server:
        target = Target(HOST, address="127.0.0.1", connect_port=server.port)
        (outcomes,) = survey([target], trust=Trust(cadata=root.pem))
    assert sorted(_leaves(outcomes)) == sorted([ecdsa.pin, rsa.pin])
    assert len(outcomes) == 2


def test_a_server_with_one_certificate_gives_one_outcome(root: Authority) -> None:
    """That it has no RSA certificate is no failure."""
    identity = root.issue(HOST)
    with RecordingServer(identity) as server:
        target = Target(HOST, address="127.0.0.1", connect_port=server.port)
        (outcomes,) = survey([target], trust=Trust(cadata=root.pem))
    assert _leaves(outcomes) == [identity.pin]
    assert len(outcomes) == 1


def test_a_server_of_tls_1_3_alone_is_read(root: Authority) -> None:
    """It cannot be asked for a kind of key, but it can be asked."""
    identity = root.issue(HOST)
    with RecordingServer(identity, tls="1.3") as server:
        target = Target(HOST, address="127.0.0.1", connect_port=server.port)
        (outcomes,) = survey([target], trust=Trust(cadata=root.pem))
    assert _leaves(outcomes) == [identity.pin]


def test_every_address_is_asked_and_a_dead_one_is_told(root: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """One outcome for each address, failures too, in the order of the addresses."""
    monkeypatch.setattr(module, "resolve_all", lambda *_, **__: ("127.0.0.1", "::1"))
    identity = root.issue(HOST)
    with RecordingServer(identity) as server:
        (outcomes,) = survey([Target(HOST, connect_port=server.port)], trust=Trust(cadata=root.pem))
    assert [(each.address, isinstance(each, Failed)) for each in outcomes] == [("127.0.0.1", False), ("::1", True)]


def test_outcomes_stay_with_their_targets(root: Authority) -> None:
    """Many hosts are asked at once, and each gets its own answers, in the order asked."""
    names = [f"host{number}.example.com" for number in range(5)]
    identities = [root.issue(name) for name in names]
    ticks: list[None] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(RecordingServer(each)) for each in identities]
        dead = stack.enter_context(ClosedPort())
        targets = [
            Target(name, address="127.0.0.1", connect_port=server.port)
            for name, server in zip(names, servers, strict=True)
        ]
        targets.insert(2, Target("dead.example.com", address="127.0.0.1", connect_port=dead.port))
        found = survey(targets, trust=Trust(cadata=root.pem), tick=lambda: ticks.append(None))
    assert [_leaves(outcomes) for outcomes in found if _leaves(outcomes)] == [[each.pin] for each in identities]
    assert [isinstance(each, Failed) for each in found[2]] == [True]
    assert len(ticks) == len(targets)


def test_a_host_is_known_while_another_hangs(root: Authority) -> None:
    """Who stops early has every host that has ended by then; a tarpit does not hold it back."""
    identity = root.issue(HOST)
    with RecordingServer(identity) as server, Tarpit() as tarpit:
        targets = [
            Target(name, address="127.0.0.1", connect_port=each.port)
            for name, each in (("slow.example.com", tarpit), (HOST, server))
        ]
        stream = survey_each(targets, trust=Trust(cadata=root.pem), timeout_seconds=50)
        number, outcomes = next(stream)
        del stream
    assert (number, _leaves(outcomes)) == (1, [identity.pin])


def test_a_host_that_is_named_twice_is_refused(root: Authority) -> None:
    """Outcomes could not be told apart."""
    with pytest.raises(ValueError, match="once"):
        survey([Target(HOST), Target(HOST, address="192.0.2.1")], trust=Trust(cadata=root.pem))


def test_a_name_without_addresses_fails_when_it_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream goes on; the name stands in it as it was, for the fetch to report."""

    def refuse(name: str, **_: object) -> tuple[str, ...]:
        if name.startswith("missing"):
            raise ResolveError("has no address")
        return ("192.0.2.1", "2001:db8::1")

    monkeypatch.setattr(module, "resolve_all", refuse)
    targets = [Target("missing.example.com"), Target(HOST)]
    expanded = list(at_every_address(targets, keep=lambda addresses: [each for each in addresses if ":" in each]))
    assert [(each.host, each.address) for each in expanded] == [
        ("missing.example.com", None),
        (HOST, "2001:db8::1"),
    ]


def test_names_are_taken_as_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list without end is no problem."""
    monkeypatch.setattr(module, "resolve_all", lambda *_, **__: ("192.0.2.1",))
    endless = iter(lambda: Target(HOST), None)
    stream = at_every_address(endless)
    assert [next(stream).address for _ in range(3)] == ["192.0.2.1"] * 3
