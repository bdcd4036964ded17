"""
Findings as SARIF, for code scanning.

Source:
    SARIF 2.1.0, OASIS, 2020
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec

import pinsmith
from pinsmith.finding import FilePlace, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.finding import Finding, Place

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {Severity.INFO: "note", Severity.LOW: "note", Severity.MEDIUM: "warning", Severity.HIGH: "error"}


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A rule that findings name.

    Attributes:
        id: Kebab-case.
        title: A noun phrase.
        effect: The effect of what it finds, a sentence.
        help: Everything else that a reader needs.
        page: The place in the documentation, below ``docs``.
        references: Ids of other catalogues, such as ``CWE-295``. Addresses are left out.
    """

    id: str
    title: str
    effect: str
    help: str
    page: str
    references: tuple[str, ...] = ()


def sarif(findings: Iterable[Finding], rules: Iterable[Rule]) -> bytes:
    """
    Write *findings* as a run of pinsmith.

    Args:
        findings: In the order of the report.

        rules: Those that were applied, whether or not they found anything.
    """
    described = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.effect},
            # helpUri must be a URI with a scheme; help is "useful when there is no online documentation" (the schema).
            "help": {"text": f"{rule.help}\n\nDocumentation of pinsmith: docs/{rule.page}"},
        }
        | ({"properties": {"tags": tags}} if (tags := _tags(rule)) else {})
        for rule in rules
    ]
    results = [
        {
            "ruleId": finding.rule,
            "level": _LEVELS[finding.severity],
            "message": {"text": finding.text},
            "locations": [] if finding.place is None else [_location(finding.place)],
            **_fixes(finding),
        }
        for finding in findings
    ]
    driver = {"name": "pinsmith", "version": pinsmith.__version__, "rules": described}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(document), indent=2)


def _tags(rule: Rule) -> list[str]:
    """
    Return the ids of other catalogues as tags.

    Source:
        The tags of https://github.com/github/codeql, such as ``external/cwe/cwe-295``, which code scanning links.
    """
    plain = (reference for reference in rule.references if ":" not in reference)
    return [f"external/cwe/{tag.lower()}" if tag.startswith("CWE-") else tag for tag in plain]


def _fixes(finding: Finding) -> dict[str, Any]:
    """Describe the repair of a finding. Lines and columns are those of the file before the repair."""
    repair, place = finding.repair, finding.place
    if repair is None or not repair.edits or not isinstance(place, FilePlace):
        return {}
    replacements = [
        {
            "deletedRegion": {
                "startLine": begin.line,
                "startColumn": begin.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
            "insertedContent": {"text": text},
        }
        for begin, end, text in repair.regions()
    ]
    how = "`pinsmith lint --fix`" if repair.applicability == "safe" else "`pinsmith lint --fix --unsafe-fixes`"
    change = {"artifactLocation": {"uri": _uri(place)}, "replacements": replacements}
    return {"fixes": [{"description": {"text": f"made by {how}"}, "artifactChanges": [change]}]}


def _uri(place: FilePlace) -> str:
    return quote(os.fsencode(place.file))  # file names are bytes, and some are not text


def _location(place: Place) -> dict[str, Any]:
    if isinstance(place, FilePlace):
        # Code scanning shows no result without a line.
        region = {"startLine": place.line or 1} | ({"startColumn": place.column} if place.column else {})
        return {"physicalLocation": {"artifactLocation": {"uri": _uri(place)}, "region": region}}
    return {"logicalLocations": [{"fullyQualifiedName": str(place), "kind": "resource"}]}
