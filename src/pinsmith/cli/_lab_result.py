"""The output of ``pinsmith lab run``."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from pinsmith.cli import _output
from pinsmith.cli._output import Mark
from pinsmith.exit_code import ExitCode
from pinsmith.lab.run import LEFT_OUT
from pinsmith.lab.verdict import WORDS, advice, is_fine, lacks, lacks_control, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.cli._output import Line, Tone
    from pinsmith.cli._report_file import ReportFile
    from pinsmith.lab.trial import Trial


def line(trial: Trial, width: int = 0) -> Line:
    """Describe *trial* on one line; ids are padded to *width*."""
    word, tone = _mark(trial)
    text = trial.reason if is_fine(trial) else f"{WORDS[trial.verdict]}: {trial.reason}"
    return [Mark(word, tone), f"  {trial.scenario.id:{width}}  ", Mark(f"{trial.key:8}", "faint"), f"  {text}"]


def _mark(trial: Trial) -> tuple[str, Tone]:
    if trial.verdict == "skipped":
        return "skip", "faint"
    return ("pass", "good") if trial.verdict == "pass" else ("FAIL", "bad")


def summary(trials: Sequence[Trial]) -> Iterator[Line]:
    """List the skipped scenarios, with a line for each reason, and count all results."""
    reasons: dict[str, dict[str, None]] = {}
    for trial in trials:
        if trial.verdict == "skipped":
            reasons.setdefault(trial.reason, {})[trial.scenario.id] = None
    for reason, ids in reasons.items():
        yield [Mark("skip", "faint"), f"  {reason}: {', '.join(ids)}"]
    counts = Counter(_mark(trial)[0] for trial in trials)
    words = {"pass": "passed", "FAIL": "failed", "skip": "skipped"}
    yield ", ".join(f"{counts[word]} {text}" for word, text in words.items() if counts[word] or word == "pass")


def show(trials: Sequence[Trial], profile: str, output: Literal["text", "json", "junit", "sarif"], client: str) -> None:
    """Print *trials*; as text only the summary, because the lines have been printed already."""
    if output == "text":
        _output.result(*summary(trials))
        return
    from pinsmith.documents.document import encode
    from pinsmith.documents.lab_run import run_document, run_junit, run_sarif

    if output == "json":
        _output.document(encode(run_document(trials, profile)))
    elif output == "junit":
        _output.result(*run_junit(trials).split("\n"))
    else:
        _output.document(run_sarif(trials, client))


def hand_over(trials: Sequence[Trial], profile: str, client: Sequence[str], report: ReportFile | None) -> None:
    """Write the *report* about *client* if the user asked for one."""
    if report is None:
        return
    from pinsmith.documents.lab_run import run_document
    from pinsmith.documents.lab_run_report import run_report
    from pinsmith.lab.process.program import digest_of

    document, digest = run_document(trials, profile), digest_of(client)
    report.write(lambda circumstances: run_report(document, client[0], digest, circumstances))


def conclude(trials: Sequence[Trial], profile: str, client: str) -> int:
    """Report what is wrong with the client or with the run, and return the exit code."""
    if unwanted := list(dict.fromkeys(trial.scenario.id for trial in trials if trial.reason == LEFT_OUT)):
        _output.warning(
            f"--skip left out {', '.join(unwanted)}, so this run does not prove that the client is safe there"
        )
    if all(map(is_fine, trials)):
        if lacks_control(trials):
            _output.warning("a client that refuses everything passes these scenarios, too; add --scenario leaf-pin")
        return ExitCode.OK
    message = f"{client} fails {tally(trials)}"
    _output.error("client-fails", message, details=lacks(trials), hint=advice(trials, profile))
    return ExitCode.MISMATCH
