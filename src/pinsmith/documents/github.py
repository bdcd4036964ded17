"""
Workflow commands of GitHub Actions: the runner turns each of them into an annotation.

The runner takes every line that begins with ``::`` for a command, so no text may begin a line of its own.

Source:
    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands; the escapes are those of
    ``packages/core/src/command.ts`` in https://github.com/actions/toolkit
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from pinsmith._clean import clean
from pinsmith.finding import FilePlace, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinsmith.finding import Finding, Place

Level = Literal["error", "warning", "notice"]

# As in SARIF.
_LEVELS: Final[dict[Severity, Level]] = {
    Severity.INFO: "notice",
    Severity.LOW: "notice",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
}
_IN_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY: Final = _IN_DATA | str.maketrans({":": "%3A", ",": "%2C"})


def github(findings: Iterable[Finding]) -> Iterator[str]:
    """Write a line for each of *findings*. Its title is the rule."""
    for finding in findings:
        # A host is not a property of a command, so it stands in the text.
        text = finding.text if isinstance(finding.place, FilePlace) else finding.summary
        yield annotation(_LEVELS[finding.severity], finding.rule, [text], finding.place)


def annotation(level: Level, title: str, lines: Sequence[str], place: Place | None = None) -> str:
    """
    Write one annotation, on one line.

    Args:
        level: How it is shown. No level makes a job fail.

        title: A few words.

        lines: The text. Control characters are shown as escapes.

        place: Where it is shown, if that is in a file; otherwise it belongs to the job.
    """
    properties: dict[str, str | int | None] = {}
    if isinstance(place, FilePlace):
        properties |= {"file": place.file, "line": place.line, "col": place.column}
    properties["title"] = title
    listed = ",".join(
        f"{name}={clean(str(value)).translate(_IN_PROPERTY)}" for name, value in properties.items() if value is not None
    )
    return f"::{level} {listed}::{chr(10).join(map(clean, lines)).translate(_IN_DATA)}"
