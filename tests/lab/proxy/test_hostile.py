"""Clients that break off, dawdle or lie, and how each is counted."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.proxy import intercepting, interception
from pinsmith.lab.proxy.intercepting import InterceptingProxy
from pinsmith.lab.proxy.seen import Client, Destination, Seen
from tests.lab.client import Tunnelled
from tests.lab.proxy.client import OPEN, ask, trusting, tunnelled, verdict_of
from tests.lab.proxy.test_hello import flight
from tests.lab.proxy.test_request import say

if TYPE_CHECKING:
    from pinsmith.lab.proxy.judgement import HostVerdict

# Of RFC 8446 section 6; what it is worth as evidence.
ALERTS = [
    (42, "bad_certificate", "no-control"),
    (43, "unsupported_certificate", "other-fault"),
    (44, "certificate_revoked", "other-fault"),
    (45, "certificate_expired", "other-fault"),
    (46, "certificate_unknown", "no-control"),
    (48, "unknown_ca", "ca-not-trusted"),
    (49, "access_denied", "no-control"),
]


def leave_after_certificate(proxy: InterceptingProxy, last: bytes, *, reset: bool = False) -> HostVerdict:
    """Take the server's flight of TLS 1.2, say *last*, and leave."""
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tunnelled(proxy, OPEN) as plain:
        plain.sendall(flight(context, OPEN))
        received = b""
        while not received.endswith(bytes.fromhex("0e000000")):  # ServerHelloDone
            received += plain.recv(65536)
        plain.sendall(last)
        if reset:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return verdict_of(proxy, OPEN)


@pytest.fixture
def blocking() -> InterceptingProxy:
    """Make a proxy without real hosts."""
    return InterceptingProxy(upstream="block")


@pytest.mark.parametrize(("number", "name", "reason"), ALERTS, ids=[name for _, name, _ in ALERTS])
def test_each_alert_about_a_certificate_is_known(
    blocking: InterceptingProxy, number: int, name: str, reason: str
) -> None:
    """Which one it is decides what it can prove."""
    with blocking as proxy:
        found = leave_after_certificate(proxy, bytes([0x15, 3, 3, 0, 2, 2, number]))
        assert (found.verdict, found.reason) == ("inconclusive", reason)
        assert [dict(each.refused) for each in found.clients.values()] == [{name: 1}]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_who_refuses_and_goes_on_in_the_clear_is_not_pinned(blocking: InterceptingProxy, version: str) -> None:
    """A refusal is worth nothing if the request follows it, unencrypted, on the same connection."""
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            with pytest.raises(ssl.SSLCertVerificationError):
                Tunnelled(plain, context, OPEN)
            assert plain.recv(4096) == b""  # the proxy has understood
            plain.sendall(b"GET /secret HTTP/1.1\r\n\r\n")
        found = verdict_of(proxy, OPEN)
        assert (found.verdict, found.message) == ("clear", "got a request without TLS: GET /secret HTTP/1.1")


@pytest.mark.parametrize("number", [40, 80, 112])
def test_other_alerts_are_no_refusal(blocking: InterceptingProxy, number: int) -> None:
    """Handshake failure, internal error, unrecognized name: nothing about pins."""
    with blocking as proxy:
        found = leave_after_certificate(proxy, bytes([0x15, 3, 3, 0, 2, 2, number]))
        assert (found.verdict, found.reason) == ("inconclusive", "handshake-failed")
        assert "alert" in found.message


@pytest.mark.parametrize("reset", [False, True])
def test_leaving_at_the_certificate_is_a_refusal(blocking: InterceptingProxy, *, reset: bool) -> None:
    """Without a word, as many pinning libraries do."""
    with blocking as proxy:
        found = leave_after_certificate(proxy, b"", reset=reset)
        assert [dict(each.refused) for each in found.clients.values()] == [{"reset" if reset else "closed": 1}]


def test_leaving_before_the_certificate_is_none(blocking: InterceptingProxy) -> None:
    """A client that was shown nothing has refused nothing: here it is asked to begin the handshake again."""
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            plain.sendall(without_key_share(flight(None, OPEN)))
            assert plain.recv(65536)[11:15] == bytes.fromhex("cf21ad74")  # HelloRetryRequest
        found = verdict_of(proxy, OPEN)
        assert (found.verdict, found.reason) == ("inconclusive", "handshake-failed")
        assert "before it got a certificate" in found.message


def without_key_share(octets: bytes) -> bytes:
    """Empty the list of key shares, so that the server asks for one: RFC 8446 section 4.2.8."""
    at = octets.rindex(bytes.fromhex("0033"))
    length = int.from_bytes(octets[at + 2 : at + 4])
    shorter = octets[:at] + bytes.fromhex("003300020000") + octets[at + 4 + length :]
    removed = len(octets) - len(shorter)
    body = bytearray(shorter)
    body[3:5] = (int.from_bytes(body[3:5]) - removed).to_bytes(2)
    body[6:9] = (int.from_bytes(body[6:9]) - removed).to_bytes(3)
    # The length of all extensions stands before the first: after suites and compression.
    index = 5 + 4 + 2 + 32
    index += 1 + body[index]
    index += 2 + int.from_bytes(body[index : index + 2])
    index += 1 + body[index]
    body[index : index + 2] = (int.from_bytes(body[index : index + 2]) - removed).to_bytes(2)
    return bytes(body)


