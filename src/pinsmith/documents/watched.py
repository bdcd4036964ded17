"""What the service knows of the hosts that it watches, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.documents.disagreement import DisagreementOut  # noqa: TC001 - msgspec reads the types at run time
from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut
from pinsmith.documents.moment import moment_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pinsmith.monitor.observation import Observation
    from pinsmith.monitor.outcome import Memory, Service


class SightOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    What one address presented to one kind of client when the host last answered.

    ``pins`` and ``certificates`` are those that were compared, leaf first; ``certificates`` are SHA-256 in hexadecimal.
    ``matched_key`` is null if no pin matched, and ``reason`` is null if one did.
    """

    address: str
    verdict: str
    reason: str | None
    matched_key: str | None
    issuer: str | None
    pins: list[str | None]
    certificates: list[str]


class WatchedOut(msgspec.Struct, frozen=True, kw_only=True):
    """
    One host of a pin file.

    ``state`` is ``ok``, ``warning``, ``unreachable``, ``lockout-imminent``, ``lockout`` or ``interception``. ``since``
    is when it began, ``asked`` when the host was last asked, and ``next_round`` when it will be asked again. ``seen``
    is a state that later rounds have seen, and that is not certain yet; otherwise it is null. ``findings`` are the
    reasons that the last round has found, the worst first.
    """

    file: str
    host: str
    port: int
    vantage: str
    state: str
    since: str
    seen: str | None
    asked: str
    next_round: str
    findings: list[FindingOut]
    sights: list[SightOut]


class WatchedDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith serve --once --format json`` and ``GET /api/v1/hosts``.

    ``ok`` is false if a host is in a state that is not ``ok``, or if there is a problem. ``problems`` lists in words
    what did not work: pin files that cannot be read, channels that cannot be reached, and places that are silent.
    ``disagreements`` lists the hosts of which some places see an unknown key, and others do not.
    """

    ok: bool
    hosts: list[WatchedOut]
    disagreements: list[DisagreementOut]
    problems: list[str]


def watched_out(
    service: Service, vantage: str, memory: Memory, findings: Sequence[FindingOut], asked: datetime
) -> WatchedOut:
    """Describe one host."""
    watch = memory.watch
    return WatchedOut(
        file=service.file,
        host=service.host,
        port=service.port,
        vantage=vantage,
        state=watch.state,
        since=moment_text(watch.since),
        seen=watch.next_state,
        asked=moment_text(asked),
        next_round=moment_text(memory.next_round),
        findings=list(findings),
        sights=sights_out(memory.answer) if memory.answer else [],
    )


def sights_out(observation: Observation) -> list[SightOut]:
    """Describe what a host presented."""
    return [
        SightOut(
            address=sight.address,
            verdict=sight.verdict,
            reason=sight.reason or None,
            matched_key=sight.matched_key or None,
            issuer=sight.issuer or None,
            pins=[pin or None for pin in sight.pins],
            certificates=list(sight.certificates),
        )
        for sight in observation.sights
    ]


def watched_document(
    hosts: Iterable[WatchedOut], problems: Sequence[str] = (), disagreements: Sequence[DisagreementOut] = ()
) -> WatchedDocument:
    """Put *hosts*, *problems* and *disagreements* into one document."""
    listed = list(hosts)
    return WatchedDocument(
        ok=not problems and not disagreements and all(host.state == "ok" for host in listed),
        hosts=listed,
        disagreements=list(disagreements),
        problems=list(problems),
    )
