"""
Show what reports in a file or a log claim, and what probably happened.

Reads the reports of TrustKit, react-native-ssl-manager, browsers (Network Error Logging), RFC 7469 and pinsmith, alone,
in an array or one in each line. Of a log, it reads the lines of OkHttp, Android, TrustKit, curl and pinsmith. Reports
of one cause are counted together, and compared with the pin file if there is one.

A report is a hint and not a proof, because anybody can send one. A FILE of "-" is standard input. The command exits
with 1 if a report cannot be read, or if there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _clock, _options, _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.cli._options import Format
    from pinsmith.cli._output import Line
    from pinsmith.errors import ReportError
    from pinsmith.policy import Policy
    from pinsmith.reports import Classified, Group

EXAMPLES: Final = (
    ("Read the reports of a file:", "pinsmith report parse reports.json"),
    ("Find pinning failures in the log of a phone:", "pinsmith report parse - < logcat.txt"),
    ("Compare with a pin file, and print JSON:", "pinsmith report parse reports.json --file pins.toml --format json"),
)


@click.command("parse", Command, help=__doc__, examples=EXAMPLES)
@argument("report", type=PATH, default="-", metavar="[FILE]", help='The file to read. Default: "-", standard input.')
@_options.file_option
@_options.format_option()
def report_parse(*, report: Path, file: Path | None, output: Format) -> int:
    """Read, group, classify and print."""
    from pinsmith import reports
    from pinsmith.cli._files import read_bytes
    from pinsmith.errors import FileError, ReportError

    content = read_bytes(report, most=reports.MAX_FILE_BYTES)
    if len(content) > reports.MAX_FILE_BYTES:
        raise FileError(f"{report} is larger than {reports.MAX_FILE_BYTES // 2**20} MiB", path=str(report))
    policy = _policy(file)
    entries = list(reports.parse(content))
    groups = reports.summarise(entry.read for entry in entries if isinstance(entry.read, reports.Report))
    failures = [(entry.line, entry.read) for entry in entries if isinstance(entry.read, ReportError)]
    if not entries:
        raise ReportError(f"{report} contains no report of a pinning failure", hint="docs/reports.md lists the formats")
    judged = [(group, _classify(group, policy)) for group in groups]
    _print(judged, failures, output)
    for line, error in failures:
        _output.error(error.code, f"{report}:{line}: {error}", hint=error.hint)
    return ExitCode.BROKE if failures else ExitCode.OK


def _policy(file: Path | None) -> Policy | None:
    from pinsmith import pinfile
    from pinsmith.errors import FileError

    if file is not None:
        return pinfile.load(file)
    try:
        path = _options.find_pin_file(None)
    except FileError as error:
        _output.note(f"{error}, so no report can be compared with pins")
        return None
    return pinfile.load(path)


def _classify(group: Group, policy: Policy | None) -> Classified:
    from pinsmith.reports import Sightings, classify

    seen = Sightings(reports=group.count, hosts_of_issuer=group.hosts_of_issuer)
    return classify(group.facts, policy, now=_clock.now(), sightings=seen)


def _print(judged: list[tuple[Group, Classified]], failures: list[tuple[int, ReportError]], output: Format) -> None:
    if output == "json":
        from pinsmith.documents.document import encode
        from pinsmith.documents.reports import reports_document

        _output.document(encode(reports_document(judged, failures)))
        return
    for group, classified in judged:
        _output.result(*_lines(group, classified))


def _lines(group: Group, classified: Classified) -> Iterator[Line]:
    from pinsmith.documents.reports import presented_out

    report = group.facts.report
    host = f"{report.host or 'unknown host'}{f':{report.port}' if report.port else ''}"
    tone: _output.Tone = "bad" if classified.name == "attack-suspected" else "strong"
    yield [_output.Mark(classified.name, tone), f"  {host}  {group.count} report{'' if group.count == 1 else 's'}"]
    yield f"   {'; '.join(_about(group))}"
    for at, presented in enumerate(presented_out(group.facts)):
        subject = "" if presented.verified is None else f"  {presented.subject or '(no subject)'}"
        unproven = "  (signature not verified)" if presented.verified is False else ""
        yield f"   {'presented' if at == 0 else '         '}  {presented.pin or 'unreadable'}{subject}{unproven}"
    for at, pin in enumerate(report.known_pins):
        yield f"   {'expected ' if at == 0 else '         '}  {pin}"
    yield from (f"   {sentence}" for sentence in classified.evidence)
    yield from (f"   note: {remark}" for remark in report.remarks)


def _about(group: Group) -> Iterator[str]:
    report = group.facts.report
    yield " ".join(filter(None, (report.app_id or "unnamed app", ", ".join(group.versions))))
    if group.platforms:
        yield f"on {', '.join(group.platforms)}"
    yield {True: "refused", False: "reported only", None: "refused or reported only"}[report.enforced]
    if group.first and group.last:
        days = dict.fromkeys((f"{group.first:%Y-%m-%d}", f"{group.last:%Y-%m-%d}"))
        yield " to ".join(days)
    yield f"read as {', '.join(group.formats)}"
