"""A digest as JSON: what a channel gets once a day or once a week instead of many alerts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.documents.alert import AlertOut, alert_text
from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut
from pinsmith.documents.moment import moment_text
from pinsmith.monitor.status import WORSE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pinsmith.documents.watched import WatchedOut


_MAX_ALERTS: Final = 100


class DigestHostOut(msgspec.Struct, frozen=True, kw_only=True):
    """A host that is not ``ok``, with its reasons: also certificates and pins that end within their lead time."""

    host: str
    port: int
    state: str
    since: str
    findings: list[FindingOut]


class DigestOut(Versioned, frozen=True, kw_only=True):
    """
    What happened since the digest before, and what needs somebody to act.

    ``kind`` is ``digest``. ``state`` is the worst state of the hosts, and ``states`` counts hosts by state. ``since``
    is when the digest before was due. ``alerts`` are the newest alerts since then that are for this channel, the oldest
    first, and ``more_alerts`` says how many are not among them. ``reports`` counts the reports of apps by class, from
    the day of ``since`` on. ``undelivered`` counts alerts that have not reached a channel yet.
    """

    kind: str = "digest"
    title: str
    state: str
    since: str
    at: str
    vantage: str
    states: dict[str, int]
    hosts: list[DigestHostOut]
    alerts: list[AlertOut]
    more_alerts: int
    reports: dict[str, int]
    undelivered: int
    problems: list[str]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.hosts or self.alerts or self.reports or self.undelivered or self.problems)


Message = AlertOut | DigestOut


def digest_out(
    hosts: Collection[WatchedOut],
    alerts: Sequence[AlertOut],
    *,
    since: datetime,
    at: datetime,
    vantage: str,
    reports: Mapping[str, int],
    undelivered: int,
    problems: Sequence[str],
) -> DigestOut:
    """Put everything into one document; hosts come with the worst first."""
    rank: Mapping[str, int] = dict(WORSE.items())
    troubled = sorted((host for host in hosts if host.state != "ok"), key=lambda host: (-rank[host.state], host.host))
    states = Counter(host.state for host in hosts)
    well = f"all {len(hosts)} hosts are ok" if hosts else "no host is watched"
    title = f"{len(troubled)} of {len(hosts)} hosts are not ok" if troubled else well
    return DigestOut(
        title=f"digest of {at:%Y-%m-%d}: {title}",
        state=troubled[0].state if troubled else "ok",
        since=moment_text(since),
        at=moment_text(at),
        vantage=vantage,
        states=dict(sorted(states.items(), key=lambda pair: -rank[pair[0]])),
        hosts=[
            DigestHostOut(host=host.host, port=host.port, state=host.state, since=host.since, findings=host.findings)
            for host in troubled
        ],
        alerts=list(alerts[-_MAX_ALERTS:]),
        more_alerts=max(0, len(alerts) - _MAX_ALERTS),
        reports=dict(reports),
        undelivered=undelivered,
        problems=list(problems),
    )


def message_text(message: Message) -> str:
    """Write an alert or a digest for people, in lines."""
    return alert_text(message) if isinstance(message, AlertOut) else digest_text(message)


def digest_text(digest: DigestOut) -> str:
    """Write *digest* for people: what needs somebody to act first, and what happened after it."""
    lines = [digest.title, "", f"since {digest.since}, seen from {digest.vantage}"]
    lines += [f"hosts: {_counts(digest.states)}"] if digest.states else []
    for host in digest.hosts:
        lines += ["", f"{host.host}:{host.port}: {host.state} since {host.since}"]
        for finding in host.findings:
            lines.append(f"  {finding.severity}: {finding.message} ({finding.rule})")
            lines += [f"  what to do: {finding.fix}"] if finding.fix else []
    if digest.alerts:
        lines += ["", "what happened:", *(f"  {alert.at} {alert.title}" for alert in digest.alerts)]
        lines += [f"  and {digest.more_alerts} alerts before them"] if digest.more_alerts else []
    if digest.reports:
        lines += ["", f"reports of apps, which are hints: {_counts(digest.reports)}"]
    if digest.undelivered:
        lines += ["", f"alerts that have not reached a channel yet: {digest.undelivered}"]
    if digest.problems:
        lines += ["", "what did not work:", *(f"  {problem}" for problem in digest.problems)]
    return "\n".join(lines) + "\n"


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items())
