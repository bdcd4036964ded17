"""
Turn the behaviour of clients into a verdict for every host. No socket, no clock.

A refusal alone proves nothing about pins: a client that does not trust the rogue authority refuses everything. It
counts only with a *control*: another host at which the same client accepted a certificate of the same authority.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.host import ancestors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinsmith.lab.proxy.seen import Client, Destination, Evidence, Record

    ClientKey = tuple[str, str | None]

PinningVerdict = Literal["pinned", "not-pinned", "clear", "inconclusive", "not-seen"]
CONCLUSIVE: Final[frozenset[PinningVerdict]] = frozenset({"pinned", "not-pinned", "clear"})

# The alerts of clients whose own check fails, RFC 8446 section 6.2. Some leave without an alert.
LEAVING: Final = frozenset({"closed", "reset"})
PIN_ALERTS: Final = frozenset({"bad_certificate", "certificate_unknown", "access_denied"})
CA_ALERT: Final = "unknown_ca"
# Alerts about the certificate that are not caused by pins: a clock, an algorithm, a revocation.
OTHER_ALERTS: Final = frozenset(
    {"certificate_expired", "unsupported_certificate", "certificate_revoked", "bad_certificate_status_response"}
)
CERTIFICATE_ALERTS: Final = PIN_ALERTS | OTHER_ALERTS | {CA_ALERT}


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A host that the user named.

    Attributes:
        host: Canonical.
        port: None for all ports.
        subdomains: Whether subdomains are included.
        but: Subdomains that are excluded, with their own subdomains.
    """

    host: str
    port: int | None = None
    subdomains: bool = False
    but: frozenset[str] = frozenset()

    def covers(self, destination: Destination) -> bool:
        """Say whether *destination* is included."""
        if self.port not in {None, destination.port}:
            return False
        return self.host == destination.host or (
            self.subdomains
            and self.host in ancestors(destination.host)
            and self.but.isdisjoint((destination.host, *ancestors(destination.host)))
        )

    def names(self, destination: Destination) -> bool:
        """Say whether *destination* is the host itself, and not a subdomain."""
        return self.host == destination.host and self.covers(destination)

    def __str__(self) -> str:
        """``host`` or ``host:port``, with IPv6 addresses in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.host if self.port is None else f"{host}:{self.port}"


class WantedHosts:
    """Hosts that the user named, in order. The time of a search does not depend on their number."""

    def __init__(self, wanted: Iterable[Wanted] = ()) -> None:
        """Take all of them. None can be added later."""
        self.all = tuple(wanted)
        self._by_host: dict[str, list[tuple[int, Wanted]]] = {}
        for position, host in enumerate(self.all):
            self._by_host.setdefault(host.host, []).append((position, host))

    def cover(self, destination: Destination) -> bool:
        """Say whether one of them includes *destination*."""
        hosts = (destination.host, *ancestors(destination.host))
        return any(wanted.covers(destination) for host in hosts for _, wanted in self._by_host.get(host, ()))

    def naming(self, destination: Destination) -> Iterator[Wanted]:
        """Yield those that name *destination* itself, and not only a parent."""
        return (wanted for _, wanted in self._by_host.get(destination.host, ()) if wanted.names(destination))

    def position(self, host: str, port: int | None) -> int | None:
        """Return the position of the first one that names *host* and *port*; None if there is none."""
        found = self._by_host.get(host, ())
        return next((position for position, wanted in found if wanted.port in {None, port}), None)


@dataclass(frozen=True, slots=True)
class HostVerdict:
    """
    The verdict about one host at one port.

    Attributes:
        host: Canonical.
        port: None only for a host that was named without a port and not seen.
        verdict: The verdict.
        reason: The reason; kebab-case and stable.
        message: A sentence whose subject is the host, without the host.
        must_pin: Whether the user named it as one that must pin.
        clients: The evidence.
    """

    host: str
    port: int | None
    verdict: PinningVerdict
    reason: str
    message: str
    must_pin: bool
    clients: Mapping[Client, Evidence]

    @property
    def place(self) -> str:
        """``host`` or ``host:port``, with IPv6 addresses in brackets."""
        return str(Wanted(self.host, self.port))

    @property
    def is_unprotected(self) -> bool:
        """Whether a client sent something that the proxy could read."""
        return self.verdict in {"not-pinned", "clear"}

    def __str__(self) -> str:
        return f"{self.place} {self.verdict}: {self.message}"


def judge_hosts(
    record: Record, *, must_pin: Iterable[Wanted] = (), controls: Iterable[Wanted] = ()
) -> tuple[HostVerdict, ...]:
    """
    Return the verdicts of all hosts.

    Args:
        record: The behaviour of the clients.

        must_pin: Hosts that get a verdict even without a request.

        controls:
            Hosts without pins that the program under test itself requests. Without any, every intercepted host is a
            control for clients with the same address and the same TLS fingerprint.

    Returns:
        First the hosts that must pin, in their order; then the others by name.
    """
    must, controls = WantedHosts(must_pin), tuple(controls)
    trust = Trust(controls)
    for destination, clients in record.items():
        trust.learn(destination, clients)
    found = [judge_host(destination, clients, trust, must) for destination, clients in sorted(record.items())]
    seen = {wanted for destination in record for wanted in must.naming(destination)}
    named = WantedHosts(controls)
    reason, message = _absence(record, next(filter(named.cover, sorted(record)), None))
    unseen = [
        HostVerdict(wanted.host, wanted.port, "not-seen", reason, message, must_pin=True, clients={})
        for wanted in must.all
        if wanted not in seen
    ]

    def rank(verdict: HostVerdict) -> int:
        position = must.position(verdict.host, verdict.port)
        if position is None:
            return len(must.all) if verdict.must_pin else len(must.all) + 1
        return position

    return tuple(sorted([*found, *unseen], key=rank))


def all_pinned(verdicts: Iterable[HostVerdict]) -> bool | None:
    """
    Say whether every host that must pin does so, at every port that was seen.

    Returns:
        None if no host must pin.
    """
    asked = [verdict.verdict for verdict in verdicts if verdict.must_pin]
    return all(verdict == "pinned" for verdict in asked) if asked else None


class Trust:
    """The clients that are proven to trust the rogue authority, and the hosts that prove it."""

    def __init__(self, controls: Iterable[Wanted] = ()) -> None:
        """Begin without clients. *controls* are those of `judge_hosts`."""
        self._controls = WantedHosts(controls)
        self._by_client: dict[ClientKey, Destination] = {}

    @property
    def is_named(self) -> bool:
        """Whether the user named the controls."""
        return bool(self._controls.all)

    def key_of(self, client: Client) -> ClientKey:
        """Return the key by which a client is recognised at several hosts."""
        # A user who names a control states that the program under test asks for it, so the address is enough.
        return client.address, None if self.is_named else client.fingerprint

    def learn(self, destination: Destination, clients: Mapping[Client, Evidence]) -> set[ClientKey]:
        """Learn from *clients* at *destination*. Return the keys of those that prove their trust there."""
        if self.is_named and not self._controls.cover(destination):
            return set()
        trusting = {self.key_of(client) for client, evidence in clients.items() if evidence.intercepted}
        for key in trusting:
            self._by_client[key] = min(destination, self._by_client.get(key, destination))
        return trusting

    def shown_by(self, client: Client) -> Destination | None:
        """Return the first host, by name, at which *client* accepted a certificate of the rogue authority."""
        return self._by_client.get(self.key_of(client))


def judge_host(
    destination: Destination, clients: Mapping[Client, Evidence], trust: Trust, must_pin: WantedHosts
) -> HostVerdict:
    """
    Judge one host that was seen.

    Args:
        destination: The host.

        clients: The behaviour of the clients there.

        trust: The proofs of trust at other hosts.

        must_pin: As in `judge_hosts`.
    """
    verdict, reason, message = _conclude(clients, trust)
    required = must_pin.cover(destination)
    return HostVerdict(destination.host, destination.port, verdict, reason, message, required, clients)


def _absence(record: Record, control: Destination | None) -> tuple[str, str]:
    """
    Say what it means that no connection came to a host.

    The proxy cannot see why. An app that avoids proxies for pinned hosts, or refuses to connect through one, looks the
    same as an app that was not asked to connect. Only a control that the user named shows that the app uses the proxy.
    """
    if not record:
        return "nothing-seen", "no connection came through the proxy, neither to it nor to any other host"
    if control is None:
        return "not-seen", "no connection to it came through the proxy"
    message = f"no connection to it came through the proxy, although the app used the proxy for {control}"
    return "only-control-seen", f"{message}: the app did not contact it, or avoids or refuses the proxy there"


def _conclude(clients: Mapping[Client, Evidence], trust: Trust) -> tuple[PinningVerdict, str, str]:
    evidences = clients.values()
    if intercepted := [evidence for evidence in evidences if evidence.intercepted]:
        request = next((f": {evidence.request}" for evidence in intercepted if evidence.request), "")
        count = sum(evidence.bytes_received for evidence in intercepted)
        refusals = sum(evidence.refused.total() for evidence in evidences)
        also = f"; other attempts were refused ({refusals})" if refusals else ""
        message = f"accepted the rogue certificate and sent {count} bytes{request}{also}"
        return "not-pinned", "intercepted", message
    if clear := [evidence for evidence in evidences if evidence.clear]:
        request = next((f": {evidence.request}" for evidence in clear if evidence.request), "")
        return "clear", "no-tls", f"got a request without TLS{request}"
    refusing = {client: evidence for client, evidence in clients.items() if evidence.refused}
    if refusing:
        doubts = [_doubt(client, evidence, trust) for client, evidence in refusing.items()]
        doubt = next(filter(None, doubts), None)
        if doubt is not None:
            return "inconclusive", *doubt
        control = trust.shown_by(next(iter(refusing)))
        return (
            "pinned",
            "refused",
            f"refused the rogue certificate ({_how(refusing.values())}), but not that of {control}",
        )
    if failures := [why for evidence in evidences for why in evidence.failed]:
        return (
            "inconclusive",
            "handshake-failed",
            f"the handshake failed, not because of the certificate: {failures[0]}",
        )
    return "inconclusive", "silent", "the client accepted the handshake and has not sent anything"


def _doubt(client: Client, evidence: Evidence, trust: Trust) -> tuple[str, str] | None:
    """Return the reason why the refusals of one client prove nothing; None if they prove pinning."""
    how = _how([evidence])
    if other := sorted(set(evidence.refused) & OTHER_ALERTS):
        return "other-fault", f"refused the rogue certificate for another reason than pins: {other[0]}"
    control = trust.shown_by(client)
    if CA_ALERT in evidence.refused and not (control is not None and trust.is_named):
        return (
            "ca-not-trusted",
            f"refused because the client does not trust the rogue authority ({how}), which does not prove pinning",
        )
    if control is None:
        where = "the control" if trust.is_named else "any other host"
        return (
            "no-control",
            f"refused ({how}), but the client did not show at {where} that it trusts the rogue authority",
        )
    if evidence.silent and set(evidence.refused) <= LEAVING:
        # A client without pins also does that if it waits for the first bytes of the server, or connects in advance.
        return (
            "silent",
            f"left without an alert ({how}), but stayed connected after other handshakes, so pinning is not proven",
        )
    return None


def _how(evidences: Iterable[Evidence]) -> str:
    counts: dict[str, int] = {}
    for evidence in evidences:
        for how, count in evidence.refused.items():
            counts[how] = counts.get(how, 0) + count
    return ", ".join(how if count == 1 else f"{how}, {count} times" for how, count in sorted(counts.items()))
