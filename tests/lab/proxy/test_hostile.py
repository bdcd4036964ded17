"""Clients that disconnect, stall or lie, and how the proxy counts them."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.proxy import intercepting, interception
from pinsmith.lab.proxy.intercepting import InterceptingProxy
from pinsmith.lab.proxy.seen import Client, Destination, Seen
from pinsmith.lab.proxy.tls_end import TLSEnd
from pinsmith.lab.proxy.tunnel import Deadline
from tests.lab.client import Tunnelled
from tests.lab.proxy.client import OPEN, ask, trusting, tunnelled, verdict_of
from tests.lab.proxy.test_hello import flight
from tests.lab.proxy.test_request import say

if TYPE_CHECKING:
    from pinsmith.lab.proxy.judgement import HostVerdict

# From RFC 8446 section 6, with the reason that each alert leads to.
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
    """Receive the server's flight of TLS 1.2, send *last*, and leave."""
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
    """The alert decides what the refusal can prove."""
    with blocking as proxy:
        found = leave_after_certificate(proxy, bytes([0x15, 3, 3, 0, 2, 2, number]))
        assert (found.verdict, found.reason) == ("inconclusive", reason)
        assert [dict(evidence.refused) for evidence in found.clients.values()] == [{name: 1}]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_that_refuses_and_continues_in_the_clear_is_not_pinned(
    blocking: InterceptingProxy, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal proves nothing if the request follows it, unencrypted, on the same connection."""
    monkeypatch.setattr(interception, "_PARTING_SECONDS", 30)
    context = ssl.create_default_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            with pytest.raises(ssl.SSLCertVerificationError):
                Tunnelled(plain, context, OPEN)
            assert plain.recv(4096) == b""  # the proxy has received the alert
            plain.sendall(b"GET /secret HTTP/1.1\r\n\r\n")
        found = verdict_of(proxy, OPEN)
        assert (found.verdict, found.message) == ("clear", "got a request without TLS: GET /secret HTTP/1.1")


@pytest.mark.parametrize("number", [40, 80, 112])
def test_other_alerts_are_not_refusals(blocking: InterceptingProxy, number: int) -> None:
    """Alerts for a failed handshake, an internal error and an unrecognized name do not concern pins."""
    with blocking as proxy:
        found = leave_after_certificate(proxy, bytes([0x15, 3, 3, 0, 2, 2, number]))
        assert (found.verdict, found.reason) == ("inconclusive", "handshake-failed")
        assert "alert" in found.message


@pytest.mark.parametrize("reset", [False, True])
def test_leaving_at_the_certificate_is_a_refusal(blocking: InterceptingProxy, *, reset: bool) -> None:
    """Many pinning libraries leave without an alert."""
    with blocking as proxy:
        found = leave_after_certificate(proxy, b"", reset=reset)
        assert [dict(evidence.refused) for evidence in found.clients.values()] == [{"reset" if reset else "closed": 1}]


def test_leaving_before_the_certificate_is_not_a_refusal(blocking: InterceptingProxy) -> None:
    """A client that has not seen a certificate has not refused it; here the server asks it to begin again."""
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            plain.sendall(without_key_share(flight(None, OPEN)))
            assert plain.recv(65536)[11:15] == bytes.fromhex("cf21ad74")  # HelloRetryRequest
        found = verdict_of(proxy, OPEN)
        assert (found.verdict, found.reason) == ("inconclusive", "handshake-failed")
        assert "before it got a certificate" in found.message


def without_key_share(octets: bytes) -> bytes:
    """Empty the list of key shares, so that the server asks for a new ClientHello: RFC 8446 section 4.2.8."""
    at = octets.rindex(bytes.fromhex("0033"))
    length = int.from_bytes(octets[at + 2 : at + 4])
    shorter = octets[:at] + bytes.fromhex("003300020000") + octets[at + 4 + length :]
    removed = len(octets) - len(shorter)
    body = bytearray(shorter)
    body[3:5] = (int.from_bytes(body[3:5]) - removed).to_bytes(2)
    body[6:9] = (int.from_bytes(body[6:9]) - removed).to_bytes(3)
    # The length of all extensions stands before the first one, after suites and compression methods.
    index = 5 + 4 + 2 + 32
    index += 1 + body[index]
    index += 2 + int.from_bytes(body[index : index + 2])
    index += 1 + body[index]
    body[index : index + 2] = (int.from_bytes(body[index : index + 2]) - removed).to_bytes(2)
    return bytes(body)


def test_a_client_without_a_common_version_is_not_a_refusal(blocking: InterceptingProxy) -> None:
    """A client that is too old fails in the handshake, which proves nothing about pins."""
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
def test_bytes_that_are_not_a_hello_are_not_a_refusal(blocking: InterceptingProxy, octets: bytes, words: str) -> None:
    """The failure counts for the host of the tunnel."""
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            plain.sendall(octets)
        found = verdict_of(proxy, OPEN)
        assert (found.verdict, found.reason) == ("inconclusive", "handshake-failed")
        assert words in found.message


@pytest.mark.parametrize("name", [b"api.e ample.com", b"api.example..om", b"\xffpi.example.com"])
def test_an_invalid_server_name_gets_no_certificate(blocking: InterceptingProxy, name: bytes) -> None:
    """The proxy answers with an alert, and the invalid name is never listed as a host."""
    hello = flight(None, "api.example.com").replace(b"api.example.com", name)
    with blocking as proxy:
        with tunnelled(proxy, OPEN) as plain:
            plain.sendall(hello)
            assert plain.recv(65536) == bytes.fromhex("15030300020270")
        (found,) = proxy.verdicts()
        assert (found.host, found.reason) == (OPEN, "handshake-failed")


def hangs_up(plain: socket.socket, octets: bytes) -> bool:
    """Send *octets* and wait for the end, which is a reset if the other side has not read all of them."""
    try:
        plain.sendall(octets)
        return plain.recv(4096) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("octets", [b"", b"\x16\x03\x01"], ids=["tunnel", "hello"])
def test_a_client_that_stalls_in_its_hello_is_disconnected(octets: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole ClientHello has one deadline, whatever the client has sent of it."""
    monkeypatch.setattr(interception, "Deadline", lambda _: Deadline(0.05))  # not that of the CONNECT request
    with InterceptingProxy(upstream="block") as proxy:
        with tunnelled(proxy, OPEN) as plain:
            assert hangs_up(plain, octets)
        assert "in time" in verdict_of(proxy, OPEN).message


def test_a_client_that_stalls_in_its_request_is_disconnected() -> None:
    """The head of a request has a deadline, and half a request says nothing about any host."""
    with InterceptingProxy(upstream="block", timeout_seconds=0.05) as proxy:
        with socket.create_connection(proxy.endpoint, timeout=30) as plain:
            assert hangs_up(plain, b"GET http://a")
        proxy.wait_closed()
        assert proxy.verdicts() == ()


def test_a_client_that_stalls_in_the_handshake_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that receives the certificate and stays has not refused it."""
    genuine = TLSEnd.do_handshake
    monkeypatch.setattr(TLSEnd, "do_handshake", lambda end, _: genuine(end, Deadline(0.2)))
    with InterceptingProxy(upstream="block") as proxy, tunnelled(proxy, OPEN) as plain:
        plain.sendall(flight(None, OPEN))
        while plain.recv(65536):
            pass
        plain.close()
        assert verdict_of(proxy, OPEN).reason == "handshake-failed"


def test_too_many_at_once_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Surplus clients get an answer and are counted, because nobody knows what they would have sent."""
    monkeypatch.setattr(intercepting, "_MAX_LINKS", 1)
    with InterceptingProxy(upstream="block") as proxy:
        with tunnelled(proxy, OPEN):
            assert say(proxy, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 503 ")
        assert proxy.turned_away == 1


def test_the_number_of_hosts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts beyond the limit are counted but not kept."""
    monkeypatch.setattr("pinsmith.lab.proxy.seen._MAX_DESTINATIONS", 2)
    seen = Seen()
    for number in range(4):
        seen.begin(Destination(f"host{number}.example.com", 443), Client("192.0.2.1")).failed("x")
    assert (len(seen.record()), seen.destinations_dropped) == (2, 2)


def test_the_number_of_clients_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may change its fingerprint often; beyond the limit, clients count as one, which is never a control."""
    monkeypatch.setattr("pinsmith.lab.proxy.seen._MAX_CLIENTS", 2)
    seen = Seen()
    destination = Destination(OPEN, 443)
    for number in range(4):
        seen.begin(destination, Client("192.0.2.1", str(number))).heard(b"x")
    assert [(client.address, evidence.intercepted) for client, evidence in seen.record()[destination].items()] == [
        ("192.0.2.1", 1),
        ("192.0.2.1", 1),
        ("others", 2),
    ]


def test_a_client_that_never_stops_sending_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the refusal, the proxy reads for a moment only."""
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
    """Threads do not overwrite the counts of other threads."""
    from concurrent.futures import ThreadPoolExecutor

    with blocking as proxy, ThreadPoolExecutor(16) as pool:
        context = trusting(proxy)
        list(pool.map(lambda _: ask(proxy, context, OPEN), range(48)))
        (evidence,) = verdict_of(proxy, OPEN).clients.values()
        assert (evidence.attempts, evidence.intercepted) == (48, 48)
