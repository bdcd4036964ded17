"""The intercepting proxy, which accepts connections, handles requests, and keeps the verdicts."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.errors import HostError
from pinsmith.host import canonical_host
from pinsmith.lab.address import is_loopback
from pinsmith.lab.proxy.certificate_page import MAGIC_HOST, answer, response
from pinsmith.lab.proxy.hello import HANDSHAKE, HelloError, read_hello
from pinsmith.lab.proxy.interception import BLOCKED, Interception, ProxySettings
from pinsmith.lab.proxy.judgement import HostVerdict, Wanted, WantedHosts, judge_hosts
from pinsmith.lab.proxy.request import Request, RequestError, parse
from pinsmith.lab.proxy.rogue_issuer import RogueIssuer
from pinsmith.lab.proxy.running_verdicts import RunningVerdicts
from pinsmith.lab.proxy.seen import Client, Destination, Seen
from pinsmith.lab.proxy.tunnel import CHUNK, Deadline, read_head, tunnel
from pinsmith.lab.proxy.upstream import Upstream, problem_of
from pinsmith.lab.servers.connection import end_sending
from pinsmith.lab.servers.listener import Link, Listener

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinsmith.lab.pki.authority import Authority

    Endpoint = tuple[str, int]

_HTTPS: Final = 443
_MAX_LINKS: Final = 400  # connections at a time, with two sockets each; a process often has 1024 descriptors


class InterceptingProxy(Listener):
    """
    Intercept connections through an HTTP proxy, and decide for every host whether the client pins.

    Connections that begin with TLS instead of a request are judged by the name in their ClientHello, and never relayed.

    Of the bytes of clients, only counts and the first request line without its query are kept. No certificate is
    installed, and the key of the authority exists only in memory.
    """

    def __init__(
        self,
        *,
        upstream: Literal["relay", "block"] = "relay",
        must_pin: Sequence[Wanted] = (),
        controls: Sequence[Wanted] = (),
        pass_through: bool = False,
        route: Mapping[str, Endpoint] | None = None,
        cadata: str | None = None,
        authority: Authority | None = None,
        on_verdict: Callable[[HostVerdict], None] | None = None,
        timeout_seconds: float = 10.0,
        prompt_seconds: float = 5.0,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            upstream:
                ``relay`` forwards intercepted requests, after it has verified the certificate of the real host.
                ``block`` answers 502. Requests to hosts that must pin are never forwarded.

            must_pin: Hosts that get a verdict even without a request.

            controls: Hosts without pins; see `pinsmith.lab.proxy.judgement.judge_hosts`.

            pass_through: Whether to tunnel a client to a host that it has refused before, so that it keeps working.

            route: The addresses of real hosts, by ``host:port``, instead of those from the resolver.

            cadata: PEM certificates of the trust anchors for real hosts, instead of those of the system.

            authority: The rogue authority; a new one by default.

            on_verdict: Called with every new or changed verdict, one at a time, from any thread.

            timeout_seconds: The time limit for every step of a client or a real host.

            prompt_seconds: A client that leaves within this time after the handshake has refused. Later it was idle.

            address: An IP address of this machine. With other addresses than the loopback, other machines can connect.

            port: The port; 0 to let the kernel choose.

        Raises:
            ValueError: if a host must pin and is also a control, or if *pass_through* is set without relay.
            ssl.SSLError: if *cadata* does not contain a certificate.
        """
        if both := {wanted.host for wanted in must_pin} & {wanted.host for wanted in controls}:
            raise ValueError(f"{min(both)} must be pinned, so it cannot be a control, which must not be pinned")
        if pass_through and upstream == "block":
            raise ValueError(
                "the upstream block connects to no server, so clients cannot be passed through; use the upstream relay"
            )
        self._issuer = RogueIssuer(authority)
        self._seen = Seen(self._judge_again)
        self._controls = tuple(controls)
        self._on_verdict = on_verdict or (lambda _: None)
        self._judging = threading.Condition(threading.RLock())
        must = WantedHosts(must_pin)
        self._running = RunningVerdicts(self._seen.clients_at, must_pin=must, controls=self._controls)
        self._serving = 0
        self.turned_away = 0
        """The number of connections that were refused because there were too many."""
        real = Upstream(route=route, cadata=cadata, own_machine=is_loopback(address), timeout_seconds=timeout_seconds)
        self._settings = ProxySettings(
            self._issuer,
            self._seen,
            real if upstream == "relay" else None,
            must,
            pass_through,
            timeout_seconds,
            prompt_seconds,
        )
        super().__init__(address, port)  # last, so that an error above does not leave an open port

    @property
    def authority(self) -> Authority:
        """The rogue authority, whose certificate clients must trust."""
        return self._issuer.authority

    @property
    def destinations_dropped(self) -> int:
        """The number of connections to hosts beyond the recorded maximum."""
        return self._seen.destinations_dropped

    def verdicts(self) -> tuple[HostVerdict, ...]:
        """Judge all hosts by the record so far."""
        return judge_hosts(self._seen.record(), must_pin=self._settings.must_pin.all, controls=self._controls)

    def wait_until_judged(self, timeout_seconds: float | None = None) -> bool:
        """
        Wait until every host that must pin was seen and has a conclusive verdict.

        Returns:
            False if the time was over before.
        """
        with self._judging:
            return self._judging.wait_for(lambda: self._running.is_complete, timeout_seconds)

    def _judge_again(self, destination: Destination) -> None:
        with self._judging:
            for verdict in self._running.note(destination):
                self._on_verdict(verdict)
            self._judging.notify_all()

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        with self._changed:
            self._serving += 1
            crowded = self._serving > _MAX_LINKS
            self.turned_away += crowded
        # A client that breaks off is not an error of the proxy. The connection records what that means.
        try:
            with suppress(OSError):
                if crowded:
                    self._reply(accepted, response("503 Service Unavailable", "too many connections at a time"))
                else:
                    self._hear(link, accepted)
        finally:
            with self._changed:
                self._serving -= 1

    def _hear(self, link: Link, accepted: socket.socket) -> None:
        deadline = Deadline(self._settings.timeout_seconds)
        accepted.settimeout(deadline.seconds_left)
        if accepted.recv(1, socket.MSG_PEEK) == bytes([HANDSHAKE]):
            self._hear_without_request(link, accepted, deadline)
            return
        head, rest = read_head(accepted, deadline)
        if not head:
            return
        try:
            request = parse(head)
        except RequestError as error:
            self._reply(accepted, response("400 Bad Request", str(error)))
            return
        self._answer(link, accepted, request, head, rest)

    def _hear_without_request(self, link: Link, accepted: socket.socket, deadline: Deadline) -> None:
        """Judge a client that was led here by the name of the host, because it avoids proxies for it."""
        with suppress(HelloError, HostError):  # the host is not known, so nothing can be recorded
            hello, received = read_hello(accepted, b"", deadline)
            destination = Destination(canonical_host(hello.server_name or ""), _HTTPS)
            # Nothing is relayed, because the resolver of this machine may lead here, too.
            settings = replace(self._settings, upstream=None, pass_through=False)
            Interception(settings, link, accepted, destination).run(received)

    def _answer(self, link: Link, accepted: socket.socket, request: Request, head: bytes, rest: bytes) -> None:
        destination = request.destination
        if destination is None or destination.host == MAGIC_HOST:
            page = request.method in {"GET", "HEAD"}
            status = "502 Bad Gateway" if request.method == "CONNECT" else "405 Method Not Allowed"
            self._reply(
                accepted,
                answer(self.authority, request.path, with_body=request.method == "GET")
                if page
                else response(status, f"this host is a page of the proxy: open http://{MAGIC_HOST}/ without TLS"),
            )
        elif request.method == "CONNECT":
            accepted.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            Interception(self._settings, link, accepted, destination).run(rest)
        else:
            self._pass_on(link, accepted, request, destination, head + b"\r\n\r\n" + rest, rest)

    def _pass_on(  # noqa: PLR0917 - one request, whole and in parts
        self, link: Link, accepted: socket.socket, request: Request, destination: Destination, whole: bytes, rest: bytes
    ) -> None:
        attempt = self._seen.begin(destination, Client(link.peer[0]))
        attempt.came_in_the_clear(whole)
        relay = self._settings.relay_to(destination)
        if relay is None:
            self._reply(accepted, response("502 Bad Gateway", BLOCKED))
            return
        try:
            upstream = relay.connect(link, destination)
            upstream.sendall(request.as_origin_reads() + rest)
        except OSError as error:
            attempt.upstream_failed(problem_of(error))
            self._reply(accepted, response("502 Bad Gateway", f"{destination}: {problem_of(error)}"))
            return
        tunnel(accepted, upstream, heard=attempt.heard)

    def _reply(self, accepted: socket.socket, octets: bytes) -> None:
        deadline = Deadline(self._settings.timeout_seconds)
        accepted.settimeout(deadline.seconds_left)
        accepted.sendall(octets)
        end_sending(accepted)
        while accepted.recv(CHUNK):
            accepted.settimeout(deadline.seconds_left)
