"""The output of ``pinsmith lab proxy``: a line for each event, the verdicts at the end, and JSON as evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.cli._lab_proxy_session import Session
    from pinsmith.cli._output import Line, Tone
    from pinsmith.cli._report_file import ReportFile
    from pinsmith.lab.proxy.judgement import HostVerdict

_WORDS: Final[dict[str, tuple[str, Tone]]] = {
    "pinned": ("pinned", "good"),
    "not-pinned": ("NOT PINNED", "bad"),
    "clear": ("CLEAR", "bad"),
    "inconclusive": ("inconclusive", "warn"),
    "not-seen": ("not seen", "warn"),
}
_WIDTH: Final = max(len(word) for word, _ in _WORDS.values())
_HINTS: Final = {
    "nothing-seen": "set the proxy on the device, and check that the app uses the proxy of the system",
    "not-seen": "use the part of the app that contacts this host, and name another host of the app with --control",
    "only-control-seen": "use the part of the app that contacts this host; if it still does not come, lead the name of "
    "the host here without the proxy, as docs/proxy.md describes",
    "no-control": "let the app also contact a host that it does not pin, and name that host with --control",
    "ca-not-trusted": "install the certificate of http://pinsmith.lab/ where the app trusts it, and try again",
    "silent": "use the part of the app that sends data to this host",
    "other-fault": "check the clock of the device, and whether the app has other rules for certificates",
}


def tell(verdict: HostVerdict) -> None:
    """Print the new verdict on a host to standard error."""
    _output.note(f"{verdict.place}: {_WORDS[verdict.verdict][0]}: {verdict.message}")


def line(verdict: HostVerdict) -> Line:
    """Describe the verdict on a host on one line."""
    word, tone = _WORDS[verdict.verdict]
    must = "  (must pin)" if verdict.must_pin else ""
    return [Mark(f"{word:{_WIDTH}}", tone), f"  {verdict.place}{must}  {verdict.message}"]


def conclude(session: Session, *, verdict_file: Path | None, report: ReportFile | None, output: str) -> int:
    """Print the verdicts, write them, and choose the exit code."""
    from pinsmith import files
    from pinsmith.documents.document import encode
    from pinsmith.documents.lab_proxy import proxy_document

    verdicts = session.proxy.verdicts()
    problems = _problems(session)
    pin, duration = session.proxy.authority.pin, (session.started, session.ended)
    document = proxy_document(verdicts, problems, authority_pin=pin, duration=duration)
    encoded = encode(document)
    if output == "json":
        _output.document(encoded)
    else:
        _output.result(*map(line, verdicts))
    if verdict_file is not None:
        files.write_atomically(verdict_file, encoded + b"\n")
    if report is not None:
        from pinsmith.documents.lab_proxy_report import proxy_report

        report.write(lambda circumstances: proxy_report(document, circumstances))
    return _code(verdicts, problems, ok=document.ok)


def _code(verdicts: tuple[HostVerdict, ...], problems: list[str], *, ok: bool | None) -> int:
    failing = [verdict for verdict in verdicts if verdict.must_pin and verdict.verdict != "pinned"]
    for verdict in failing:
        code = "host-not-pinned" if verdict.is_unprotected else "nothing-proven"
        _output.error(code, f"{verdict.place} must pin: {verdict.message}", hint=_HINTS.get(verdict.reason))
    for problem in problems:
        _output.error("proxy", problem)
    if ok is None:
        _output.warning("nothing is judged, because no host is required to be pinned; name such hosts with --must-pin")
    if any(verdict.is_unprotected for verdict in failing):
        return ExitCode.NOT_PINNED
    return ExitCode.OK if ok is not False else ExitCode.BROKE


def _problems(session: Session) -> list[str]:
    """List the reasons why the record is incomplete, so that no host may pass."""
    proxy = session.proxy
    found = [f"the proxy itself failed: {type(error).__name__}: {error}" for error in proxy.errors]
    if proxy.destinations_dropped:
        found.append(f"{proxy.destinations_dropped} connections were not recorded: they went to too many hosts")
    if proxy.turned_away:
        found.append(f"{proxy.turned_away} connections were turned away: too many at once")
    return found
