"""The output of ``pinsmith serve``: a log while it runs, or the states after one round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.cli._output import Tone
    from pinsmith.documents.alert import AlertOut
    from pinsmith.documents.finding import FindingOut
    from pinsmith.documents.watched import WatchedDocument
    from pinsmith.service.rounds import Round

_TURNS: Final = {
    "waits": "another service asks the hosts from this place; this one takes over when that one ends",
    "watches": "this service asks the hosts now, because the other one has ended",
}
_TONES: Final[dict[str, Tone]] = {"ok": "good", "warning": "warn"}


def began(url: str, *, has_channels: bool) -> None:
    """Say where the service is reached, and whether anybody gets its alerts."""
    _output.note(f"serving at {url}; press Ctrl-C to end")
    if not has_channels:
        _output.warning("nobody hears of alerts, because the settings contain no channel")
    _output.flush()


def log(done: Round) -> None:
    """Print what a round has found, as a line of a log."""
    from pinsmith.documents.alert import alert_out

    for outcome in done.outcomes:
        if outcome.alert is not None:
            alert = alert_out(outcome.alert, "")
            _log(alert)
    for alert in done.compared:
        _log(alert)
    if done.turn:
        _output.note(_TURNS[done.turn])
    for problem in done.problems:
        _output.warning(problem)
    _output.flush()


def _log(alert: AlertOut) -> None:
    _output.result(f"{alert.at} {alert.title}", *(f"  {finding.message}" for finding in alert.findings))


def show(document: WatchedDocument, output: Literal["text", "json"]) -> int:
    """Print the states, and return the exit code."""
    from pinsmith.documents.document import encode

    if output == "json":
        _output.document(encode(document))
    else:
        for host in document.hosts:
            _output.result([Mark(host.state, _TONES.get(host.state, "bad")), f"  {host.host}:{host.port}"])
            _show(host.findings)
        for one in document.disagreements:
            _output.result([Mark("places disagree", "bad"), f"  {one.host}:{one.port}"])
            _show(one.findings)
        for problem in document.problems:
            _output.warning(problem)
    states = {host.state for host in document.hosts}
    if states & {"lockout", "interception"} or document.disagreements:
        return ExitCode.MISMATCH
    return ExitCode.BROKE if "unreachable" in states or document.problems else ExitCode.OK


def _show(findings: Sequence[FindingOut]) -> None:
    for finding in findings:
        _output.result(f"  {finding.message}", *([f"  fix: {finding.fix}"] if finding.fix else []))
