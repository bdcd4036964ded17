"""The output of ``pinsmith audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.answers import Answer
from pinsmith.authorities import find
from pinsmith.cli import _lint_result, _output
from pinsmith.documents.audit import audit_document
from pinsmith.documents.document import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.answers import HostAnswer, Mechanism
    from pinsmith.cli._lint_result import Output
    from pinsmith.cli._output import Tone
    from pinsmith.finding import Finding

_TONES: Final[dict[Answer, Tone]] = {
    Answer.YES: "good",
    Answer.UNPROVEN: "warn",
    Answer.UNKNOWN: "warn",
    Answer.NO: "bad",
}


def show(
    files: Sequence[str],
    answers: Sequence[HostAnswer],
    findings: Sequence[Finding],
    output: Output,
    *,
    hidden: int,
) -> None:
    """Print *answers*, then *findings*, in the format *output*; *hidden* hosts of others are only counted."""
    if output == "json":
        _output.result(*encode(audit_document(files, answers, findings)).decode("utf-8").rstrip("\n").split("\n"))
    elif output == "text":
        for answer in answers:
            _show_answer(answer)
        if not answers:
            _output.result("no host of your own was found; --domain NAME says which are yours")
        if hidden:
            what = "host of others is" if hidden == 1 else "hosts of others are"
            _output.note(f"{hidden} {what} mentioned, and not listed: `pinsmith audit --domains` lists all")
        _output.result("")
        _lint_result.show(files, findings, output, pinned=len(files))
    else:
        _lint_result.show(files, findings, output, pinned=len(files))


def _show_answer(answer: HostAnswer) -> None:
    word = _output.Mark(str(answer.answer), _TONES[answer.answer])
    _output.result([f"{answer.host}: ", word])
    for mechanism in answer.mechanisms:
        _output.result(f"  {_described(mechanism)}")
    if not answer.mechanisms and answer.mentioned:
        _output.result(f"  mentioned in {answer.mentioned}")


def _described(mechanism: Mechanism) -> str:
    """Say what a mechanism is, where it is, until when it holds, and whose keys it pins."""
    parts = [f"{mechanism.title} in {mechanism.place}"]
    if mechanism.pins:
        owners = dict.fromkeys(authority.name for pin in mechanism.pins if (authority := find(pin)))
        keys = "1 key" if len(mechanism.pins) == 1 else f"{len(mechanism.pins)} keys"
        parts.append(f"{keys} ({', '.join(owners)})" if owners else keys)
    if mechanism.expires:
        parts.append(f"until {mechanism.expires}")
    text = ", ".join(parts)
    return f"{text}: {mechanism.reason}" if mechanism.reason else text
