"""The output of ``pinsmith audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pinsmith._clean import clean_json
from pinsmith.answers import Answer
from pinsmith.cli import _lint_result, _output
from pinsmith.documents.audit import audit_document, audit_junit, audit_markdown, described, mention_of
from pinsmith.documents.document import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pinsmith.answers import HostAnswer
    from pinsmith.cli._output import Tone
    from pinsmith.cli._report_file import ReportFile
    from pinsmith.documents.audit import Audit
    from pinsmith.finding import Finding

Output = Literal["text", "json", "sarif", "github", "junit", "markdown"]
Report = Literal["html", "json", "sarif", "github", "junit", "markdown"]
_TONES: Final[dict[Answer, Tone]] = {
    Answer.YES: "good",
    Answer.UNPROVEN: "warn",
    Answer.UNKNOWN: "warn",
    Answer.NO: "bad",
}


def show(audit: Audit, output: Output) -> None:
    """Print the answers of *audit*, then its findings, in the format *output*."""
    if output != "text":
        _output.result(*render(audit, output))
        return
    for answer in audit.shown:
        _show_answer(answer)
    if not audit.shown:
        _output.result("no host of your own was found; --domain NAME says which are yours")
    if audit.hidden:
        what = "host of others is" if audit.hidden == 1 else "hosts of others are"
        _output.note(f"{audit.hidden} {what} mentioned, and not listed: `pinsmith audit --domains` lists all")
    _output.result("")
    _lint_result.show(audit.files, audit.findings, output, pinned=len(audit.files))


def render(audit: Audit, output: Output) -> list[str]:
    """Return the lines of *audit* in a format for programs. No text from outside begins a line."""
    if output == "json":
        return [clean_json(line) for line in encode(audit_document(audit)).decode("utf-8").rstrip("\n").split("\n")]
    if output == "junit":
        return audit_junit(audit).split("\n")
    if output == "markdown":
        return list(audit_markdown(audit, _lint_result.nothing_in(len(audit.files))))
    return _lint_result.render(audit.files, audit.findings, output, pinned=len(audit.files))


def leave_out_known(findings: list[Finding], baseline: Path | None, scope: str) -> tuple[list[Finding], str]:
    """
    Leave out what the *baseline* lists, if there is one.

    Returns:
        The new findings, and *scope*, which says which findings are reported, with the number of the others.

    Raises:
        FileError: If it cannot be read.
        FormatError: If it is not a baseline.
    """
    if baseline is None:
        return findings, scope
    new = _lint_result.leave_out_known(findings, baseline)
    return new, f"{scope}, without {len(findings) - len(new)} that the baseline {baseline} accepts"


def write_reports(
    audit: Audit, reports: Iterable[tuple[Report, Path]], of_people: Callable[[Path], ReportFile], rules: str
) -> None:
    """
    Write *audit* into each of *reports*, which are formats and paths.

    Args:
        audit: What was found out.

        reports: All of them.

        of_people: Makes the file of a report in HTML.

        rules: Which findings are reported, a phrase.

    Raises:
        FileError: If one cannot be written.
    """
    from pinsmith.files import write_atomically

    for output, path in reports:
        if output != "html":
            write_atomically(path, "".join(f"{line}\n" for line in render(audit, output)))
            continue
        from pinsmith.documents.audit_report import audit_report

        of_people(path).write(lambda circumstances: audit_report(audit, circumstances, rules))


def _show_answer(answer: HostAnswer) -> None:
    word = _output.Mark(str(answer.answer), _TONES[answer.answer])
    _output.result([f"{answer.host}: ", word])
    for text in map(described, answer.mechanisms) if answer.mechanisms else mention_of(answer):
        _output.result(f"  {text}")
