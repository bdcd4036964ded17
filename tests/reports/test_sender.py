"""The sender: a mismatch reaches the intake, and nothing that happens on the way reaches the connection."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith import PinnedSSLContext
from pinsmith.errors import PinMismatchError, UnknownFormatError
from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.servers.fault import Tarpit
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.speaker import read_body, read_head
from pinsmith.policy import HostPins, Policy
from pinsmith.reports import Report, Sender, _outbox, _sender, classify, facts_of, parse_body
from pinsmith.tls.inject import extract, inject
from tests.reports.receiving import NOON, mismatch
from tests.tls.pki import HOST, entry_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.speaker import Speaker
    from pinsmith.tls.event import MismatchEvent
    from tests.reports.receiving import Receiver
    from tests.tls.pki import PKI

PATIENCE = 30.0  # seconds that a test waits for what must happen


def dial(context: Any, server: RecordingServer) -> None:  # noqa: ANN401 - plain or pinned
    """Connect to the pinned host."""
    with socket.create_connection(server.endpoint) as plain, context.wrap_socket(plain, server_hostname=HOST):
        pass


def refused(context: PinnedSSLContext, server: RecordingServer) -> None:
    """Connect, and be refused for the pins alone."""
    with pytest.raises(PinMismatchError):
        dial(context, server)


def answering(*statuses: str) -> Speaker:
    """Return a speaker that answers one request after another with these status lines; with the last one for ever."""
    left = list(statuses)

    def speak(sock: socket.socket, connection: RecordedConnection) -> None:
        del connection
        with sock.makefile("rwb") as stream:
            head = read_head(stream)
            if head is not None:
                read_body(stream, head[1])
                status = left.pop(0) if len(left) > 1 else left[0]
                stream.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return speak


def url(server: Any, path: str = "/reports") -> str:  # noqa: ANN401 - any listener
    """Return an address at a server; its host is not the one that is pinned."""
    return f"https://127.0.0.1:{server.port}{path}"


@contextmanager
def injected(policy: Policy, **options: Any) -> Iterator[None]:  # noqa: ANN401
    """Enforce a policy for the whole process."""
    inject(policy, **options)
    try:
        yield
    finally:
        extract()


def the_report(receiver: Receiver) -> Report:
    """Return the one report that arrived."""
    (body,) = receiver.bodies
    (report,) = parse_body(body)
    return report


class TestArrives:
    """A mismatch is in the database of the intake."""

    def test_a_refused_connection_is_reported_and_classified(self, pki: PKI, cafile: Path, receiver: Receiver) -> None:
        """The event has what the classes need: here, a private authority stands between client and server."""
        policy = pki.policy(report_uris=(receiver.url,))
        sender = Sender(cafile=cafile, app_id="com.example.app", app_version="4.2", platform="Linux")
        context = PinnedSSLContext(policy, cadata=pki.trust, on_mismatch=sender)
        with RecordingServer(pki.rogue) as server:
            refused(context, server)
            assert sender.close(PATIENCE)
            assert not server.received
        report = the_report(receiver)
        assert (report.format, report.host, report.noted_host, report.port) == ("event", HOST, HOST, server.port)
        assert (report.enforced, report.reason) == (True, "no-pinned-key")
        assert (report.app_id, report.app_version, report.platform) == ("com.example.app", "4.2", "linux")
        assert report.known_pins == tuple(key.pin for key in policy.hosts[0].keys)
        assert classify(facts_of(report), policy, now=NOON).name == "interception"
        assert receiver.rows("SELECT reports FROM report_groups") == [(1,)]

    def test_a_report_of_rfc_7469_arrives(self, pki: PKI, cafile: Path, receiver: Receiver) -> None:
        """It has the fields of the standard, and the intake reads it as such."""
        policy = pki.policy(report_uris=(receiver.url,))
        with RecordingServer(pki.rogue) as server, Sender(format_id="rfc7469", cafile=cafile) as sender:
            refused(PinnedSSLContext(policy, cadata=pki.trust, on_mismatch=sender), server)
        report = the_report(receiver)
        assert (report.format, report.host, report.port) == ("rfc7469", HOST, server.port)
        assert classify(facts_of(report), policy, now=NOON).name == "interception"

    def test_a_report_only_host_is_reported(self, pki: PKI, cafile: Path, receiver: Receiver) -> None:
        """The connection goes on, and the report says so."""
        policy = pki.policy(report_uris=(receiver.url,), mode="report-only")
        with RecordingServer(pki.rogue) as server, Sender(cafile=cafile) as sender:
            dial(PinnedSSLContext(policy, cadata=pki.trust, on_mismatch=sender), server)
        assert the_report(receiver).enforced is False

    def test_the_whole_process_reports(self, pki: PKI, cafile: Path, receiver: Receiver) -> None:
        """With `inject`, the connection of the sender is made by the very classes that are patched."""
        policy = pki.policy(report_uris=(receiver.url,))
        sender = Sender(cafile=cafile)
        with RecordingServer(pki.rogue) as server, injected(policy, on_mismatch=sender):
            with pytest.raises(PinMismatchError):
                dial(ssl.create_default_context(cadata=pki.trust), server)
            assert sender.close(PATIENCE)
        assert the_report(receiver).host == HOST

    def test_through_the_proxy_of_the_environment(
        self, pki: PKI, cafile: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The proxy is asked for a tunnel, and learns nothing else."""
        name = "reports.example.test"
        with (
            RecordingServer(pki.intermediate.issue(name)) as server,
            ConnectProxy(route={f"{name}:443": server.endpoint}) as proxy,
            Sender(cafile=cafile) as sender,
        ):
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            sender(mismatch(entry_of(pki.leaf, report_uris=(f"https://{name}/pins",))))
            assert sender.close(PATIENCE)
            assert [request.target for request in proxy.requests] == [f"{name}:443"]
            assert server.received.startswith(b"POST /pins HTTP/1.1\r\nHost: reports.example.test\r\n")

    def test_many_threads(self, pki: PKI, cafile: Path, receiver: Receiver) -> None:
        """Each report arrives once."""
        event = mismatch(entry_of(pki.leaf, report_uris=(receiver.url,)))
        sender = Sender(cafile=cafile)

        def send() -> None:
            for _ in range(5):
                sender(event)

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sender.close(PATIENCE)
        assert (sender.dropped, receiver.rows("SELECT reports FROM report_groups")) == (0, [(40,)])


