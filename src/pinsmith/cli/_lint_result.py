"""The output of ``pinsmith lint``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pinsmith._clean import clean_json
from pinsmith._closest import closest
from pinsmith.cli import _output
from pinsmith.documents.page import page_of_rule
from pinsmith.errors import FormatError, UsageError
from pinsmith.exit_code import ExitCode
from pinsmith.finding import Severity
from pinsmith.formats import NOTES
from pinsmith.limit import MAX_BYTES
from pinsmith.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pinsmith.cli._output import Tone
    from pinsmith.finding import Finding

Output = Literal["text", "json", "sarif", "github", "junit", "markdown"]
EXIT: Final = {
    Severity.INFO: ExitCode.FOUND_INFO,
    Severity.LOW: ExitCode.FOUND_LOW,
    Severity.MEDIUM: ExitCode.FOUND_MEDIUM,
    Severity.HIGH: ExitCode.FOUND_HIGH,
}
"""The exit code of a command whose worst finding has this severity."""
_TONES: Final[dict[Severity, Tone]] = {Severity.MEDIUM: "warn", Severity.HIGH: "bad"}


def explain(name: str) -> None:
    """
    Print what a rule finds, what to do about it, and its examples.

    Raises:
        UsageError: If there is no such rule.
    """
    if name in NOTES and name not in {rule.id for rule in RULES}:
        severity, meaning = NOTES[name]
        _output.result(f"{name} ({severity}): {meaning}", "", f"documentation: docs/{page_of_rule(name)}")
        return
    rule = next((rule for rule in RULES if rule.id == name), None)
    if rule is None:
        near = closest(name, [*NOTES, *(rule.id for rule in RULES)])
        hint = f"did you mean {near}?" if near else "docs/reference/rules.md lists all rules"
        raise UsageError(f"there is no rule {name!r}", hint=hint)
    _output.result(f"{rule.id} ({rule.severity}): {rule.title}", "", rule.effect, f"To fix it, {rule.fix}.")
    for title, file, text in rule.example.parts:
        _output.result("", f"{title}, {file}:", *(f"    {line}".rstrip() for line in text.splitlines()))
    _output.result("", f"documentation: docs/{page_of_rule(name)}")


def write_baseline(path: Path, findings: Sequence[Finding]) -> None:
    """
    Write *findings* as the baseline *path*.

    Raises:
        FileError: If it cannot be written.
        FormatError: If there is a file that is not a baseline.
    """
    from pinsmith import files
    from pinsmith.documents import baseline

    if path.is_file():
        try:
            baseline.parse_baseline(files.read(path, most_bytes=MAX_BYTES), str(path))
        except FormatError as error:
            error.hint = "choose another name, or remove the file if nobody needs it"
            raise
    files.write_atomically(path, baseline.write_baseline(findings))
    _output.note(f"wrote {path}: {len(findings)} {'finding is' if len(findings) == 1 else 'findings are'} accepted")


def leave_out_known(findings: Sequence[Finding], path: Path) -> list[Finding]:
    """
    Return the findings that the baseline *path* does not list.

    Raises:
        FileError: If it cannot be read.
        FormatError: If it is not a baseline.
    """
    from pinsmith import files
    from pinsmith.documents.baseline import parse_baseline, without_known

    hint = "write it with `pinsmith lint --baseline FILE --write-baseline`"
    content = files.read(path, most_bytes=MAX_BYTES, missing_hint=hint)
    new, gone = without_known(findings, parse_baseline(content, str(path)))
    if gone:
        _output.note(f"{gone} of the findings in {path} are gone; write it anew with --write-baseline")
    return new


def show(files: Sequence[str], findings: Sequence[Finding], output: Output, *, pinned: int) -> None:
    """Print *findings* about *files* in the format *output*; *pinned* is how many of the files contain pins."""
    if output == "text":
        _show_text(findings, pinned)
    else:
        _output.result(*render(files, findings, output, pinned=pinned))


def write_reports(
    reports: Iterable[tuple[Output, Path]], files: Sequence[str], findings: Sequence[Finding], *, pinned: int
) -> None:
    """
    Write *findings* about *files* into each of *reports*, which are formats and paths; *pinned* is as in `show`.

    Raises:
        FileError: If one cannot be written.
    """
    from pinsmith.files import write_atomically

    for output, path in reports:
        write_atomically(path, "".join(f"{line}\n" for line in render(files, findings, output, pinned=pinned)))


def render(files: Sequence[str], findings: Sequence[Finding], output: Output, *, pinned: int) -> list[str]:
    """Return the lines of *findings* about *files* in a format for programs. No text from outside begins a line."""
    if output == "github":
        from pinsmith.documents.github import github

        return list(github(findings))
    if output == "markdown":
        from pinsmith.documents.markdown import markdown

        return list(markdown("pinsmith lint", findings, _nothing_in(pinned)))
    if output == "junit":
        from pinsmith.documents.lint import lint_junit

        return lint_junit(files, findings).split("\n")
    from pinsmith.documents.document import encode
    from pinsmith.documents.lint import lint_document, lint_sarif

    json = lint_sarif(findings) if output == "sarif" else encode(lint_document(files, findings))
    return [clean_json(line) for line in json.decode("utf-8", "surrogatepass").rstrip("\n").split("\n")]


def _nothing_in(pinned: int) -> str:
    if not pinned:
        return "no file with pins was found; name a file, or a folder that contains pins"
    return f"nothing found in {pinned} {'file' if pinned == 1 else 'files'} with pins"


def _show_text(findings: Sequence[Finding], pinned: int) -> None:
    for finding in findings:
        word = _output.Mark(f"{finding.severity}[{finding.rule}]", _TONES.get(finding.severity, "faint"))
        _output.result([f"{finding.place}: ", word, f": {finding.message}"])
        if finding.fix:
            _output.result(f"  fix: {finding.fix}")
    if findings:
        counts = [(severity, sum(finding.severity == severity for finding in findings)) for severity in Severity]
        listed = ", ".join(f"{count} {severity}" for severity, count in reversed(counts) if count)
        _output.note(f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}: {listed}")
    elif pinned:
        _output.success(_nothing_in(pinned))
    else:
        _output.warning(_nothing_in(pinned))
