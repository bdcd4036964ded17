"""One attempt to deliver a report, when the next one is due, and what a body may contain."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Chain
from pinsmith.lab.servers.fault import ClosedPort, Garbage, Tarpit
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.speaker import redirecting_to
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.reports import MAX_BODY_BYTES, parse_body
from pinsmith.reports._body import event_body, rfc7469_body
from pinsmith.reports._deliver import Failure, deliver, locked_out, parse_address
from pinsmith.reports._outbox import GIVE_UP_SECONDS, LONGEST_SECONDS, Letter, Outbox
from tests.reports.receiving import NOON, mismatch
from tests.reports.test_sender import answering, url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.servers.speaker import Speaker
    from pinsmith.tls.event import MismatchEvent
    from tests.tls.pki import PKI

KEY, OTHER = Key("ours", Pin.of_spki(b"ours")), Key("other", Pin.of_spki(b"other"))
ENTRY = HostPins("api.example.com", (KEY,), expires=date(2027, 3, 1))
EVENT = mismatch(ENTRY)
APP: dict[str, str | None] = {"app-id": "com.example.app", "app-version": None, "platform": None}


BUSY = Failure("answered with the status 503", again=True)


class TestAddress:
    """Addresses to which a report may be sent."""

    @pytest.mark.parametrize(
        ("uri", "authority", "path"),
        [
            ("https://reports.example.org", "reports.example.org", "/"),
            ("https://Reports.example.org:443/a?b=c#d", "reports.example.org", "/a?b=c"),
            ("https://[::1]:8443/a", "[::1]:8443", "/a"),
            ("http://127.0.0.1:8080/a", "127.0.0.1:8080", "/a"),
        ],
    )
    def test_an_address_is_read(self, uri: str, authority: str, path: str) -> None:
        """The request names what the address names."""
        address = parse_address(uri)
        assert (address.authority, address.path) == (authority, path)

    @pytest.mark.parametrize(
        ("uri", "why"),
        [
            ("http://reports.example.org/", "would get the report without TLS"),
            ("ftp://reports.example.org/", "is not an https URL"),
            ("https://me:secret@reports.example.org/", "contains a user name or password"),
            ("https://reports.example.org/\r\nX: y", "contains characters that a URL cannot contain"),
            ("https://reports.example.org/\N{LATIN SMALL LETTER A WITH DIAERESIS}", "contains characters"),
            ("https://reports.example.org:port/", "has no valid host or port"),
            ("https:///reports", "has no valid host or port"),
            ("https://[::1/", "has no valid host or port"),
        ],
    )
    def test_another_one_is_refused(self, uri: str, why: str) -> None:
        """Nothing is sent, and nothing is tried again."""
        failure = deliver(uri, EVENT, b"{}", cafile=None, timeout_seconds=1)
        assert failure is not None
        assert (failure.why.startswith(why), failure.again) == (True, False)


class TestLockedOut:
    """Receivers that the pins which failed may refuse as well."""

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            (HostPins("reports.example.org", (OTHER, KEY)), True),
            (HostPins("example.org", (KEY,), include_subdomains=True), True),
            (HostPins("example.org", (KEY,)), False),
            (HostPins("reports.example.org", (OTHER,)), False),
            (HostPins("reports.example.org", (KEY,), mode="report-only"), False),
            (HostPins("reports.example.org", mode="off"), False),
            (HostPins("reports.example.org", (KEY,), expires=NOON.date()), False),
        ],
        ids=["a shared key", "a parent", "not the parent alone", "other keys", "report-only", "off", "expired"],
    )
    def test_by_another_entry(self, entry: HostPins, *, expected: bool) -> None:
        """A shared key in force is enough: its change breaks both hosts."""
        assert locked_out("reports.example.org", EVENT, Policy((ENTRY, entry))) is expected

    def test_by_the_same_entry(self) -> None:
        """The host itself, and what the entry covers, are locked out together."""
        assert locked_out("api.example.com", EVENT, Policy((ENTRY,)))
        assert not locked_out("reports.example.org", EVENT, Policy((ENTRY,)))

    def test_without_a_policy(self) -> None:
        """The event of a log record does not show which pins the receiver has, so nobody connects to it."""
        with ClosedPort() as server:
            failure = deliver(url(server), replace(EVENT, policy=None), b"{}", cafile=None, timeout_seconds=1)
        assert failure is not None
        assert not failure.again


class TestAttempt:
    """Answers, and what follows from them."""

    @pytest.mark.parametrize(
        ("speak", "expected"),
        [
            (answering("204 No Content"), None),
            (answering("100 Continue\r\n\r\nHTTP/1.1 200 OK"), None),
            (
                answering("503 Busy\r\nRetry-After: 30"),
                Failure("answered with the status 503", again=True, after_seconds=30.0),
            ),
            (answering("429 Slow down\r\nRetry-After: soon"), Failure("answered with the status 429", again=True)),
            (answering("400 Bad Request\r\nRetry-After: 30"), Failure("answered with the status 400")),
            (redirecting_to("https://127.0.0.1:1/"), Failure("answered with the status 302")),
            (answering("SPDY"), Failure("was not reached: the answer is not HTTP", again=True)),
        ],
        ids=["taken", "taken late", "busy", "too many", "refused", "redirected", "odd"],
    )
    def test_an_answer(self, speak: Speaker, expected: Failure | None, pki: PKI, cafile: Path) -> None:
        """Only a receiver that is overloaded or broken is asked again."""
        with RecordingServer(pki.leaf, speak=speak) as server:
            assert deliver(url(server), EVENT, b"{}", cafile=str(cafile), timeout_seconds=30) == expected

    def test_a_date_to_come_back(self, pki: PKI, cafile: Path) -> None:
        """``Retry-After`` may be a date."""
        later = datetime.now(NOON.tzinfo) + timedelta(hours=2)
        speak = answering(f"503 Busy\r\nRetry-After: {format_datetime(later, usegmt=True)}")
        with RecordingServer(pki.leaf, speak=speak) as server:
            failure = deliver(url(server), EVENT, b"{}", cafile=str(cafile), timeout_seconds=30)
        assert failure is not None
        assert 3600 < failure.after_seconds <= 7200

    def test_an_answer_without_end(self, pki: PKI, cafile: Path) -> None:
        """The answer of a receiver is not collected."""
        with RecordingServer(pki.leaf, speak=answering("200 OK\r\nX: " + "x" * 100_000)) as server:
            failure = deliver(url(server), EVENT, b"{}", cafile=str(cafile), timeout_seconds=30)
        assert failure is not None
        assert (failure.why, failure.again) == ("was not reached: the answer is too long", True)

    @pytest.mark.parametrize("make", [Tarpit, Garbage, ClosedPort])
    def test_no_answer(self, make: type[Tarpit | Garbage | ClosedPort], cafile: Path) -> None:
        """A receiver that cannot be reached now is asked again."""
        with make() as server:
            failure = deliver(url(server), EVENT, b"{}", cafile=str(cafile), timeout_seconds=0.5)
        assert failure is not None
        assert failure.again


class TestOutbox:
    """The times of attempts, without a clock."""

    def test_waits_grow_and_end(self) -> None:
        """Each wait is twice as long as the last, up to five minutes, and after an hour the report is given up."""
        outbox, now, waits = Outbox(lambda: 0.0), 100.0, []
        outbox.put(Letter("https://a.test/", EVENT), now)
        assert outbox.wait(now) == 0
        while outbox.again(outbox.take(), now):
            waits.append(outbox.wait(now))
            now += waits[-1] or 0
        assert waits[:5] == [1, 2, 4, 8, 16]
        assert waits[-1] == LONGEST_SECONDS
        assert GIVE_UP_SECONDS - LONGEST_SECONDS < now - 100 <= GIVE_UP_SECONDS
        assert outbox.wait(now) is None

    def test_what_the_receiver_asks_is_kept(self) -> None:
        """The wait is never shorter than asked, and differs between programs."""
        for jitter, expected in ((0.0, 30.0), (1.0, 45.0)):
            outbox = Outbox(lambda jitter=jitter: jitter)  # type: ignore[misc]
            letter = Letter("https://a.test/", EVENT)
            outbox.put(letter, 0)
            assert outbox.again(outbox.take(), 0, after_seconds=30)
            assert outbox.wait(0) == expected

    def test_a_receiver_that_asks_for_too_long(self) -> None:
        """The report is given up at once."""
        outbox = Outbox(lambda: 0.0)
        assert not outbox.again(Letter("https://a.test/", EVENT), 0, after_seconds=2 * GIVE_UP_SECONDS)


class TestBody:
    """What is sent about a chain that a rogue chose."""

    @pytest.mark.parametrize("write", [event_body, rfc7469_body])
    def test_a_huge_chain(self, write: Callable[[MismatchEvent, dict[str, str | None]], bytes]) -> None:
        """The intake takes the body, because certificates are left out."""
        event = mismatch(ENTRY, Chain.of_der(os.urandom(100_000) for _ in range(300)))
        body = write(event, APP)
        assert len(body) < MAX_BODY_BYTES
        (report,) = parse_body(body)
        assert (report.host, report.known_pins, report.chain) == ("api.example.com", (KEY.pin,), ())

    def test_the_pins_of_a_huge_chain(self, pki: PKI) -> None:
        """The pins of the certificates that are left out are sent."""
        ders = [pki.rogue.der, *(os.urandom(100_000) for _ in range(5))]
        (report,) = parse_body(event_body(mismatch(ENTRY, Chain.of_der(ders)), APP))
        assert (report.served_pins, report.app_id) == ((Pin.parse(pki.rogue.pin),), "com.example.app")

    @pytest.mark.parametrize("reason", ["wrong-trust-anchor", "wrong-host-name", "compromised-authority"])
    def test_a_chain_with_a_pinned_key(self, reason: str) -> None:
        """The report does not claim that the pinned key is missing, which the intake would call garbage."""
        (report,) = parse_body(event_body(replace(EVENT, reason=reason), APP))
        assert report.reason != "no-pinned-key"
