"""The report of an audit never claims more than the files show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from pinsmith.answers import Answer, HostAnswer, Mechanism
from pinsmith.documents.audit import Audit
from pinsmith.documents.audit_report import MEANINGS, audit_report
from pinsmith.documents.catalogue import title_of
from pinsmith.documents.lab_report import Circumstances
from pinsmith.documents.report import report_html
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.formats import REFERENCES
from pinsmith.rules import RULES

if TYPE_CHECKING:
    from pinsmith.documents.report import Report

AT: Final = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
UNREADABLE: Final = Finding("invalid-file", Severity.HIGH, FilePlace("a.xml", 3), "it is not well-formed XML")


def report_of(
    *answers: Answer, others: tuple[Answer, ...] = (), findings: tuple[Finding, ...] = (), unread: tuple[str, ...] = ()
) -> Report:
    """Report hosts with these answers."""
    hosts = [
        HostAnswer(f"host-{number}.example.com", (Mechanism("OkHttp", "a.kt:1", answer),), is_own=number < len(answers))
        for number, answer in enumerate((*answers, *others))
    ]
    unreadable = [finding for finding in findings if finding.rule == "invalid-file"]
    audit = Audit(files=["a.kt"], answers=hosts, findings=findings, unread=unread, unreadable=unreadable, searched=3)
    return audit_report(audit, Circumstances("pinsmith audit", AT, AT, {}), "from low on")


@pytest.mark.parametrize(
    ("answers", "word", "tone", "sentence"),
    [
        ((), "No answer", "faint", "No host of the owner was found, so there is nothing to answer."),
        ((Answer.YES,), "Yes", "good", "The only host is pinned by a declaration that the operating system enforces."),
        ((Answer.NO, Answer.NO), "No", "bad", "None of the 2 hosts is pinned by anything that was read."),
        (
            (Answer.YES, Answer.UNPROVEN),
            "Not proven",
            "warn",
            "Of 2 hosts, 1 is pinned by declaration and 1 has code that may pin it.",
        ),
        ((Answer.UNKNOWN,), "Not proven", "warn", "It is not known whether the host is pinned."),
        ((Answer.UNPROVEN,), "Not proven", "warn", "There is code that may pin the only host."),
        (
            (Answer.YES, Answer.UNPROVEN, Answer.UNPROVEN, Answer.NO),
            "In part",
            "warn",
            "Of 4 hosts, 1 is pinned by declaration, 2 have code that may pin them and 1 is not pinned.",
        ),
    ],
    ids=lambda value: "+".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_the_verdict_is_that_of_the_own_hosts(answers: tuple[Answer, ...], word: str, tone: str, sentence: str) -> None:
    """Only declared pins are called a yes, hosts of others do not count, and each answer that occurs is explained."""
    report = report_of(*answers, others=(Answer.NO,))
    assert (report.word, report.tone, report.sentence) == (word, tone, sentence)
    assert [text.partition(": ")[2] for text in report.explanation] == [
        MEANINGS[answer] for answer in Answer if answer in answers
    ]
    assert [len(table.rows) for table in (*report.first, *report.tables)] == [len(answers), 1]


def test_a_yes_with_a_grave_finding_is_not_green() -> None:
    """The tone is that of the worst finding, and findings are counted."""
    finding = Finding("pins-ended", Severity.HIGH, FilePlace("a.kt", 1), "one")
    report = report_of(Answer.YES, findings=(finding,))
    assert (report.word, report.tone) == ("Yes", "bad")
    assert report.explanation[-1] == "The audit has 1 finding: 1 high."


def test_what_was_not_read_is_named() -> None:
    """Files that could not be read, and code without the extra, make the answers incomplete."""
    report = report_of(Answer.NO, findings=(UNREADABLE,), unread=("b.kt", "c.kt"))
    assert report.explanation[-1] == "The answers may be incomplete, because 3 files were not read."
    assert [(part.reason, tuple(part.names)) for part in report.skipped] == [
        ("code, because the extra pinsmith[audit] is not installed", ("b.kt", "c.kt")),
        ("it is not well-formed XML", ("a.xml",)),
    ]


def test_findings_are_grouped_by_rule_and_refer_to_catalogues() -> None:
    """A rule is described once, the worst first, with each place; a fix that all share is not repeated."""
    findings = tuple(
        Finding(rule, severity, FilePlace("a.kt", line), f"text {line}", fix)
        for rule, severity, line, fix in (
            ("weak-key", Severity.LOW, 1, "one"),
            ("weak-key", Severity.LOW, 2, "two"),
            ("pins-ended", Severity.HIGH, 3, "extend"),
            ("pins-ended", Severity.HIGH, 4, "extend"),
        )
    )
    report = report_of(Answer.NO, findings=findings)
    assert [(fault.name, fault.tone, list(fault.evidence)) for fault in report.faults] == [
        ("pins-ended", "bad", ["a.kt:3: text 3", "a.kt:4: text 4"]),
        ("weak-key", "faint", ["a.kt:1: text 1: one", "a.kt:2: text 2: two"]),
    ]
    assert list(report.faults[0].meaning[1:]) == ["To fix it, extend.", "Catalogues: MASWE-0028, MASTG-TEST-0243."]
    relations = {reference.id: reference.relation for reference in report.references}
    assert relations["CWE-326"] == "Findings: weak-key."
    assert relations["MASTG-TEST-0243"] == "Findings: pins-ended."


def test_text_of_a_hostile_project_is_only_text() -> None:
    """No name, place, reason or message becomes an element or a control character."""
    evil = "<script>alert(1)</script>\x1b[2J\u202e\r"
    mechanism = Mechanism(evil, evil, Answer.UNPROVEN, evil)
    hosts = [HostAnswer("a.example.com", (mechanism,)), HostAnswer("b.example.com", (), evil)]
    finding = Finding("pins-ended", Severity.HIGH, FilePlace(evil), evil, evil)
    audit = Audit(files=[evil], answers=hosts, findings=[finding], unread=[evil], unreadable=[finding])
    html = report_html(audit_report(audit, Circumstances(evil, AT, AT, {evil: evil}, evil), evil))
    assert "<script" not in html
    assert not {"\x1b", "\u202e", "\r"}.intersection(html)
    assert html.count("&lt;script&gt;") > 10


def test_every_entry_that_a_rule_names_has_a_title() -> None:
    """A report can list each entry of a catalogue; addresses are left out."""
    named = {entry for rule in RULES for entry in rule.references} | {
        entry for entries in REFERENCES.values() for entry in entries
    }
    assert {entry for entry in named if not entry.startswith("https://") and title_of(entry) is None} == set()
