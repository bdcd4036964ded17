"""A survey fetches each host at every address and with both kinds of key."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ResolveError
from pinsmith.lab.servers.fault import ClosedPort, Tarpit
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Failed, Fetched, Target, Trust, survey as module
from pinsmith.probe.survey import at_every_address, survey, survey_each, survey_places

if TYPE_CHECKING:
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.probe import FetchOutcome

HOST = "api.example.com"


def _leaves(outcomes: list[FetchOutcome]) -> list[str]:
    chains = [outcome.presented for outcome in outcomes if isinstance(outcome, Fetched)]
    return [str(chain.leaf.pin) for chain in chains if chain.leaf is not None]


def test_both_certificates_of_a_server_are_found(root: Authority) -> None:
    """A server with an RSA and an ECDSA certificate shows one in each handshake; the survey finds both, each once."""
    ecdsa, rsa = root.issue(HOST), root.issue(HOST, key="rsa-2048")
    with RecordingServer(ecdsa, context_hook=rsa.load_into) as server:
        target = Target(HOST, address="127.0.0.1", connect_port=server.port)
        (outcomes,) = survey([target], trust=Trust(cadata=root.pem))
    assert sorted(_leaves(outcomes)) == sorted([ecdsa.pin, rsa.pin])
    assert len(outcomes) == 2


def test_a_server_with_one_certificate_gives_one_outcome(root: Authority) -> None:
    """A missing RSA certificate is not a failure."""
    identity = root.issue(HOST)
    with RecordingServer(identity) as server:
        target = Target(HOST, address="127.0.0.1", connect_port=server.port)
        (outcomes,) = survey([target], trust=Trust(cadata=root.pem))
    assert _leaves(outcomes) == [identity.pin]
    assert len(outcomes) == 1


def test_a_server_of_tls_1_3_only_is_read(root: Authority) -> None:
    """TLS 1.3 does not allow a choice of the kind of key, but the host is fetched all the same."""
    identity = root.issue(HOST)
    with RecordingServer(identity, tls="1.3") as server:
        target = Target(HOST, address="127.0.0.1", connect_port=server.port)
        (outcomes,) = survey([target], trust=Trust(cadata=root.pem))
    assert _leaves(outcomes) == [identity.pin]


def test_every_address_is_tried_and_a_dead_one_is_reported(root: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address has one outcome, failed or not, in the order of the addresses."""
    monkeypatch.setattr(module, "resolve_all", lambda *_, **__: ("127.0.0.1", "::1"))
    identity = root.issue(HOST)
    with RecordingServer(identity) as server:
        (outcomes,) = survey([Target(HOST, connect_port=server.port)], trust=Trust(cadata=root.pem))
    assert [(outcome.address, isinstance(outcome, Failed)) for outcome in outcomes] == [
        ("127.0.0.1", False),
        ("::1", True),
    ]


def test_outcomes_stay_with_their_targets(root: Authority) -> None:
    """Many hosts are fetched at once; the outcomes are grouped by host, in the order of the targets."""
    names = [f"host{number}.example.com" for number in range(5)]
    identities = [root.issue(name) for name in names]
    ticks: list[None] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(RecordingServer(identity)) for identity in identities]
        dead = stack.enter_context(ClosedPort())
        targets = [
            Target(name, address="127.0.0.1", connect_port=server.port)
            for name, server in zip(names, servers, strict=True)
        ]
        targets.insert(2, Target("dead.example.com", address="127.0.0.1", connect_port=dead.port))
        found = survey(targets, trust=Trust(cadata=root.pem), tick=lambda: ticks.append(None))
    assert [_leaves(outcomes) for outcomes in found if _leaves(outcomes)] == [[identity.pin] for identity in identities]
    assert [isinstance(outcome, Failed) for outcome in found[2]] == [True]
    assert len(ticks) == len(targets)


def test_a_host_is_known_while_another_hangs(root: Authority) -> None:
    """The outcome of a host is available while another host still hangs, so a caller that stops early has it."""
    identity = root.issue(HOST)
    with RecordingServer(identity) as server, Tarpit() as tarpit:
        targets = [
            Target(name, address="127.0.0.1", connect_port=listener.port)
            for name, listener in (("slow.example.com", tarpit), (HOST, server))
        ]
        stream = survey_each(targets, trust=Trust(cadata=root.pem), timeout_seconds=50)
        number, outcomes = next(stream)
        del stream
    assert (number, _leaves(outcomes)) == (1, [identity.pin])


def test_a_host_that_is_listed_twice_is_refused(root: Authority) -> None:
    """A host listed twice is refused, because its outcomes could not be kept apart."""
    with pytest.raises(ValueError, match="twice"):
        survey([Target(HOST), Target(HOST, address="192.0.2.1")], trust=Trust(cadata=root.pem))


def test_a_name_without_addresses_fails_when_it_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream continues and yields the name unchanged, so that the fetch reports the failure."""

    def refuse(name: str, **_: object) -> tuple[str, ...]:
        if name.startswith("missing"):
            raise ResolveError("has no address")
        return ("192.0.2.1", "2001:db8::1")

    monkeypatch.setattr(module, "resolve_all", refuse)
    targets = [Target("missing.example.com"), Target(HOST)]
    expanded = list(
        at_every_address(targets, keep=lambda addresses: [address for address in addresses if ":" in address])
    )
    assert [(target.host, target.address) for target in expanded] == [
        ("missing.example.com", None),
        (HOST, "2001:db8::1"),
    ]


def test_names_are_taken_as_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless list of names works, because names are taken one by one."""
    monkeypatch.setattr(module, "resolve_all", lambda *_, **__: ("192.0.2.1",))
    endless = iter(lambda: Target(HOST), None)
    stream = at_every_address(endless)
    assert [next(stream).address for _ in range(3)] == ["192.0.2.1"] * 3


def test_servers_that_send_too_much_are_not_kept(root: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers name the hosts, and a thousand chains of 100 kB would fill the memory of a service."""
    identity = root.issue(HOST)
    with RecordingServer(identity) as server:
        target = Target(HOST, address="127.0.0.1", connect_port=server.port)
        (read,) = survey_places([target], trust=Trust(cadata=root.pem)).values()
        monkeypatch.setattr(module, "_MOST_BYTES", 100)
        (bounded,) = survey_places([target], trust=Trust(cadata=root.pem)).values()
    assert _leaves(read) == [identity.pin]
    (failed,) = bounded
    assert isinstance(failed, Failed)
    assert "sent more than" in str(failed.error)
