"""
Findings as Markdown: the summary of a job in CI.

A file may have any name, and a message quotes text from outside. So every sign that could mean something in Markdown,
HTML or a workflow command is written as a numeric reference, which never counts as structure.

Source:
    CommonMark 0.31.2, section 2.5, and the table of GitHub Flavored Markdown 0.29, section 4.10
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith._clean import clean
from pinsmith.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.finding import Finding

# Of one table. GitHub shows no summary of a step that is larger than 1 MiB, and no document has more than two tables.
MAX_BYTES: Final = 500_000


def markdown(title: str, findings: Sequence[Finding], nothing: str) -> Iterator[str]:
    """
    Write a section with the number of *findings* and a table of them, worst first.

    Args:
        title: The command.

        findings: If they fill more than half a megabyte, the mildest are only counted.

        nothing: The sentence that stands there if there are none.
    """
    yield f"### {escape(title)}"
    yield ""
    yield from finding_lines(findings, nothing)


def finding_lines(findings: Sequence[Finding], nothing: str) -> Iterator[str]:
    """Write the lines below the heading of `markdown`."""
    if not findings:
        yield escape(nothing)
        return
    counts = [(severity, sum(finding.severity == severity for finding in findings)) for severity in Severity]
    listed = ", ".join(f"{count} {severity}" for severity, count in reversed(counts) if count)
    yield f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}: {listed}"
    yield ""
    ordered = sorted(findings, key=lambda finding: finding.severity, reverse=True)
    yield from table(
        ("severity", "rule", "place", "finding"),
        [
            (str(finding.severity), f"`{finding.rule}`", escape(str(finding.place or "")), escape(finding.text))
            for finding in ordered
        ],
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """
    Write a table.

    Args:
        columns: The headings.

        rows: The cells, escaped; if they fill more than half a megabyte, the last ones are only counted.
    """
    yield f"| {' | '.join(columns)} |"
    yield f"| {' | '.join('-' for _ in columns)} |"
    size = 0
    for number, cells in enumerate(rows):
        row = f"| {' | '.join(cells)} |"
        size += len(row.encode())
        if size > MAX_BYTES:
            yield ""
            yield f"{len(rows) - number} more are left out here, because the summary of a job is limited in size."
            return
        yield row


def escape(text: str) -> str:
    """Write *text* so that Markdown shows it as it is, on one line; control characters become escapes."""
    return re.sub(r"[!-/:-@\[-`{-~]", lambda found: f"&#{ord(found[0])};", clean(text))
