"""A chain that has matched before: it is recognised if nothing has changed, and judged anew if anything has."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith import verdict
from pinsmith.errors import CompromisedChainError, EnforcementError, HostNotPinnedError, PinMismatchError
from pinsmith.lab.servers.speaker import echo_speaker
from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, Policy
from pinsmith.tls import _enforcer, _known_match
from pinsmith.tls._chain import verified_objects
from pinsmith.tls.inject import extract, inject
from pinsmith.tls.session import PinnedSession
from tests.tls.attack import ask, connected, refused
from tests.tls.pki import HOST, NAMES, OTHER_HOST, PKI, entry_of, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record each chain that is written out and judged."""
    hosts: list[str] = []
    decide = verdict.decide_entry

    def watched(policy: Policy, host: str, *args: object, **options: object) -> object:
        hosts.append(host)
        return decide(policy, host, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(_enforcer, "decide_entry", watched)
    return hosts


@pytest.fixture(params=["context", "inject"])
def under(
    request: pytest.FixtureRequest, context: MakeContext, plain_context: ssl.SSLContext
) -> Iterator[Callable[[Policy], ssl.SSLContext]]:
    """Return a function that returns a context under a policy; the second way is `inject`, with a plain context."""

    def make(policy: Policy) -> ssl.SSLContext:
        if request.param == "context":
            return context(policy)
        inject(policy)
        return plain_context

    yield make
    extract()


@pytest.mark.parametrize(
    ("pinned", "tls"), [("leaf", "1.2"), ("leaf", "1.3"), ("intermediate", "1.3"), ("root", "1.2")]
)
def test_a_chain_is_judged_once(  # noqa: PLR0917 - fixtures and rows
    pki: PKI, serve: Serve, under: Callable[[Policy], ssl.SSLContext], judged: list[str], pinned: str, tls: str
) -> None:
    """Later handshakes with the same certificates pass without another judgement, and send what the program sends."""
    server = serve(pki.leaf, tls=tls)
    client = under(policy_of(getattr(pki, pinned)))
    for _ in range(3):
        assert ask(server, client).startswith(b"HTTP/1.1 200")
    assert judged == [HOST]


@pytest.mark.parametrize("presented", ["sibling", "rogue"])
def test_another_chain_is_refused_after_a_match(
    pki: PKI, serve: Serve, good_server: RecordingServer, under: Callable[[Policy], ssl.SSLContext], presented: str
) -> None:
    """Although the host has matched before, an unpinned key gets no byte; then the right server passes again."""
    client = under(pki.policy())
    ask(good_server, client)
    server = serve(getattr(pki, presented))
    with refused(server, PinMismatchError):
        ask(server, client)
    assert ask(good_server, client).startswith(b"HTTP/1.1 200")


@contextmanager
def refused_later(server: RecordingServer, expected: type[EnforcementError]) -> Iterator[None]:
    """Require that the block raises *expected*, and that *server*, which served before, gets no further byte."""
    server.settled()
    before = server.received_size
    with pytest.raises(expected):
        yield
    server.settled()
    assert server.received_size == before


def test_a_chain_that_nobody_verified_is_not_recognised(
    pki: PKI, good_server: RecordingServer, plain_context: ssl.SSLContext
) -> None:
    """The same chain under ``CERT_NONE`` proves nothing, although OpenSSL builds it."""
    inject(pki.policy())
    try:
        ask(good_server, plain_context)
        lax = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        lax.load_verify_locations(cadata=pki.trust)
        lax.check_hostname, lax.verify_mode = False, ssl.CERT_NONE
        with refused_later(good_server, PinMismatchError):
            ask(good_server, lax)
    finally:
        extract()


def test_another_policy_is_asked_anew(pki: PKI, good_server: RecordingServer, context: MakeContext) -> None:
    """A policy that replaces the one of the match decides by itself, also if it pins the same host."""
    client = context(pki.policy())
    ask(good_server, client)
    client.policy = policy_of(pki.backup)
    with refused_later(good_server, PinMismatchError):
        ask(good_server, client)
    client.policy = replace(pki.policy(), compromised=(CompromisedKey("Example CA", Pin.parse(pki.root.pin)),))
    with refused_later(good_server, CompromisedChainError):
        ask(good_server, client)


def test_pins_that_have_expired_count_no_more(pki: PKI, good_server: RecordingServer, context: MakeContext) -> None:
    """The day of expiry is compared in each handshake."""
    now = [datetime(2029, 12, 31, 12, tzinfo=UTC)]
    policy = policy_of(pki.leaf, pki.backup, require_pins=True, expires=date(2030, 1, 1))
    client = context(policy, clock=lambda: now[0])
    ask(good_server, client)
    now[0] += timedelta(days=1)
    with refused_later(good_server, HostNotPinnedError):
        ask(good_server, client)


def test_each_host_is_known_by_its_own_chain(
    pki: PKI, good_server: RecordingServer, context: MakeContext, judged: list[str]
) -> None:
    """The match of one host says nothing about another host with the same certificate."""
    other = "api.example.com"
    client = context(Policy((entry_of(pki.leaf, pki.backup), entry_of(pki.backup, host=other))))
    ask(good_server, client)
    with refused_later(good_server, PinMismatchError):
        ask(good_server, client, other)
    assert judged == [HOST, other]


def test_only_some_hosts_are_remembered(
    pki: PKI, good_server: RecordingServer, context: MakeContext, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit, hosts are judged again, and nothing else changes."""
    monkeypatch.setattr(_known_match, "MAX_HOSTS", 1)
    other = "api.example.com"
    client = context(Policy((entry_of(pki.leaf), entry_of(pki.leaf, host=other))))
    for host in (HOST, other, other, HOST):
        assert ask(good_server, client, host).startswith(b"HTTP/1.1 200")
    assert judged == [HOST, other, HOST]


def visit(server: RecordingServer, client: ssl.SSLContext) -> tuple[PinnedSession, list[object] | None]:
    """Exchange bytes with an echoing server; return the session and OpenSSL's objects of the chain."""
    with connected(server, client) as tls:
        tls.sendall(b"hello")
        assert tls.recv(100) == b"hello"
        session: object = tls.session
        assert isinstance(session, PinnedSession)
        return session, verified_objects(tls)


def test_a_session_of_a_recognised_chain_is_bound_to_it(
    pki: PKI, serve: Serve, context: MakeContext, judged: list[str]
) -> None:
    """The session of the second connection has the same chain, so it ends with the certificate, too."""
    server = serve(pki.leaf, speak=echo_speaker)
    client = context(pki.policy())
    chains = [visit(server, client)[0].chain for _ in range(2)]
    assert judged == [HOST]
    assert chains[0] is not None
    assert chains[0] == chains[1]


def _renewed(pki: PKI) -> dict[str, Identity]:
    """Certificates of the pinned key that differ from that of the server in one thing each."""
    key, authority = pki.leaf.key, pki.intermediate
    end = pki.leaf.certificate.not_valid_after_utc - timedelta(days=1)
    return {
        "serial number": authority.issue(*NAMES, key=key),
        "end": authority.issue(*NAMES, key=key, not_after=end),
        "names": authority.issue(*NAMES, OTHER_HOST, key=key),
        "usage": authority.issue(*NAMES, key=key, usages=()),
        "authority's certificate": pki.root.intermediate("Good Intermediate").issue(*NAMES, key=key),
    }


@pytest.mark.parametrize("change", ["serial number", "end", "names", "usage", "authority's certificate"])
def test_a_renewed_certificate_is_judged(pki: PKI, serve: Serve, context: MakeContext, change: str) -> None:
    """A certificate that differs in one thing is not the same, and its connection has its own chain."""
    client, renewed = context(pki.policy()), _renewed(pki)[change]
    before, objects = visit(serve(pki.leaf, speak=echo_speaker), client)
    after, others = visit(serve(renewed, speak=echo_speaker), client)
    assert objects != others
    assert before.chain is not None
    assert before.chain.certificates[0].der == pki.leaf.der
    assert after.chain is not None
    assert after.chain.certificates[0].der == renewed.der


def test_hosts_without_pins_ask_no_clock(pki: PKI, good_server: RecordingServer, context: MakeContext) -> None:
    """Nothing is decided for them, unless the policy requires pins."""

    def clock() -> datetime:
        raise AssertionError("the time was asked for")

    client = context(Policy((entry_of(pki.leaf, host=OTHER_HOST),)), clock=clock)
    assert ask(good_server, client).startswith(b"HTTP/1.1 200")
    client = context(Policy((entry_of(pki.leaf, host=OTHER_HOST),), require_pins=True))
    with refused_later(good_server, HostNotPinnedError):
        ask(good_server, client)
