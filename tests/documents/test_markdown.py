"""Findings as Markdown."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from pinsmith.documents.markdown import MAX_BYTES, escape, markdown
from pinsmith.finding import FilePlace, Finding, HostPlace, Severity


def test_findings_are_counted_and_listed_worst_first() -> None:
    """The place is a file, a host, or empty; the text has the fix."""
    findings = [
        Finding("no-backup", Severity.LOW, HostPlace("a.test", 443), "one", "add one"),
        Finding("bad-pin", Severity.HIGH, FilePlace("a_b.xml", 3), "two"),
        Finding("odd-pin", Severity.LOW, None, "three"),
    ]
    assert list(markdown("lint", findings, "")) == [
        "### lint",
        "",
        "3 findings: 1 high, 2 low",
        "",
        "| severity | rule | place | finding |",
        "| - | - | - | - |",
        "| high | `bad-pin` | a&#95;b&#46;xml&#58;3 | two |",
        "| low | `no-backup` | a&#46;test&#58;443 | one&#58; add one |",
        "| low | `odd-pin` |  | three |",
    ]


def test_without_findings_there_is_a_sentence() -> None:
    """A summary without a table says that all is well."""
    assert list(markdown("lint", [], "nothing found in a.toml")) == ["### lint", "", "nothing found in a&#46;toml"]


def test_a_summary_stays_below_the_limit_of_the_runner() -> None:
    """The mildest findings are only counted."""
    mild = [Finding("odd-pin", Severity.LOW, None, "|" * 1000) for _ in range(200)]
    *rows, last = markdown("lint", [*mild, Finding("bad-pin", Severity.HIGH, None, "two")], "")
    assert len("\n".join(rows).encode()) < MAX_BYTES + 1000
    assert rows[6] == "| high | `bad-pin` |  | two |"
    listed = sum(row.startswith("| low") for row in rows)
    assert last == f"{200 - listed} more are left out here, because the summary of a job is limited in size."


@pytest.mark.parametrize(
    "text", ["a | b", "<b>x</b>", "*a* _b_ ~c~", "`x`", "[a](b)", "&lt;", "# a", "1. a", "- a", "\\|"]
)
def test_a_text_is_shown_as_it_is(text: str) -> None:
    """No sign of Markdown or HTML has a meaning."""
    assert MarkdownIt("commonmark").enable("table").renderInline(escape(text)) == (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )


def test_a_line_end_becomes_an_escape() -> None:
    """No text begins a row of its own, and none changes the direction of writing."""
    assert escape("a\r\n\u2028\u202eb") == "a&#92;r&#92;n&#92;u2028&#92;u202eb"
