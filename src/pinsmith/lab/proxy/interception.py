"""One CONNECT request, and the reaction of the client to a certificate of the rogue authority."""

from __future__ import annotations

import re
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HostError
from pinsmith.host import canonical_host
from pinsmith.lab.proxy.certificate_page import response
from pinsmith.lab.proxy.hello import HANDSHAKE, ClientHello, HelloError, read_hello
from pinsmith.lab.proxy.judgement import CERTIFICATE_ALERTS
from pinsmith.lab.proxy.seen import Client, Destination
from pinsmith.lab.proxy.tls_end import TLSEnd
from pinsmith.lab.proxy.tunnel import CHUNK, Deadline, tunnel
from pinsmith.lab.proxy.upstream import problem_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.pki.key import KeyKind
    from pinsmith.lab.proxy.judgement import WantedHosts
    from pinsmith.lab.proxy.rogue_issuer import RogueIssuer
    from pinsmith.lab.proxy.seen import Attempt, Seen
    from pinsmith.lab.proxy.upstream import Upstream
    from pinsmith.lab.servers.listener import Link

_UNRECOGNIZED_NAME: Final = bytes.fromhex("15030300020270")  # a fatal alert, RFC 6066 section 3
# The names of received alerts in OpenSSL: ssl/ssl_err.c.
_RECEIVED_ALERT: Final = re.compile(
    r"(?:SSLV3_ALERT|TLSV13_ALERT|TLSV1_ALERT|TLSV1(?=_UN|_BAD|_CERT))_(\w+)"  # the later ones lack the word
)
_CANCELLED: Final = (
    "user_cancelled"  # the spelling of OpenSSL; Java sends it when a program closes during the handshake
)
_H1, _H2 = b"http/1.1", b"h2"
# Empty SETTINGS, then GOAWAY with HTTP_1_1_REQUIRED: RFC 9113 sections 6.5, 6.8 and 7.
_GO_AWAY: Final = bytes.fromhex("000000040000000000") + bytes.fromhex("000008070000000000000000000000000d")
_FAREWELL_SECONDS: Final = 2.0
_PARTING_SECONDS: Final = 0.5
BLOCKED: Final = "intercepted and not relayed"


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """The settings that all interceptions of a proxy share."""

    issuer: RogueIssuer
    seen: Seen
    upstream: Upstream | None
    must_pin: WantedHosts
    pass_through: bool
    timeout_seconds: float
    prompt_seconds: float

    def relay_to(self, destination: Destination) -> Upstream | None:
        """Return the way to the real host; None if the bytes of the client must not leave this machine."""
        return None if self.must_pin.cover(destination) else self.upstream


