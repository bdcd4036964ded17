"""The proxy: accepts, tells requests apart, and knows the verdicts."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.lab.address import is_loopback
from pinsmith.lab.proxy.certificate_page import MAGIC_HOST, answer, response
from pinsmith.lab.proxy.interception import BLOCKED, Interception, ProxySettings
from pinsmith.lab.proxy.judgement import HostVerdict, Wanted, WantedHosts, judge_hosts
from pinsmith.lab.proxy.request import Request, RequestError, parse
from pinsmith.lab.proxy.rogue_issuer import RogueIssuer
from pinsmith.lab.proxy.running_verdicts import RunningVerdicts
from pinsmith.lab.proxy.seen import Client, Seen
from pinsmith.lab.proxy.tunnel import CHUNK, Deadline, read_head, tunnel
from pinsmith.lab.proxy.upstream import Upstream, problem_of
from pinsmith.lab.servers.connection import end_sending
from pinsmith.lab.servers.listener import Link, Listener

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.proxy.seen import Destination

    Endpoint = tuple[str, int]

_MAX_LINKS: Final = 400  # connections at once; each has two sockets, and a process often 1024 descriptors


class InterceptingProxy(Listener):
    """
    Intercept what comes through an HTTP proxy, and tell for each host whether the client pinned.

    Nothing of what clients send is kept but counts and the first request line without its query. No certificate is
    installed anywhere, and the authority's key ends with the process.
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
                ``relay`` passes on what is intercepted, after the real host's certificate was verified; ``block``
                answers 502. Hosts that must pin are never relayed.

            must_pin: Hosts to be judged even if nobody asks for them.

            controls: Hosts known not to pin; see `pinsmith.lab.proxy.judgement.judge_hosts`.

            pass_through: Pass a client on unopened where it has refused before, so that a program goes on working.

            route: Where real hosts are, by ``host:port``, instead of asking the resolver.

            cadata: PEM certificates that vouch for real hosts, instead of the system's.

            authority: The rogue authority; by default a fresh one.

            on_verdict: Called with each verdict that is new or has changed, one at a time, from any thread.

            timeout_seconds: For each step a client or a real host may take its time with.

            prompt_seconds: A client that leaves so soon after the handshake has refused; later, it was just idle.

            address: An IP address of this machine; others than the loopback let other machines in.

            port: 0 for one of the kernel's choice.

        Raises:
            ValueError: a host must pin and is a control too, or *pass_through* without relay.
            ssl.SSLError: *cadata* holds no certificate.
        """
        if both := {wanted.host for wanted in must_pin} & {wanted.host for wanted in controls}:
            raise ValueError(f"{min(both)} must pin, so it is no control")
        if pass_through and upstream == "block":
            raise ValueError("nothing is passed through where all is blocked")
        self._issuer = RogueIssuer(authority)
        self._seen = Seen(self._judge_again)
        self._controls = tuple(controls)
        self._on_verdict = on_verdict or (lambda _: None)
        self._judging = threading.Condition(threading.RLock())
        must = WantedHosts(must_pin)
        self._running = RunningVerdicts(self._seen.clients_at, must_pin=must, controls=self._controls)
        self._serving = 0
        self.turned_away = 0
        """How many connections were too many at once."""
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
        super().__init__(address, port)  # last: whatever breaks above leaves no open port behind

    @property
    def authority(self) -> Authority:
        """The rogue authority; its certificate is what clients must trust."""
        return self._issuer.authority

    @property
    def destinations_dropped(self) -> int:
        """How many connections went to hosts beyond the number that is recorded."""
        return self._seen.destinations_dropped

    def verdicts(self) -> tuple[HostVerdict, ...]:
        """Judge what was seen so far, all hosts at once."""
        return judge_hosts(self._seen.record(), must_pin=self._settings.must_pin.all, controls=self._controls)

    def wait_until_judged(self, timeout_seconds: float | None = None) -> bool:
        """
        Wait until each host that must pin was seen and has a conclusive verdict.

        Returns:
            False if the time was over first.
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
        # A client that breaks off is no fault of the proxy; what it means is recorded where it happens.
        try:
            with suppress(OSError):
                if crowded:
                    self._reply(accepted, response("503 Service Unavailable", "too many connections at once"))
                else:
                    self._hear(link, accepted)
        finally:
            with self._changed:
                self._serving -= 1

    def _hear(self, link: Link, accepted: socket.socket) -> None:
        head, rest = read_head(accepted, Deadline(self._settings.timeout_seconds))
        if not head:
            return
        try:
            request = parse(head)
        except RequestError as error:
            self._reply(accepted, response("400 Bad Request", str(error)))
            return
        self._answer(link, accepted, request, head, rest)

    def _answer(self, link: Link, accepted: socket.socket, request: Request, head: bytes, rest: bytes) -> None:
        destination = request.destination
        if destination is None or destination.host == MAGIC_HOST:
            page = request.method in {"GET", "HEAD"}
            status = "502 Bad Gateway" if request.method == "CONNECT" else "405 Method Not Allowed"
            self._reply(
                accepted,
                answer(self.authority, request.path, with_body=request.method == "GET")
                if page
                else response(status, f"http://{MAGIC_HOST}/ is a page to be read, without TLS"),
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
