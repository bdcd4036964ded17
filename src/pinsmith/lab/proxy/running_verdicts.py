"""
Keep the verdicts up to date while the proxy runs, one change at a time.

A change judges the host where it happened. It judges other hosts only if it shows for the first time that a client
trusts the rogue authority, and then only those where this client has refused. So the work for a connection does not
depend on the number of hosts. `pinsmith.lab.proxy.judgement.judge_hosts` judges all hosts at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.lab.proxy.judgement import CONCLUSIVE, Trust, WantedHosts, judge_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinsmith.lab.proxy.judgement import ClientKey, HostVerdict, Wanted
    from pinsmith.lab.proxy.seen import Client, Destination, Evidence


class RunningVerdicts:
    """Finds new and changed verdicts. Not thread-safe."""

    def __init__(
        self,
        clients_at: Callable[[Destination], Mapping[Client, Evidence]],
        *,
        must_pin: WantedHosts,
        controls: Iterable[Wanted] = (),
    ) -> None:
        """
        Begin without hosts.

        Args:
            clients_at: Returns the behaviour of the clients at a destination so far.

            must_pin: As in `judge_hosts`.

            controls: As in `judge_hosts`.
        """
        self._clients_at = clients_at
        self._must_pin = must_pin
        self._trust = Trust(controls)
        self._last: dict[Destination, tuple[str, str]] = {}
        self._without_control: dict[ClientKey, set[Destination]] = {}
        self._unseen = set(must_pin.all)
        self._inconclusive: set[Destination] = set()

    @property
    def is_complete(self) -> bool:
        """Whether every host that must pin was seen and has a conclusive verdict."""
        return not self._unseen and not self._inconclusive

    def note(self, destination: Destination) -> list[HostVerdict]:
        """
        Handle a change at *destination*.

        Returns:
            The verdicts that are new or have another reason than before. A host has none while all its connections are
            undecided.
        """
        clients = self._clients_at(destination)
        self._unseen.difference_update(self._must_pin.naming(destination))
        affected = {destination: clients}
        for key in self._trust.learn(destination, clients):
            for other in self._without_control.pop(key, ()):
                affected[other] = self._clients_at(other)
        for client, evidence in clients.items():
            if evidence.refused and self._trust.shown_by(client) is None:
                self._without_control.setdefault(self._trust.key_of(client), set()).add(destination)
        judged = [self._judge(host, affected[host]) for host in sorted(affected)]
        return [verdict for verdict in judged if verdict is not None]

    def _judge(self, destination: Destination, clients: Mapping[Client, Evidence]) -> HostVerdict | None:
        """Judge one host. Return the verdict if it is new or has changed."""
        verdict = judge_host(destination, clients, self._trust, self._must_pin)
        if verdict.must_pin and verdict.verdict not in CONCLUSIVE:
            self._inconclusive.add(destination)
        else:
            self._inconclusive.discard(destination)
        reason = (verdict.verdict, verdict.reason)
        if not any(evidence.is_decided for evidence in clients.values()) or self._last.get(destination) == reason:
            return None
        self._last[destination] = reason
        return verdict
