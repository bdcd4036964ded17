"""The output of ``pinsmith lint``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

from pinsmith._clean import clean_json
from pinsmith._closest import closest
from pinsmith.cli import _output
from pinsmith.documents.page import page_of_rule
from pinsmith.errors import FormatError, UsageError
from pinsmith.exit_code import ExitCode
from pinsmith.finding import Severity
from pinsmith.formats import NOTES
from pinsmith.formats._note import REPAIRS
from pinsmith.limit import MAX_BYTES
from pinsmith.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pinsmith.cli._output import Tone
    from pinsmith.finding import Finding

Output = Literal["text", "json", "sarif", "github", "junit", "markdown"]
_EXIT: Final = {
    Severity.INFO: ExitCode.FOUND_INFO,
    Severity.LOW: ExitCode.FOUND_LOW,
    Severity.MEDIUM: ExitCode.FOUND_MEDIUM,
    Severity.HIGH: ExitCode.FOUND_HIGH,
}
_TONES: Final[dict[Severity, Tone]] = {Severity.MEDIUM: "warn", Severity.HIGH: "bad"}


def explain(name: str) -> None:
    """
    Print what a rule finds, what to do about it, and its examples.

    Raises:
        UsageError: If there is no such rule.
    """
    if name in NOTES and name not in {rule.id for rule in RULES}:
        severity, meaning = NOTES[name]
        lines = (f"Fix: {REPAIRS[name]}.", "") if name in REPAIRS else ()
        _output.result(f"{name} ({severity}): {meaning}", "", *lines, f"documentation: docs/{page_of_rule(name)}")
        return
    rule = next((rule for rule in RULES if rule.id == name), None)
    if rule is None:
        near = closest(name, [*NOTES, *(rule.id for rule in RULES)])
        hint = f"did you mean {near}?" if near else "docs/reference/rules.md lists all rules"
        raise UsageError(f"there is no rule {name!r}", hint=hint)
    fixes = (f"Fix: {rule.repair}.",) if rule.repair else ()
    _output.result(f"{rule.id} ({rule.severity}): {rule.title}", "", rule.effect, f"To fix it, {rule.fix}.", *fixes)
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


def shown(findings: Iterable[Finding], *, least: Severity, baseline: Path | None = None) -> list[Finding]:
    """
    Return the findings that are at least that severe, and that the *baseline* does not list.

    Raises:
        FileError: If the baseline cannot be read.
        FormatError: If it is not a baseline.
    """
    severe = [finding for finding in findings if finding.severity >= least]
    return severe if baseline is None else _compare(severe, baseline)[0]


def require(*checks: tuple[object, str, str]) -> None:
    """
    Check how options were combined. A check is a condition, and the message and the hint of the error.

    Raises:
        UsageError: If a condition is not met.
    """
    for is_met, problem, hint in checks:
        if not is_met:
            raise UsageError(problem, hint=hint)


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """Return the exit code of the worst finding."""
    return max((_EXIT[finding.severity] for finding in findings), default=ExitCode.OK)


def note_hidden(number: int, least: Severity) -> None:
    """Print how many findings are not shown, because they are less severe than *least*."""
    if number:
        what = "finding is" if number == 1 else "findings are"
        _output.note(f"{number} {what} less severe than {least}, and not shown: `--min-severity info` shows all")


def advise(findings: Sequence[Finding], *, fix: bool, unsafe: bool) -> None:
    """Print how many of *findings* can be repaired, by options that were not given."""
    repairs = Counter(finding.repair.applicability for finding in findings if finding.repair is not None)
    safe, more = 0 if fix else repairs["safe"], 0 if unsafe else repairs["unsafe"]
    if safe:
        _output.note(f"`--fix` repairs {safe} of them" + (f", and {more} more with `--unsafe-fixes`" if more else ""))
    elif more:
        _output.note(f"`--fix --unsafe-fixes` repairs {more} of them, and changes what is accepted")


def leave_out_known(findings: Sequence[Finding], path: Path) -> list[Finding]:
    """
    Return the findings that the baseline *path* does not list.

    Raises:
        FileError: If it cannot be read.
        FormatError: If it is not a baseline.
    """
    new, gone = _compare(findings, path)
    if gone:
        _output.note(f"{gone} of the findings in {path} are gone; write it anew with --write-baseline")
    return new


def _compare(findings: Sequence[Finding], path: Path) -> tuple[list[Finding], int]:
    from pinsmith import files
    from pinsmith.documents.baseline import parse_baseline, without_known

    hint = "write it with `pinsmith lint --baseline FILE --write-baseline`"
    content = files.read(path, most_bytes=MAX_BYTES, missing_hint=hint)
    return without_known(findings, parse_baseline(content, str(path)))


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

        return list(markdown("pinsmith lint", findings, nothing_in(pinned)))
    if output == "junit":
        from pinsmith.documents.lint import lint_junit

        return lint_junit(files, findings).split("\n")
    from pinsmith.documents.document import encode
    from pinsmith.documents.lint import lint_document, lint_sarif

    json = lint_sarif(findings) if output == "sarif" else encode(lint_document(files, findings))
    return [clean_json(line) for line in json.decode("utf-8", "surrogatepass").rstrip("\n").split("\n")]


def nothing_in(pinned: int) -> str:
    """Say that there are no findings in *pinned* files with pins."""
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
        _output.success(nothing_in(pinned))
    else:
        _output.warning(nothing_in(pinned))
