"""An alert as JSON: what a webhook receives, and what the service stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.documents.moment import moment_text

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.monitor.watch import Alert


class AlertOut(Versioned, frozen=True, kw_only=True):
    """
    One alert.

    ``kind`` is ``raised``, ``reminder``, ``recovered``, ``flapping`` or ``changed``, or ``test`` if somebody tries the
    channel. ``before`` is null in the first
    round of a host. ``since`` is when the state began. ``findings`` lists the reasons, the worst first. ``vantage`` is
    the name of the place from which the host was asked.

    ``topic`` is ``state`` for the state of a host from one place. It is ``vantages`` if several places see different
    keys; ``vantage`` then lists the places that see the unknown key, and when they agree again, all places.
    """

    kind: str
    host: str
    port: int
    before: str | None
    state: str
    since: str
    at: str
    vantage: str
    topic: str = "state"
    title: str
    findings: list[FindingOut]


def alert_out(alert: Alert, vantage: str, *, topic: Literal["state", "vantages"] = "state") -> AlertOut:
    """Describe *alert*; *topic* and *vantage* are as in `AlertOut`."""
    return AlertOut(
        kind=alert.kind,
        host=alert.host,
        port=alert.port,
        before=alert.before,
        state=alert.state,
        since=moment_text(alert.since),
        at=moment_text(alert.at),
        vantage=vantage,
        topic=topic,
        title=_title(alert) if topic == "state" else _title_of_places(alert, vantage),
        findings=[finding_out(finding) for finding in alert.findings],
    )


def trial(vantage: str, now: datetime) -> AlertOut:
    """Describe a message that says nothing but that a channel works."""
    at = moment_text(now)
    return AlertOut(
        kind="test",
        host="test.invalid",
        port=443,
        before=None,
        state="ok",
        since=at,
        at=at,
        vantage=vantage,
        title="a test of this channel: nothing is wrong",
        findings=[],
    )


def alert_text(alert: AlertOut) -> str:
    """Write *alert* for people, in lines: what is wrong with which host, since when, why, and what to do."""
    lines = [alert.title, "", f"since {alert.since}, seen from {alert.vantage}"]
    for finding in alert.findings:
        lines += ["", f"{finding.severity}: {finding.message} ({finding.rule})"]
        if finding.fix:
            lines.append(f"what to do: {finding.fix}")
    return "\n".join(lines) + "\n"


def _title(alert: Alert) -> str:
    where = f"{alert.host}:{alert.port}"
    words = {
        "raised": _STATES[alert.state],
        "reminder": f"still: {_STATES[alert.state]}",
        "recovered": "clients are accepted again, and nothing is about to go wrong",
        "flapping": f"its state changes again and again; now {_STATES[alert.state]}",
        "changed": alert.findings[0].message if alert.findings else "it has changed",
    }
    return f"{where}: {words[alert.kind]}"


def _title_of_places(alert: Alert, vantage: str) -> str:
    where, differs = f"{alert.host}:{alert.port}", f"an unknown key is seen from {vantage} only"
    words = {
        "raised": differs,
        "reminder": f"still: {differs}" if alert.state != "ok" else "all places agree",
        "recovered": f"the places agree again ({vantage})",
        "flapping": f"places see different keys again and again; now {differs if alert.findings else 'they agree'}",
        "changed": differs,
    }
    return f"{where}: {words[alert.kind]}"


_STATES = {
    "ok": "clients are accepted",
    "warning": "something will go wrong if nobody acts",
    "unreachable": "no address could be read",
    "lockout-imminent": "clients will be locked out within days if nobody acts",
    "lockout": "clients are locked out",
    "interception": "clients are locked out, and interception is suspected",
}


class AlertsDocument(Versioned, frozen=True, kw_only=True):
    """
    ``GET /api/v1/alerts``: alerts, the newest first.

    ``next`` is the value of ``after`` for the alerts before these; it is null if there are none.
    """

    alerts: list[AlertOut]
    next: str | None
