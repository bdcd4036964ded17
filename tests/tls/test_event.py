"""Reports of a mismatch, by callback and log: complete, once, and without an effect on the connection."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate
from pinsmith.errors import PinMismatchError
from pinsmith.pin import Pin
from pinsmith.tls.event import MismatchEvent
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import Memory, ask, refused
from tests.tls.pki import HOST, PKI, policy_of

if TYPE_CHECKING:
    import ssl

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def events() -> list[MismatchEvent]:
    """Collect the events that the callback gets."""
    return []


def test_a_refused_connection_is_reported(
    pki: PKI, context: MakeContext, serve: Serve, events: list[MismatchEvent]
) -> None:
    """The event has host, port, entry, time, reason, both chains, known pins, and the refusal."""
    server = serve(pki.rogue, presented=pki.stuffed)
    policy = pki.policy(report_uris=("https://reports.example.net/pins",))
    with refused(server, PinMismatchError):
        ask(server, context(policy, on_mismatch=events.append, clock=lambda: NOON))
    (event,) = events
    assert (event.host, event.port, event.time) == (HOST, server.port, NOON)
    assert event.entry is policy.hosts[0]
    assert event.reason == "no-pinned-key"
    assert event.enforced
    assert event.suppressed == 0
    assert event.known_pins == (Pin.parse(pki.leaf.pin), Pin.parse(pki.backup.pin))
    assert len(event.presented) == 5
    assert event.verified is not None
    last = event.verified.certificates[-1]
    assert last.der == pki.rogue_root.der


def test_report_only_is_reported_and_passes(
    pki: PKI, context: MakeContext, rogue_server: RecordingServer, events: list[MismatchEvent]
) -> None:
    """The connection continues, and the event states that the pins were not enforced."""
    assert ask(rogue_server, context(pki.policy(mode="report-only"), on_mismatch=events.append))
    assert [event.enforced for event in events] == [False]


def test_a_match_is_not_reported(
    context: MakeContext,
    good_server: RecordingServer,
    events: list[MismatchEvent],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The control: a match causes neither an event nor a log record."""
    assert ask(good_server, context(on_mismatch=events.append))
    assert not events
    assert not caplog.records