class TestSafe:
    """Nobody gets more than the report, and nobody gets it who must not."""

    def test_the_request_contains_nothing_else(self, pki: PKI, cafile: Path) -> None:
        """No header names the user, and the key of nobody is in the body."""
        with RecordingServer(pki.leaf) as server, Sender(cafile=cafile) as sender:
            sender(mismatch(entry_of(pki.leaf, report_uris=(url(server, "/r?k=1#x"),))))
            assert sender.close(PATIENCE)
            head, _, body = server.received.partition(b"\r\n\r\n")
        lines = [line.partition(b":")[0] for line in head.split(b"\r\n")]
        assert lines[0] == b"POST /r?k=1 HTTP/1.1"
        assert lines[1:] == [b"Host", b"Content-Type", b"Content-Length", b"User-Agent", b"Connection"]
        assert b"PRIVATE" not in body

    def test_pins_hold_for_the_receiver_and_it_causes_no_report(
        self, pki: PKI, cafile: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A receiver without its own pinned key gets no byte, and the callback of the process is not called for it."""
        events: list[MismatchEvent] = []
        with RecordingServer(pki.rogue) as server, RecordingServer(pki.rogue) as reports:
            own = entry_of(pki.sibling, host="127.0.0.1", report_uris=(url(reports),))
            sender = Sender(cafile=cafile)
            policy = Policy((entry_of(pki.leaf, report_uris=(url(reports),)), own))

            def tell(event: MismatchEvent) -> None:
                events.append(event)
                sender(event)

            with injected(policy, on_mismatch=tell):
                with pytest.raises(PinMismatchError):
                    dial(ssl.create_default_context(cadata=pki.trust), server)
                assert sender.close(PATIENCE)
            reports.settled()
            assert (reports.received, len(reports.connections)) == (b"", 1)
        assert ([event.host for event in events], sender.dropped) == ([HOST], 1)
        assert "was refused: 127.0.0.1 presented no pinned key" in caplog.text

    def test_a_receiver_below_the_pins_that_failed_is_not_contacted(
        self, pki: PKI, cafile: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A policy that is assigned later is looked at as well."""
        with (
            RecordingServer(pki.rogue) as server,
            RecordingServer(pki.leaf) as reports,
            Sender(cafile=cafile) as sender,
        ):
            failing = entry_of(pki.leaf, report_uris=(url(reports),))
            context = PinnedSSLContext(Policy((failing,)), cadata=pki.trust, on_mismatch=sender)
            context.policy = Policy((failing, HostPins("127.0.0.1", failing.keys)))
            refused(context, server)
            assert sender.close(PATIENCE)
            assert not reports.connections
        assert sender.dropped == 1
        assert "shares pins with localhost, whose pins failed" in caplog.text

    def test_a_receiver_that_is_not_trusted_gets_nothing(self, pki: PKI, cafile: Path) -> None:
        """The connection of the sender is verified."""
        with RecordingServer(pki.untrusted) as reports, Sender(cafile=cafile) as sender:
            sender(mismatch(entry_of(pki.leaf, report_uris=(url(reports),))))
            assert not sender.close(0.5)
            reports.settled()
            assert not reports.received

    def test_wrong_settings_are_refused_at_once(self, tmp_path: Path) -> None:
        """Later, nobody would see the error."""
        with pytest.raises(UnknownFormatError):
            Sender(format_id="csp")  # type: ignore[arg-type]
        with pytest.raises(OSError, match="No such file"):
            Sender(cafile=tmp_path / "missing.pem")


class TestBounded:
    """Receivers that fail, and too many reports."""

    def test_a_full_queue_drops_and_counts(self, pki: PKI, caplog: pytest.LogCaptureFixture) -> None:
        """The caller does not wait for a receiver that never answers, and the log has one line."""
        with Tarpit() as server:
            sender = Sender(max_waiting=2)
            event = mismatch(entry_of(pki.leaf, report_uris=(url(server),)))
            for _ in range(10):
                sender(event)
            assert sender.dropped == 8
            assert not sender.close(0.1)
        assert caplog.text.count("too many wait") == 1

    def test_an_unavailable_receiver_is_tried_again(
        self, pki: PKI, cafile: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A report that was not taken is sent again until it is."""
        monkeypatch.setattr(_outbox, "FIRST_SECONDS", 0.0)
        statuses = ("503 Busy", "429 Slow down\r\nRetry-After: 0", "204 No Content")
        with RecordingServer(pki.leaf, speak=answering(*statuses)) as server, Sender(cafile=cafile) as sender:
            sender(mismatch(entry_of(pki.leaf, report_uris=(url(server),))))
            assert sender.close(PATIENCE)
            assert (server.received.count(b"POST "), sender.dropped) == (3, 0)

    def test_another_receiver_does_not_wait(self, pki: PKI, cafile: Path) -> None:
        """A receiver that asks to be left alone for an hour does not hold up the next one."""
        busy = answering("503 Busy\r\nRetry-After: 1800")
        with RecordingServer(pki.leaf, speak=busy) as first, RecordingServer(pki.leaf) as second:
            sender = Sender(cafile=cafile)
            sender(mismatch(entry_of(pki.leaf, report_uris=(url(first), url(second)))))
            assert not sender.close(PATIENCE)
            assert (first.received.count(b"POST "), second.received.count(b"POST ")) == (1, 1)
        assert sender.dropped == 1

    def test_a_closed_sender_drops(self, pki: PKI) -> None:
        """An event after the end is counted, and starts no thread."""
        sender = Sender()
        assert sender.close(PATIENCE)
        sender(mismatch(entry_of(pki.leaf, report_uris=("https://127.0.0.1:9/",))))
        assert sender.dropped == 1


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="not on Windows")
def test_a_signal_handler_may_report(pki: PKI, cafile: Path) -> None:
    """The handler may interrupt code that holds the lock."""
    with RecordingServer(pki.leaf) as server, Sender(cafile=cafile) as sender:
        event = mismatch(entry_of(pki.leaf, report_uris=(url(server),)))
        before = signal.signal(signal.SIGALRM, lambda *_: sender(event))
        try:
            with _sender._lock:
                signal.raise_signal(signal.SIGALRM)
        finally:
            signal.signal(signal.SIGALRM, before)
        assert sender.close(PATIENCE)
        assert server.received.count(b"POST ") == 1


PROGRAM = """
import os, sys, warnings
warnings.simplefilter("ignore")  # a fork with threads is what this is about
from pinsmith.policy import HostPins, Key
from pinsmith.pin import Pin
from pinsmith.reports import Sender
from tests.reports.receiving import mismatch
def event(host):
    return mismatch(HostPins(host, (Key("api", Pin.of_spki(b"pinned")),), report_uris=(sys.argv[1],)))
sender = Sender(cafile=sys.argv[2])
"""


def run(code: str, *arguments: object) -> int:
    """Run a program to its end."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM + code, *map(str, arguments)], start_new_session=True)
    try:
        return process.wait(timeout=PATIENCE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class TestProcesses:
    """Programs that end, and programs that fork."""

    def test_a_program_that_ends_delivers_first(self, cafile: Path, receiver: Receiver) -> None:
        """The mismatch is the last thing that happens, and nobody closes the sender."""
        assert run("sender(event('api.example.com'))", receiver.url, cafile) == 0
        assert the_report(receiver).host == "api.example.com"

    def test_a_program_ends_although_the_receiver_hangs(self, cafile: Path) -> None:
        """It does not wait until the report is given up, which takes an hour."""
        with Tarpit() as server:
            assert run("sender(event('api.example.com'))", url(server), cafile) == 0

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="not on Windows")
    def test_a_child_sends_its_own_reports(self, pki: PKI, cafile: Path) -> None:
        """The report of the parent, unanswered during the fork, is sent once, by the parent."""
        child_came = threading.Event()

        def speak(sock: socket.socket, connection: RecordedConnection) -> None:
            del connection
            with sock.makefile("rwb") as stream:
                head = read_head(stream)
                assert head is not None
                if b"/reports" in head[0]:
                    body = stream.read(int(head[1]["content-length"]))
                    child_came.set() if b"child" in body else child_came.wait(PATIENCE)
                    stream.write(b"HTTP/1.1 204 No Content\r\n\r\n")

        code = """
sender(event("parent.example.com"))
child = os.fork()
if child == 0:
    sender(event("child.example.com"))
    os._exit(7 if sender.close(30) and not sender.dropped else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
sys.exit(code if sender.close(30) else 2)
"""
        with RecordingServer(pki.leaf, speak=speak) as server:
            assert run(code, url(server), cafile) == 7
            hosts = [server.received.count(f'"{name}.example.com", "port"'.encode()) for name in ("parent", "child")]
            assert hosts == [1, 1]