def test_a_client_with_nothing_in_common_is_no_refusal(blocking: InterceptingProxy) -> None:
    """Too old a client is a problem of its own."""
    hello = flight(None, OPEN).replace(bytes.fromhex("0304"), bytes.fromhex("7e7e"))
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            plain.sendall(hello.replace(bytes.fromhex("0303"), bytes.fromhex("0301")))
            while plain.recv(65536):
                pass
        assert verdict_of(proxy, OPEN).reason == "handshake-failed"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"", "the client left before"),
        (b"\x16", "the client left before"),
        (b"\x16\x03\x01\xff\xff", "not a handshake record"),
        (b"\x16\x03\x01\x00\x04\x02\x00\x00\x00", "not a ClientHello"),
    ],
)
def test_what_is_no_hello_is_no_refusal(blocking: InterceptingProxy, octets: bytes, words: str) -> None:
    """It counts for the host that the tunnel was asked for."""
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            plain.sendall(octets)
        found = verdict_of(proxy, OPEN)
        assert (found.verdict, found.reason) == ("inconclusive", "handshake-failed")
        assert words in found.message


@pytest.mark.parametrize("name", [b"api.e ample.com", b"api.example..om", b"\xffpi.example.com"])
def test_a_server_name_that_is_no_host_gets_no_certificate(blocking: InterceptingProxy, name: bytes) -> None:
    """It is answered with an alert, and never shown as a host."""
    hello = flight(None, "api.example.com").replace(b"api.example.com", name)
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            plain.sendall(hello)
            assert plain.recv(65536) == bytes.fromhex("15030300020270")
        (found,) = proxy.verdicts()
        assert (found.host, found.reason) == (OPEN, "handshake-failed")


@pytest.mark.parametrize("octets", [b"", b"\x16\x03\x01", b"GET http://a"], ids=["tunnel", "hello", "head"])
def test_dawdling_ends(octets: bytes) -> None:
    """Each step has one deadline for all of it, whoever dawdles."""
    with InterceptingProxy(upstream="block", timeout_seconds=0.05) as proxy:
        if octets.startswith(b"GET"):
            assert say(proxy, octets) == b""
            assert proxy.verdicts() == ()
            return
        with tunnelled(proxy, OPEN) as plain:
            plain.sendall(octets)
            assert plain.recv(4096) == b""
        assert "in time" in verdict_of(proxy, OPEN).message


def test_dawdling_in_the_handshake_ends() -> None:
    """A client that takes the certificate and stays has not refused it."""
    with InterceptingProxy(upstream="block", timeout_seconds=0.2) as proxy, tunnelled(proxy, OPEN) as plain:
        plain.sendall(flight(None, OPEN))
        while plain.recv(65536):
            pass
        plain.close()
        assert verdict_of(proxy, OPEN).reason == "handshake-failed"


def test_too_many_at_once_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an answer, and they are counted, for nobody knows what they would have shown."""
    monkeypatch.setattr(intercepting, "_MAX_LINKS", 1)
    with InterceptingProxy(upstream="block") as proxy:
        with tunnelled(proxy, OPEN):
            assert say(proxy, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 503 ")
        assert proxy.turned_away == 1


def test_hosts_without_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those beyond the bound are counted, not kept."""
    monkeypatch.setattr("pinsmith.lab.proxy.seen._MAX_DESTINATIONS", 2)
    seen = Seen()
    for number in range(4):
        seen.begin(Destination(f"host{number}.example.com", 443), Client("192.0.2.1")).failed("x")
    assert (len(seen.record()), seen.destinations_dropped) == (2, 2)


def test_clients_without_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may change its fingerprint each time; those beyond the bound are one, and never a control."""
    monkeypatch.setattr("pinsmith.lab.proxy.seen._MAX_CLIENTS", 2)
    seen = Seen()
    destination = Destination(OPEN, 443)
    for number in range(4):
        seen.begin(destination, Client("192.0.2.1", str(number))).heard(b"x")
    assert [(each.address, evidence.intercepted) for each, evidence in seen.record()[destination].items()] == [
        ("192.0.2.1", 1),
        ("192.0.2.1", 1),
        ("others", 2),
    ]


def test_a_client_that_sends_on_and_on_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is turned away is heard out for a moment only."""
    monkeypatch.setattr(interception, "_FAREWELL_SECONDS", 0.05)
    with InterceptingProxy(upstream="block") as proxy:
        with tunnelled(proxy, OPEN) as plain, trusting(proxy).wrap_socket(plain, server_hostname=OPEN) as secure:

            def send_on() -> None:
                while True:
                    secure.sendall(bytes(65536))

            with pytest.raises(OSError, match=r"EOF|reset|[Bb]roken pipe"):
                send_on()
        assert verdict_of(proxy, OPEN).verdict == "not-pinned"


def test_many_clients_at_once_are_all_counted(blocking: InterceptingProxy) -> None:
    """Threads do not lose each other's counts."""
    from concurrent.futures import ThreadPoolExecutor

    with blocking as proxy, ThreadPoolExecutor(16) as pool:
        context = trusting(proxy)
        list(pool.map(lambda _: ask(proxy, context, OPEN), range(48)))
        (evidence,) = verdict_of(proxy, OPEN).clients.values()
        assert (evidence.attempts, evidence.intercepted) == (48, 48)