def test_the_log_gets_the_same_event(
    pki: PKI, context: MakeContext, rogue_server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The logger "pinsmith" gets one warning with the presented and the known pins, which carries the event."""
    with refused(rogue_server, PinMismatchError):
        ask(rogue_server, context())
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("pinsmith", logging.WARNING)
    event = vars(record)["pinsmith"]
    assert isinstance(event, MismatchEvent)
    presented = [certificate for certificate in event.presented if isinstance(certificate, Certificate)]
    assert record.getMessage() == (
        "localhost presented no pinned key (refused); "
        f"presented: {pki.rogue.pin}, {presented[1].pin}; pinned: {pki.leaf.pin}, {pki.backup.pin}"
    )


def test_events_of_memory_bios_have_no_port(
    context: MakeContext, rogue_server: RecordingServer, events: list[MismatchEvent]
) -> None:
    """A memory BIO has no peer address."""
    with refused(rogue_server, PinMismatchError), Memory(rogue_server, context(on_mismatch=events.append)) as memory:
        memory.run("do_handshake")
    assert [event.port for event in events] == [None]


def test_a_report_contains_no_private_key(
    pki: PKI, context: MakeContext, serve: Serve, events: list[MismatchEvent]
) -> None:
    """Even if the client has a private key, neither the event nor the error contains it."""
    server = serve(pki.rogue, client_ca=pki.stranger)
    client = pki.stranger.issue("client.example.com")
    pinned = context(on_mismatch=events.append)
    client.load_into(pinned)
    with refused(server, PinMismatchError) as caught:
        ask(server, pinned)
    text = repr(events) + repr(vars(caught.value)) + str(caught.value)
    assert "PRIVATE" not in text
    assert client.private_pem().decode().splitlines()[1] not in text


class TestPinsOnly:
    """Only a chain that was verified is called verified."""

    def test_nothing_was_verified(
        self, pki: PKI, context: MakeContext, rogue_server: RecordingServer, events: list[MismatchEvent]
    ) -> None:
        """For a pins-only host, the event has no verified chain."""
        with refused(rogue_server, PinMismatchError):
            ask(rogue_server, context(pki.policy(trust="pins-only"), on_mismatch=events.append))
        assert [event.verified for event in events] == [None]
        assert len(events[0].presented) == 2

    def test_nothing_was_verified_in_a_process_with_pins(
        self, pki: PKI, plain_context: ssl.SSLContext, rogue_server: RecordingServer, events: list[MismatchEvent]
    ) -> None:
        """This holds under an injected policy too, if the client verifies nothing."""
        import ssl

        plain_context.check_hostname = False
        plain_context.verify_mode = ssl.CERT_NONE
        inject(pki.policy(trust="pins-only"), on_mismatch=events.append)
        try:
            with refused(rogue_server, PinMismatchError):
                ask(rogue_server, plain_context)
        finally:
            extract()
        assert [event.verified for event in events] == [None]


class TestCallback:
    """The callback cannot harm the connection, and the connection cannot harm the callback."""

    def test_an_exception_of_the_callback_is_logged(
        self, pki: PKI, context: MakeContext, rogue_server: RecordingServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The caller gets the mismatch, or nothing in report-only mode, but never the exception of the callback."""

        def broken(_: MismatchEvent) -> None:
            raise RuntimeError("the collector is down")

        with refused(rogue_server, PinMismatchError):
            ask(rogue_server, context(on_mismatch=broken))
        assert ask(rogue_server, context(pki.policy(mode="report-only"), on_mismatch=broken))
        assert [record.getMessage() for record in caplog.records][1::2] == ["reporting a pin mismatch failed"] * 2

    def test_the_callback_may_connect_itself(
        self, context: MakeContext, rogue_server: RecordingServer, events: list[MismatchEvent]
    ) -> None:
        """A callback that connects to the same rogue server is refused too, and is not called again."""

        def nosy(event: MismatchEvent) -> None:
            events.append(event)
            with pytest.raises(PinMismatchError):
                ask(rogue_server, pinned)

        pinned = context(on_mismatch=nosy)
        with refused(rogue_server, PinMismatchError):
            ask(rogue_server, pinned)
        assert len(events) == 1
        assert len(rogue_server.connections) == 2


class TestRate:
    """A client that keeps failing is reported once an hour."""

    def test_equal_failures_are_counted(
        self, pki: PKI, context: MakeContext, serve: Serve, events: list[MismatchEvent]
    ) -> None:
        """Equal failures within an hour are counted; the next report then has their number."""
        server = serve(pki.rogue)
        now = [NOON]
        pinned = context(on_mismatch=events.append, clock=lambda: now[0])
        for minutes in (0, 1, 59, 60, 61):
            now[0] = NOON + timedelta(minutes=minutes)
            with pytest.raises(PinMismatchError):
                ask(server, pinned)
        assert [(event.time, event.suppressed) for event in events] == [(NOON, 0), (NOON + timedelta(hours=1), 2)]

    def test_other_failures_are_reported(
        self, pki: PKI, context: MakeContext, serve: Serve, events: list[MismatchEvent]
    ) -> None:
        """Another port, another chain and another host are separate failures."""
        pinned = context(on_mismatch=events.append)
        for server in (serve(pki.rogue), serve(pki.rogue), serve(pki.sibling)):
            with pytest.raises(PinMismatchError):
                ask(server, pinned)
        pinned.policy = policy_of(pki.leaf, host="api.example.com")
        with pytest.raises(PinMismatchError):
            ask(server, pinned, "api.example.com")
        assert len(events) == 4
