"""The documents of ``pinsmith lint``: JSON, and JUnit and SARIF for CI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.documents.document import Versioned
from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.documents.junit import Case, junit, properties_of
from pinsmith.documents.page import page_of_rule
from pinsmith.documents.sarif import Rule, sarif
from pinsmith.finding import FilePlace
from pinsmith.formats import NOTES, REFERENCES
from pinsmith.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.finding import Finding


class LintDocument(Versioned, frozen=True, kw_only=True):
    """
    ``pinsmith lint --format json``.

    ``files`` lists the files with pins that were read. ``ok`` says whether there are no findings.
    """

    ok: bool
    files: list[str]
    findings: list[FindingOut]


def lint_document(files: Sequence[str], findings: Sequence[Finding]) -> LintDocument:
    """Describe *findings* about *files*."""
    return LintDocument(ok=not findings, files=list(files), findings=[finding_out(finding) for finding in findings])


def lint_junit(files: Sequence[str], findings: Sequence[Finding]) -> str:
    """Write a test case for each file; it fails if there are findings, and lists all of them."""
    return junit("lint", file_cases(files, findings))


def file_cases(files: Sequence[str], findings: Sequence[Finding]) -> list[Case]:
    """Return the test cases of `lint_junit`."""
    about: dict[str, list[Finding]] = {file: [] for file in files}
    for finding in findings:
        about.setdefault(finding.place.file if isinstance(finding.place, FilePlace) else "pins", []).append(finding)
    return [_case(file, found) for file, found in about.items()]


def _case(file: str, findings: Sequence[Finding]) -> Case:
    if not findings:
        return Case(file)
    worst = max(findings, key=lambda finding: finding.severity)
    details = tuple(f"{finding.severity}: {finding}" for finding in findings)
    cohorts = properties_of(cohort for finding in findings for cohort in finding.cohorts)
    return Case(file, "failure", worst.summary, worst.rule, details, properties=cohorts)


def lint_sarif(findings: Sequence[Finding]) -> bytes:
    """Write *findings* as SARIF, with every rule that found something."""
    return sarif(findings, rules_of(findings))


def rules_of(findings: Iterable[Finding]) -> list[Rule]:
    """Describe every rule that found something."""
    known = {
        rule.id: Rule(
            rule.id, rule.title, rule.effect, f"To fix it, {rule.fix}.", page_of_rule(rule.id), rule.references
        )
        for rule in RULES
    }
    named = dict.fromkeys(finding.rule for finding in findings)
    return [known.get(rule) or _of_reader(rule) for rule in named]


def _of_reader(rule: str) -> Rule:
    """Describe a rule of the readers of formats, or the code of the error with which a file was refused."""
    if rule in NOTES:
        _, meaning = NOTES[rule]
        effect, references = f"{meaning[0].upper()}{meaning[1:]}.", REFERENCES.get(rule, ())
        return Rule(rule, rule.replace("-", " "), effect, meaning, page_of_rule(rule), references)
    effect = "The file cannot be used as it is."
    return Rule(rule, rule.replace("-", " "), effect, "It is the code of an error.", page_of_rule(rule))
