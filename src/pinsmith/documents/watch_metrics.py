"""
The metrics of the service for Prometheus.

Times are times, never "seconds left", so that a rule can compare them with any span. A fingerprint is never a label.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from pinsmith.checks.ending import left
from pinsmith.documents.prometheus import Metric, exposition
from pinsmith.errors import CertificateError
from pinsmith.monitor.status import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from pinsmith.documents.disagreement import DisagreementOut
    from pinsmith.documents.prometheus import Labels
    from pinsmith.monitor.outcome import Memory, Service
    from pinsmith.policy import HostPins


@dataclass(frozen=True, slots=True)
class Watched:
    """
    What is known of one host.

    Attributes:
        service: The host.
        vantage: From where it is asked.
        memory: Its state and its last answer.
        asked: When it was asked last, aware.
        entry: The entry that is in force; None if the pin file has none for it any more.
    """

    service: Service
    vantage: str
    memory: Memory
    asked: datetime
    entry: HostPins | None

    @property
    def labels(self) -> Labels:
        """What all samples of the host have."""
        return (
            ("file", self.service.file),
            ("host", self.service.host),
            ("port", str(self.service.port)),
            ("vantage", self.vantage),
        )


@dataclass(frozen=True, slots=True)
class Reported:
    """
    The reports of apps.

    Attributes:
        totals: How many there are, by host, class, and whether clients refused the connection; None if not known.
        dropped: How many were not kept, by reason.
    """

    totals: Mapping[tuple[str, str, bool | None], int]
    dropped: Mapping[str, int]


def watch_metrics(
    hosts: Sequence[Watched],
    ders: Mapping[str, bytes],
    *,
    now: datetime,
    problems: int,
    undelivered: int,
    disagreements: Sequence[DisagreementOut],
    reports: Reported,
) -> str:
    """
    Write what the service knows as metrics.

    Args:
        hosts: Every host that is watched.

        ders: The DER of certificates by SHA-256 in hexadecimal.

        now: Aware.

        problems: How many things did not work in the last round.

        undelivered: How many alerts wait for their channel.

        disagreements: The hosts of which only some places see an unknown key.

        reports: What apps have reported.
    """
    parts = (
        _of_service(problems, undelivered),
        _of_states(hosts),
        _of_places(hosts, disagreements),
        _of_pins(hosts, now),
        _of_dates(hosts, ders),
        _of_reports(reports),
    )
    return exposition([metric for part in parts for metric in part])


def _of_service(problems: int, undelivered: int) -> Iterator[Metric]:
    text = "How many pin files, channels or hosts the last round could not use."
    yield Metric("pinsmith_problems", text, {(): problems})
    yield Metric("pinsmith_alerts_undelivered", "How many alerts have not reached a channel yet.", {(): undelivered})


def _of_states(hosts: Sequence[Watched]) -> Iterator[Metric]:
    yield Metric(
        "pinsmith_asked_timestamp_seconds",
        "When the host was asked last. If it does not change, the service does not run.",
        {host.labels: host.asked.timestamp() for host in hosts},
    )
    yield Metric("pinsmith_probe_success", "1 if the host answered when it was last asked.", dict(_answers(hosts)))
    yield Metric("pinsmith_state", "1 for the state of the host, and 0 for the others.", dict(_states(hosts)))
    yield Metric(
        "pinsmith_state_since_timestamp_seconds",
        "When the state of the host began.",
        {host.labels: host.memory.watch.since.timestamp() for host in hosts},
    )


def _of_places(hosts: Sequence[Watched], disagreements: Sequence[DisagreementOut]) -> Iterator[Metric]:
    differing = {(one.file, one.host, one.port) for one in disagreements}
    services = {host.service: (host.service.file, host.service.host, host.service.port) for host in hosts}
    yield Metric(
        "pinsmith_vantages_disagree",
        "1 if only some places see an unknown key at the host.",
        {
            (("file", file), ("host", name), ("port", str(port))): float((file, name, port) in differing)
            for file, name, port in services.values()
        },
    )


def _of_pins(hosts: Sequence[Watched], now: datetime) -> Iterator[Metric]:
    yield Metric(
        "pinsmith_chain_match",
        "1 if every address that answered last presented a pinned key; 0 if one did not.",
        {host.labels: _matches(host) for host in hosts if host.memory.answer},
    )
    yield Metric(
        "pinsmith_unserved_pins",
        "How many pinned keys the host does not present; without one there is no backup.",
        {host.labels: _unserved(host, host.entry) for host in hosts if host.entry and host.memory.answer},
    )
    yield Metric(
        "pinsmith_pin_expiry_timestamp_seconds",
        "When the pins of the host end.",
        {
            host.labels: (now + left(host.entry.expires, now)).timestamp()
            for host in hosts
            if host.entry and host.entry.expires
        },
    )
    yield Metric(
        "pinsmith_observed_keys",
        "How many different leaf keys the addresses of the host present.",
        {host.labels: len(host.memory.answer.leaves) for host in hosts if host.memory.answer},
    )


def _of_dates(hosts: Sequence[Watched], ders: Mapping[str, bytes]) -> Iterator[Metric]:
    starts, ends = _dates(hosts, ders)
    text = "When a certificate of the host begins; depth 0 is the leaf."
    yield Metric("pinsmith_cert_not_before_timestamp_seconds", text, starts)
    text = "When a certificate of the host ends; depth 0 is the leaf, and of several the first to end counts."
    yield Metric("pinsmith_cert_not_after_timestamp_seconds", text, ends)


def _of_reports(reports: Reported) -> Iterator[Metric]:
    counted: dict[Labels, float] = {}
    for (host, name, enforced), count in reports.totals.items():
        labels = (("host", host), ("class", name), ("enforced", _ENFORCED[enforced]))
        counted[labels] = counted.get(labels, 0) + count
    yield Metric("pinsmith_reports_total", "How many reports apps have sent.", counted, is_counter=True)
    dropped: dict[Labels, float] = {(("reason", reason),): count for reason, count in reports.dropped.items()}
    yield Metric("pinsmith_reports_dropped_total", "How many reports were not kept.", dropped, is_counter=True)


_ENFORCED: Final = {True: "true", False: "false", None: "unknown"}


def _answers(hosts: Sequence[Watched]) -> Iterator[tuple[Labels, float]]:
    for host in hosts:
        watch = host.memory.watch
        yield host.labels, float("unreachable" not in {watch.state, watch.next_state})


def _states(hosts: Sequence[Watched]) -> Iterator[tuple[Labels, float]]:
    for host in hosts:
        for state in MEANINGS:
            yield (*host.labels, ("state", state)), float(host.memory.watch.state == state)


def _matches(host: Watched) -> float:
    answered = host.memory.answer.answered if host.memory.answer else ()
    return float(all(sight.verdict == "matched" for sight in answered))


def _unserved(host: Watched, entry: HostPins) -> int:
    served = host.memory.answer.pins if host.memory.answer else frozenset[str]()
    return sum(str(key.pin) not in served for key in entry.keys)


def _dates(hosts: Sequence[Watched], ders: Mapping[str, bytes]) -> tuple[dict[Labels, float], dict[Labels, float]]:
    starts: dict[Labels, float] = {}
    ends: dict[Labels, float] = {}
    read = {sha256: dates for sha256, der in ders.items() if (dates := _dates_of(der)) is not None}
    for host in hosts:
        for sight in host.memory.answer.sights if host.memory.answer else ():
            for depth, sha256 in enumerate(sight.certificates):
                if sha256 in read:
                    labels = (*host.labels, ("depth", str(depth)))
                    start, end = read[sha256]
                    starts[labels] = max(starts.get(labels, start), start)
                    ends[labels] = min(ends.get(labels, end), end)
    return starts, ends


def _dates_of(der: bytes) -> tuple[float, float] | None:
    try:
        certificate = Certificate(der)
        return certificate.not_before.timestamp(), certificate.not_after.timestamp()
    except CertificateError:
        return None