class Interception:
    """A client whose CONNECT got the response 200, and its destination."""

    def __init__(self, settings: ProxySettings, link: Link, accepted: socket.socket, target: Destination) -> None:
        """Prepare. Nothing happens before `run`."""
        self._settings = settings
        self._link = link
        self._accepted = accepted
        self._target = target

    def run(self, ahead: bytes) -> None:
        """
        Handle the connection to its end.

        Args:
            ahead: The bytes that the client has already sent.

        Raises:
            OSError: if the connection broke. The meaning of that is recorded.
        """
        deadline = Deadline(self._settings.timeout_seconds)
        try:
            first = ahead or self._receive(deadline)
            if first and first[0] != HANDSHAKE:
                self._go_on_in_the_clear(first)
                return
            hello, received = read_hello(self._accepted, first, deadline)
            host = canonical_host(hello.server_name) if hello.server_name is not None else self._target.host
        except HostError:
            self._fail("the server name in its ClientHello is not a host name")
            self._accepted.sendall(_UNRECOGNIZED_NAME)
        except TimeoutError:
            self._fail("the client did not send a ClientHello in time")
        except (HelloError, ConnectionError) as error:
            self._fail(f"the client did not send a ClientHello: {error}")
        else:
            self._meet(Destination(host, self._target.port), hello, received)

    def _receive(self, deadline: Deadline) -> bytes:
        self._accepted.settimeout(deadline.seconds_left)
        return self._accepted.recv(CHUNK)

    def _fail(self, why: str) -> None:
        if not self._link.aborted:
            self._settings.seen.begin(self._target, Client(self._link.peer[0])).failed(why)

    def _go_on_in_the_clear(self, first: bytes) -> None:
        attempt = self._settings.seen.begin(self._target, Client(self._link.peer[0]))
        attempt.came_in_the_clear(first)
        relay = self._settings.relay_to(self._target)
        if relay is not None:
            self._carry(attempt, relay, first, attempt.heard)

    def _carry(
        self, attempt: Attempt, relay: Upstream, ahead: bytes, heard: Callable[[bytes], None] | None = None
    ) -> None:
        """Forward bytes as they are."""
        try:
            upstream = relay.connect(self._link, self._target)
            upstream.sendall(ahead)
        except OSError as error:
            attempt.upstream_failed(problem_of(error))
            return
        tunnel(self._accepted, upstream, heard=heard)

    def _meet(self, destination: Destination, hello: ClientHello, received: bytes) -> None:
        settings = self._settings
        client = Client(self._link.peer[0], hello.fingerprint)
        knows = settings.pass_through and settings.seen.has_refused(destination, client)
        attempt = settings.seen.begin(destination, client)
        if knows and settings.upstream is not None:
            attempt.passed_through()
            self._carry(attempt, settings.upstream, received)
            return
        upstream = self._reach(attempt, destination, hello)
        end = TLSEnd.over(self._accepted, self._context(destination, hello, upstream), received)
        self._link.adopt(end)
        try:
            end.do_handshake(Deadline(settings.timeout_seconds))
        except OSError as error:
            self._conclude_handshake(attempt, end, error)
            return
        attempt.handshaken(end.tls.version())
        began = time.monotonic()
        self._converse(attempt, end, upstream)
        self._conclude(attempt, end, time.monotonic() - began)

    def _reach(self, attempt: Attempt, destination: Destination, hello: ClientHello) -> ssl.SSLSocket | None:
        relay = self._settings.relay_to(destination)
        if relay is None:
            return None
        try:
            return relay.connect_tls(self._link, self._target, destination.host, hello.alpn)
        except OSError as error:
            attempt.upstream_failed(problem_of(error))
            return None

    def _context(self, destination: Destination, hello: ClientHello, upstream: ssl.SSLSocket | None) -> ssl.SSLContext:
        # A new context for every connection, because the protocol differs, and because a resumed session would skip the
        # certificate. Tickets that a client leaves unread would turn its normal end into a reset.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = 0
        if upstream is not None:
            protocol = upstream.selected_alpn_protocol()
        else:
            protocol = next((protocol.decode("ascii") for protocol in (_H1, _H2) if protocol in hello.alpn), None)
        if protocol is not None:
            context.set_alpn_protocols([protocol])
        kind: KeyKind = "ec-p256" if hello.takes_ecdsa else "rsa-2048"
        self._settings.issuer.identity_for(destination.host, kind).load_into(context)
        return context

    def _converse(self, attempt: Attempt, end: TLSEnd, upstream: ssl.SSLSocket | None) -> None:
        try:
            if upstream is not None:
                tunnel(end, upstream, heard=attempt.heard)
                return
        except OSError as error:
            # This is an error of the real host, because the end of the client keeps the errors of the client.
            if not end.ended:
                attempt.upstream_failed(problem_of(error))
        with suppress(OSError):
            self._turn_away(attempt, end)

    def _turn_away(self, attempt: Attempt, end: TLSEnd) -> None:
        """Read the first bytes of the client, and reply that they are not forwarded."""
        if not attempt.decided:
            attempt.heard_unless_ended(end.receive(Deadline(self._settings.timeout_seconds)))
        if end.ended or not attempt.decided:
            return
        is_http2 = end.tls.selected_alpn_protocol() == "h2"
        end.send(_GO_AWAY if is_http2 else response("502 Bad Gateway", BLOCKED))
        end.say_goodbye()
        deadline = Deadline(_FAREWELL_SECONDS)
        while received := end.receive(deadline):
            attempt.heard(received)

    def _conclude_handshake(self, attempt: Attempt, end: TLSEnd, error: OSError) -> None:
        end.hear_out(Deadline(_PARTING_SECONDS))
        if self._link.aborted:
            return
        if end.stray:
            attempt.came_in_the_clear(end.stray)
        elif isinstance(error, TimeoutError):
            attempt.failed("the client did not continue in time")
        elif isinstance(error, ssl.SSLEOFError | ConnectionError):
            self._left(attempt, end, error)
        else:
            self._broke_off(attempt, end, error)

    def _conclude(self, attempt: Attempt, end: TLSEnd, seconds: float) -> None:
        """Record what it means that a client completed the handshake and sent nothing."""
        if attempt.decided or self._link.aborted:
            return
        if isinstance(end.refusal, ssl.SSLError):
            end.hear_out(Deadline(_PARTING_SECONDS))
        if end.stray:
            attempt.came_in_the_clear(end.stray)
        elif isinstance(end.refusal, ssl.SSLError):
            self._broke_off(attempt, end, end.refusal)
        elif end.ended and not end.said_goodbye and seconds <= self._settings.prompt_seconds:
            self._left(attempt, end, end.refusal)
        else:
            attempt.stayed_silent()

    @staticmethod
    def _left(attempt: Attempt, end: TLSEnd, error: OSError | None) -> None:
        if end.certificate_sent:
            attempt.refused("reset" if isinstance(error, ConnectionError) else "closed")
        else:
            attempt.failed("the client left before it got a certificate")

    @staticmethod
    def _broke_off(attempt: Attempt, end: TLSEnd, error: OSError) -> None:
        reason = getattr(error, "reason", None) or "unknown"
        alert = _RECEIVED_ALERT.fullmatch(reason)
        name = alert[1].lower() if alert else None
        if name in CERTIFICATE_ALERTS:
            attempt.refused(name)
        elif name == _CANCELLED and end.certificate_sent:
            attempt.refused("closed")
        else:
            attempt.failed(f"the client sent the alert {name}" if name else reason.lower().replace("_", " "))
