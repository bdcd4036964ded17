"""
A report for people, as one HTML file: an auditor or a customer reads it without pinsmith, and prints it.

The file needs no other file and no script. A text of any origin may be part of a report: it is escaped, its control and
bidirectional characters are shown as escapes, and its length is limited.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pinsmith._clean import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

Tone = Literal["good", "bad", "warn", "faint"]

MAX_TEXT: Final = 2000  # characters of one text
MAX_ROWS: Final = 1000  # of one table or list
_TEMPLATES: Final = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Cell:
    """
    A text in a table.

    Attributes:
        text: The text.
        tone: A colour. The text alone must mean the same.
        is_code: Whether it is a name, a command or a value of a computer.
        id: A second, shorter text for experts, such as the id of a scenario; empty for none.
    """

    text: str
    tone: Tone | None = None
    is_code: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table. The first cell of each row is its heading.

    Attributes:
        title: A heading.
        columns: The heading of every column.
        rows: The most important one first, because a long table is cut.
        note: A sentence before the table; empty for none.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Something that is wrong or not proven.

    Attributes:
        name: What it is about, such as a host.
        verdict: The verdict in a few words.
        tone: ``bad`` or ``warn``.
        meaning: Sentences: what was tried, and what the verdict means for users.
        evidence: What was seen.
    """

    name: str
    verdict: str
    tone: Tone
    meaning: Sequence[str]
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not tried, and the reason."""

    reason: str
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reference:
    """
    An entry of a standard.

    Attributes:
        id: The id in the standard.
        title: The title or the statement, as the standard has it.
        url: Where the standard is published.
        relation: A sentence: what the report shows about it.
    """

    id: str
    title: str
    url: str
    relation: str


@dataclass(frozen=True, slots=True)
class Headings:
    """The headings of the parts that every report has."""

    facts: str = "What was tried"
    faults: str = "What is wrong or not proven"
    skipped: str = "What was not tried"


@dataclass(frozen=True, slots=True)
class Report:
    """
    What a report says. The most important comes first.

    Attributes:
        kind: What wrote it, such as a command.
        title: The heading.
        word: The verdict in one or two words.
        tone: The tone of the verdict.
        sentence: The verdict in one sentence for a reader who knows nothing of TLS.
        explanation: Further sentences, one for each paragraph.
        facts: What was tried, when, and with which versions: a label and its text for each.
        faults: What is wrong or not proven, the worst first.
        tables: The results.
        skipped: What was not tried.
        limits: Sentences: what the report does not show.
        references: What it is evidence for.
        first: Tables that are more important than all other parts.
        headings: How the parts are called.
    """

    kind: str
    title: str
    word: str
    tone: Tone
    sentence: str
    explanation: Sequence[str]
    facts: Sequence[tuple[str, Cell]]
    faults: Sequence[Fault]
    tables: Sequence[Table]
    skipped: Sequence[Skipped]
    limits: Sequence[str]
    references: Sequence[Reference]
    first: Sequence[Table] = ()
    headings: Headings = Headings()


def report_html(report: Report) -> str:
    """Write *report* as HTML, without control characters except line feeds."""
    environment = _environment()
    style = environment.get_template("report.css").render()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return environment.get_template("report.html.jinja").render(report=report, policy=policy, most=MAX_ROWS)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=shown,
    )


def shown(value: Any) -> Any:  # noqa: ANN401 - the value of any expression
    """Make a text safe to show; escaping follows. Markup of the template itself stays."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    rest = len(value) - MAX_TEXT
    return clean(value) if rest <= 0 else f"{clean(value[:MAX_TEXT])}... ({rest} more characters)"
