"""
Read the reports that apps send when their pins do not match.

A report is a hint and not a proof, because anybody can send one.
"""

from __future__ import annotations

from typing import Final

from pinsmith.cli._command import LazyGroup

COMMANDS: Final[dict[str, str]] = {
    "consume": "Write the counts of reports that collectors send to Kafka into ClickHouse.",
    "parse": "Show what reports in a file or a log claim, and what probably happened.",
}

EXAMPLES: Final = (
    ("Read the reports of a file:", "pinsmith report parse reports.json"),
    ("Store the counts of several collectors:", "pinsmith report consume --settings service.toml"),
)

report = LazyGroup("report", path="report", summaries=COMMANDS, examples=EXAMPLES, help=__doc__)
